package dev.countersign.fuzz;

import java.util.List;

/** Something that reads what strangers or editors write, and what must hold whatever they wrote. */
public interface Target {
  /**
   * Lets it read these bytes and checks what must hold then.
   *
   * @throws BrokenClaimException if something does not hold
   * @throws Exception if it fails in another way than it says; the fuzzer takes any exception for a finding
   */
  void read(byte[] input) throws Exception;

  /** Inputs to begin with, made anew each time, since keys and certificates must not lie about. */
  List<byte[]> seeds() throws Exception;
}
