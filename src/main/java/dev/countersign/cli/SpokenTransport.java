package dev.countersign.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.security.NoSuchAlgorithmException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/** What an endpoint speaks, by its answer to the first message of a TLS client; nothing is concluded about who it is. */
final class SpokenTransport {
  /** Longer than any server waits for a handshake to go on. */
  private static final int PATIENCE_MILLIS = 30_000;

  private static final int TLS_ALERT = 0x15;
  private static final int TLS_HANDSHAKE = 0x16;

  private SpokenTransport() {}

  /**
   * Mutual TLS if it answers in TLS; ALTS if it hangs up, as ALTS does on what is no frame of its handshake.
   *
   * @throws CommandException if nobody listens there, or says anything
   */
  static TransportChoice of(InetSocketAddress address) {
    try (Socket socket = new Socket()) {
      socket.connect(address, PATIENCE_MILLIS);
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.getOutputStream().write(clientHello());
      int first = firstByte(socket.getInputStream());
      return first == TLS_HANDSHAKE || first == TLS_ALERT
          ? TransportChoice.MTLS
          : TransportChoice.ALTS;
    } catch (IOException e) {
      throw CommandException.environment("target " + address.getHostString() + ":"
          + address.getPort() + " does not answer: " + ErrorReport.describe(e));
    }
  }

  private static int firstByte(InputStream in) throws SocketTimeoutException {
    try {
      return in.read();
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      // A reset is a way to hang up.
      return -1;
    }
  }

  private static byte[] clientHello() throws IOException {
    try {
      SSLEngine engine = SSLContext.getDefault().createSSLEngine();
      engine.setUseClientMode(true);
      ByteBuffer hello = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
      engine.wrap(ByteBuffer.allocate(0), hello);
      byte[] bytes = new byte[hello.flip().remaining()];
      hello.get(bytes);
      return bytes;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java platform has no TLS", e);
    }
  }
}
