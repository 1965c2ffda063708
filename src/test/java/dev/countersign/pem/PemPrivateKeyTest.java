package dev.countersign.pem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.pem.PemException.Reason;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.spec.ECGenParameterSpec;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.junit.jupiter.api.Test;

class PemPrivateKeyTest {
  private static final String SOURCE = "key file \"tls.key\"";

  @Test
  void readsPkcs8OfEachKind() throws GeneralSecurityException {
    for (KeyPair pair : new KeyPair[] {ec(), rsa(), ed25519()}) {
      PrivateKey read = PemPrivateKey.parse(
          SOURCE, text(Pem.write("PRIVATE KEY", pair.getPrivate().getEncoded())));

      assertThat(KeyMatch.matches(read, pair.getPublic())).isTrue();
      assertThat(KeyMatch.matches(read, ec().getPublic())).isFalse();
    }
  }

  @Test
  void readsOlderFormsOfOpenSsl() throws Exception {
    KeyPair ec = ec();
    KeyPair rsa = rsa();
    byte[] sec1 = new org.bouncycastle.asn1.sec.ECPrivateKey(
            256,
            ((java.security.interfaces.ECPrivateKey) ec.getPrivate()).getS(),
            org.bouncycastle.asn1.sec.SECObjectIdentifiers.secp256r1)
        .getEncoded("DER");
    byte[] pkcs1 = PrivateKeyInfo.getInstance(rsa.getPrivate().getEncoded())
        .parsePrivateKey()
        .toASN1Primitive()
        .getEncoded("DER");
    String parameters = Pem.write("EC PARAMETERS", new byte[] {6, 1, 1});

    assertThat(KeyMatch.matches(
            PemPrivateKey.parse(SOURCE, text(parameters + Pem.write("EC PRIVATE KEY", sec1))),
            ec.getPublic()))
        .isTrue();
    assertThat(KeyMatch.matches(
            PemPrivateKey.parse(SOURCE, text(Pem.write("RSA PRIVATE KEY", pkcs1))),
            rsa.getPublic()))
        .isTrue();
  }

  @Test
  void refusesWhatIsNotOneReadableKeyWithoutShowingIt() throws GeneralSecurityException {
    String good = Pem.write("PRIVATE KEY", ec().getPrivate().getEncoded());
    assertThat(PemPrivateKey.parse(SOURCE, text(good))).isNotNull();
    String canary = good.lines().skip(1).findFirst().orElseThrow();

    assertRefused(good + good, Reason.SEVERAL_PRIVATE_KEYS, canary);
    assertRefused("nothing", Reason.NO_PRIVATE_KEY, canary);
    assertRefused(good.replace("PRIVATE KEY", "CERTIFICATE"), Reason.NO_PRIVATE_KEY, canary);
    assertRefused(
        good.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), Reason.ENCRYPTED_PRIVATE_KEY, canary);
    assertRefused(
        good.replace("PRIVATE KEY", "DSA PRIVATE KEY"), Reason.UNSUPPORTED_PRIVATE_KEY, canary);
    assertRefused(good.replace(canary, canary + "*"), Reason.BAD_BASE64, canary);
    assertRefused(good.replace(canary + "\n", ""), Reason.BAD_PRIVATE_KEY, canary);
    assertRefused(
        good.replace("-----\n" + canary, "-----\nProc-Type: 4,ENCRYPTED\n\n" + canary),
        Reason.ENCRYPTED_PRIVATE_KEY,
        canary);
    assertRefused(good.replace("-----END PRIVATE KEY-----", ""), Reason.NO_END, canary);
    assertRefused(good.replace("END PRIVATE", "END PUBLIC"), Reason.WRONG_END, canary);
  }

  @Test
  void saysThatCertificateAndKeyMayBeSwapped() {
    PemException refusal = catchThrowableOfType(
        PemException.class,
        () -> PemPrivateKey.parse(SOURCE, text(Pem.write("CERTIFICATE", new byte[] {0x30, 0}))));

    assertThat(refusal)
        .hasMessage("key file \"tls.key\" holds 0 private keys (expected one in PEM); its first PEM"
            + " label is \"CERTIFICATE\": are certificate and key swapped?");
  }

  private static void assertRefused(String pem, Reason reason, String canary) {
    PemException refusal =
        catchThrowableOfType(PemException.class, () -> PemPrivateKey.parse(SOURCE, text(pem)));
    assertThat(refusal.reason()).isEqualTo(reason);
    assertThat(refusal).hasMessageStartingWith(SOURCE).hasNoCause();
    assertThat(refusal.getMessage()).doesNotContain(canary.substring(0, 16));
  }

  private static byte[] text(String pem) {
    return pem.getBytes(StandardCharsets.US_ASCII);
  }

  private static KeyPair ec() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private static KeyPair rsa() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    return generator.generateKeyPair();
  }

  private static KeyPair ed25519() throws GeneralSecurityException {
    return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
  }
}
