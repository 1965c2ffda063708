package dev.countersign.pem;

import dev.countersign.pem.DerValue.MalformedDerException;
import dev.countersign.pem.PemException.Reason;
import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * The private key in a PEM file: PKCS#8 (RFC 5958), or the older forms of OpenSSL for EC (RFC 5915) and RSA (RFC 8017)
 * keys. Encrypted keys are refused: a password would have to lie beside them.
 */
public final class PemPrivateKey {
  private static final byte[] EC = oid("2a8648ce3d0201");
  private static final byte[] RSA = oid("2a864886f70d010101");
  private static final byte[] ED25519 = oid("2b6570");
  private static final byte[] VERSION_0 = {DerValue.INTEGER, 1, 0};
  private static final byte[] NULL = {5, 0};
  private static final int EC_PARAMETERS = 0xa0;

  private PemPrivateKey() {}

  /**
   * The one private key of the text.
   *
   * @param source what the text is, as an error names it, such as {@code key file "tls.key"}
   * @throws PemException if there is none or more than one, it is encrypted, of an unknown kind, or does not parse
   */
  public static PrivateKey parse(String source, byte[] text) throws PemException {
    List<PemBlock> blocks = Pem.parse(source, text);
    List<PemBlock> keys = blocks.stream().filter(PemBlock::isPrivateKey).toList();
    if (keys.isEmpty()) {
      throw new PemException(
          Reason.NO_PRIVATE_KEY,
          source + " holds 0 private keys (expected one in PEM)" + firstLabel(blocks));
    }
    if (keys.size() > 1) {
      throw new PemException(
          Reason.SEVERAL_PRIVATE_KEYS,
          source + " holds " + keys.size() + " private keys (expected one)");
    }
    return key(source + " line " + keys.get(0).line(), keys.get(0));
  }

  /**
   * A private key in PKCS#8 without PEM around it.
   *
   * @param source what the bytes are, as an error names it
   * @throws PemException if it is of an unknown kind or does not parse
   */
  public static PrivateKey parsePkcs8(String source, byte[] der) throws PemException {
    try {
      return fromPkcs8(source, der);
    } catch (MalformedDerException | GeneralSecurityException e) {
      throw unparsed(source, e);
    }
  }

  private static String firstLabel(List<PemBlock> blocks) {
    if (blocks.isEmpty()) {
      return "; there is no PEM block in it";
    }
    PemBlock first = blocks.get(0);
    return "; its first PEM label is \"" + first.label() + "\""
        + (first.isCertificate() ? ": are certificate and key swapped?" : "");
  }

  private static PrivateKey key(String source, PemBlock block) throws PemException {
    try {
      return switch (block.label()) {
        case "PRIVATE KEY" -> fromPkcs8(source, block.der());
        case "EC PRIVATE KEY" -> fromPkcs8(source, wrapEc(block.der()));
        case "RSA PRIVATE KEY" -> fromPkcs8(source, wrap(RSA, NULL, block.der()));
        case "ENCRYPTED PRIVATE KEY" ->
          throw new PemException(
              Reason.ENCRYPTED_PRIVATE_KEY,
              source + " holds an encrypted private key (expected one without a password);"
                  + " decrypt it with \"openssl pkey\"");
        default ->
          throw new PemException(
              Reason.UNSUPPORTED_PRIVATE_KEY,
              source + " holds a \"" + block.label() + "\" (expected a \"PRIVATE KEY\")");
      };
    } catch (MalformedDerException | GeneralSecurityException e) {
      throw unparsed(source, e);
    }
  }

  private static PemException unparsed(String source, Exception thrown) {
    // No cause: what a parser says about a key may quote it.
    return thrown instanceof PemException known
        ? known
        : new PemException(
            Reason.BAD_PRIVATE_KEY, source + " holds a private key that does not parse");
  }

  private static PrivateKey fromPkcs8(String source, byte[] der)
      throws GeneralSecurityException, MalformedDerException {
    DerValue.Cursor fields = DerValue.only(der).require(DerValue.SEQUENCE).open();
    fields.next(DerValue.INTEGER);
    byte[] kind =
        fields.next(DerValue.SEQUENCE).open().next(DerValue.OBJECT_IDENTIFIER).contentBytes();
    return KeyFactory.getInstance(algorithm(source, kind))
        .generatePrivate(new PKCS8EncodedKeySpec(der));
  }

  private static String algorithm(String source, byte[] kind) throws PemException {
    if (Arrays.equals(kind, EC)) {
      return "EC";
    }
    if (Arrays.equals(kind, RSA)) {
      return "RSA";
    }
    if (Arrays.equals(kind, ED25519)) {
      return "Ed25519";
    }
    throw new PemException(
        Reason.UNSUPPORTED_PRIVATE_KEY,
        source + " holds a private key of an unknown kind (known: EC, RSA, Ed25519)");
  }

  private static byte[] wrapEc(byte[] der) throws MalformedDerException {
    DerValue.Cursor fields = DerValue.only(der).require(DerValue.SEQUENCE).open();
    fields.next(DerValue.INTEGER);
    fields.next(DerValue.OCTET_STRING);
    byte[] curve =
        fields.next(EC_PARAMETERS).open().next(DerValue.OBJECT_IDENTIFIER).encoded();
    return wrap(EC, curve, der);
  }

  private static byte[] wrap(byte[] kind, byte[] parameters, byte[] key) {
    byte[] algorithm = der(DerValue.SEQUENCE, der(DerValue.OBJECT_IDENTIFIER, kind), parameters);
    return der(DerValue.SEQUENCE, VERSION_0, algorithm, der(DerValue.OCTET_STRING, key));
  }

  private static byte[] der(int tag, byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(length + 4);
    out.write(tag);
    if (length >= 0x100) {
      out.write(0x82);
      out.write(length >> 8);
    } else if (length >= 0x80) {
      out.write(0x81);
    }
    out.write(length);
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static byte[] oid(String hex) {
    return HexFormat.of().parseHex(hex);
  }
}
