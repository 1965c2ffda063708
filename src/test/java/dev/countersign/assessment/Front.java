package dev.countersign.assessment;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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

/** Stands before a server, and answers some connections itself: by their first bytes it decides which. */
final class Front implements Closeable {
  private static final int FIRST_BYTES = 16 * 1024;

  private final ServerSocket listener = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final InetSocketAddress server;
  private final Function<byte[], Optional<byte[]>> answer;

  /**
   * A front.
   *
   * @param server where everybody else is led
   * @param answer what to say to whom, and nothing more; empty for everybody else
   */
  Front(InetSocketAddress server, Function<byte[], Optional<byte[]>> answer) throws IOException {
    this.server = server;
    this.answer = answer;
    threads.submit(() -> {
      while (true) {
        Socket client = listener.accept();
        sockets.add(client);
        threads.submit(() -> {
          carry(client);
          return null;
        });
      }
    });
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  private void carry(Socket client) throws IOException {
    InputStream in = client.getInputStream();
    byte[] buffer = new byte[FIRST_BYTES];
    int count = in.read(buffer);
    if (count < 0) {
      client.close();
      return;
    }
    byte[] first = Arrays.copyOf(buffer, count);
    Optional<byte[]> own = answer.apply(first);
    if (own.isPresent()) {
      client.getOutputStream().write(own.get());
      // And then it waits, for whatever comes, as long as the client likes.
      in.transferTo(OutputStream.nullOutputStream());
      return;
    }
    try (Socket inner = new Socket(server.getAddress(), server.getPort())) {
      sockets.add(inner);
      threads.submit(() -> {
        try (client) {
          return inner.getInputStream().transferTo(client.getOutputStream());
        }
      });
      inner.getOutputStream().write(first);
      in.transferTo(inner.getOutputStream());
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
