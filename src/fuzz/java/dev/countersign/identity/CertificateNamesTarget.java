package dev.countersign.identity;

import dev.countersign.fuzz.Claims;
import dev.countersign.fuzz.Der;
import dev.countersign.fuzz.Target;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * {@link CertificateNames} on a certificate whose subject and alternative names are the input: the first byte says how
 * many bytes of subject follow, the rest are names. Whatever a certificate says, it names a peer in one way or not at
 * all, and no name could be one of another kind.
 */
public final class CertificateNamesTarget implements Target {
  private static final byte[] ECDSA = hex("300a06082a8648ce3d040302");
  private static final byte[] VALID =
      hex("301e170d3236303130313030303030305a170d3336303130313030303030305a");
  private static final byte[] ISSUER = hex("300c310a300806035504030c0178");
  private static final byte[] NAMES = hex("0603551d11");
  private static final byte[] SIGNATURE = hex("0309003006020101020101");

  private static final List<Function<String, Principal>> KINDS = List.of(
      SpiffeId::parse, UriName::parse, ServiceAccount::parse, DnsName::parse, SubjectName::new);

  private final byte[] key;

  /** A target with a key of its own in its certificates. */
  public CertificateNamesTarget() {
    try {
      key = KeyPairGenerator.getInstance("EC").generateKeyPair().getPublic().getEncoded();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has EC", e);
    }
  }

  @Override
  public void read(byte[] input) {
    X509Certificate leaf;
    try {
      byte[] der = certificate(input);
      leaf = (X509Certificate) CertificateFactory.getInstance("X.509")
          .generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException e) {
      return;
    }
    List<Principal> principals;
    try {
      principals = CertificateNames.of(leaf);
    } catch (IdentityException e) {
      Claims.message(e.getMessage());
      return;
    }
    Claims.that(!principals.isEmpty(), "a certificate that is accepted names somebody");
    Claims.same(CertificateNames.of(leaf), principals, "twice the same names");
    principals.forEach(CertificateNamesTarget::isOfOneKind);
    boolean spiffe =
        new String(input, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT).contains("spiffe:");
    boolean asId = principals.size() == 1 && principals.get(0) instanceof SpiffeId;
    if (spiffe && leaf.getExtensionValue("2.5.29.17") != null && !asId) {
      Claims.that(
          principals.stream()
              .noneMatch(p -> p.name().toLowerCase(Locale.ROOT).startsWith("spiffe:")),
          "a SPIFFE id names a peer alone");
    }
  }

  private static void isOfOneKind(Principal principal) {
    Claims.visible(principal.name());
    long kinds = KINDS.stream().filter(kind -> accepts(kind, principal.name())).count();
    Claims.same(kinds, 1L, "kinds that " + principal + " could be of");
  }

  private static boolean accepts(Function<String, Principal> kind, String name) {
    try {
      return !kind.apply(name).name().isEmpty();
    } catch (IdentityException e) {
      return false;
    }
  }

  private byte[] certificate(byte[] input) {
    int cut = input.length == 0 ? 0 : Math.min(input.length, 1 + Byte.toUnsignedInt(input[0]));
    byte[] subject = input.length == 0 ? ISSUER : Arrays.copyOfRange(input, 1, cut);
    byte[] names = Arrays.copyOfRange(input, cut, input.length);
    byte[] extension =
        Der.of(Der.SEQUENCE, NAMES, Der.of(Der.OCTET_STRING, Der.of(Der.SEQUENCE, names)));
    byte[] extensions =
        names.length == 0 ? new byte[0] : Der.of(0xa3, Der.of(Der.SEQUENCE, extension));
    byte[] signed = Der.of(
        Der.SEQUENCE,
        hex("a003020102020101"),
        ECDSA,
        ISSUER,
        VALID,
        Der.of(Der.SEQUENCE, subject),
        key,
        extensions);
    return Der.of(Der.SEQUENCE, signed, ECDSA, SIGNATURE);
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  @Override
  public List<byte[]> seeds() {
    byte[] id = name(0x86, "spiffe://example.org/a");
    byte[] uri = name(0x86, "https://example.org/a");
    byte[] host = name(0x82, "a.example");
    byte[] mail = name(0x81, "a@b.example");
    byte[] subject = hex("310a300806035504030c0178");
    return List.of(
        Der.join(new byte[] {0}, id),
        Der.join(new byte[] {0}, host, mail),
        Der.join(new byte[] {0}, uri, host),
        Der.join(new byte[] {0}, id, uri),
        Der.join(new byte[] {0}, name(0x82, "spiffe://example.org/a")),
        Der.join(new byte[] {(byte) subject.length}, subject),
        Der.join(new byte[] {(byte) subject.length}, subject, host),
        hex("00870401020304"));
  }

  private static byte[] name(int tag, String text) {
    return Der.of(tag, text.getBytes(StandardCharsets.US_ASCII));
  }
}
