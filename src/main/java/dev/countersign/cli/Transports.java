package dev.countersign.cli;

import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.TlsOptions;
import dev.countersign.credentials.Transport;
import dev.countersign.credentials.TransportUnavailableException;
import dev.countersign.emulator.LoopbackAddress;
import dev.countersign.platform.AltsVerdict;
import dev.countersign.platform.Machine;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The transports that a command was asked for, each made once. */
final class Transports implements AutoCloseable {
  /** How it is found out whether ALTS works. */
  private enum AltsSearch {
    THROUGH_EMULATOR,
    WITHOUT_FALLBACK,
    WITH_FALLBACK
  }

  private final @Nullable KeyMaterial material;
  private final TlsOptions tls;
  private final Optional<LoopbackAddress> emulator;
  private final Machine machine;
  private final Map<TransportChoice, Transport> made = new EnumMap<>(TransportChoice.class);

  Transports(
      @Nullable KeyMaterial material,
      TlsOptions tls,
      Optional<LoopbackAddress> emulator,
      Machine machine) {
    this.material = material;
    this.tls = tls;
    this.emulator = emulator;
    this.machine = machine;
  }

  /**
   * What was asked for.
   *
   * @throws CommandException if it cannot work here, with the reason
   */
  Transport of(TransportChoice choice) {
    Transport known = made.get(choice);
    if (known == null) {
      known = make(choice);
      made.put(choice, known);
    }
    return known;
  }

  /**
   * Whether ALTS works for what was asked for, by the same decision that {@link #of} makes; starts nothing.
   *
   * @param choice not mutual TLS
   */
  AltsVerdict altsVerdict(TransportChoice choice) {
    return switch (search(choice)) {
      case THROUGH_EMULATOR ->
        Transport.altsVerdictThroughEmulator(emulator.orElseThrow().toString(), machine);
      case WITHOUT_FALLBACK -> Transport.altsVerdictWithoutFallback(machine);
      case WITH_FALLBACK -> Transport.altsVerdict(machine);
    };
  }

  private Transport make(TransportChoice choice) {
    try {
      if (choice == TransportChoice.MTLS) {
        return Transport.mutualTls(required(), tls);
      }
      return switch (search(choice)) {
        case THROUGH_EMULATOR ->
          Transport.altsThroughEmulatorInsecurely(emulator.orElseThrow().toString(), machine);
        case WITHOUT_FALLBACK -> Transport.alts(machine);
        case WITH_FALLBACK -> Transport.auto(required(), tls, machine);
      };
    } catch (TransportUnavailableException e) {
      throw CommandException.environment(
          String.valueOf(e.getMessage()),
          e.reason() == TransportUnavailableException.Reason.BORINGSSL_NOT_LOADED
              ? "\"--tls-provider jdk\" chooses the JDK's TLS"
              : "\"countersign doctor\" shows what was looked at");
    }
  }

  private AltsSearch search(TransportChoice choice) {
    if (emulator.isPresent()) {
      return AltsSearch.THROUGH_EMULATOR;
    }
    return choice == TransportChoice.ALTS || material == null
        ? AltsSearch.WITHOUT_FALLBACK
        : AltsSearch.WITH_FALLBACK;
  }

  private KeyMaterial required() {
    if (material == null) {
      throw CommandException.usage("for mutual TLS " + IdentityOptions.NEEDED);
    }
    return material;
  }

  @Override
  public void close() {
    made.values().forEach(Transport::close);
  }
}
