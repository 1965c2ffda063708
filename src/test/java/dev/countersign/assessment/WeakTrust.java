package dev.countersign.assessment;

import static org.assertj.core.api.Assertions.catchThrowable;

import dev.countersign.assessment.NaiveCall.Reply;
import dev.countersign.assessment.Weaknesses.WeakServer;
import dev.countersign.assessment.Weaknesses.Weakness;
import dev.countersign.credentials.PeerRefusedException.Reason;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.KeyPurposeId;

/** Servers that believe certificates which they should not. */
final class WeakTrust {
  private static final String ID = WeakServers.OPERATOR;
  private static final String CALLED = "the method was called with it (gRPC status 0)";
  private static final String ANSWERED = "the call was answered (gRPC status 0)";
  private static final String CLIENT_USE = "1.3.6.1.5.5.7.3.2";
  private static final String SERVER_USE = "1.3.6.1.5.5.7.3.1";
  private static final String CODE_SIGNING = "1.3.6.1.5.5.7.3.3";
  private static final int DIGITAL_SIGNATURE = 0;
  private static final int GOOD_RSA_BITS = 2048;

  private final Map<String, Weakness> byCheck;

  private WeakTrust(Map<String, Weakness> byCheck) {
    this.byCheck = byCheck;
  }

  static void addTo(Map<String, Weakness> byCheck) {
    WeakTrust trust = new WeakTrust(byCheck);
    trust.issuers();
    trust.uses();
    trust.sizes();
    trust.kindsOfNames();
    trust.spellings();
    trust.lifecycle();
  }

  private void put(String check, String finding, WeakServer weak) {
    byCheck.put(check, Weaknesses.overTls(finding, weak));
  }

  /** Takes chains of this shape although there are these reasons to refuse them. */
  private void overlooking(
      String check, Predicate<List<X509Certificate>> shape, Reason... reasons) {
    put(check, CALLED, s -> s.overlooking(Oversight.where(shape, reasons)));
  }

  private void issuers() {
    put(
        "no-certificate",
        "a nameless client called the method",
        s -> s.naive(weak -> {
          weak.certificateOptional = true;
          weak.answer = call -> call.chain().isEmpty() ? Reply.OK : WeakServers.right(call);
        }));
    overlooking(
        "self-signed",
        chain -> chain.size() == 1 && isSelfSigned(chain.get(0)),
        Reason.UNTRUSTED_ISSUER);
    overlooking(
        "unknown-authority",
        chain -> issuer(chain).contains("CN=countersign assess rogue"),
        Reason.UNTRUSTED_ISSUER);
    overlooking(
        "twin-authority",
        chain -> chain.size() == 1 && issuer(chain).contains("O=example.org"),
        Reason.BAD_SIGNATURE,
        Reason.UNTRUSTED_ISSUER);
    overlooking("broken-signature", chain -> chain.size() > 1, Reason.BAD_SIGNATURE);
    overlooking(
        "issued-by-leaf",
        chain -> !isSelfSigned(chain.get(0)) && !isAuthority(chain.get(1)),
        Reason.NOT_AN_AUTHORITY);
    overlooking(
        "bad-leaf-first",
        chain -> chain.size() > 1 && isSelfSigned(chain.get(0)),
        Reason.NOT_AN_AUTHORITY,
        Reason.UNTRUSTED_ISSUER,
        Reason.BAD_SIGNATURE);
    overlooking(
        "path-too-long",
        chain -> chain.size() > 2 && chain.stream().skip(1).allMatch(WeakTrust::isAuthority),
        Reason.NOT_AN_AUTHORITY);
    put(
        "foreign-trust-domain",
        CALLED,
        s -> s.reading(leaf -> isOperator(leaf)
            || Names.uris(leaf).equals(List.of("spiffe://foreign.example/operator"))));
    put("stolen-certificate", CALLED, s -> {
      s.keep(BelievesSignatures.install());
      return s.naive();
    });
  }

  private void uses() {
    overlooking("expired", chain -> true, Reason.EXPIRED);
    overlooking("not-yet-valid", chain -> true, Reason.NOT_YET_VALID);
    for (Map.Entry<String, List<String>> use : Map.of(
            "server-certificate", List.of(SERVER_USE),
            "code-signing-certificate", List.of(CODE_SIGNING),
            "no-extended-use", List.<String>of())
        .entrySet()) {
      overlooking(
          use.getKey(), chain -> uses(chain.get(0)).equals(use.getValue()), Reason.WRONG_USE);
    }
    overlooking(
        "no-digital-signature",
        chain -> uses(chain.get(0)).contains(CLIENT_USE)
            && !chain.get(0).getKeyUsage()[DIGITAL_SIGNATURE],
        Reason.WRONG_USE);
    overlooking(
        "authority-as-client",
        chain -> isAuthority(chain.get(0)),
        Reason.NOT_A_LEAF,
        Reason.NOT_AN_AUTHORITY,
        Reason.INVALID_PATH);
    overlooking("signing-client", chain -> !isAuthority(chain.get(0)), Reason.NOT_A_LEAF);
    overlooking("unknown-critical-extension", chain -> true, Reason.UNKNOWN_EXTENSION);
  }

  private void sizes() {
    overlooking(
        "rsa-1024",
        chain -> chain.get(0).getPublicKey() instanceof RSAPublicKey rsa
            && rsa.getModulus().bitLength() < GOOD_RSA_BITS,
        Reason.WEAK_ALGORITHM);
    overlooking(
        "sha-1", chain -> chain.get(0).getSigAlgName().startsWith("SHA1"), Reason.WEAK_ALGORITHM);
    put(
        "long-chain",
        "the method was called with it (HTTP status 200)",
        s -> Weaknesses.plain(
            s, builder -> {}, Oversight.where(chain -> chain.size() > 8, Reason.CHAIN_TOO_LARGE)));
    put(
        "many-names",
        "the method was called with it (HTTP status 200)",
        s -> s.keep(new PlainServer(
                s.identity("server"),
                new ForgivingTrust(
                    s.material(),
                    Oversight.where(chain -> chain.size() <= 8, Reason.CHAIN_TOO_LARGE)),
                leaf -> Names.first(leaf).equals(ID),
                builder -> {}))
            .address());
  }

  private static boolean isSelfSigned(X509Certificate certificate) {
    return catchThrowable(() -> certificate.verify(certificate.getPublicKey())) == null;
  }

  private static boolean isAuthority(X509Certificate certificate) {
    return certificate.getBasicConstraints() >= 0;
  }

  /** The name of whoever issued the leaf. */
  private static String issuer(List<X509Certificate> chain) {
    return chain.get(0).getIssuerX500Principal().getName();
  }

  /** The extended uses; empty if nothing is said of them. */
  private static List<String> uses(X509Certificate certificate) {
    byte[] extension = certificate.getExtensionValue("2.5.29.37");
    return extension == null
        ? List.of()
        : Arrays.stream(ExtendedKeyUsage.getInstance(
                    ASN1OctetString.getInstance(extension).getOctets())
                .getUsages())
            .map(KeyPurposeId::getId)
            .toList();
  }

  private void kindsOfNames() {
    put("two-ids", CALLED, s -> s.reading(leaf -> Names.first(leaf).equals(ID)));
    put(
        "two-ids-reversed",
        CALLED,
        s -> s.reading(leaf -> last(Names.uris(leaf)).equals(ID)));
    put(
        "id-as-common-name",
        CALLED,
        s -> s.reading(
            leaf -> isOperator(leaf) || leaf.getSubjectX500Principal().getName().contains(ID)));
    put(
        "id-as-dns-name",
        CALLED,
        s -> s.reading(leaf -> isOperator(leaf) || Names.hosts(leaf).contains(ID)));
    put(
        "id-as-mail-address",
        CALLED,
        s -> s.reading(leaf -> isOperator(leaf) || Names.mailAddresses(leaf).contains(ID)));
    put(
        "id-as-other-name",
        CALLED,
        s -> s.reading(leaf ->
            isOperator(leaf) || Names.others(leaf).stream().anyMatch(name -> name.endsWith(ID))));
  }

  private static boolean isOperator(X509Certificate leaf) {
    return Names.uris(leaf).equals(List.of(ID));
  }

  private static String last(List<String> names) {
    return names.isEmpty() ? "" : names.get(names.size() - 1);
  }

  private void spellings() {
    reading(
        "domain-with-suffix", id -> id.matches("spiffe://example\\.org\\.\\w+/operator") ? ID : id);
    reading(
        "domain-with-prefix", id -> id.matches("spiffe://\\w+\\.example\\.org/operator") ? ID : id);
    reading("domain-with-user", id -> id.replaceFirst("//[^@/]*@", "//"));
    reading("domain-with-port", id -> id.replaceFirst(":\\d+/", "/"));
    reading("domain-with-dot", id -> id.replace("org./", "org/"));
    reading("upper-case-domain", id -> {
      int path = id.indexOf('/', id.indexOf("//") + 2);
      return path < 0 ? id : id.substring(0, path).toLowerCase(Locale.ROOT) + id.substring(path);
    });
    reading("web-address", id -> id.replaceFirst("^https:", "spiffe:"));
    reading("upper-case-path", id -> {
      int path = id.indexOf('/', id.indexOf("//") + 2);
      return path < 0 ? id : id.substring(0, path) + id.substring(path).toLowerCase(Locale.ROOT);
    });
    reading("path-with-slash", id -> id.replaceAll("/$", ""));
    reading("path-with-empty-segment", id -> id.replace("org//", "org/"));
    reading("path-with-dots", id -> id.replaceAll("/[^/]+/\\.\\.(?=/)", ""));
    reading(
        "path-with-escape",
        id -> id.contains("%") ? "spiffe://example.org" + URI.create(id).getPath() : id);
    reading("id-with-query", id -> id.split("\\?", -1)[0]);
    reading("id-with-fragment", id -> id.split("#", -1)[0]);
    reading("id-with-nul", id -> id.split("\0", -1)[0]);
    reading("id-with-line-break", id -> id.split("\n", -1)[0]);
    reading("longer-path", id -> id.matches(ID + "/\\w+") ? ID : id);
  }

  /** Reads the one URI name, but not as it stands there. */
  private void reading(String check, UnaryOperator<String> careless) {
    put(
        check,
        CALLED,
        s -> s.reading(leaf ->
            Names.uris(leaf).size() == 1 && careless.apply(Names.first(leaf)).equals(ID)));
  }

  /** Where a server does not notice that a certificate holds no longer. */
  private void lifecycle() {
    for (Reason lapse : Set.of(Reason.REVOKED, Reason.EXPIRED)) {
      String name = lapse.name().toLowerCase(Locale.ROOT);
      unnoticed(name + "-resumption", lapse, call -> call.peer().resumed());
      unnoticed(
          name + "-connection",
          lapse,
          call -> call.peer().held() && !call.peer().resumed() && !call.heldAtFirst());
      unnoticed(name + "-call", lapse, NaiveCall::heldAtFirst);
    }
    unnoticed(
        "revoked", Reason.REVOKED, call -> !call.peer().held() && !call.peer().resumed());
  }

  /** Verifies each call as it begins and as it is answered, and goes wrong with some. */
  private void unnoticed(String check, Reason lapse, Predicate<NaiveCall> where) {
    put(check, ANSWERED, s -> verifying(s, lapse, where));
  }

  private static InetSocketAddress verifying(
      WeakServers servers, Reason lapse, Predicate<NaiveCall> where) throws Exception {
    ForgivingTrust right = new ForgivingTrust(servers.material(), Oversight.NONE);
    ForgivingTrust forgiving = new ForgivingTrust(servers.material(), Oversight.of(lapse));
    return servers.naive(Oversight.of(lapse), weak -> {
      weak.holds = right::holds;
      weak.answer =
          call -> right.holds(call.chain()) || (where.test(call) && forgiving.holds(call.chain()))
              ? WeakServers.right(call)
              : Reply.DENIED;
    });
  }
}
