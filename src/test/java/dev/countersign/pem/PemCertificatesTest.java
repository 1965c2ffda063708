package dev.countersign.pem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.pem.PemException.Reason;
import dev.countersign.pki.CertificateForge;
import dev.countersign.pki.ForgedCertificate;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PemCertificatesTest {
  private static final String SOURCE = "certificate file \"tls.crt\"";

  private final CertificateForge forge =
      CertificateForge.at(InstantSource.fixed(Instant.parse("2026-11-22T08:00:00Z")));
  private final ForgedCertificate root = forge.root("CN=Root").selfSigned();
  private final ForgedCertificate leaf = forge.leaf().dns("a").issuedBy(root);

  @Test
  void readsChainInOrderAndOneInDer() throws Exception {
    assertThat(PemCertificates.parse(SOURCE, text(pem(leaf) + pem(root))))
        .containsExactly(leaf.certificate(), root.certificate());
    assertThat(PemCertificates.parse(SOURCE, leaf.certificate().getEncoded()))
        .containsExactly(leaf.certificate());
  }

  @Test
  void refusesWhatIsNoCertificate() throws Exception {
    byte[] der = leaf.certificate().getEncoded();

    assertRefused(Reason.NO_CERTIFICATE, new byte[0]);
    assertRefused(Reason.NO_CERTIFICATE, text("nothing"));
    assertRefused(Reason.BAD_CERTIFICATE, Arrays.copyOf(der, der.length - 1));
    assertRefused(Reason.BAD_CERTIFICATE, Arrays.copyOf(der, der.length + 1));
    assertRefused(
        Reason.BAD_CERTIFICATE, text(pem(leaf) + Pem.write("CERTIFICATE", new byte[] {0x30, 0})));
    String key = Pem.write("PRIVATE KEY", leaf.privateKey().getEncoded());
    assertRefused(Reason.PRIVATE_KEY_AMONG_CERTIFICATES, text(pem(leaf) + key));
  }

  @Test
  void asksWhetherCertificateAndKeyAreSwapped() {
    String key = Pem.write("PRIVATE KEY", leaf.privateKey().getEncoded());

    assertThat(assertRefused(Reason.NO_CERTIFICATE, text(key)))
        .hasMessage("certificate file \"tls.crt\" holds 0 certificates (expected at least one); its"
            + " first PEM label is \"PRIVATE KEY\": are certificate and key swapped?");
  }

  private static PemException assertRefused(Reason reason, byte[] bytes) {
    PemException refusal =
        catchThrowableOfType(PemException.class, () -> PemCertificates.parse(SOURCE, bytes));
    assertThat(refusal).isNotNull();
    assertThat(refusal.reason()).isEqualTo(reason);
    return refusal;
  }

  private static String pem(ForgedCertificate certificate) throws Exception {
    return Pem.write("CERTIFICATE", certificate.certificate().getEncoded());
  }

  private static byte[] text(String pem) {
    return pem.getBytes(StandardCharsets.US_ASCII);
  }
}
