package dev.countersign.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.identity.IdentityException.Reason;
import dev.countersign.pki.CertificateDraft;
import dev.countersign.pki.CertificateForge;
import dev.countersign.pki.ForgedCertificate;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class CertificateNamesTest {
  private static final String ID = "spiffe://example.org/a";
  private static final CertificateForge FORGE = CertificateForge.at(InstantSource.system());
  private static final String NAMES = "2.5.29.17";
  private static final int MAIL = 0x81;
  private static final int DNS = 0x82;
  private static final int URI = 0x86;
  private static final int OTHER_NAME = 0xa0;

  /** What a certificate holds, and the names of its principals or the reason why it has none. */
  record Row(String name, UnaryOperator<CertificateDraft> content, String expected) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Row> rows() {
    return List.of(
        new Row("id", d -> d.spiffe(ID), ID),
        new Row("id, host, mail", d -> d.dns("a.b").spiffe(ID).mail("a@b.c").ip("10.0.0.1"), ID),
        new Row("URIs", d -> d.uri("https://a/1").uri("urn:a:b"), "https://a/1 urn:a:b"),
        new Row("hosts", d -> d.dns("A.Example").dns("b.example"), "a.example b.example"),
        new Row("mail only", d -> d.subject("CN=a").mail("a@b.c"), "CN=a"),
        new Row("address only", d -> d.subject("CN=a").ip("10.0.0.1"), "CN=a"),
        new Row("subject", d -> d.subject("CN=a,O=b"), "CN=a,O=b"),
        new Row("two ids", d -> d.spiffe(ID).spiffe("spiffe://example.org/b"), "SEVERAL_URI_NAMES"),
        new Row("one id twice", d -> d.spiffe(ID).spiffe(ID), "SEVERAL_URI_NAMES"),
        new Row("id and URI", d -> d.uri("https://a/").spiffe(ID), "SEVERAL_URI_NAMES"),
        new Row("no path", d -> d.spiffe("spiffe://example.org"), "NO_PATH"),
        new Row("upper-case scheme", d -> d.uri("SPIFFE://example.org/a"), "WRONG_SCHEME"),
        new Row("path with %", d -> d.uri("spiffe://example.org/a%2fb"), "BAD_PATH"),
        new Row("path with #", d -> d.uri("spiffe://example.org/a#b"), "BAD_PATH"),
        new Row("id as host", d -> raw(d, DNS, ID), "MISPLACED_SPIFFE_ID"),
        new Row("id as mail", d -> raw(d, MAIL, ID), "MISPLACED_SPIFFE_ID"),
        new Row(
            "id as host beside an id",
            d -> d.rawNames(names(name(URI, ID), name(DNS, "spiffe://example.org/b"))),
            "MISPLACED_SPIFFE_ID"),
        new Row(
            "id as another name",
            d -> d.rawNames(names(name(OTHER_NAME, new byte[][] {
              {6, 3, 0x2a, 3, 4}, wrap(0xa0, name(0x0c, ID))
            }))),
            "MISPLACED_SPIFFE_ID"),
        new Row("wildcard", d -> d.dns("*.example.org"), "BAD_DNS_NAME"),
        new Row("host with NUL", d -> raw(d, DNS, "good\0.evil"), "BAD_DNS_NAME"),
        new Row("URI with NUL", d -> raw(d, URI, "spiffe://example.org/a\0b"), "UNREADABLE_NAMES"),
        new Row("URI with LF", d -> raw(d, URI, "spiffe://example.org/a\nb"), "UNREADABLE_NAMES"),
        new Row(
            "URI in UTF-8",
            d -> raw(d, URI, "spiffe://example.org/\u00e9"),
            "UNREADABLE_NAMES|BAD_PATH"),
        new Row("relative URI", d -> raw(d, URI, "a/b"), "UNREADABLE_NAMES"),
        new Row("no names in the list", d -> d.rawNames(new byte[] {0x30, 0}), "UNREADABLE_NAMES"),
        new Row("no list", d -> d.rawNames(new byte[] {1, 2, 3}), "UNREADABLE_NAMES"),
        new Row(
            "list cut off",
            d -> d.rawNames(Arrays.copyOf(names(name(URI, ID)), 10)),
            "UNREADABLE_NAMES"),
        new Row("6000 names", CertificateNamesTest::sixThousand, "TOO_MANY_NAMES"),
        new Row("subject with LF", d -> d.subject("CN=a\nb"), "BAD_SUBJECT"));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void namesThePeerInTheOneWayItMay(Row row) {
    X509Certificate leaf = row.content().apply(FORGE.leaf()).selfSigned().certificate();
    assertThat(row.expected().split("\\|")).contains(outcome(leaf));
  }

  @Test
  void everyReasonThatOnlyACertificateCanHaveOccurs() {
    assertThat(rows())
        .extracting(Row::expected)
        .contains(
            Reason.SEVERAL_URI_NAMES.name(),
            Reason.NO_PATH.name(),
            Reason.UNREADABLE_NAMES.name(),
            Reason.MISPLACED_SPIFFE_ID.name(),
            Reason.TOO_MANY_NAMES.name());
  }

  @Test
  void anEmptySubjectNamesNobody() {
    ForgedCertificate root = FORGE.root("CN=Root").selfSigned();
    X509Certificate leaf =
        FORGE.leaf().subject("").ip("10.0.0.1").issuedBy(root).certificate();
    assertThat(outcome(leaf)).isEqualTo(Reason.NO_NAME.name());
  }

  @Test
  void hostsAreThoseSpeltOut() {
    X509Certificate leaf = FORGE
        .leaf()
        .spiffe(ID)
        .dns("*.example.org")
        .dns("A.example.org")
        .dns("b*.c")
        .selfSigned()
        .certificate();
    assertThat(CertificateNames.hosts(leaf)).containsExactly(DnsName.parse("a.example.org"));
    X509Certificate unreadable =
        FORGE.leaf().rawNames(new byte[] {1, 2, 3}).selfSigned().certificate();
    assertThat(
            catchThrowableOfType(IdentityException.class, () -> CertificateNames.hosts(unreadable))
                .reason())
        .isEqualTo(Reason.UNREADABLE_NAMES);
  }

  @Test
  void theSubjectIsReadOnlyWhereNoListOfNamesStands() {
    Map<String, String> outcomes = Map.of(
        NAMES,
        outcome(FORGE
            .leaf()
            .subject("CN=a")
            .rawNames(new byte[] {4, 0})
            .selfSigned()
            .certificate()),
        "none",
        outcome(FORGE.leaf().subject("CN=a").selfSigned().certificate()));
    assertThat(outcomes).isEqualTo(Map.of(NAMES, "UNREADABLE_NAMES", "none", "CN=a"));
  }

  private static String outcome(X509Certificate leaf) {
    IdentityException e =
        catchThrowableOfType(IdentityException.class, () -> CertificateNames.of(leaf));
    return e != null
        ? e.reason().name()
        : CertificateNames.of(leaf).stream().map(Principal::name).collect(Collectors.joining(" "));
  }

  private static CertificateDraft sixThousand(CertificateDraft draft) {
    for (int i = 0; i < 6000; i++) {
      draft.dns("a" + i + ".example");
    }
    return draft;
  }

  private static CertificateDraft raw(CertificateDraft draft, int kind, String text) {
    return draft.rawNames(names(name(kind, text)));
  }

  private static byte[] names(byte[]... names) {
    return wrap(0x30, names);
  }

  private static byte[] name(int tag, String text) {
    return wrap(tag, text.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] name(int tag, byte[][] parts) {
    return wrap(tag, parts);
  }

  private static byte[] wrap(int tag, byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int length = Stream.of(parts).mapToInt(part -> part.length).sum();
    assertThat(length).isLessThan(128);
    out.write(tag);
    out.write(length);
    Stream.of(parts).forEach(out::writeBytes);
    return out.toByteArray();
  }
}
