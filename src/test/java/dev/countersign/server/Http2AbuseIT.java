package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.assessment.Frame;
import dev.countersign.assessment.RawHttp2;
import io.grpc.Server;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a peer with a valid certificate can do to HTTP/2: to a plain server of grpc-java, and no longer to ours. */
class Http2AbuseIT {
  private static final int MAX_CONCURRENT_STREAMS = 3;
  private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);

  private final TextService ours = new TextService();
  private final TextService theirs = new TextService();

  @TempDir
  private Path directory;

  private Lab lab;
  private SecureServer server;
  private Server plain;

  @BeforeEach
  void start() throws Exception {
    lab = new Lab(directory);
    server = lab.start(lab.server(TextService.POLICY).service(ours));
    plain = lab.plainServer(theirs);
  }

  @AfterEach
  void stop() {
    lab.close();
  }

  @Test
  void advertisesAStreamLimitAndRefusesWhatIsBeyondIt() throws Exception {
    assertThat(advertisedStreams(plain.getPort())).isIn(-1L, (long) Integer.MAX_VALUE);
    try (RawHttp2 client = lab.raw(plain.getPort(), "alice")) {
      openStreams(client, 150);
      for (int i = 0; i < 150; i++) {
        assertThat(theirs.held.poll(10, TimeUnit.SECONDS)).isNotNull();
      }
    }

    assertThat(advertisedStreams(Lab.port(server))).isEqualTo(Limits.DEFAULT.maxStreams());
    try (RawHttp2 client = lab.raw(Lab.port(server), "alice")) {
      openStreams(client, Limits.DEFAULT.maxStreams());
      for (int i = 0; i < Limits.DEFAULT.maxStreams(); i++) {
        assertThat(ours.held.poll(10, TimeUnit.SECONDS)).isNotNull();
      }
      client.request(1001, "/" + TextService.HOLD).message(1001, HELLO).send();

      Frame refusal = client.next(Frame.RST_STREAM);
      assertThat(refusal.stream()).isEqualTo(1001);
      assertThat(refusal.errorCode()).isEqualTo(Frame.REFUSED_STREAM);
      assertThat(ours.held).isEmpty();
    }
  }

  private static void openStreams(RawHttp2 client, int count) throws Exception {
    for (int i = 0; i < count; i++) {
      client.request(2 * i + 1, "/" + TextService.HOLD).message(2 * i + 1, HELLO);
    }
    client.send();
  }

  private long advertisedStreams(int port) throws Exception {
    try (RawHttp2 client = lab.raw(port, "alice")) {
      return client.next(Frame.SETTINGS).setting(MAX_CONCURRENT_STREAMS);
    }
  }

  @Test
  void cutsOffAPeerThatResetsRapidly() throws Exception {
    try (RawHttp2 client = lab.raw(plain.getPort(), "alice")) {
      resetRapidly(client, 400);
      assertThat(sayRaw(client, 10_001).grpcStatus()).isEqualTo("0");
    }

    try (CapturedLog log = new CapturedLog();
        RawHttp2 client = lab.raw(Lab.port(server), "alice")) {
      assertThat(sayRaw(client, 1).grpcStatus()).isEqualTo("0");
      resetRapidly(client, 250);

      assertThat(client.next(Frame.GOAWAY).errorCode()).isEqualTo(Frame.ENHANCE_YOUR_CALM);
      assertThat(log.await("broke off connection"))
          .startsWith("WARNING")
          .contains("ENHANCE_YOUR_CALM", "127.0.0.1:" + client.socket().getLocalPort());
    }
    assertThat(TextService.say(lab.channel(server, "alice"), "still here")).isEqualTo("still here");
  }

  private static void resetRapidly(RawHttp2 client, int times) throws Exception {
    for (int i = 0; i < times; i++) {
      client.request(2 * i + 3, "/" + TextService.SAY).reset(2 * i + 3);
    }
    client.send();
  }

  /** MadeYouReset: the peer breaks each stream so that the server resets it (CVE-2025-8671). */
  @Test
  void cutsOffAPeerThatMakesTheServerReset() throws Exception {
    try (RawHttp2 client = lab.raw(plain.getPort(), "alice")) {
      makeTheServerReset(client, 400);
      assertThat(sayRaw(client, 10_001).grpcStatus()).isEqualTo("0");
    }

    try (RawHttp2 client = lab.raw(Lab.port(server), "alice")) {
      assertThat(sayRaw(client, 1).grpcStatus()).isEqualTo("0");
      makeTheServerReset(client, 250);

      assertThat(client.next(Frame.GOAWAY).errorCode()).isEqualTo(Frame.ENHANCE_YOUR_CALM);
    }
  }

  /** Each such reset is an exception in Netty: it takes fewer of them than of resets that clients may have a reason for. */
  @Test
  void takesFewStreamsThatAPeerBreaks() throws Exception {
    try (RawHttp2 client = lab.raw(Lab.port(server), "alice")) {
      int resets = 0;
      Frame next = breakStream(client, 1);
      while (next.type() == Frame.RST_STREAM && resets < 200) {
        resets++;
        next = breakStream(client, 2 * resets + 1);
      }

      assertThat(next.type()).isEqualTo(Frame.GOAWAY);
      assertThat(next.errorCode()).isEqualTo(Frame.ENHANCE_YOUR_CALM);
      assertThat(resets).isBetween(40, 120);
    }
  }

  /** What the server says to it: a reset, or farewell. */
  private static Frame breakStream(RawHttp2 client, int stream) throws Exception {
    client
        .request(stream, "/" + TextService.SAY)
        .frame(Frame.WINDOW_UPDATE, 0, stream, new byte[4])
        .send();
    Frame next = client.next();
    while (next.type() != Frame.RST_STREAM
        && next.type() != Frame.GOAWAY
        && next.type() != Frame.CLOSED) {
      next = client.next();
    }
    return next;
  }

  private static void makeTheServerReset(RawHttp2 client, int times) throws Exception {
    for (int i = 0; i < times; i++) {
      client
          .request(2 * i + 3, "/" + TextService.SAY)
          .frame(Frame.WINDOW_UPDATE, 0, 2 * i + 3, new byte[4]);
    }
    client.send();
  }

  @ParameterizedTest
  @CsvSource({
    "x-note, 'a\r\nWARNING forged line'",
    "x-note, 'a\nb'",
    "'', value",
    "'x note', value",
    "'x-note\r\n', value",
  })
  void refusesHeadersThatCouldForgeALogLine(String name, String value) throws Exception {
    try (RawHttp2 client = lab.raw(plain.getPort(), "alice")) {
      assertThat(sayRaw(client, 1, name, value).grpcStatus()).isEqualTo("0");
      assertThat(theirs.headers.remove().keys()).contains(name);
    }

    try (CapturedLog log = new CapturedLog();
        RawHttp2 client = lab.raw(Lab.port(server), "alice")) {
      assertThat(sayRaw(client, 1, "x-note", "value").grpcStatus()).isEqualTo("0");
      assertThat(ours.headers.remove().keys()).contains("x-note");

      assertThat(sayRaw(client, 3, name, value))
          .isEqualTo(new RawHttp2.Answer("200", "3", "malformed request headers"));
      assertThat(ours.headers).isEmpty();
      assertThat(log.await("malformed")).doesNotContain("\n", "\r", "forged");
    }
  }

  @Test
  void peerWithoutRuleCannotTellMethodsApart() throws Exception {
    String unknown = "/lab.Text/" + "x".repeat(3000);
    try (RawHttp2 client = lab.raw(plain.getPort(), "mallory")) {
      assertThat(answerOf(client, 1, unknown).grpcStatus()).isEqualTo("12");
      assertThat(answerOf(client, 3, unknown).message()).contains("xxx");
      assertThat(answerOf(client, 5, "/" + TextService.SAY).grpcStatus()).isEqualTo("0");
    }

    RawHttp2.Answer refusal = new RawHttp2.Answer("200", "7", "not authorized");
    try (RawHttp2 client = lab.raw(Lab.port(server), "mallory")) {
      assertThat(answerOf(client, 1, unknown)).isEqualTo(refusal);
      assertThat(answerOf(client, 3, "/" + TextService.SAY)).isEqualTo(refusal);
    }
    try (RawHttp2 client = lab.raw(Lab.port(server), "alice")) {
      assertThat(answerOf(client, 1, unknown))
          .isEqualTo(new RawHttp2.Answer("200", "12", "method not found"));
    }
  }

  /** grpc-java answers these before any interceptor: the same for every path, so they tell nothing about methods. */
  @ParameterizedTest
  @ValueSource(strings = {"grpc-encoding:no-such", "content-type:text/html"})
  void brokenRequestsAreAnsweredAlikeForKnownAndUnknownMethods(String broken) throws Exception {
    String name = broken.substring(0, broken.indexOf(':'));
    String value = broken.substring(name.length() + 1);
    try (RawHttp2 client = lab.raw(Lab.port(server), "mallory")) {
      RawHttp2.Answer known = brokenRequest(client, 1, "/" + TextService.SAY, name, value);
      RawHttp2.Answer unknown = brokenRequest(client, 3, "/lab.Text/NoSuch", name, value);

      assertThat(known.grpcStatus()).isNotEqualTo("0");
      assertThat(unknown).isEqualTo(known);
      assertThat(known.message()).doesNotContain("lab.Text", "Exception");
    }
    assertThat(ours.headers).isEmpty();
  }

  private static RawHttp2.Answer brokenRequest(
      RawHttp2 client, int stream, String path, String name, String value) throws Exception {
    byte[] block = name.equals("content-type")
        ? RawHttp2.block(path, value)
        : RawHttp2.block(path, "application/grpc", name, value);
    return client.headers(stream, block).message(stream, HELLO).send().answer(stream);
  }

  @Test
  void refusesMessagesAndMetadataBeyondTheirLimits() throws Exception {
    Limits small = new Limits(
        10,
        10,
        10,
        1000,
        2000,
        Limits.DEFAULT.handshakeTimeout(),
        Limits.DEFAULT.maxConnectionIdle(),
        Limits.DEFAULT.maxConnectionAge(),
        Limits.DEFAULT.maxConnectionAgeGrace());
    TextService service = new TextService();
    SecureServer limited =
        lab.start(lab.server(TextService.POLICY).limits(small).service(service));
    try (RawHttp2 client = lab.raw(Lab.port(limited), "alice")) {
      assertThat(client
              .request(1, "/" + TextService.SAY)
              .message(1, new byte[1000])
              .send()
              .answer(1)
              .grpcStatus())
          .isEqualTo("0");
      assertThat(client
              .request(3, "/" + TextService.SAY)
              .message(3, new byte[1001])
              .send()
              .answer(3)
              .grpcStatus())
          .isEqualTo("8");
      assertThat(sayRaw(client, 5, "x-note", "a".repeat(1400)).grpcStatus()).isEqualTo("0");
      service.headers.clear();
      assertThat(sayRaw(client, 7, "x-note", "a".repeat(2000)).httpStatus()).isEqualTo("431");
      assertThat(service.headers).isEmpty();
    }
  }

  @Test
  void lengthPrefixBeyondTheLimitIsRefusedBeforeTheMessageCame() throws Exception {
    try (RawHttp2 client = lab.raw(Lab.port(server), "alice")) {
      assertThat(client
              .request(1, "/" + TextService.SAY)
              .frame(Frame.DATA, 0, 1, new byte[] {0, 0x7f, -1, -1, -1})
              .send()
              .answer(1)
              .grpcStatus())
          .isEqualTo("8");
    }
  }

  private static RawHttp2.Answer sayRaw(RawHttp2 client, int stream, String... headers)
      throws Exception {
    return client
        .request(stream, "/" + TextService.SAY, headers)
        .message(stream, HELLO)
        .send()
        .answer(stream);
  }

  private static RawHttp2.Answer answerOf(RawHttp2 client, int stream, String path)
      throws Exception {
    return client.request(stream, path).message(stream, HELLO).send().answer(stream);
  }
}
