package dev.countersign.cli;

import dev.countersign.assessment.Target;
import dev.countersign.credentials.Transport;
import dev.countersign.emulator.EmulatorException;
import dev.countersign.emulator.LoopbackAddress;
import dev.countersign.platform.AltsVerdict;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The handshakers through which an ALTS endpoint is attacked. */
final class HandshakerOptions {
  @Mixin
  private EmulatorFlag emulator = new EmulatorFlag();

  @Option(
      names = "--insecure-denied-alts-emulator",
      paramLabel = "HOST:PORT",
      description = "The emulated handshaker of a workload without a rule.")
  private @Nullable String denied;

  /**
   * An ALTS endpoint to attack.
   *
   * @throws CommandException if ALTS cannot work here
   */
  Target target(InetSocketAddress address, Terminal terminal) {
    Optional<LoopbackAddress> emulated = emulator.address();
    emulated.ifPresent(place ->
        terminal.warn("ALTS goes through the emulator at " + place + " and gives NO SECURITY"));
    AltsVerdict verdict = emulated.isPresent()
        ? Transport.altsVerdictThroughEmulator(emulated.get().toString(), terminal.machine())
        : Transport.altsVerdict(terminal.machine());
    if (!verdict.works()) {
      throw CommandException.environment(
          "ALTS is unavailable (" + verdict.reason() + "): " + verdict.explanation(),
          "\"countersign doctor\" shows what was looked at");
    }
    Target target = Target.alts(address, verdict.handshaker());
    return denied == null ? target : target.deniedHandshaker(loopback(denied));
  }

  private static String loopback(String text) {
    try {
      return LoopbackAddress.parse(text).toString();
    } catch (EmulatorException e) {
      throw CommandException.usage(
          "--insecure-denied-alts-emulator cannot be used: " + e.getMessage());
    }
  }
}
