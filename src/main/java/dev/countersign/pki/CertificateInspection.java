package dev.countersign.pki;

import dev.countersign.pem.CompactCrl;
import dev.countersign.pem.Pem;
import dev.countersign.pem.PemBlock;
import dev.countersign.pem.PemCertificates;
import dev.countersign.pem.PemException;
import dev.countersign.pem.PemPrivateKey;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a PEM or DER file holds, one item after the other, for people and programs. Of a private key only its kind. */
public final class CertificateInspection {
  private static final Map<String, String> USES = Map.of(
      "1.3.6.1.5.5.7.3.1", "server",
      "1.3.6.1.5.5.7.3.2", "client");
  private static final List<String> NAME_KINDS =
      List.of("other", "mail", "dns", "x400", "directory", "edi", "uri", "ip", "registered");
  private static final List<String> KEY_USES = List.of(
      "digitalSignature",
      "nonRepudiation",
      "keyEncipherment",
      "dataEncipherment",
      "keyAgreement",
      "keyCertSign",
      "cRLSign",
      "encipherOnly",
      "decipherOnly");

  private CertificateInspection() {}

  /**
   * One thing in a file.
   *
   * @param kind {@code certificate}, {@code revocation list}, {@code private key}, or the label of a block that is not
   *     known
   * @param fields what there is to say, by name, in order
   */
  public record Item(String kind, Map<String, String> fields) {}

  /**
   * What the file holds.
   *
   * @param source what the bytes are, as an error names it
   * @throws PemException if something in it does not parse, or there is nothing in it
   */
  public static List<Item> of(String source, byte[] file) throws PemException {
    List<PemBlock> blocks = Pem.parse(source, file);
    List<Item> items = new ArrayList<>();
    for (PemBlock block : blocks) {
      byte[] text = AuthorityDirectory.bytes(Pem.write(block.label(), block.der()));
      items.add(item(source + " line " + block.line(), block.label(), text));
    }
    if (blocks.isEmpty()) {
      items.add(certificate(PemCertificates.parse(source, file).get(0)));
    }
    return items;
  }

  private static Item item(String source, String label, byte[] text) throws PemException {
    if (label.equals("X509 CRL")) {
      return revocationList(CompactCrl.parse(source, text));
    }
    if (label.endsWith("PRIVATE KEY")) {
      PrivateKey key = PemPrivateKey.parse(source, text);
      return new Item("private key", Map.of("algorithm", key.getAlgorithm()));
    }
    if (label.equals("CERTIFICATE")) {
      return certificate(PemCertificates.parse(source, text).get(0));
    }
    return new Item(label, Map.of());
  }

  private static Item revocationList(CompactCrl list) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("issuer", list.issuer().getName());
    fields.put("number", String.valueOf(list.number()));
    fields.put("this update", list.thisUpdate().toString());
    fields.put("next update", String.valueOf(list.nextUpdate()));
    fields.put("revoked", Integer.toString(list.size()));
    return new Item("revocation list", fields);
  }

  private static Item certificate(X509Certificate certificate) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("serial", certificate.getSerialNumber().toString(16));
    fields.put("subject", certificate.getSubjectX500Principal().getName());
    fields.put("issuer", certificate.getIssuerX500Principal().getName());
    fields.put("names", names(certificate));
    fields.put("not before", certificate.getNotBefore().toInstant().toString());
    fields.put("not after", certificate.getNotAfter().toInstant().toString());
    fields.put("key", KeyStrength.describe(certificate.getPublicKey()));
    fields.put("signature", certificate.getSigAlgName());
    fields.put("authority", certificate.getBasicConstraints() >= 0 ? "yes" : "no");
    fields.put("key usage", keyUsage(certificate));
    fields.put("use", uses(certificate));
    fields.put("sha256", fingerprint(certificate));
    return new Item("certificate", fields);
  }

  private static String names(X509Certificate certificate) {
    List<String> names = new ArrayList<>();
    try {
      Collection<List<?>> all = certificate.getSubjectAlternativeNames();
      for (List<?> name : all == null ? List.<List<?>>of() : all) {
        Object value = name.get(1);
        names.add(NAME_KINDS.get((Integer) name.get(0)) + ":"
            + (value instanceof byte[] ? "(bytes)" : value));
      }
    } catch (CertificateParsingException e) {
      return "(unreadable)";
    }
    return String.join(", ", names);
  }

  private static String keyUsage(X509Certificate certificate) {
    boolean[] bits = certificate.getKeyUsage();
    List<String> uses = new ArrayList<>();
    for (int i = 0; bits != null && i < Math.min(bits.length, KEY_USES.size()); i++) {
      if (bits[i]) {
        uses.add(KEY_USES.get(i));
      }
    }
    return String.join(", ", uses);
  }

  private static String uses(X509Certificate certificate) {
    try {
      List<String> uses = certificate.getExtendedKeyUsage();
      return uses == null
          ? ""
          : String.join(
              ", ", uses.stream().map(oid -> USES.getOrDefault(oid, oid)).toList());
    } catch (CertificateParsingException e) {
      return "(unreadable)";
    }
  }

  private static String fingerprint(X509Certificate certificate) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
    } catch (NoSuchAlgorithmException | CertificateEncodingException e) {
      throw new IllegalStateException("every JDK has SHA-256 and certificates with bytes", e);
    }
  }
}
