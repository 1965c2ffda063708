package dev.countersign.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The path of a request on the command line; it need not name a method that exists. */
final class MethodPath implements ITypeConverter<String> {
  @Override
  public String convert(String text) {
    if (!text.startsWith("/")) {
      throw new TypeConversionException(
          "is not the path of a method: " + Printable.quoted(text) + " (/package.Service/Method)");
    }
    return text;
  }
}
