package dev.countersign.cli;

import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A method on the command line.
 *
 * @param service the service with its package
 * @param method the method's simple name
 */
record MethodName(String service, String method) {
  private static final Pattern FORM = Pattern.compile(
      "[A-Za-z_][A-Za-z0-9_]*(?:\\.[A-Za-z_][A-Za-z0-9_]*)*/[A-Za-z_][A-Za-z0-9_]*");

  static MethodName parse(String text) {
    String name = text.startsWith("/") ? text.substring(1) : text;
    if (!FORM.matcher(name).matches()) {
      throw new TypeConversionException(
          "is not a method: " + Printable.quoted(text) + " (package.Service/Method)");
    }
    int slash = name.indexOf('/');
    return new MethodName(name.substring(0, slash), name.substring(slash + 1));
  }

  @Override
  public String toString() {
    return service + "/" + method;
  }

  /** For picocli. */
  static final class Converter implements ITypeConverter<MethodName> {
    @Override
    public MethodName convert(String text) {
      return parse(text);
    }
  }
}
