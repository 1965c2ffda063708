package dev.countersign.pki;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/** Signing requests that ask for more than they should get. */
final class SigningRequests {
  private SigningRequests() {}

  /** A request that wants to be an authority. */
  static byte[] of(KeyPair keys, String subject)
      throws GeneralSecurityException, IOException, OperatorCreationException {
    Extension wish =
        new Extension(Extension.basicConstraints, true, new BasicConstraints(true).getEncoded());
    return new JcaPKCS10CertificationRequestBuilder(new X500Principal(subject), keys.getPublic())
        .addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, new Extensions(wish))
        .build(new JcaContentSignerBuilder(KeyAlgorithm.signatureFor(keys.getPrivate()))
            .build(keys.getPrivate()))
        .getEncoded();
  }
}
