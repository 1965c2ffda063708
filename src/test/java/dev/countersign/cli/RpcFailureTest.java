package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

/** What is printed of a call that failed. That a server was refused, and why, is tried with real servers. */
final class RpcFailureTest {
  private static final Status UNAVAILABLE = Status.UNAVAILABLE.withDescription("io exception");
  private static final String LAST = "{\"status\":\"UNAVAILABLE\",\"message\":\"io exception\"}";

  @Test
  void saysNothingMoreWithoutACause() {
    assertThat(printed(UNAVAILABLE)).containsExactly(LAST);
  }

  @Test
  void saysWhatStoppedTls() {
    Status status = UNAVAILABLE.withCause(
        new IllegalStateException(new SSLHandshakeException("no shared version\n")));

    assertThat(printed(status))
        .containsExactly(
            "countersign: error: TLS with the server failed: \"no shared version\\u000a\"", LAST);
  }

  private static List<String> printed(Status status) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    RpcFailure.of(status).print(new PrintStream(out, true, StandardCharsets.UTF_8));
    return out.toString(StandardCharsets.UTF_8).lines().toList();
  }
}
