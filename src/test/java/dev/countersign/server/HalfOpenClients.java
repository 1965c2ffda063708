package dev.countersign.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** Clients that connect, send the beginning of an ALTS handshake or nothing, and then nothing. */
final class HalfOpenClients implements AutoCloseable {
  /** The length and the type of a handshake frame, and the first bytes of what it announces. */
  private static final byte[] BEGINNING = {
    40, 0, 0, 0, 1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
  };

  private final List<Socket> sockets = new ArrayList<>();

  /** Connects from an address of its own, so that the bound for one source is not what helps. */
  HalfOpenClients connect(int count, InetSocketAddress server) throws IOException {
    for (int i = 0; i < count; i++) {
      Socket socket = new Socket();
      sockets.add(socket);
      socket.bind(new InetSocketAddress(
          InetAddress.getByAddress(new byte[] {127, 0, 9, (byte) (1 + i % 100)}), 0));
      socket.connect(server);
      socket.getOutputStream().write(BEGINNING);
    }
    return this;
  }

  /** Connects from one address and says nothing. */
  HalfOpenClients connectSilently(int count, String source, InetSocketAddress server)
      throws IOException {
    for (int i = 0; i < count; i++) {
      Socket socket = new Socket();
      sockets.add(socket);
      socket.bind(new InetSocketAddress(InetAddress.getByName(source), 0));
      socket.connect(server);
    }
    return this;
  }

  @Override
  public void close() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
