package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.assessment.Frame;
import dev.countersign.assessment.RawHttp2;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stream that the policy ended ends also for a client that does not take what was written before. */
class UnreadEndIT {
  private static final String OPEN = "/lab.Streams/Open";
  private static final short INITIAL_WINDOW_SIZE = 4;
  private static final int NO_END = 0;

  @TempDir
  private Path directory;

  private LiveLab live;

  private static String policy(String who) {
    return """
        {"name": "test", "allow_rules": [{"name": "one",
           "source": {"principals": ["spiffe://example.org/ns/demo/sa/%s"]}}]}
        """.formatted(who);
  }

  @BeforeEach
  void start() throws Exception {
    live = new LiveLab(directory, policy("alice"));
  }

  @AfterEach
  void stop() {
    live.close();
  }

  /** Opens a stream, known by a name that is echoed, and lets the handler write something more. */
  private void open(RawHttp2 client, String name) throws Exception {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    byte[] message = ByteBuffer.allocate(5 + text.length)
        .put((byte) 0)
        .putInt(text.length)
        .put(text)
        .array();
    client.request(1, OPEN).frame(Frame.DATA, NO_END, 1, message).send();
    ServerCallStreamObserver<String> stream = live.streams.served(name).stream();
    stream.onNext("what only those may read whom the policy allows it");
  }

  @Test
  void connectionOfAClientThatKeepsItsWindowAtZeroIsClosedAndThatOfAReaderStays() throws Exception {
    try (CapturedLog log = new CapturedLog();
        RawHttp2 reader = live.lab.raw(live.port(), "alice");
        RawHttp2 deaf = live.lab.raw(live.port(), "alice")) {
      open(reader, "reader");
      deaf.frame(
          Frame.SETTINGS,
          0,
          0,
          ByteBuffer.allocate(6).putShort(INITIAL_WINDOW_SIZE).putInt(0).array());
      open(deaf, "deaf");

      live.policy(policy("bob"));

      assertThat(reader.answer(1).grpcStatus()).isEqualTo("7");
      assertThat(dataUntilTheEnd(deaf)).isZero();
      assertThat(log.await("does not read the end"))
          .startsWith("WARNING")
          .contains("127.0.0.1:" + deaf.socket().getLocalPort());
      assertThat(live.metric("countersign_guard_connections_total{", "END_NOT_READ"))
          .contains("result=\"END_NOT_READ\"")
          .endsWith(" 1.0");
      assertThat(live.metric("countersign_server_connections{", " 1.0")).endsWith(" 1.0");
      assertThat(reader.request(3, OPEN).send().answer(3).grpcStatus()).isEqualTo("7");
      assertThat(log.lines()).noneMatch(line -> line.contains("does not read the end"));
    }
  }

  /** How many bytes of messages came before the connection ended, as it must. */
  private static int dataUntilTheEnd(RawHttp2 client) throws IOException {
    int data = 0;
    for (Frame frame = client.next(); frame.type() != Frame.CLOSED; frame = client.next()) {
      data += frame.type() == Frame.DATA ? frame.payload().length : 0;
    }
    return data;
  }
}
