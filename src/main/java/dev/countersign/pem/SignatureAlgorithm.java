package dev.countersign.pem;

import dev.countersign.pem.DerValue.MalformedDerException;
import dev.countersign.pem.PemException.Reason;
import dev.countersign.text.Quoted;
import java.io.IOException;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PSSParameterSpec;
import java.util.HexFormat;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How a revocation list is signed: ECDSA, RSA or Ed25519 with at least SHA-256. */
final class SignatureAlgorithm {
  static final SignatureAlgorithm NONE = new SignatureAlgorithm("", null);

  private static final String PSS = "RSASSA-PSS";
  private static final Set<String> DIGESTS = Set.of("SHA-256", "SHA-384", "SHA-512");

  private final String name;
  private final byte @Nullable [] parameters;

  private SignatureAlgorithm(String name, byte @Nullable [] parameters) {
    this.name = name;
    this.parameters = parameters;
  }

  static SignatureAlgorithm read(String source, DerValue value)
      throws MalformedDerException, PemException {
    DerValue.Cursor fields = value.open();
    String id = HexFormat.of().formatHex(fields.next(DerValue.OBJECT_IDENTIFIER).contentBytes());
    String name = switch (id) {
      case "2a8648ce3d040302" -> "SHA256withECDSA";
      case "2a8648ce3d040303" -> "SHA384withECDSA";
      case "2a8648ce3d040304" -> "SHA512withECDSA";
      case "2a864886f70d01010b" -> "SHA256withRSA";
      case "2a864886f70d01010c" -> "SHA384withRSA";
      case "2a864886f70d01010d" -> "SHA512withRSA";
      case "2a864886f70d01010a" -> PSS;
      case "2b6570" -> "Ed25519";
      default ->
        throw new PemException(
            Reason.BAD_SIGNATURE,
            source + " is signed with an algorithm that is not accepted: DER " + Quoted.bare(id)
                + " (accepted: ECDSA, RSA, Ed25519 with SHA-256 or better)");
    };
    return new SignatureAlgorithm(
        name, name.equals(PSS) ? fields.next(DerValue.SEQUENCE).encoded() : null);
  }

  Signature verifier(PublicKey key) throws GeneralSecurityException {
    Signature signature = Signature.getInstance(name);
    if (parameters != null) {
      signature.setParameter(pssParameters(parameters));
    }
    signature.initVerify(key);
    return signature;
  }

  private static PSSParameterSpec pssParameters(byte[] der) throws GeneralSecurityException {
    AlgorithmParameters decoder = AlgorithmParameters.getInstance(PSS);
    try {
      decoder.init(der);
    } catch (IOException e) {
      throw new GeneralSecurityException("bad parameters of RSASSA-PSS", e);
    }
    PSSParameterSpec spec = decoder.getParameterSpec(PSSParameterSpec.class);
    if (!DIGESTS.contains(spec.getDigestAlgorithm())) {
      throw new GeneralSecurityException("RSASSA-PSS with " + spec.getDigestAlgorithm());
    }
    return spec;
  }
}
