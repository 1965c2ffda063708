package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Requests to the admin port, byte by byte as they are. */
public final class Admin {
  private static final int PATIENCE_MILLIS = 20_000;

  private Admin() {}

  static int port(SecureServer server) {
    InetSocketAddress address = server.adminAddress();
    return Objects.requireNonNull(address).getPort();
  }

  static String get(SecureServer server, String path) throws Exception {
    return raw(server, "GET " + path + " HTTP/1.1\r\nHost: admin\r\n");
  }

  /** The first line of a metric that has all these labels, or parts of them; empty if there is none. */
  public static String metric(SecureServer server, String name, String... labels) throws Exception {
    return get(server, "/metrics")
        .lines()
        .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
        .filter(line -> Arrays.stream(labels).allMatch(line::contains))
        .findFirst()
        .orElse("");
  }

  /** Waits until the first line of a metric ends with this value. */
  public static void awaitMetric(SecureServer server, String name, double value) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (!metric(server, name).endsWith(" " + value) && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    }
    assertThat(metric(server, name)).endsWith(" " + value);
  }

  /** Waits until the metrics hold a text: what a peer has heard may be counted a moment later. */
  static void awaitMetric(SecureServer server, String part) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
    while (!get(server, "/metrics").contains(part) && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
    assertThat(get(server, "/metrics")).contains(part);
  }

  /** Sends a request line with headers, and returns everything up to the end of the connection. */
  static String raw(SecureServer server, String head) throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port(server))) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket
          .getOutputStream()
          .write((head + "Connection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
