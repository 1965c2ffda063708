package dev.countersign.assessment;

import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/** Stands before a server and decides what it hears of each client. */
final class Front implements Closeable {
  private static final int FIRST_BYTES = 16 * 1024;

  private final ServerSocket listener = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final InetSocketAddress server;
  private final Reception reception;

  /** How clients are received. */
  interface Reception {
    /** What the server hears of a client; empty if that is over already. The connection ends where this does, or fails. */
    Optional<InputStream> hear(Socket client) throws IOException;
  }

  Front(InetSocketAddress server, Reception reception) throws IOException {
    this.server = server;
    this.reception = reception;
    threads.submit(() -> {
      while (true) {
        Socket client = listener.accept();
        sockets.add(client);
        threads.submit(() -> {
          try (client) {
            carry(client);
          }
          return null;
        });
      }
    });
  }

  /**
   * Answers some clients itself, by their first bytes.
   *
   * @param answer what to say to whom, and nothing more; empty for everybody else
   */
  static Reception answering(Function<byte[], Optional<byte[]>> answer) {
    return client -> {
      InputStream in = client.getInputStream();
      byte[] buffer = new byte[FIRST_BYTES];
      int count = in.read(buffer);
      if (count < 0) {
        return Optional.empty();
      }
      byte[] first = Arrays.copyOf(buffer, count);
      Optional<byte[]> own = answer.apply(first);
      if (own.isEmpty()) {
        return Optional.of(new SequenceInputStream(new ByteArrayInputStream(first), in));
      }
      client.getOutputStream().write(own.get());
      // And then it waits, for whatever comes, as long as the client likes.
      in.transferTo(OutputStream.nullOutputStream());
      return Optional.empty();
    };
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  private void carry(Socket client) throws IOException {
    Optional<InputStream> heard = reception.hear(client);
    if (heard.isEmpty()) {
      return;
    }
    try (Socket inner = new Socket(server.getAddress(), server.getPort())) {
      sockets.add(inner);
      threads.submit(() -> {
        try (client) {
          return inner.getInputStream().transferTo(client.getOutputStream());
        }
      });
      heard.get().transferTo(inner.getOutputStream());
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    threads.shutdownNow();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
