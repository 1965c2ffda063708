package dev.countersign.cli;

import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** For whom a result is printed. A command that has both forms holds it as a mixin. */
final class OutputFormat {
  @Option(
      names = "--format",
      paramLabel = "text|json",
      converter = FormatConverter.class,
      defaultValue = "text",
      order = 900,
      description = "For people or for programs (default: text).")
  private Format format = Format.TEXT;

  boolean isJson() {
    return format == Format.JSON;
  }

  private enum Format {
    TEXT,
    JSON
  }

  private static final class FormatConverter implements ITypeConverter<Format> {
    @Override
    public Format convert(String value) {
      return switch (value.toLowerCase(Locale.ROOT)) {
        case "text" -> Format.TEXT;
        case "json" -> Format.JSON;
        default ->
          throw new TypeConversionException(
              "has an unknown value: " + Printable.quoted(value) + " (text or json)");
      };
    }
  }
}
