package dev.countersign.cli;

import dev.countersign.emulator.EmulatorException;
import dev.countersign.emulator.LoopbackAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The one way to an emulated handshaker; it must be on this machine. */
final class EmulatorFlag {
  @Option(
      names = "--insecure-alts-emulator",
      paramLabel = "HOST:PORT",
      converter = Loopback.class,
      description =
          "Speak ALTS through an emulated handshaker on this machine: no security at all.")
  private @Nullable LoopbackAddress address;

  Optional<LoopbackAddress> address() {
    return Optional.ofNullable(address);
  }

  private static final class Loopback implements ITypeConverter<LoopbackAddress> {
    @Override
    public LoopbackAddress convert(String text) {
      try {
        LoopbackAddress parsed = LoopbackAddress.parse(text);
        if (parsed.port() == 0) {
          throw new TypeConversionException(
              "cannot be connected to: " + Printable.quoted(text) + " (a host and a port above 0)");
        }
        return parsed;
      } catch (EmulatorException e) {
        throw new TypeConversionException("cannot be used: " + e.getMessage());
      }
    }
  }
}
