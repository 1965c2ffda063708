package dev.countersign.fuzz;

import dev.countersign.assessment.AltsRecordsTarget;
import dev.countersign.cli.FlagsTarget;
import dev.countersign.credentials.HandshakeGateTarget;
import dev.countersign.credentials.SpiffeBundleTarget;
import dev.countersign.demo.PlacesTarget;
import dev.countersign.emulator.HandshakeTarget;
import dev.countersign.emulator.HandshakerRequestsTarget;
import dev.countersign.identity.CertificateNamesTarget;
import dev.countersign.identity.NamesTarget;
import dev.countersign.pem.CertificatesTarget;
import dev.countersign.pem.PemTarget;
import dev.countersign.pem.PrivateKeyTarget;
import dev.countersign.pem.RevocationListTarget;
import dev.countersign.pki.InventoryTarget;
import dev.countersign.policy.PolicyTarget;
import dev.countersign.policy.PolicyTestsTarget;
import dev.countersign.text.QuotedTarget;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;

/** The targets by name. */
public final class Targets {
  /** A reader with mistakes, in which the fuzzer must find them; no target that is run for its own sake. */
  public static final String PLANTED = "planted";

  private static final Map<String, Supplier<Target>> ALL = Map.ofEntries(
      Map.entry("pem", PemTarget::new),
      Map.entry("private-key", PrivateKeyTarget::new),
      Map.entry("certificates", CertificatesTarget::new),
      Map.entry("certificate-names", CertificateNamesTarget::new),
      Map.entry("revocation-list", RevocationListTarget::new),
      Map.entry("names", NamesTarget::new),
      Map.entry("quoted", QuotedTarget::new),
      Map.entry("policy", PolicyTarget::new),
      Map.entry("policy-tests", PolicyTestsTarget::new),
      Map.entry("spiffe-bundle", SpiffeBundleTarget::new),
      Map.entry("places", PlacesTarget::new),
      Map.entry("inventory", InventoryTarget::new),
      Map.entry("alts-handshake", HandshakeTarget::new),
      Map.entry("handshaker-requests", HandshakerRequestsTarget::new),
      Map.entry("handshake-gate", HandshakeGateTarget::new),
      Map.entry("alts-records", AltsRecordsTarget::new),
      Map.entry("flags", FlagsTarget::new));

  private Targets() {}

  /** Everything that is fuzzed for its own sake. */
  public static SortedSet<String> names() {
    return new TreeSet<>(ALL.keySet());
  }

  static Target named(String name) {
    Supplier<Target> target = name.equals(PLANTED) ? PlantedMistakes::new : ALL.get(name);
    if (target == null) {
      throw new IllegalArgumentException("no target " + name + " (known: " + names() + ")");
    }
    return target.get();
  }
}
