package dev.countersign.credentials;

import dev.countersign.identity.TrustDomain;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where one workload's key material lies.
 *
 * @param certificate the leaf, then its intermediates, in PEM
 * @param key the leaf's private key, in PEM (PKCS#8)
 * @param trust the trust anchors of our own trust domain, in PEM
 * @param crl revocation lists in PEM or DER, in one file or in all files of a directory (names that begin with a dot
 *     aside); null if none will ever be used; what is missing is taken up when it appears
 * @param federated the trust anchors of other trust domains, in PEM or as a SPIFFE bundle (SPIFFE Trust Domain and
 *     Bundle section 4)
 */
public record IdentityFiles(
    Path certificate, Path key, Path trust, @Nullable Path crl, Map<TrustDomain, Path> federated) {

  /** Files; the map is copied. */
  public IdentityFiles {
    federated = Map.copyOf(federated);
  }

  /**
   * An identity directory under the names that Kubernetes uses: {@code tls.crt}, {@code tls.key}, {@code ca.crt} and, if
   * there is one, {@code crl.pem}.
   */
  public static IdentityFiles in(Path directory) {
    return new IdentityFiles(
        directory.resolve("tls.crt"),
        directory.resolve("tls.key"),
        directory.resolve("ca.crt"),
        directory.resolve("crl.pem"),
        Map.of());
  }

  /** The same files with other trust domains beside ours. */
  public IdentityFiles federatedWith(Map<TrustDomain, Path> others) {
    return new IdentityFiles(certificate, key, trust, crl, others);
  }

  List<Path> all() {
    List<Path> paths = new ArrayList<>(List.of(certificate, key, trust));
    if (crl != null) {
      paths.add(crl);
    }
    paths.addAll(federated.values());
    return paths;
  }
}
