package dev.countersign.emulator;

import dev.countersign.emulator.EmulatorException.Reason;
import dev.countersign.text.Quoted;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A TCP address that only this machine can reach, written {@code 127.0.0.2:8080}, {@code [::1]:8080} or
 * {@code localhost:8080}. There is no other kind that the emulator would listen on.
 *
 * @param host a loopback address
 * @param port the port, 0 to 65535; 0 asks for any that is free
 */
public record LoopbackAddress(InetAddress host, int port) {
  private static final int MAX_PORT = 65_535;
  private static final Pattern FORM =
      Pattern.compile("(?<host>\\[[0-9a-fA-F:.]+]|[^\\[\\]:]+):(?<port>[0-9]{1,5})");
  private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(?:\\.[0-9]{1,3}){3}");

  /**
   * An address from its two parts.
   *
   * @throws EmulatorException if the host is not a loopback address or the port is out of range
   */
  public LoopbackAddress {
    if (!host.isLoopbackAddress()) {
      throw notLoopback(host.getHostAddress());
    }
    if (port < 0 || port > MAX_PORT) {
      throw new EmulatorException(
          Reason.BAD_ADDRESS, "port is out of range: " + port + " (0 to " + MAX_PORT + ")");
    }
  }

  /**
   * Reads an address. Names are not looked up: {@code localhost} is 127.0.0.1, any other name is refused.
   *
   * @throws EmulatorException if the text is not {@code HOST:PORT} or the host is not a loopback address
   */
  public static LoopbackAddress parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new EmulatorException(
          Reason.BAD_ADDRESS, "address " + Quoted.of(text) + " is not of the form HOST:PORT");
    }
    return new LoopbackAddress(
        host(matcher.group("host"), text), Integer.parseInt(matcher.group("port")));
  }

  /** Where a socket address points. */
  static LoopbackAddress of(InetSocketAddress address) {
    return new LoopbackAddress(address.getAddress(), address.getPort());
  }

  /** The same address for the classes of {@code java.net}. */
  public InetSocketAddress toSocketAddress() {
    return new InetSocketAddress(host, port);
  }

  /** The text that {@link #parse} reads. */
  @Override
  public String toString() {
    String literal = host.getHostAddress();
    return (host instanceof Inet6Address ? "[" + literal + "]" : literal) + ":" + port;
  }

  private static InetAddress host(String host, String text) {
    if (host.equals("localhost")) {
      return literal("127.0.0.1", text);
    }
    if (host.startsWith("[") || IPV4.matcher(host).matches()) {
      return literal(host, text);
    }
    throw notLoopback(host);
  }

  private static InetAddress literal(String host, String text) {
    try {
      return InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw new EmulatorException(
          Reason.BAD_ADDRESS, "address " + Quoted.of(text) + " does not name a host", e);
    }
  }

  private static EmulatorException notLoopback(String host) {
    return new EmulatorException(
        Reason.NOT_LOOPBACK,
        "host " + Quoted.of(host)
            + " is not a loopback address (an emulator gives no security, so it listens on 127.0.0.0/8, [::1] or localhost only)");
  }
}
