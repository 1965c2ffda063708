package dev.countersign.cli;

import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.TypeConversionException;

/** What a listener or a target is asked to speak. */
enum TransportChoice {
  /** ALTS where it is proved to work, else mutual TLS. */
  AUTO,
  /** ALTS or nothing. */
  ALTS,
  /** Mutual TLS. */
  MTLS;

  private static final Map<String, TransportChoice> BY_NAME =
      Map.of("auto", AUTO, "alts", ALTS, "mtls", MTLS);

  static TransportChoice parse(String name) {
    TransportChoice transport = BY_NAME.get(name);
    if (transport == null) {
      throw new TypeConversionException(
          "names an unknown transport: " + Printable.quoted(name) + " (auto, alts or mtls)");
    }
    return transport;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
