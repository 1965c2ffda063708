package dev.countersign.credentials;

import dev.countersign.credentials.KeyMaterialException.Reason;
import dev.countersign.identity.IdentityException;
import dev.countersign.identity.Principal;
import dev.countersign.identity.SpiffeId;
import dev.countersign.identity.TrustDomain;
import dev.countersign.pem.KeyMatch;
import dev.countersign.pem.PemCertificates;
import dev.countersign.pem.PemException;
import dev.countersign.pem.PemPrivateKey;
import dev.countersign.text.Quoted;
import dev.countersign.workload.Svid;
import dev.countersign.workload.WorkloadIdentities;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What an agent has for us as a source of key material. It is complete: a bundle or a revocation list that is not in it
 * any more was taken back (SPIFFE Workload API section 4.4).
 */
final class WorkloadSource implements MaterialSource {
  private static final String SCHEME = "spiffe://";

  private final WorkloadIdentities identities;
  private final @Nullable SpiffeId wanted;

  WorkloadSource(WorkloadIdentities identities, @Nullable SpiffeId wanted) {
    this.identities = identities;
    this.wanted = wanted;
  }

  @Override
  public String certificateName() {
    Svid chosen = chosen();
    return "identity " + (chosen == null ? "from the agent" : chosen + " from the agent");
  }

  /** The one that was asked for, else the first, which is the default one (section 5.3); null if there is none. */
  private @Nullable Svid chosen() {
    return identities.svids().stream()
        .filter(svid -> wanted == null || svid.spiffeId().equals(wanted.name()))
        .findFirst()
        .orElse(null);
  }

  @Override
  public @Nullable Credential credential(LoadingProblems problems) {
    Svid svid = chosen();
    if (svid == null) {
      if (wanted == null) {
        problems.add(
            Reason.CONTENT, "the agent's answer holds no identity (expected at least one)");
      } else {
        problems.add(Reason.AGENT, nothingFor(wanted));
      }
      return null;
    }
    List<X509Certificate> chain = certificates(certificateName(), svid.certificates(), problems);
    PrivateKey key = null;
    try {
      key = PemPrivateKey.parsePkcs8(certificateName(), svid.privateKey());
    } catch (PemException e) {
      problems.add(Reason.CONTENT, String.valueOf(e.getMessage()));
    }
    if (chain.isEmpty() || key == null) {
      return null;
    }
    X509Certificate leaf = chain.get(0);
    if (!KeyMatch.matches(key, leaf.getPublicKey())) {
      problems.add(
          Reason.KEY_MISMATCH,
          certificateName() + " has a key that is not the key of its certificate "
              + CertificateText.serial(leaf));
      return null;
    }
    List<Principal> names = problems.names(certificateName(), leaf);
    if (!names.isEmpty() && !isNamed(svid, names.get(0))) {
      problems.add(
          Reason.NOT_TRUSTED,
          certificateName() + " has a certificate for another: "
              + Quoted.of(names.get(0).name()));
      return null;
    }
    return names.isEmpty() ? null : new Credential(chain, key, names);
  }

  private static boolean isNamed(Svid svid, Principal name) {
    return name instanceof SpiffeId id && id.name().equals(svid.spiffeId());
  }

  private String nothingFor(SpiffeId id) {
    String others =
        identities.svids().stream().map(Svid::toString).collect(Collectors.joining(", "));
    return "the agent has no identity " + Quoted.of(id.name()) + " for us (it has: "
        + (others.isEmpty() ? "none" : others) + ")";
  }

  @Override
  public @Nullable TrustContent trust(TrustContent before, LoadingProblems problems) {
    Svid svid = chosen();
    if (svid == null) {
      // What it says about others is said for another of our identities.
      return null;
    }
    List<X509Certificate> own = anchors("bundle of " + certificateName(), svid.bundle(), problems);
    Map<TrustDomain, List<X509Certificate>> federated = new HashMap<>();
    identities.federated().forEach((name, bundle) -> {
      String source = "bundle of trust domain " + Quoted.of(name) + " from the agent";
      TrustDomain domain = trustDomain(source, name, problems);
      if (domain != null && federated.put(domain, anchors(source, bundle, problems)) != null) {
        problems.add(
            Reason.CONTENT,
            "trust domain " + Quoted.of(domain.name())
                + " has two bundles from the agent (expected one)");
      }
    });
    RevocationLists lists = lists(problems);
    return problems.isEmpty() ? new TrustContent(own, federated, Map.of(), lists) : null;
  }

  private static List<X509Certificate> anchors(
      String source, byte[] der, LoadingProblems problems) {
    return problems.authorities(source, certificates(source, der, problems));
  }

  private static List<X509Certificate> certificates(
      String source, byte[] der, LoadingProblems problems) {
    try {
      return PemCertificates.parseDer(source, der);
    } catch (PemException e) {
      problems.add(Reason.CONTENT, String.valueOf(e.getMessage()));
      return List.of();
    }
  }

  /** Its SPIFFE id (section 5.1), or its bare name, which some agents send. */
  private static @Nullable TrustDomain trustDomain(
      String source, String name, LoadingProblems problems) {
    try {
      return new TrustDomain(name.startsWith(SCHEME) ? name.substring(SCHEME.length()) : name);
    } catch (IdentityException e) {
      problems.add(Reason.CONTENT, source + " cannot be used: " + e.getMessage());
      return null;
    }
  }

  private RevocationLists lists(LoadingProblems problems) {
    List<RevocationLists> lists = new ArrayList<>();
    for (byte[] der : identities.revocationLists()) {
      try {
        lists.add(RevocationLists.parse("revocation list from the agent", der));
      } catch (PemException e) {
        problems.add(Reason.CONTENT, String.valueOf(e.getMessage()));
      }
    }
    return lists.isEmpty() ? RevocationLists.NONE : RevocationLists.together(lists);
  }
}
