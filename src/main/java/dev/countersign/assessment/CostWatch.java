package dev.countersign.assessment;

import dev.countersign.assessment.Measurement.Cost;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Asks a server's admin port again and again what it uses, on a thread of its own, from its making until {@link #cost}. */
final class CostWatch {
  private static final int PATIENCE_MILLIS = 2_000;
  private static final long EVERY_MILLIS = 100;

  private final URI metrics;
  private final Reading before;
  private final CountDownLatch over = new CountDownLatch(1);
  private final Thread thread = new Thread(this::watch, "countersign-cost");
  private Reading most;

  private CostWatch(URI metrics) throws IOException {
    this.metrics = metrics;
    this.before = read();
    this.most = before;
    thread.setDaemon(true);
    thread.start();
  }

  /** A watch, if the target has an admin port that we were told of. */
  static @Nullable CostWatch over(Target target) throws IOException {
    Optional<String> admin = target.admin();
    return admin.isEmpty() ? null : new CostWatch(URI.create("http://" + admin.get() + "/metrics"));
  }

  private void watch() {
    try {
      while (!over.await(EVERY_MILLIS, TimeUnit.MILLISECONDS)) {
        most = most.most(read());
      }
    } catch (IOException e) {
      // A server that does not tell is seen at the end, or by its calls.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The end of the misbehaviour. */
  void abuseIsOver() throws InterruptedException {
    over.countDown();
    thread.join(2 * PATIENCE_MILLIS);
  }

  /** What it used; some time after {@link #abuseIsOver}. */
  Cost cost() throws IOException {
    return new Cost(before, most, read());
  }

  private Reading read() throws IOException {
    HttpURLConnection http = (HttpURLConnection) metrics.toURL().openConnection();
    http.setConnectTimeout(PATIENCE_MILLIS);
    http.setReadTimeout(PATIENCE_MILLIS);
    try (InputStream in = http.getInputStream()) {
      return Reading.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }
}
