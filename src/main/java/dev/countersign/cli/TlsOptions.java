package dev.countersign.cli;

import dev.countersign.cli.TlsSettings.TlsProvider;
import dev.countersign.cli.TlsSettings.TlsVersion;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The flags that say how TLS is spoken. */
final class TlsOptions {
  @Option(
      names = "--tls-min",
      paramLabel = "1.3|1.2",
      converter = VersionConverter.class,
      description = "The oldest TLS to accept (default: 1.3).")
  private TlsVersion oldest = TlsVersion.TLS_1_3;

  @Option(
      names = "--tls-provider",
      paramLabel = "boringssl|jdk",
      converter = ProviderConverter.class,
      description = "Whose TLS to use (default: boringssl; X25519MLKEM768 needs it).")
  private TlsProvider provider = TlsProvider.BORINGSSL;

  TlsSettings settings() {
    return new TlsSettings(oldest, provider);
  }

  private static final class VersionConverter implements ITypeConverter<TlsVersion> {
    @Override
    public TlsVersion convert(String text) {
      return switch (text) {
        case "1.2" -> TlsVersion.TLS_1_2;
        case "1.3" -> TlsVersion.TLS_1_3;
        default ->
          throw new TypeConversionException("is not a version of TLS that is spoken here: "
              + Printable.quoted(text)
              + " (1.3 or 1.2)");
      };
    }
  }

  private static final class ProviderConverter implements ITypeConverter<TlsProvider> {
    @Override
    public TlsProvider convert(String text) {
      return switch (text) {
        case "boringssl" -> TlsProvider.BORINGSSL;
        case "jdk" -> TlsProvider.JDK;
        default ->
          throw new TypeConversionException(
              "is not a TLS provider: " + Printable.quoted(text) + " (boringssl or jdk)");
      };
    }
  }
}
