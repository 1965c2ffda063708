package dev.countersign.pem;

import dev.countersign.fuzz.Claims;
import dev.countersign.fuzz.Target;
import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** {@link PemPrivateKey}: a refusal quotes nothing of a key, and a key that was read is written and read again. */
public final class PrivateKeyTarget implements Target {
  /** As much of a key in Base64 as nobody would take for a word. */
  private static final int TELLING = 12;

  @Override
  public void read(byte[] input) throws PemException {
    PrivateKey key;
    try {
      key = PemPrivateKey.parse("input", input);
    } catch (PemException e) {
      Claims.message(e.getMessage());
      Claims.that(e.getCause() == null, "a refusal has no cause, which might quote a key");
      tellsNothing(String.valueOf(e.getMessage()), Claims.text(input));
      return;
    }
    String written = Pem.write("PRIVATE KEY", key.getEncoded());
    PrivateKey again = PemPrivateKey.parse("written", written.getBytes(StandardCharsets.US_ASCII));
    Claims.that(key.equals(again), "a key comes back");
  }

  /** Of the lines between the borders; a border may be quoted, and may hold the same letters by chance. */
  private static void tellsNothing(String message, String input) {
    List<String> lines = List.of(input.split("[\r\n]", -1));
    String borders =
        lines.stream().filter(line -> line.startsWith("-----")).collect(Collectors.joining("\n"));
    for (String line : lines) {
      for (int i = 0; i + TELLING <= line.length(); i++) {
        String part = line.substring(i, i + TELLING);
        Claims.that(
            borders.contains(part) || !part.matches("[A-Za-z0-9+/]+") || !message.contains(part),
            "a refusal quotes nothing of a key");
      }
    }
  }

  @Override
  public List<byte[]> seeds() throws Exception {
    List<String> texts = new ArrayList<>();
    for (byte[] der :
        List.of(key("EC").getEncoded(), key("RSA").getEncoded(), key("Ed25519").getEncoded())) {
      texts.add(Pem.write("PRIVATE KEY", der));
    }
    texts.add(Pem.write("ENCRYPTED PRIVATE KEY", new byte[40]));
    texts.add(Pem.write("DSA PRIVATE KEY", new byte[40]));
    texts.add(older("EC PRIVATE KEY", key("EC")));
    texts.add(older("RSA PRIVATE KEY", key("RSA")));
    return Claims.inputs(texts.toArray(String[]::new));
  }

  /** The form that stands inside PKCS#8, as OpenSSL wrote it before. */
  private static String older(String label, PrivateKey key) throws DerValue.MalformedDerException {
    DerValue.Cursor fields = DerValue.only(key.getEncoded()).open();
    fields.next();
    fields.next();
    return Pem.write(label, fields.next(DerValue.OCTET_STRING).contentBytes());
  }

  private static PrivateKey key(String kind) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(kind);
    if (kind.equals("EC")) {
      generator.initialize(new ECGenParameterSpec("secp256r1"));
    } else if (kind.equals("RSA")) {
      generator.initialize(1024);
    }
    return generator.generateKeyPair().getPrivate();
  }
}
