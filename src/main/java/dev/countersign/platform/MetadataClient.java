package dev.countersign.platform;

import dev.countersign.platform.MetadataAnswer.Kind;
import dev.countersign.text.Quoted;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Asks the Compute Engine metadata server (v1). Request and answer must both carry {@code Metadata-Flavor: Google}; no
 * proxy, no redirect. An answer is cut at 4 KiB.
 */
final class MetadataClient {
  static final String EMULATOR_MARK = "X-Countersign-Emulator";
  private static final String FLAVOR = "Metadata-Flavor";
  private static final String GOOGLE = "Google";
  private static final int MAX_BYTES = 4096;
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final MetadataAddress address;
  private final int timeoutMillis;

  MetadataClient(MetadataAddress address, Duration timeout) {
    this.address = address;
    this.timeoutMillis = (int) timeout.toMillis();
  }

  /** Asks for one entry, such as {@code instance/zone}; answers whatever happens, but may wait for a name server. */
  MetadataAnswer ask(String entry) {
    long begin = System.nanoTime();
    try {
      HttpURLConnection connection =
          (HttpURLConnection) URI.create("http://" + address + "/computeMetadata/v1/" + entry)
              .toURL()
              .openConnection(Proxy.NO_PROXY);
      connection.setRequestProperty(FLAVOR, GOOGLE);
      connection.setInstanceFollowRedirects(false);
      connection.setUseCaches(false);
      connection.setConnectTimeout(timeoutMillis);
      connection.setReadTimeout(timeoutMillis);
      try {
        return read(connection, begin);
      } finally {
        connection.disconnect();
      }
    } catch (SocketTimeoutException e) {
      return MetadataAnswer.without(Kind.SILENT, "no answer from " + address, since(begin));
    } catch (IOException | IllegalArgumentException e) {
      return MetadataAnswer.without(
          Kind.ABSENT,
          "nobody at " + address + " (" + e.getClass().getSimpleName() + ")",
          since(begin));
    }
  }

  private MetadataAnswer read(HttpURLConnection connection, long begin) throws IOException {
    int status = connection.getResponseCode();
    String body = body(connection, status);
    boolean google = GOOGLE.equals(connection.getHeaderField(FLAVOR));
    Kind kind = kind(status, google);
    return new MetadataAnswer(
        kind,
        kind == Kind.FOUND ? body : describe(connection, status, kind),
        Objects.requireNonNullElse(connection.getHeaderField("Server"), ""),
        google && connection.getHeaderField(EMULATOR_MARK) != null,
        since(begin));
  }

  private static Kind kind(int status, boolean google) {
    if (status >= 300 && status < 400) {
      return Kind.REDIRECT;
    }
    if (!google) {
      return Kind.NOT_GOOGLE;
    }
    return switch (status) {
      case HttpURLConnection.HTTP_OK -> Kind.FOUND;
      case HttpURLConnection.HTTP_NOT_FOUND -> Kind.NO_SUCH_ENTRY;
      default -> Kind.ERROR;
    };
  }

  private String describe(HttpURLConnection connection, int status, Kind kind) {
    String answer = address + " answered HTTP " + status;
    return switch (kind) {
      case REDIRECT ->
        answer + " to " + Quoted.of(String.valueOf(connection.getHeaderField("Location")));
      case NOT_GOOGLE -> answer + " without \"Metadata-Flavor: Google\"";
      default -> answer;
    };
  }

  private static String body(HttpURLConnection connection, int status) throws IOException {
    try (@Nullable
        InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
      return in == null ? "" : new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8).strip();
    }
  }

  private static long since(long begin) {
    return (System.nanoTime() - begin) / NANOS_PER_MILLI;
  }
}
