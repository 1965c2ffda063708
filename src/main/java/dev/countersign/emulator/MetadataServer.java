package dev.countersign.emulator;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.countersign.emulator.EmulatorException.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executor;

/** The part of the Compute Engine metadata server (v1) that says where a workload runs and who it is. */
final class MetadataServer implements AutoCloseable {
  private static final String FLAVOR = "Metadata-Flavor";
  private static final String GOOGLE = "Google";

  private final HttpServer server;
  private final MetadataEntries entries;

  private MetadataServer(HttpServer server, MetadataEntries entries) {
    this.server = server;
    this.entries = entries;
  }

  static MetadataServer open(LoopbackAddress address, MetadataEntries entries, Executor executor) {
    try {
      HttpServer http = HttpServer.create(address.toSocketAddress(), 0);
      MetadataServer server = new MetadataServer(http, entries);
      http.setExecutor(executor);
      http.createContext("/", server::answer);
      http.start();
      return server;
    } catch (IOException e) {
      throw new EmulatorException(
          Reason.CANNOT_BIND,
          "metadata server cannot listen on " + address + ": " + e.getMessage(),
          e);
    }
  }

  LoopbackAddress address() {
    return LoopbackAddress.of(server.getAddress());
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      Headers asked = exchange.getRequestHeaders();
      if (!exchange.getRequestMethod().equals("GET")) {
        send(exchange, HttpURLConnection.HTTP_BAD_METHOD, "only GET is emulated\n");
      } else if (asked.containsKey("X-Forwarded-For") || !GOOGLE.equals(asked.getFirst(FLAVOR))) {
        send(
            exchange,
            HttpURLConnection.HTTP_FORBIDDEN,
            "only direct requests with the header Metadata-Flavor: Google are answered\n");
      } else {
        String found = entries.find(exchange.getRequestURI());
        send(
            exchange,
            found == null ? HttpURLConnection.HTTP_NOT_FOUND : HttpURLConnection.HTTP_OK,
            found == null ? "not emulated\n" : found);
      }
    }
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    Headers headers = exchange.getResponseHeaders();
    headers.set(FLAVOR, GOOGLE);
    headers.set(AltsEmulator.MARK, "1");
    headers.set("Content-Type", text.startsWith("{") ? "application/json" : "application/text");
    exchange.sendResponseHeaders(status, body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }
}
