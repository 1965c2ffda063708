package dev.countersign.cli;

import dev.countersign.credentials.TlsOptions;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The flags that say how TLS is spoken. */
final class TlsFlags {
  @Option(
      names = "--tls-min",
      paramLabel = "1.3|1.2",
      converter = VersionConverter.class,
      description = "The oldest TLS to accept (default: 1.3).")
  private TlsOptions.Version oldest = TlsOptions.Version.TLS_1_3;

  @Option(
      names = "--tls-provider",
      paramLabel = "boringssl|jdk",
      converter = ProviderConverter.class,
      description = "Whose TLS to use (default: boringssl; X25519MLKEM768 needs it).")
  private TlsOptions.Provider provider = TlsOptions.Provider.BORINGSSL;

  TlsOptions settings() {
    return new TlsOptions(oldest, provider);
  }

  private static final class VersionConverter implements ITypeConverter<TlsOptions.Version> {
    @Override
    public TlsOptions.Version convert(String text) {
      return switch (text) {
        case "1.2" -> TlsOptions.Version.TLS_1_2;
        case "1.3" -> TlsOptions.Version.TLS_1_3;
        default ->
          throw new TypeConversionException("is not a version of TLS that is spoken here: "
              + Printable.quoted(text)
              + " (1.3 or 1.2)");
      };
    }
  }

  private static final class ProviderConverter implements ITypeConverter<TlsOptions.Provider> {
    @Override
    public TlsOptions.Provider convert(String text) {
      return switch (text) {
        case "boringssl" -> TlsOptions.Provider.BORINGSSL;
        case "jdk" -> TlsOptions.Provider.JDK;
        default ->
          throw new TypeConversionException(
              "is not a TLS provider: " + Printable.quoted(text) + " (boringssl or jdk)");
      };
    }
  }
}
