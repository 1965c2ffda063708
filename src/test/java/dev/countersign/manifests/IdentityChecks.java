package dev.countersign.manifests;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.countersign.identity.Principal;
import dev.countersign.identity.SpiffeId;
import dev.countersign.policy.Policy;
import dev.countersign.policy.RequestHeaders;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Certificates, service accounts, flags and the policy must name the same identities: the visitor's may make the call that
 * it makes and no call that changes something, the server's is the one that the visitor expects.
 */
final class IdentityChecks {
  private static final Set<String> USAGES =
      Set.of("digital signature", "server auth", "client auth");

  private final Manifests manifests;
  private final List<String> problems = new ArrayList<>();

  private IdentityChecks(Manifests manifests) {
    this.manifests = manifests;
  }

  static List<String> problems(Manifests manifests) {
    IdentityChecks checks = new IdentityChecks(manifests);
    checks.leaves().forEach(checks::certificate);
    manifests.workloads().forEach(checks::mountedCertificate);
    checks.policy();
    return checks.problems;
  }

  private List<Tree> leaves() {
    return manifests.ofKind("Certificate").stream()
        .filter(certificate -> !certificate.at("spec", "isCA").isTrue())
        .toList();
  }

  private List<Workload> servers() {
    return manifests.workloads().stream().filter(Workload::isServer).toList();
  }

  private void certificate(Tree certificate) {
    Tree spec = certificate.at("spec");
    require(Set.copyOf(spec.at("usages").texts()).equals(USAGES), certificate, "has other usages");
    require(
        spec.at("privateKey", "encoding").text().equals("PKCS8"),
        certificate,
        "has a key that is not PKCS#8");
    require(
        spec.at("privateKey", "rotationPolicy").text().equals("Always"),
        certificate,
        "keeps its key");
    require(!spec.at("dnsNames").exists(), certificate, "has DNS names beside its SPIFFE id");
    List<String> uris = spec.at("uris").texts();
    require(uris.size() == 1, certificate, "has not exactly one URI");
    String path = "/ns/" + certificate.namespace() + "/sa/" + certificate.name();
    require(
        uris.stream().map(SpiffeId::parse).allMatch(id -> id.path().equals(path)),
        certificate,
        "names another namespace or service account than its own");
    require(
        manifests.ofKind("ClusterIssuer").stream()
            .anyMatch(
                issuer -> issuer.name().equals(spec.at("issuerRef", "name").text())),
        certificate,
        "has an issuer that is not there");
  }

  /** A pod that mounts a Secret of cert-manager's has a certificate that names its service account. */
  private void mountedCertificate(Workload workload) {
    for (Tree volume : workload.pod().at("volumes").items()) {
      for (Tree source : volume.at("projected", "sources").items()) {
        Tree secret = source.at("secret", "name");
        if (secret.exists()) {
          require(
              manifests.ofKind("Certificate").stream()
                  .filter(each -> each.namespace().equals(workload.object().namespace()))
                  .filter(each -> each.at("spec", "secretName").equals(secret))
                  .anyMatch(each -> each.name().equals(workload.serviceAccount())),
              workload.object(),
              "mounts a certificate of another service account");
        }
      }
    }
  }

  private void policy() {
    Tree data = manifests
        .find("ConfigMap", "countersign", "route-guide-policy")
        .map(map -> map.at("data", "policy.json"))
        .orElseThrow();
    Policy policy = Policy.parse("policy.json", data.text().getBytes(UTF_8));
    for (Tree certificate : leaves()) {
      require(
          servers().stream().anyMatch(each -> each.serviceAccount().equals(certificate.name()))
              || certificate.at("spec", "uris").texts().stream()
                  .allMatch(uri -> data.text().contains("\"" + uri + "\"")),
          certificate,
          "is for somebody whom the policy does not name");
    }
    for (Workload workload : manifests.workloads()) {
      List<String> args = workload.container().at("args").texts();
      if (args.contains("call")) {
        caller(workload, policy, "/" + args.get(args.size() - 1));
      }
    }
  }

  private void caller(Workload caller, Policy policy, String path) {
    Tree object = caller.object();
    Set<String> expected = expected(caller);
    require(!expected.isEmpty(), object, "expects no server");
    for (String server : expected) {
      String own = identityLike(server, caller.serviceAccount());
      require(
          servers().stream().anyMatch(each -> isOf(each, server)),
          object,
          "expects a server that is another workload");
      require(isOf(caller, own), object, "would be known as another workload: " + own);
      require(allowed(policy, own, path), object, "may not make its call as " + own);
      require(
          !allowed(policy, own, "/countersign.demo.device.v1.DeviceController/SetDevice"),
          object,
          "may set devices");
      require(!allowed(policy, server, path), object, "is not needed: the server may call itself");
      if (server.startsWith("spiffe:") && !manifests.ofKind("Certificate").isEmpty()) {
        require(certified().contains(server), object, "expects a server that has no certificate");
        require(certified().contains(own), object, "has no certificate for " + own);
      }
    }
  }

  /** Whether a name is a workload's: the whole path of its SPIFFE id, or its service account. */
  private static boolean isOf(Workload workload, String principal) {
    String account = workload.serviceAccount();
    String path = "/ns/" + workload.object().namespace() + "/sa/" + account;
    return Principal.parse(principal) instanceof SpiffeId id
        ? id.path().equals(path)
        : principal.startsWith(account + "@");
  }

  private Set<String> expected(Workload caller) {
    String listed = caller.environment(manifests).getOrDefault("COUNTERSIGN_EXPECT_SERVER", "");
    Set<String> expected = new LinkedHashSet<>(Arrays.asList(listed.split(",")));
    expected.remove("");
    return expected;
  }

  /** The identity that another service account has where this one is a server's. */
  private static String identityLike(String server, String serviceAccount) {
    return server.replaceFirst("(?<=^|/)route-guide(?=$|@)", serviceAccount);
  }

  private Set<String> certified() {
    Set<String> certified = new LinkedHashSet<>();
    manifests
        .ofKind("Certificate")
        .forEach(certificate -> certified.addAll(certificate.at("spec", "uris").texts()));
    return certified;
  }

  private static boolean allowed(Policy policy, String principal, String path) {
    return policy
        .decide(List.of(Principal.parse(principal)), path, RequestHeaders.NONE)
        .allowed();
  }

  private void require(boolean holds, Tree object, String otherwise) {
    if (!holds) {
      problems.add(object + " " + otherwise);
    }
  }
}
