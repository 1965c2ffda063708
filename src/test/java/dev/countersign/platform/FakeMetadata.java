package dev.countersign.platform;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** A metadata server on loopback that answers as a test wants it to. */
final class FakeMetadata implements AutoCloseable {
  static final String ACCOUNT = "server@demo.iam.gserviceaccount.com";
  private static final byte[] IPV6_LOOPBACK = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  private static final String ROOT = "/computeMetadata/v1/";

  private final HttpServer http;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CompletableFuture<Void> closed = new CompletableFuture<>();
  private final Map<String, String> entries = new HashMap<>();
  private final Map<String, String> headers = new HashMap<>();
  private int status;
  private boolean isSilent;
  private long delayMillis;

  private FakeMetadata(InetAddress address) throws IOException {
    http = HttpServer.create(new InetSocketAddress(address, 0), 0);
    http.setExecutor(threads);
    http.createContext("/", this::answer);
    http.start();
    headers.put("Metadata-Flavor", "Google");
    headers.put("Server", "Metadata Server for VM");
    entries.put("instance/service-accounts/default/email", ACCOUNT);
  }

  static FakeMetadata onLoopback() throws IOException {
    return new FakeMetadata(InetAddress.getLoopbackAddress());
  }

  static FakeMetadata onIpv6Loopback() throws IOException {
    return new FakeMetadata(InetAddress.getByAddress(IPV6_LOOPBACK));
  }

  FakeMetadata header(String name, String value) {
    headers.put(name, value);
    return this;
  }

  FakeMetadata withoutHeader(String name) {
    headers.remove(name);
    return this;
  }

  FakeMetadata entry(String path, String text) {
    entries.put(path, text);
    return this;
  }

  /** Answers everything with this status. */
  FakeMetadata status(int code) {
    status = code;
    return this;
  }

  /** Accepts and answers nothing. */
  FakeMetadata silent() {
    isSilent = true;
    return this;
  }

  /** Answers after a while. */
  FakeMetadata slow(long millis) {
    delayMillis = millis;
    return this;
  }

  int port() {
    return http.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (isSilent) {
        closed.join();
      }
      if (delayMillis > 0) {
        new CompletableFuture<Void>()
            .completeOnTimeout(null, delayMillis, TimeUnit.MILLISECONDS)
            .join();
      }
      boolean asked = "Google".equals(exchange.getRequestHeaders().getFirst("Metadata-Flavor"));
      String text = entries.get(exchange.getRequestURI().getPath().substring(ROOT.length()));
      headers.forEach(exchange.getResponseHeaders()::set);
      byte[] body = (text == null ? "none" : text).getBytes(StandardCharsets.UTF_8);
      int code = status != 0 ? status : !asked ? 403 : text == null ? 404 : 200;
      exchange.sendResponseHeaders(code, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    closed.complete(null);
    http.stop(0);
    threads.shutdownNow();
  }
}
