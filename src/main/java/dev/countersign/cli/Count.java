package dev.countersign.cli;

import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A whole number of at least one. */
final class Count implements ITypeConverter<Integer> {
  private static final Pattern FORM = Pattern.compile("[0-9]{1,9}");

  @Override
  public Integer convert(String text) {
    if (!FORM.matcher(text).matches() || Integer.parseInt(text) == 0) {
      throw new TypeConversionException(
          "is not a count: " + Printable.quoted(text) + " (a whole number from 1 to 999999999)");
    }
    return Integer.parseInt(text);
  }
}
