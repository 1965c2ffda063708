package dev.countersign.assessment;

import dev.countersign.assessment.HostileCertificate.Maker;
import dev.countersign.pki.CertificateDraft;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;

/**
 * Certificates of the real authority whose names look like the allowed identity's to somebody who reads carelessly. Each
 * is right in everything else.
 */
final class IdentityChecks {
  private static final int DNS_NAME = 2;
  private static final int URI_NAME = 6;

  private final List<Check> checks = new ArrayList<>();

  private IdentityChecks() {}

  static List<Check> all() {
    IdentityChecks checks = new IdentityChecks();
    checks.addKinds();
    checks.addDomains();
    checks.addPaths();
    return checks.checks;
  }

  private void addKinds() {
    add(
        "two-ids",
        "two SPIFFE ids, the allowed one first",
        "X509-SVID section 2",
        (id, draft) -> draft.uri(id).uri(id + "-other"));
    add(
        "two-ids-reversed",
        "two SPIFFE ids, the allowed one last",
        "X509-SVID section 2",
        (id, draft) -> draft.uri(id + "-other").uri(id));
    add(
        "id-as-common-name",
        "the allowed identity as the common name, and no other name",
        "RFC 9525 section 6.4.4",
        (id, draft) -> draft.subject("CN=\"" + id + "\""));
    add(
        "id-as-dns-name",
        "the allowed identity in a DNS name",
        "CVE-2022-21656; CVE-2025-66220",
        (id, draft) -> draft.rawNames(GeneralNameBytes.one(DNS_NAME, id)));
    add(
        "id-as-mail-address",
        "the allowed identity in a mail address",
        "CVE-2022-21656",
        (id, draft) -> draft.mail(id));
    add(
        "id-as-other-name",
        "the allowed identity as a user principal name, which is an otherName",
        "CVE-2022-21656",
        (id, draft) -> draft.rawNames(GeneralNameBytes.other(id)));
  }

  private void addDomains() {
    String source = "SPIFFE-ID section 2.1";
    addId(
        "domain-with-suffix",
        "a trust domain that begins as the allowed one's",
        source,
        id -> SpiffeText.withDomain(id, SpiffeText.domain(id) + ".evil"));
    addId(
        "domain-with-prefix",
        "a trust domain that ends as the allowed one's",
        source,
        id -> SpiffeText.withDomain(id, "evil." + SpiffeText.domain(id)));
    addId(
        "domain-with-user",
        "a user name before the trust domain",
        source,
        id -> SpiffeText.withDomain(id, "evil@" + SpiffeText.domain(id)));
    addId(
        "domain-with-port",
        "a port behind the trust domain",
        source,
        id -> SpiffeText.withDomain(id, SpiffeText.domain(id) + ":443"));
    addId(
        "domain-with-dot",
        "a dot behind the trust domain",
        "CVE-2026-8763",
        id -> SpiffeText.withDomain(id, SpiffeText.domain(id) + "."));
    addId(
        "upper-case-domain",
        "the scheme and the trust domain in capitals",
        source,
        id -> "SPIFFE://" + SpiffeText.domain(id).toUpperCase(Locale.ROOT) + SpiffeText.path(id));
    addId(
        "web-address",
        "the allowed identity's name as an https address",
        source,
        id -> "https://" + SpiffeText.domain(id) + SpiffeText.path(id));
  }

  private void addPaths() {
    String source = "SPIFFE-ID section 2.2";
    addId(
        "upper-case-path",
        "the path in capitals",
        source,
        id -> SpiffeText.withPath(id, SpiffeText.path(id).toUpperCase(Locale.ROOT)));
    addId("path-with-slash", "a slash behind the path", source, id -> id + "/");
    addId(
        "path-with-empty-segment",
        "two slashes before the path",
        source,
        id -> SpiffeText.withPath(id, "/" + SpiffeText.path(id)));
    addId(
        "path-with-dots",
        "a detour by dot segments",
        source + "; CVE-2021-31920",
        id -> SpiffeText.withPath(id, "/x/.." + SpiffeText.path(id)));
    addId(
        "path-with-escape",
        "a letter of the path percent-encoded",
        source + "; CVE-2021-31920",
        id -> SpiffeText.withPath(
            id, "/%" + hex(SpiffeText.path(id).charAt(1)) + SpiffeText.path(id).substring(2)));
    addId("id-with-query", "a query behind the id", "SPIFFE-ID section 2", id -> id + "?x=1");
    addId("id-with-fragment", "a fragment behind the id", "SPIFFE-ID section 2", id -> id + "#x");
    addId("id-with-nul", "a NUL and more behind the id", "CVE-2025-66220", id -> id + "\0.evil");
    addId("id-with-line-break", "a line break behind the id", "CWE-117", id -> id + "\nforged");
    addId(
        "longer-path",
        "one more segment behind the path",
        "gRFC A43 (exact match)",
        id -> id + "/more");
  }

  private static String hex(char c) {
    return String.format(Locale.ROOT, "%02x", (int) c);
  }

  /** Spoils an id. */
  private interface Spoil {
    String of(String id);
  }

  /** The name goes into the certificate as bytes: what would check it on the way is what is being attacked. */
  private void addId(String name, String tries, String source, Spoil spoil) {
    add(
        name,
        tries,
        source,
        (id, draft) -> draft.rawNames(GeneralNameBytes.one(URI_NAME, spoil.of(id))));
  }

  private void add(
      String name,
      String tries,
      String source,
      BiFunction<String, CertificateDraft, CertificateDraft> names) {
    Maker maker = attack -> ClientIdentity.of(names
        .apply(Forgery.idOf(attack.allowed()), attack.forgery().unnamed())
        .issuedBy(attack.forgery().issuer()));
    checks.add(new HostileCertificate(
        About.of(name, Group.TRUST, Severity.CRITICAL)
            .tries("A call with a certificate of the real authority that holds " + tries + ".")
            .safe("There is no connection, or the call is denied.")
            .source(source)
            .remedy("Read exactly one SPIFFE id, only from a URI name, by the letter; compare it"
                + " whole."),
        maker));
  }
}
