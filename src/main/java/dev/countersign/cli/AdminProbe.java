package dev.countersign.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;

/** Readiness as the admin port tells it: {@code GET /readyz}, 200 if ready. */
final class AdminProbe {
  private static final int TIMEOUT_MILLIS = 2000;
  private static final int MAX_BODY = 4096;

  private AdminProbe() {}

  /**
   * Asks once.
   *
   * @throws CommandException if nobody answers
   */
  static Readiness ask(HostPort admin) {
    try {
      return read(connect(admin));
    } catch (IOException e) {
      throw CommandException.environment(
          "admin port " + admin + " does not answer: " + ErrorReport.describe(e));
    }
  }

  private static HttpURLConnection connect(HostPort admin) throws IOException {
    try {
      URI uri = new URI("http", null, admin.host(), admin.port(), "/readyz", null, null);
      HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection(Proxy.NO_PROXY);
      connection.setConnectTimeout(TIMEOUT_MILLIS);
      connection.setReadTimeout(TIMEOUT_MILLIS);
      connection.setInstanceFollowRedirects(false);
      return connection;
    } catch (URISyntaxException e) {
      throw CommandException.usage(
          "--admin is not an address: " + Printable.quoted(admin.toString()));
    }
  }

  private static Readiness read(HttpURLConnection connection) throws IOException {
    int status = connection.getResponseCode();
    try (InputStream body =
        status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
      String text =
          body == null ? "" : new String(body.readNBytes(MAX_BODY), StandardCharsets.UTF_8).strip();
      return status == HttpURLConnection.HTTP_OK
          ? new Readiness(true, text.isEmpty() ? "ready" : text)
          : new Readiness(
              false, "not ready (HTTP " + status + ")" + (text.isEmpty() ? "" : ": " + text));
    }
  }
}
