package dev.countersign.emulator;

import static dev.countersign.emulator.TwoSides.CLIENT;
import static dev.countersign.emulator.TwoSides.SERVER;
import static dev.countersign.emulator.TwoSides.offer;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.ByteString;
import dev.countersign.emulator.HandshakeRefused.Reason;
import dev.countersign.emulator.TwoSides.Ended;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class HandshakeTest {
  private static final ByteString APPLICATION_BYTES =
      ByteString.copyFrom("PRI * HTTP/2.0", StandardCharsets.US_ASCII);

  @Test
  void givesBothSidesOneKeyAndEachOthersName() throws Exception {
    Ended ended = TwoSides.with(offer(SERVER.name()), offer()).shake();

    Outcome client = requireNonNull(ended.client());
    Outcome server = requireNonNull(ended.server());
    assertThat(client.peer()).isEqualTo(SERVER);
    assertThat(client.local()).isEqualTo(CLIENT);
    assertThat(server.peer()).isEqualTo(CLIENT);
    assertThat(server.local()).isEqualTo(SERVER);
    assertThat(client.keyData()).isEqualTo(server.keyData());
    assertThat(client.keyData().size()).isEqualTo(KeySchedule.RECORD_KEY_BYTES);
    assertThat(client.applicationProtocol()).isEqualTo("grpc");
    assertThat(client.recordProtocol()).isEqualTo("ALTSRP_GCM_AES128_REKEY");
    assertThat(client.peerVersions()).isEqualTo(RpcVersions.only(2, 1));
  }

  @Test
  void makesAnotherKeyForEachHandshakeOfOneSecret() throws Exception {
    Secret secret = Secret.fresh();
    Set<ByteString> keys = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      Ended ended = TwoSides.with(secret, offer(), secret, offer()).shake();
      keys.add(requireNonNull(ended.client()).keyData());
    }

    assertThat(keys).hasSize(20);
  }

  @Test
  void takesFramesThatArriveByteByByte() throws Exception {
    TwoSides sides = TwoSides.with(offer(), offer());
    Step answer = byteByByte(sides.server(), sides.client().start().outFrames());
    Step finished = byteByByte(sides.client(), answer.outFrames());
    Step last = byteByByte(sides.server(), finished.outFrames());

    assertThat(requireNonNull(last.outcome()).keyData())
        .isEqualTo(requireNonNull(finished.outcome()).keyData());
  }

  @Test
  void leavesApplicationBytesBehindTheLastFrameUnconsumed() throws Exception {
    TwoSides sides = TwoSides.with(offer(), offer());
    ByteString answer = sides.server().next(sides.client().start().outFrames()).outFrames();
    ByteString finished = sides.client().next(answer).outFrames();
    Step torn = sides.server().next(finished.substring(0, 7));

    Step last = sides.server().next(finished.substring(7).concat(APPLICATION_BYTES));

    assertThat(torn.consumed()).isEqualTo(7);
    assertThat(last.consumed()).isEqualTo(finished.size() - 7);
    assertThat(last.outcome()).isNotNull();
  }

  @Test
  void takesAServersStartWithoutBytes() throws Exception {
    TwoSides sides = TwoSides.with(offer(), offer());

    Step empty = sides.server().next(ByteString.EMPTY);

    assertThat(empty).isEqualTo(new Step(ByteString.EMPTY, 0, null));
    assertThat(sides.shake().server()).isNotNull();
  }

  @Test
  void refusesFramesWithAnyBitChanged() throws Exception {
    int bits = 8 * TwoSides.with(offer(), offer()).client().start().outFrames().size();
    for (int bit = 32; bit < bits; bit++) {
      int flipped = bit;
      TwoSides sides = TwoSides.with(offer(), offer());
      ByteString hello = sides.client().start().outFrames();
      assertThatExceptionOfType(HandshakeRefused.class)
          .as("bit %d of the hello", bit)
          .isThrownBy(() -> sides.server().next(flip(hello, flipped)));
    }
    UnaryOperator<ByteString> same = bytes -> bytes;
    UnaryOperator<ByteString> changed = bytes -> flip(bytes, 8 * bytes.size() - 1);
    assertRefused(Reason.NOT_AUTHENTIC, () -> shake(changed, same, same));
    assertRefused(Reason.NOT_AUTHENTIC, () -> shake(same, changed, same));
    assertRefused(Reason.NOT_AUTHENTIC, () -> shake(same, same, changed));
  }

  @Test
  void refusesAPeerWithAnotherSecret() throws Exception {
    byte[] given = new byte[Secret.MIN_BYTES];
    assertThat(TwoSides.with(Secret.of(given), offer(), Secret.of(given), offer())
            .shake()
            .client())
        .isNotNull();
    byte[] other = given.clone();
    other[0] = 1;

    TwoSides sides = TwoSides.with(Secret.of(given), offer(), Secret.of(other), offer());

    assertRefused(Reason.NOT_AUTHENTIC, sides::shake);
  }

  @Test
  void refusesAnAnswerToAnotherHello() throws Exception {
    Secret secret = Secret.fresh();
    TwoSides first = TwoSides.with(secret, offer(), secret, offer());
    TwoSides second = TwoSides.with(secret, offer(), secret, offer());
    ByteString answer = first.server().next(first.client().start().outFrames()).outFrames();
    second.client().start();

    assertRefused(Reason.NOT_AUTHENTIC, () -> second.client().next(answer));
    assertThat(first.client().next(answer).outcome()).isNotNull();
  }

  @Test
  void refusesAPeerThatIsNoTarget() throws Exception {
    assertThat(TwoSides.with(offer("a@b.com", SERVER.name()), offer()).shake().client())
        .isNotNull();

    assertRefused(Reason.NOT_A_TARGET, TwoSides.with(offer("a@b.com", "A@b.com"), offer())::shake);
  }

  @Test
  void refusesSidesThatHaveNothingInCommon() throws Exception {
    List<String> records = List.of(Agreement.RECORD_PROTOCOL);
    Offer usual = offer();
    Offer other = new Offer(List.of("h2"), records, RpcVersions.USUAL, 0, List.of());
    Offer unprotected =
        new Offer(List.of("grpc"), List.of("NONE"), RpcVersions.USUAL, 0, List.of());
    Offer newer = new Offer(List.of("grpc"), records, RpcVersions.only(2, 2), 0, List.of());
    assertThat(TwoSides.with(usual, usual).shake().client()).isNotNull();

    assertRefused(Reason.NO_COMMON_APPLICATION_PROTOCOL, TwoSides.with(other, usual)::shake);
    assertRefused(Reason.NO_COMMON_RECORD_PROTOCOL, TwoSides.with(unprotected, usual)::shake);
    assertRefused(Reason.NO_COMMON_RPC_VERSION, TwoSides.with(newer, usual)::shake);
    assertRefused(Reason.NO_COMMON_RPC_VERSION, TwoSides.with(usual, newer)::shake);
  }

  @Test
  void agreesOnTheSmallerFrameSizeAndOnTheLeastWithASideThatNamesNone() throws Exception {
    assertThat(frameSize(64 * 1024, 128 * 1024)).isEqualTo(64 * 1024);
    assertThat(frameSize(1024 * 1024, 1024 * 1024)).isEqualTo(1024 * 1024);
    assertThat(frameSize(0, 128 * 1024)).isEqualTo(16 * 1024);
    assertThat(frameSize(1, 128 * 1024)).isEqualTo(16 * 1024);
  }

  @Test
  void refusesFramesThatAreNone() throws Exception {
    TwoSides sides = TwoSides.with(offer(), offer());
    ByteString hello = sides.client().start().outFrames();

    assertRefused(
        Reason.OVERSIZED_FRAME,
        () -> TwoSides.with(offer(), offer()).server().next(Frame.oversized().substring(0, 4)));
    assertRefused(
        Reason.MALFORMED_FRAME,
        () -> TwoSides.with(offer(), offer()).server().next(ByteString.copyFrom(new byte[4])));
    assertRefused(
        Reason.MALFORMED_FRAME, () -> sides.server().next(hello.concat(APPLICATION_BYTES)));
    assertRefused(Reason.MALFORMED_FRAME, () -> sides.client().next(hello));
  }

  @Test
  void refusesToGoOnAfterTheEnd() throws Exception {
    TwoSides sides = TwoSides.with(offer(), offer());
    sides.shake();

    assertRefused(Reason.BAD_REQUEST, () -> sides.client().next(APPLICATION_BYTES));
  }

  @Test
  void refusesAnOfferThatFitsNoFrame() {
    Offer endless = offer();
    Offer longer = new Offer(
        List.of("grpc".repeat(5000)), endless.recordProtocols(), endless.versions(), 0, List.of());

    assertRefused(Reason.BAD_REQUEST, TwoSides.with(longer, offer())::shake);
  }

  @Test
  void keepsTheKeyOutOfItsText() throws Exception {
    Outcome outcome = requireNonNull(TwoSides.with(offer(), offer()).shake().client());

    assertThat(outcome.toString()).contains(SERVER.name()).doesNotContain("ByteString");
  }

  private static int frameSize(int client, int server) throws HandshakeRefused {
    Ended ended = TwoSides.with(sized(client), sized(server)).shake();
    int size = requireNonNull(ended.client()).maxFrameSize();
    assertThat(requireNonNull(ended.server()).maxFrameSize()).isEqualTo(size);
    return size;
  }

  private static Offer sized(int maxFrameSize) {
    return new Offer(
        List.of("grpc"),
        List.of(Agreement.RECORD_PROTOCOL),
        RpcVersions.USUAL,
        maxFrameSize,
        List.of());
  }

  private static Step byteByByte(Handshake side, ByteString frames) throws HandshakeRefused {
    for (int i = 0; i < frames.size() - 1; i++) {
      assertThat(side.next(frames.substring(i, i + 1)))
          .isEqualTo(new Step(ByteString.EMPTY, 1, null));
    }
    return side.next(frames.substring(frames.size() - 1));
  }

  private static Ended shake(
      UnaryOperator<ByteString> hello,
      UnaryOperator<ByteString> answer,
      UnaryOperator<ByteString> finished)
      throws HandshakeRefused {
    return TwoSides.with(offer(), offer()).shake(hello, answer, finished);
  }

  private static ByteString flip(ByteString bytes, int bit) {
    byte[] changed = bytes.toByteArray();
    changed[bit / 8] ^= (byte) (1 << (bit % 8));
    return ByteString.copyFrom(changed);
  }

  private static void assertRefused(Reason reason, ThrowingCallable action) {
    assertThatExceptionOfType(HandshakeRefused.class)
        .isThrownBy(action)
        .satisfies(refused -> assertThat(refused.reason()).isEqualTo(reason));
  }
}
