package dev.countersign.manifests;

import com.google.common.net.InetAddresses;
import java.math.BigInteger;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;

/**
 * What the NetworkPolicies of some manifests let through: as the API defines it, except that a selector with expressions
 * selects everything, so that nothing is taken for closed that is not understood.
 */
record Traffic(List<Tree> policies) {
  static final String NAME_OF_NAMESPACE = "kubernetes.io/metadata.name";

  /**
   * One end of a connection.
   *
   * @param namespace where the pod is, empty for no pod
   * @param labels the pod's
   * @param address its address
   */
  record End(String namespace, Tree labels, String address) {
    static End pod(Workload workload) {
      return new End(workload.object().namespace(), workload.labels(), "10.0.0.7");
    }

    static End pod(String namespace, Map<String, String> labels) {
      return new End(namespace, new Tree(labels), "10.0.0.8");
    }

    static End outside(String address) {
      return new End("", new Tree(Map.of()), address);
    }
  }

  boolean leaves(End from, End to, int port) {
    return allowed("Egress", from, to, port);
  }

  boolean enters(End from, End to, int port) {
    return allowed("Ingress", to, from, port);
  }

  private boolean allowed(String direction, End self, End other, int port) {
    List<Tree> selecting = selecting(direction, self);
    return selecting.isEmpty()
        || selecting.stream()
            .anyMatch(policy -> rules(policy, direction).stream()
                .anyMatch(rule -> opens(rule.at("ports"), port)
                    && meets(peers(rule, direction), policy.namespace(), other)));
  }

  /** What may leave a pod, by every policy that selects it. */
  List<Tree> egress(End self) {
    return selecting("Egress", self).stream()
        .flatMap(policy -> rules(policy, "Egress").stream())
        .toList();
  }

  private List<Tree> selecting(String direction, End self) {
    return policies.stream()
        .filter(policy -> policy.at("spec", "policyTypes").texts().contains(direction))
        .filter(policy -> policy.namespace().equals(self.namespace()))
        .filter(policy -> selects(policy.at("spec", "podSelector"), self.labels()))
        .toList();
  }

  private static List<Tree> rules(Tree policy, String direction) {
    return policy.at("spec", direction.equals("Egress") ? "egress" : "ingress").items();
  }

  private static List<Tree> peers(Tree rule, String direction) {
    return rule.at(direction.equals("Egress") ? "to" : "from").items();
  }

  private static boolean opens(Tree ports, int port) {
    return ports.items().isEmpty()
        || ports.items().stream().anyMatch(each -> {
          int first = each.at("port").number();
          int last = each.at("endPort").exists() ? each.at("endPort").number() : first;
          return first < 0 || (first <= port && port <= last);
        });
  }

  private static boolean meets(List<Tree> peers, String namespace, End end) {
    return peers.isEmpty() || peers.stream().anyMatch(peer -> meets(peer, namespace, end));
  }

  private static boolean meets(Tree peer, String namespace, End end) {
    if (peer.at("ipBlock").exists()) {
      return within(peer.at("ipBlock", "cidr").text(), end.address())
          && peer.at("ipBlock", "except").texts().stream()
              .noneMatch(cidr -> within(cidr, end.address()));
    }
    if (end.namespace().isEmpty()) {
      return false;
    }
    boolean there = peer.at("namespaceSelector").exists()
        ? selects(
            peer.at("namespaceSelector"), new Tree(Map.of(NAME_OF_NAMESPACE, end.namespace())))
        : namespace.equals(end.namespace());
    return there && selects(peer.at("podSelector"), end.labels());
  }

  private static boolean selects(Tree selector, Tree labels) {
    return selector.at("matchLabels").selects(labels);
  }

  private static boolean within(String cidr, String address) {
    String[] parts = cidr.split("/", 2);
    InetAddress network = InetAddresses.forString(parts[0]);
    InetAddress single = InetAddresses.forString(address);
    int bits = network.getAddress().length * 8;
    int shift = bits - Integer.parseInt(parts[1]);
    return bits == single.getAddress().length * 8
        && number(network).shiftRight(shift).equals(number(single).shiftRight(shift));
  }

  private static BigInteger number(InetAddress address) {
    return new BigInteger(1, address.getAddress());
  }
}
