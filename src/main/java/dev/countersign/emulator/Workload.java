package dev.countersign.emulator;

import dev.countersign.emulator.EmulatorException.Reason;
import dev.countersign.identity.IdentityException;
import dev.countersign.identity.ServiceAccount;
import dev.countersign.text.Quoted;

/**
 * Somebody who runs on the emulated machine. Whoever asks the handshaker at this address is this service account:
 * that, and nothing else, is how a caller is told from another.
 *
 * @param account who it is
 * @param handshaker where its handshaker listens
 */
public record Workload(ServiceAccount account, LoopbackAddress handshaker) {

  /**
   * Reads a workload.
   *
   * @throws EmulatorException if the text is not {@code SERVICE_ACCOUNT=HOST:PORT} with a loopback host
   */
  public static Workload parse(String text) {
    int equals = text.indexOf('=');
    if (equals < 0) {
      throw new EmulatorException(
          Reason.BAD_WORKLOAD,
          "workload " + Quoted.of(text) + " is not of the form SERVICE_ACCOUNT=HOST:PORT");
    }
    LoopbackAddress handshaker = LoopbackAddress.parse(text.substring(equals + 1));
    try {
      return new Workload(ServiceAccount.parse(text.substring(0, equals)), handshaker);
    } catch (IdentityException e) {
      throw new EmulatorException(
          Reason.BAD_WORKLOAD, "workload " + Quoted.of(text) + ": " + e.getMessage(), e);
    }
  }
}
