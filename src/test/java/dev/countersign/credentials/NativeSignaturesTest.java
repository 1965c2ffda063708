package dev.countersign.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.pki.ForgedCertificate;
import dev.countersign.pki.KeyAlgorithm;
import java.security.InvalidKeyException;
import java.security.PublicKey;
import java.security.SignatureException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The native library and the JDK give the same answers, in every kind of key that is accepted. */
final class NativeSignaturesTest {
  private final Zoo zoo = new Zoo();

  static Stream<NativeSignatures> both() {
    return Stream.of(natively(), withoutLibrary());
  }

  private static NativeSignatures natively() {
    NativeSignatures signatures = new NativeSignatures("org.conscrypt.OpenSSLProvider");
    assertThat(signatures.load()).as("Conscrypt loads on this machine").isTrue();
    return signatures;
  }

  private static NativeSignatures withoutLibrary() {
    NativeSignatures signatures = new NativeSignatures("org.conscrypt.NotThere");
    assertThat(signatures.load()).as("a library that is not there").isFalse();
    return signatures;
  }

  @ParameterizedTest
  @MethodSource("both")
  void acceptsWhatTheIssuerSignedAndNothingElse(NativeSignatures signatures) {
    for (KeyAlgorithm kind :
        List.of(KeyAlgorithm.ECDSA_P256, KeyAlgorithm.ECDSA_P384, KeyAlgorithm.RSA_3072)) {
      ForgedCertificate issuer = zoo.forge.root("CN=" + kind).keys(kind).selfSigned();
      ForgedCertificate other = zoo.forge.root("CN=" + kind).keys(kind).selfSigned();
      X509Certificate leaf = zoo.leaf().issuedBy(issuer).certificate();
      assertThatCode(() -> signatures.verify(leaf, key(issuer)))
          .as(kind.name())
          .doesNotThrowAnyException();
      assertThat(catchThrowable(() -> signatures.verify(leaf, key(other))))
          .as("by another %s key", kind)
          .isInstanceOf(SignatureException.class);
    }
  }

  @ParameterizedTest
  @MethodSource("both")
  void refusesAKeyOfAnotherKind(NativeSignatures signatures) {
    ForgedCertificate rsa = zoo.forge.root("CN=RSA").keys(KeyAlgorithm.RSA_3072).selfSigned();
    X509Certificate leaf = zoo.good().certificate();
    assertThatCode(() -> signatures.verify(leaf, key(zoo.issuing))).doesNotThrowAnyException();
    assertThat(catchThrowable(() -> signatures.verify(leaf, key(rsa))))
        .isInstanceOf(InvalidKeyException.class);
  }

  @ParameterizedTest
  @MethodSource("both")
  void aPathWithASpoiledLeafIsRefusedForItsSignature(NativeSignatures signatures) throws Exception {
    ForgedCertificate leaf = zoo.good();
    List<X509Certificate> anchors = List.of(zoo.root.certificate());
    assertThat(PathCheck.pathTo(anchors, leaf.chain(), HandClock.START, signatures))
        .hasSize(3);

    List<X509Certificate> spoiled =
        zoo.leaf().brokenSignature().issuedBy(zoo.issuing).chain();
    assertThat(catchThrowableOfType(
                PeerRefusedException.class,
                () -> PathCheck.pathTo(anchors, spoiled, HandClock.START, signatures))
            .reason())
        .isEqualTo(PeerRefusedException.Reason.BAD_SIGNATURE);
  }

  @Test
  void theSharedOneIsTheLibraryThatGrpcBrings() {
    assertThat(NativeSignatures.shared().load()).isTrue();
  }

  private static PublicKey key(ForgedCertificate authority) {
    return authority.certificate().getPublicKey();
  }
}
