package dev.countersign.platform;

import dev.countersign.text.Quoted;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the metadata server is, and with it the handshaker: at {@code GCE_METADATA_HOST} if that is set, else under
 * Google's name. The handshaker's port is always 8080.
 *
 * @param host a name or an address, an IPv6 address in brackets
 * @param port the metadata server's port
 */
record MetadataAddress(String host, int port) {
  static final String VARIABLE = "GCE_METADATA_HOST";
  private static final String GOOGLE = "metadata.google.internal";
  private static final int HTTP = 80;
  private static final int HANDSHAKER = 8080;
  private static final Pattern FORM =
      Pattern.compile("(?<host>\\[[0-9a-fA-F:.%]+]|[A-Za-z0-9._-]+)(?::(?<port>[0-9]{1,5}))?");
  private static final Pattern BARE_IPV6 =
      Pattern.compile("[0-9a-fA-F.]*:[0-9a-fA-F.]*:[0-9a-fA-F:.]*");

  /**
   * The address for a machine.
   *
   * @throws IllegalArgumentException if the variable holds none
   */
  static MetadataAddress of(Machine machine) {
    String text = machine.variable(VARIABLE);
    if (text.isEmpty()) {
      return new MetadataAddress(GOOGLE, HTTP);
    }
    if (BARE_IPV6.matcher(text).matches()) {
      return new MetadataAddress("[" + text + "]", HTTP);
    }
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          VARIABLE + " is not HOST or HOST:PORT: " + Quoted.of(text));
    }
    String port = matcher.group("port");
    return new MetadataAddress(matcher.group("host"), port == null ? HTTP : Integer.parseInt(port));
  }

  /** Where the handshaker is; Google's name with the dot that keeps search domains out, as all libraries write it. */
  String handshaker() {
    return (host.equals(GOOGLE) ? host + "." : host) + ":" + HANDSHAKER;
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
