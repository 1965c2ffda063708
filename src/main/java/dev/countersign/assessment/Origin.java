package dev.countersign.assessment;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import org.jspecify.annotations.Nullable;

/**
 * Where connections come from.
 *
 * @param local the address of this machine; null lets the system choose
 */
record Origin(@Nullable InetAddress local) {
  static final Origin ANY = new Origin(null);

  private static final int HOSTS = 250;

  /**
   * An address of its own for each number where the target is on this machine and the system has more than one loopback
   * address, as Linux does: as if the connections came from other hosts.
   */
  static Origin elsewhere(InetSocketAddress target, int number) {
    if (!(target.getAddress() instanceof Inet4Address at) || !at.isLoopbackAddress()) {
      return ANY;
    }
    byte[] loopback = {127, 1, (byte) (number / HOSTS % HOSTS), (byte) (number % HOSTS + 1)};
    try (Socket trial = new Socket()) {
      InetAddress local = InetAddress.getByAddress(loopback);
      trial.bind(new InetSocketAddress(local, 0));
      return new Origin(local);
    } catch (IOException e) {
      return ANY;
    }
  }

  /** A socket that may still be connected. */
  Socket socket() throws IOException {
    Socket socket = new Socket();
    if (local != null) {
      socket.bind(new InetSocketAddress(local, 0));
    }
    return socket;
  }
}
