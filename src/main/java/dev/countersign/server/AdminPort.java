package dev.countersign.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.countersign.guard.Guard;
import dev.countersign.text.Quoted;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Health and metrics in plain HTTP on a port of their own, because a kubelet has no client certificate. It answers
 * {@code GET} of five paths and nothing else, and reads no request body.
 */
final class AdminPort implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AdminPort.class);
  private static final int MAX_THREADS = 64;

  /** From the first byte of a request to the last of its answer. */
  private static final Duration MAX_EXCHANGE = Duration.ofSeconds(5);

  private static final int BACKLOG = 16;
  private static final int MAX_IDENTITIES = 1000;
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

  private final HttpServer http;
  private final ExchangeThreads threads;

  private AdminPort(HttpServer http, ExchangeThreads threads) {
    this.http = http;
    this.threads = threads;
  }

  static AdminPort open(
      InetSocketAddress address, Readiness readiness, ServerMetrics metrics, Guard guard)
      throws IOException {
    HttpServer http = HttpServer.create(address, BACKLOG);
    ExchangeThreads threads = new ExchangeThreads(MAX_THREADS, MAX_EXCHANGE);
    http.setExecutor(threads);
    http.createContext("/", exchange -> answer(exchange, readiness, metrics, guard));
    http.start();
    return new AdminPort(http, threads);
  }

  InetSocketAddress address() {
    return http.getAddress();
  }

  private static void answer(
      HttpExchange exchange, Readiness readiness, ServerMetrics metrics, Guard guard) {
    try (exchange) {
      if (!exchange.getRequestMethod().equals("GET")) {
        exchange.getResponseHeaders().set("Allow", "GET");
        send(exchange, 405, TEXT, "only GET\n".getBytes(StandardCharsets.UTF_8));
        return;
      }
      switch (String.valueOf(exchange.getRequestURI().getPath())) {
        case "/livez" -> send(exchange, 200, TEXT, "ok\n".getBytes(StandardCharsets.UTF_8));
        case "/readyz" -> sendReadiness(exchange, readiness);
        case "/metrics" -> send(exchange, 200, PROMETHEUS, metrics.text());
        case "/identities" ->
          send(exchange, 200, TEXT, identities(guard).getBytes(StandardCharsets.UTF_8));
        case "/shadow" -> send(exchange, 200, TEXT, shadow(guard).getBytes(StandardCharsets.UTF_8));
        default ->
          send(
              exchange,
              404,
              TEXT,
              "only /livez, /readyz, /metrics, /identities and /shadow\n"
                  .getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      LOG.debug("admin request failed: {}", e.getMessage());
    }
  }

  /** A line for each identity that is connected: how many connections, and its name. */
  private static String identities(Guard guard) {
    StringBuilder text = new StringBuilder();
    guard
        .connected(MAX_IDENTITIES)
        .forEach((principal, count) ->
            text.append(count).append(' ').append(Quoted.of(principal.name())).append('\n'));
    return text.toString();
  }

  private static String shadow(Guard guard) {
    StringBuilder text = new StringBuilder();
    guard.shadowDifferences().forEach(line -> text.append(line).append('\n'));
    return text.toString();
  }

  private static void sendReadiness(HttpExchange exchange, Readiness readiness) throws IOException {
    List<String> obstacles = readiness.obstacles();
    StringBuilder text = new StringBuilder(obstacles.isEmpty() ? "ready\n" : "not ready\n");
    obstacles.forEach(obstacle -> text.append(obstacle).append('\n'));
    readiness.notes().forEach(note -> text.append("note: ").append(note).append('\n'));
    send(
        exchange,
        obstacles.isEmpty() ? 200 : 503,
        TEXT,
        text.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static void send(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    http.stop(0);
    threads.close();
  }
}
