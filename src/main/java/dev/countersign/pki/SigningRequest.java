package dev.countersign.pki;

import dev.countersign.pem.Pem;
import dev.countersign.pem.PemBlock;
import dev.countersign.pem.PemException;
import dev.countersign.pki.PkiException.Reason;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;

/**
 * A certificate signing request (RFC 2986), of which only the public key is taken: who signs decides the names and the
 * extensions, not who asks.
 */
final class SigningRequest {
  private SigningRequest() {}

  /** The key of a request in PEM or DER, after its signature and its strength were checked. */
  static PublicKey publicKey(String source, byte[] bytes) throws PkiException {
    PublicKey key;
    try {
      PKCS10CertificationRequest request = new PKCS10CertificationRequest(der(source, bytes));
      key = key(request);
      if (!request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
        throw new PkiException(
            Reason.NO_PROOF_OF_POSSESSION,
            source + " was not signed by the key in it; whoever sent it may not hold that key");
      }
    } catch (PemException e) {
      throw new PkiException(Reason.BAD_REQUEST, String.valueOf(e.getMessage()));
    } catch (IOException
        | GeneralSecurityException
        | OperatorCreationException
        | PKCSException
        | IllegalArgumentException e) {
      throw new PkiException(
          Reason.BAD_REQUEST, source + " holds a certificate signing request that does not parse");
    }
    Optional<String> weakness = KeyStrength.problemOf(key);
    if (weakness.isPresent()) {
      throw new PkiException(Reason.WEAK_KEY, "the key of " + source + " " + weakness.get());
    }
    return key;
  }

  private static PublicKey key(PKCS10CertificationRequest request)
      throws IOException, GeneralSecurityException {
    byte[] encoded = request.getSubjectPublicKeyInfo().getEncoded();
    String kind =
        switch (request.getSubjectPublicKeyInfo().getAlgorithm().getAlgorithm().getId()) {
          case "1.2.840.10045.2.1" -> "EC";
          case "1.2.840.113549.1.1.1" -> "RSA";
          default ->
            request.getSubjectPublicKeyInfo().getAlgorithm().getAlgorithm().getId();
        };
    return KeyFactory.getInstance(kind).generatePublic(new X509EncodedKeySpec(encoded));
  }

  private static byte[] der(String source, byte[] bytes) throws PemException, PkiException {
    List<PemBlock> blocks = Pem.parse(source, bytes);
    if (blocks.isEmpty() && bytes.length > 0 && bytes[0] == 0x30) {
      return bytes;
    }
    List<PemBlock> requests = blocks.stream()
        .filter(block -> block.label().endsWith("CERTIFICATE REQUEST"))
        .toList();
    if (requests.size() != 1) {
      throw new PkiException(
          Reason.BAD_REQUEST,
          source + " holds " + requests.size()
              + " certificate signing requests (expected one \"CERTIFICATE REQUEST\")");
    }
    return requests.get(0).der();
  }
}
