package dev.countersign.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A place to listen at or to connect to.
 *
 * @param host a name or an address, an IPv6 address without its brackets; empty for every address of this machine
 * @param port 0 to 65535; 0 lets the system pick
 */
record HostPort(String host, int port) {
  private static final int MAX_PORT = 65_535;
  private static final Pattern FORM = Pattern.compile(
      "(?:\\[([0-9a-fA-F:.]+(?:%[A-Za-z0-9_.-]+)?)]|([A-Za-z0-9._-]*)):([0-9]{1,5})");

  /** Reads {@code host:port} or {@code [address]:port}; a picocli error names the flag. */
  static HostPort parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches() || Integer.parseInt(form.group(3)) > MAX_PORT) {
      throw new TypeConversionException("is not an address: "
          + Printable.quoted(text)
          + " (HOST:PORT or [IPV6]:PORT, with a port from 0 to 65535)");
    }
    String host = form.group(1) == null ? form.group(2) : form.group(1);
    return new HostPort(host, Integer.parseInt(form.group(3)));
  }

  /** Whether a client can be sent there. */
  boolean isReachable() {
    return !host.isEmpty() && port != 0;
  }

  @Override
  public String toString() {
    return host.indexOf(':') < 0 ? host + ":" + port : "[" + host + "]:" + port;
  }

  /** An address on the command line. */
  static final class Converter implements ITypeConverter<HostPort> {
    @Override
    public HostPort convert(String text) {
      return parse(text);
    }
  }

  /** An address on the command line that something is to connect to. */
  static final class Destination implements ITypeConverter<HostPort> {
    @Override
    public HostPort convert(String text) {
      HostPort parsed = parse(text);
      if (!parsed.isReachable()) {
        throw new TypeConversionException(
            "cannot be connected to: " + Printable.quoted(text) + " (a host and a port above 0)");
      }
      return parsed;
    }
  }
}
