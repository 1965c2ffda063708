package dev.countersign.cli;

import com.google.protobuf.DynamicMessage;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Feeds requests into a call on a thread of its own, because waiting for the next one blocks and the server may end the
 * call first.
 */
final class RequestSender {

  /** Where messages come from; empty after the last. */
  @FunctionalInterface
  interface Source {
    Optional<DynamicMessage> next() throws IOException;
  }

  private final Source source;
  private final DynamicCall call;
  private volatile @Nullable Exception failure;

  RequestSender(Source source, DynamicCall call) {
    this.source = source;
    this.call = call;
  }

  void start() {
    Thread thread = new Thread(this::run, "countersign-requests");
    thread.setDaemon(true);
    thread.start();
  }

  /** Throws what ended the requests early, if something did. */
  void rethrow() throws IOException {
    Exception thrown = failure;
    if (thrown instanceof IOException io) {
      throw io;
    }
    if (thrown instanceof RuntimeException ours) {
      throw ours;
    }
  }

  private void run() {
    try {
      sendAll();
    } catch (IOException | RuntimeException e) {
      // A call that was cancelled meanwhile refuses requests; its status tells that.
      if (!call.isOver()) {
        failure = e;
        call.cancel("the requests ended early", e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void sendAll() throws IOException, InterruptedException {
    Optional<DynamicMessage> next = source.next();
    while (next.isPresent()) {
      if (!call.send(next.get())) {
        return;
      }
      next = source.next();
    }
    call.finish();
  }
}
