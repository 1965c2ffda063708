package dev.countersign.credentials;

import dev.countersign.identity.SpiffeId;
import dev.countersign.identity.TrustDomain;
import dev.countersign.pki.CertificateDraft;
import dev.countersign.pki.CertificateForge;
import dev.countersign.pki.ForgedCertificate;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Two authorities and what they issue, by a clock that stands at {@link HandClock#START}. */
final class Zoo {
  static final TrustDomain DOMAIN = new TrustDomain("example.org");
  static final TrustDomain OTHER_DOMAIN = new TrustDomain("partner.example");
  static final SpiffeId ID = DOMAIN.id("ns", "demo", "sa", "client");

  final HandClock clock = new HandClock();
  final CertificateForge forge = CertificateForge.at(InstantSource.fixed(HandClock.START));
  final ForgedCertificate root = forge.root("CN=Zoo root").selfSigned();
  final ForgedCertificate issuing = forge.intermediate("CN=Zoo issuing").issuedBy(root);
  final ForgedCertificate partner = forge.root("CN=Partner root").selfSigned();

  /** A leaf that is right for both ends. */
  CertificateDraft leaf() {
    return forge.leaf().spiffe(ID.name()).clientAndServer();
  }

  ForgedCertificate good() {
    return leaf().issuedBy(issuing);
  }

  TrustAnchors anchors() {
    return new TrustAnchors(DOMAIN, List.of(root.certificate()), Map.of());
  }

  TrustAnchors federatedAnchors() {
    return new TrustAnchors(
        DOMAIN, List.of(root.certificate()), Map.of(OTHER_DOMAIN, List.of(partner.certificate())));
  }

  TrustState trust() {
    return TrustState.of(anchors(), clock);
  }

  TrustState trusting(ForgedCertificate... roots) {
    List<X509Certificate> own = new ArrayList<>();
    for (ForgedCertificate anchor : roots) {
      own.add(anchor.certificate());
    }
    return TrustState.of(new TrustAnchors(DOMAIN, own, Map.of()), clock);
  }

  TrustState trustWith(String... crls) throws Exception {
    byte[] pem = String.join("", crls).getBytes(StandardCharsets.US_ASCII);
    return new TrustState(1, anchors(), RevocationLists.parse("lists", pem), clock);
  }

  static PresentedChain presented(ForgedCertificate leaf) throws PeerRefusedException {
    return presented(leaf.chain());
  }

  static PresentedChain presented(List<X509Certificate> chain) throws PeerRefusedException {
    return PresentedChain.of(chain.toArray(X509Certificate[]::new));
  }
}
