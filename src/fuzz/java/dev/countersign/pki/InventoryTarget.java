package dev.countersign.pki;

import dev.countersign.fuzz.Claims;
import dev.countersign.fuzz.Target;
import dev.countersign.identity.DnsName;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/** {@link Inventory}: what was read is printed and read again; all problems have a place and can be shown. */
public final class InventoryTarget implements Target {
  @Override
  public void read(byte[] input) throws Exception {
    Inventory inventory;
    try {
      inventory = Inventory.parse("input", input);
    } catch (InventoryException e) {
      Claims.that(!e.problems().isEmpty(), "a refusal has a reason");
      e.problems().forEach(problem -> {
        Claims.message(problem.message());
        Claims.that(problem.line() >= 1 && problem.column() >= 1, "a problem has a place");
      });
      return;
    }
    for (IdentityRequest request : inventory.identities()) {
      Claims.that(
          request.name().matches("[a-z0-9][a-z0-9._-]{0,63}"), "a name is a plain directory");
      Claims.that(!request.name().equals("ca"), "nobody is given the directory of the keys");
    }
    Claims.same(Inventory.parse("printed", print(inventory)), inventory, "read as it is printed");
  }

  private static byte[] print(Inventory inventory) {
    StringBuilder yaml =
        new StringBuilder("trust_domain: '" + inventory.trustDomain() + "'\nidentities:\n");
    if (inventory.identities().isEmpty()) {
      yaml.append("  []\n");
    }
    for (IdentityRequest request : inventory.identities()) {
      yaml.append("  - name: '").append(request.name()).append("'\n");
      request.spiffeId().ifPresent(id -> yaml.append("    spiffe: '").append(id).append("'\n"));
      yaml.append("    dns: ")
          .append(request.dnsNames().stream()
              .map(DnsName::name)
              .collect(Collectors.joining("', '", "['", "']"))
              .replace("['']", "[]"));
      yaml.append("\n    ip: ")
          .append(request.addresses().stream()
              .map(InetAddress::getHostAddress)
              .collect(Collectors.joining("', '", "['", "']"))
              .replace("['']", "[]"));
      yaml.append("\n    profile: ").append(request.profile().label());
      yaml.append("\n    key: ").append(request.key().label());
      yaml.append("\n    valid_for: ").append(request.validFor().toSeconds()).append("s\n");
    }
    return yaml.toString().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public List<byte[]> seeds() {
    return Claims.inputs(
        """
        trust_domain: example.org
        identities:
          - name: server
            spiffe: spiffe://example.org/ns/demo/sa/server
            dns: [localhost, a.example]
            ip: [127.0.0.1, "::1"]
            profile: peer
            valid_for: 24h
            key: ecdsa-p256
          - {name: b, dns: [b.example], profile: client, key: ecdsa-p384}
        """,
        "trust_domain: &a example.org\nidentities: [*a, {<<: *a, name: !!int 1}]\n",
        "trust_domain: [\n",
        "\"\\u2028\": |\n  x\n---\n");
  }
}
