package dev.countersign.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number of bytes as a person types it: {@code 8192}, {@code 16KiB}, {@code 4MiB}; below 2 GiB. */
final class ByteSize implements ITypeConverter<Integer> {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,10})(B|KiB|MiB|GiB)?");

  @Override
  public Integer convert(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new TypeConversionException("is not a number of bytes: "
          + Printable.quoted(text)
          + " (a whole number, or one with KiB, MiB or GiB, as in 4MiB)");
    }
    long number = Long.parseLong(form.group(1));
    long unit = unit(form.group(2));
    if (number == 0 || number > Integer.MAX_VALUE / unit) {
      throw new TypeConversionException(
          "is out of range: " + Printable.quoted(text) + " (1 to " + Integer.MAX_VALUE + " bytes)");
    }
    return (int) (number * unit);
  }

  private static long unit(@Nullable String name) {
    if (name == null) {
      return 1;
    }
    return switch (name) {
      case "KiB" -> 1L << 10;
      case "MiB" -> 1L << 20;
      case "GiB" -> 1L << 30;
      default -> 1;
    };
  }
}
