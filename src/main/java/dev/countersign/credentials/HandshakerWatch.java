package dev.countersign.credentials;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the handshaker every now and then whether it is there, with the first message of a handshake: once a second
 * while it answers, four times a second while it does not. While it does not, new ALTS connections are shed at once
 * instead of waiting.
 */
final class HandshakerWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HandshakerWatch.class);
  private static final Duration WHILE_ANSWERING = Duration.ofSeconds(1);
  private static final Duration WHILE_SILENT = Duration.ofMillis(250);
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final String address;
  private final ManagedChannel channel;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "countersign-alts-watch");
        thread.setDaemon(true);
        return thread;
      });
  private volatile @Nullable String obstacle;

  HandshakerWatch(String address, ManagedChannel channel) {
    this.address = address;
    this.channel = channel;
    next(WHILE_ANSWERING);
  }

  /** What stands against new handshakes; null while the handshaker answers. */
  @Nullable
  String obstacle() {
    return obstacle;
  }

  private void next(Duration pause) {
    if (!timer.isShutdown()) {
      timer.schedule(this::look, pause.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void look() {
    try {
      HandshakerCalls.ping(channel, PATIENCE).whenComplete((answer, failure) -> ended(failure));
    } catch (RuntimeException e) {
      ended(e);
    }
  }

  private void ended(@Nullable Throwable failure) {
    if (failure == null) {
      answers();
    } else {
      fails(Status.fromThrowable(failure));
    }
    next(failure == null ? WHILE_ANSWERING : WHILE_SILENT);
  }

  private void answers() {
    if (obstacle != null) {
      obstacle = null;
      LOG.info("the ALTS handshaker at {} answers again", address);
    }
  }

  private void fails(Status status) {
    String problem = "the ALTS handshaker at " + address
        + (status.getCode() == Status.Code.DEADLINE_EXCEEDED
            ? " is silent"
            : " fails: " + status.getCode());
    if (!problem.equals(obstacle)) {
      LOG.warn("new ALTS connections are refused: {}", problem);
    }
    obstacle = problem;
    // A connection that went silent is left behind, and the next one is tried without the usual
    // pause.
    channel.enterIdle();
    channel.resetConnectBackoff();
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
