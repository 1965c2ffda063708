package dev.countersign.cli;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.util.concurrent.TimeUnit;

/** Readiness as a client sees it: {@code grpc.health.v1.Health/Check} with an identity of our own. */
final class HealthProbe {
  private static final long PATIENCE_SECONDS = 5;

  private HealthProbe() {}

  /**
   * Asks once.
   *
   * @throws CommandException if no server that we expect answers
   */
  static Readiness ask(ChannelSource channels, Dial dial, Terminal terminal)
      throws InterruptedException {
    ManagedChannel channel = channels.open(dial, terminal);
    try {
      HealthCheckResponse response = HealthGrpc.newBlockingStub(channel)
          .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)
          .check(HealthCheckRequest.getDefaultInstance());
      return new Readiness(
          response.getStatus() == ServingStatus.SERVING, response.getStatus().name());
    } catch (StatusRuntimeException e) {
      return explain(e.getStatus());
    } finally {
      channel.shutdownNow();
      channel.awaitTermination(1, TimeUnit.SECONDS);
    }
  }

  private static Readiness explain(Status status) {
    String text =
        status.getCode() + ": " + Printable.quoted(String.valueOf(status.getDescription()));
    return switch (status.getCode()) {
      case UNAVAILABLE, DEADLINE_EXCEEDED ->
        throw CommandException.environment("the target does not answer: " + text);
      default -> new Readiness(false, text);
    };
  }
}
