package dev.countersign.assessment;

import dev.countersign.credentials.PeerRefusedException.Reason;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** What a careless server overlooks in the certificates of a client. */
@FunctionalInterface
interface Oversight {
  Oversight NONE = (reason, chain) -> false;

  /** Whether a chain is taken although there is this reason to refuse it. */
  boolean overlooks(Reason reason, List<X509Certificate> chain);

  /** These reasons, whatever the chain is. */
  static Oversight of(Reason... reasons) {
    return where(chain -> true, reasons);
  }

  /** These reasons, in chains of a certain shape. */
  static Oversight where(Predicate<List<X509Certificate>> shape, Reason... reasons) {
    Set<Reason> overlooked = Set.of(reasons);
    return (reason, chain) -> overlooked.contains(reason) && shape.test(chain);
  }
}
