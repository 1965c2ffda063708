package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class AdminProbeIT {

  @Test
  void tellsReadyNotReadyAndUnreachableApart() throws IOException {
    AtomicInteger status = new AtomicInteger(200);
    HttpServer admin =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    admin.createContext(
        "/readyz",
        exchange -> {
          byte[] body = "certificate\u001b expired\n".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status.get(), body.length);
          try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
          }
        });
    admin.start();
    String address = "127.0.0.1:" + admin.getAddress().getPort();

    CommandRun ready = CommandRun.of("probe", "--admin", address);
    status.set(503);
    CommandRun notReady = CommandRun.of("probe", "--admin", address);
    admin.stop(0);
    CommandRun gone = CommandRun.of("probe", "--admin", address);

    assertThat(ready).isEqualTo(new CommandRun(0, "certificate\\u001b expired\n", ""));
    assertThat(notReady)
        .isEqualTo(new CommandRun(1, "not ready (HTTP 503): certificate\\u001b expired\n", ""));
    assertThat(gone.exitCode()).isEqualTo(3);
    assertThat(gone.err())
        .startsWith("countersign: error: admin port " + address + " does not answer: ");
  }

  @Test
  void needsOnePlaceToAsk() {
    assertThat(CommandRun.of("probe").exitCode()).isEqualTo(2);
  }
}
