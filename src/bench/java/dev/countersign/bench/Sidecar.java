package dev.countersign.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** A program that ends mutual TLS in front of a plaintext server, with the configuration that stands in {@code scripts/bench}. */
final class Sidecar implements AutoCloseable {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final Process process;
  private final int port;

  private Sidecar(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /**
   * Starts one and waits until it takes connections.
   *
   * @param configuration a file of {@code scripts/bench}
   * @param identities what it shows, in {@code server}
   * @param backend where the plaintext server listens
   * @param command the program, before the path of its configuration
   */
  static Sidecar start(
      String configuration, BenchIdentities identities, int backend, List<String> command)
      throws IOException {
    Path directory = identities.directory();
    Files.writeString(
        directory.resolve("server.pem"),
        Files.readString(directory.resolve("server/tls.key"))
            + Files.readString(directory.resolve("server/tls.crt")));
    int port = freePort();
    Path file = directory.resolve(configuration);
    Files.writeString(
        file,
        Files.readString(Path.of("scripts/bench", configuration))
            .replace("@PORT@", Integer.toString(port))
            .replace("@BACKEND@", Integer.toString(backend))
            .replace("@DIRECTORY@", directory.toString()));
    Process process = new ProcessBuilder(
            Stream.concat(command.stream(), Stream.of(file.toString())).toList())
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve(configuration + ".log").toFile())
        .start();
    Sidecar sidecar = new Sidecar(process, port);
    sidecar.awaitConnections(directory.resolve(configuration + ".log"));
    return sidecar;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void awaitConnections(Path log) throws IOException {
    long until = System.nanoTime() + PATIENCE_NANOS;
    while (!takesConnections()) {
      if (!process.isAlive() || System.nanoTime() > until) {
        throw new IllegalStateException("a sidecar did not start: " + Files.readString(log));
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private boolean takesConnections() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  int port() {
    return port;
  }

  /** Its processes: the one that was started, and its workers. */
  List<Long> pids() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants())
        .map(ProcessHandle::pid)
        .toList();
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}
