package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.countersign.assessment.Frame;
import dev.countersign.assessment.Pestering;
import dev.countersign.assessment.RawHttp2;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Frames that cost the peer nothing: a plain server takes any number of them, ours ends the connection. */
class ControlFramesIT {
  private static final int CALL = 1;
  private static final int MANY = 4_000;

  /** Streams 0, that of an open call, and one that was never used. */
  private static final List<Kind> KINDS = List.of(
      new Kind("SETTINGS", Frame.SETTINGS, 0, 0, bytes()),
      new Kind("answers to pings", Frame.PING, Frame.ACK, 0, bytes(0, 0, 0, 0, 0, 0, 0, 0)),
      new Kind("PRIORITY", Frame.PRIORITY, 0, 5, bytes(0, 0, 0, 0, 1)),
      new Kind("WINDOW_UPDATE", Frame.WINDOW_UPDATE, 0, 0, bytes(0, 0, 0, 1)),
      new Kind("empty DATA", Frame.DATA, 0, CALL, bytes()),
      new Kind("padding", Frame.DATA, Frame.PADDED, CALL, bytes(3, 0, 0, 0)),
      new Kind("unknown", 0x42, 0, 0, bytes(1, 2, 3)));

  private static ByteString bytes(int... values) {
    ByteString.Output out = ByteString.newOutput();
    for (int value : values) {
      out.write(value);
    }
    return out.toByteString();
  }

  private record Kind(String name, int type, int flags, int stream, ByteString payload) {
    @Override
    public String toString() {
      return name;
    }

    void addTo(RawHttp2 client, int times) {
      for (int i = 0; i < times; i++) {
        client.frame(type, flags, stream, payload.toByteArray());
      }
    }

    void send(RawHttp2 client, int times) throws Exception {
      addTo(client, times);
      client.send();
    }

    Frame sendUntilGoaway(RawHttp2 client) throws Exception {
      return Pestering.untilGoaway(client, type, flags, stream, payload.toByteArray());
    }
  }

  @TempDir
  private Path directory;

  private Lab lab;
  private SecureServer server;

  @BeforeEach
  void start() throws Exception {
    lab = new Lab(directory);
    server =
        lab.start(lab.server(TextService.POLICY).service(new TextService()).admin(Lab.loopback()));
  }

  @AfterEach
  void stop() {
    lab.close();
  }

  @ParameterizedTest
  @FieldSource("KINDS")
  void cutsOffAPeerThatSendsMany(Kind kind) throws Exception {
    try (RawHttp2 client = lab.raw(lab.plainServer(new TextService()).getPort(), "alice")) {
      client.request(CALL, "/" + TextService.SAY);
      kind.send(client, MANY);
      assertThat(say(client, 3)).isEqualTo("0");
    }

    try (CapturedLog log = new CapturedLog();
        RawHttp2 client = lab.raw(Lab.port(server), "alice")) {
      client.request(CALL, "/" + TextService.SAY);
      kind.send(client, 1_000);
      assertThat(say(client, 3)).isEqualTo("0");
      assertThat(aborted()).isEqualTo("");

      Frame farewell = kind.sendUntilGoaway(client);
      assertThat(farewell.errorCode()).isEqualTo(Frame.ENHANCE_YOUR_CALM);
      assertThat(farewell.debugText()).isEqualTo("too_many_control_frames");
      assertThat(log.await("broke off connection"))
          .startsWith("WARNING")
          .contains("too_many_control_frames", "127.0.0.1:" + client.socket().getLocalPort());
      assertThat(aborted()).contains("ENHANCE_YOUR_CALM", "mtls").endsWith(" 1.0");
    }
    assertThat(TextService.say(lab.channel(server, "alice"), "still here")).isEqualTo("still here");
  }

  /** Far more frames than a budget without calls allows. */
  @Test
  void takesTheWindowUpdatesThatComeWithCalls() throws Exception {
    try (RawHttp2 client = lab.raw(Lab.port(server), "alice")) {
      for (int i = 0; i < MANY; i++) {
        KINDS.get(3).addTo(client, 3);
        assertThat(say(client, 2 * i + 1)).isEqualTo("0");
      }
    }
    assertThat(aborted()).isEqualTo("");
  }

  /** It never learns of it, since it reads nothing, and calls of it are open. */
  @Test
  void endsTheConnectionOfAPeerThatDoesNotRead() throws Exception {
    try (RawHttp2 client = lab.raw(Lab.port(server), "alice")) {
      client.request(CALL, "/" + TextService.HOLD);
      assertThat(say(client, 3)).isEqualTo("0");
      assertThat(Admin.metric(server, "countersign_server_connections")).endsWith(" 1.0");

      KINDS.get(0).send(client, MANY);

      Admin.awaitMetric(server, "countersign_server_connections", 0);
    }
  }

  private String aborted() throws Exception {
    return Admin.metric(server, "countersign_server_connections_aborted_total");
  }

  private static String say(RawHttp2 client, int stream) throws Exception {
    return client
        .request(stream, "/" + TextService.SAY)
        .message(stream, new byte[] {'x'})
        .send()
        .answer(stream)
        .grpcStatus();
  }
}
