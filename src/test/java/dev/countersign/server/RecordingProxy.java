package dev.countersign.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** Carries one TCP connection to a server and keeps every byte, before it hands it on. */
final class RecordingProxy implements AutoCloseable {
  private final ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final ByteArrayOutputStream toServer = new ByteArrayOutputStream();
  private final ByteArrayOutputStream toClient = new ByteArrayOutputStream();
  private final int serverPort;
  private volatile @Nullable Socket toReset;

  RecordingProxy(int serverPort) throws IOException {
    this.serverPort = serverPort;
    threads.submit(() -> {
      carry();
      return null;
    });
  }

  int port() {
    return listener.getLocalPort();
  }

  String target() {
    return "127.0.0.1:" + listener.getLocalPort();
  }

  byte[] toServer() {
    return toServer.toByteArray();
  }

  byte[] toClient() {
    return toClient.toByteArray();
  }

  /** Ends the connection to the server by a TCP reset. */
  void resetServer() throws IOException {
    Socket server = toReset;
    if (server != null) {
      server.setSoLinger(true, 0);
      server.close();
    }
  }

  private void carry() throws IOException {
    try (Socket client = listener.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort)) {
      toReset = server;
      threads.submit(() -> {
        copy(server, client, toClient);
        return null;
      });
      copy(client, server, toServer);
    }
  }

  private static void copy(Socket from, Socket to, ByteArrayOutputStream kept) throws IOException {
    byte[] buffer = new byte[16 * 1024];
    InputStream in = from.getInputStream();
    OutputStream out = to.getOutputStream();
    for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
      kept.writeBytes(Arrays.copyOf(buffer, count));
      out.write(buffer, 0, count);
    }
    to.shutdownOutput();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    threads.shutdownNow();
  }
}
