package dev.countersign.cli;

import dev.countersign.identity.TrustDomain;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code --federated TRUST_DOMAIN=FILE}: whom else we believe, each for its own trust domain only. */
final class Federation {
  /**
   * The anchors of one other trust domain.
   *
   * @param trustDomain whose they are
   * @param anchors the file that holds them
   */
  record Entry(TrustDomain trustDomain, Path anchors) {}

  @Option(
      names = "--federated",
      paramLabel = "TRUST_DOMAIN=FILE",
      converter = EntryConverter.class,
      description =
          "The trust anchors of another trust domain, in PEM or as a SPIFFE bundle; may be repeated.")
  private List<Entry> entries = List.of();

  /**
   * The files by trust domain.
   *
   * @throws CommandException if a trust domain is named twice
   */
  Map<TrustDomain, Path> byTrustDomain() {
    Map<TrustDomain, Path> anchors = new LinkedHashMap<>();
    for (Entry entry : entries) {
      if (anchors.put(entry.trustDomain(), entry.anchors()) != null) {
        throw CommandException.usage(
            "--federated names trust domain \"" + entry.trustDomain().name() + "\" twice");
      }
    }
    return anchors;
  }

  private static final class EntryConverter implements ITypeConverter<Entry> {
    @Override
    public Entry convert(String text) {
      int equals = text.indexOf('=');
      if (equals < 1 || equals == text.length() - 1) {
        throw new TypeConversionException("is not TRUST_DOMAIN=FILE: " + Printable.quoted(text));
      }
      return new Entry(
          new TrustDomain(text.substring(0, equals)), Path.of(text.substring(equals + 1)));
    }
  }
}
