package dev.countersign.credentials;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;

/**
 * Where a peer calls from, as far as limits tell peers apart: an IPv4 address, or a network of 64 bits of IPv6, of which a
 * host may use any address (RFC 4291 section 2.5.4).
 *
 * @param key equal for addresses of one network
 */
record SourceNetwork(Object key) {
  private static final int IPV6_BYTES = 8;

  /** The network of an address; an address that is none of the Internet stands for itself. */
  static SourceNetwork of(SocketAddress address) {
    if (!(address instanceof InetSocketAddress inet) || inet.getAddress() == null) {
      return new SourceNetwork(address);
    }
    InetAddress ip = inet.getAddress();
    return new SourceNetwork(
        ip instanceof Inet6Address ? ByteBuffer.wrap(ip.getAddress(), 0, IPV6_BYTES) : ip);
  }
}
