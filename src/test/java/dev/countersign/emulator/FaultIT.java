package dev.countersign.emulator;

import static dev.countersign.emulator.TwoSides.CLIENT;
import static dev.countersign.emulator.TwoSides.SERVER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.countersign.demo.routeguide.Feature;
import dev.countersign.demo.routeguide.Point;
import dev.countersign.demo.routeguide.RouteGuideGrpc;
import dev.countersign.emulator.Fault.Plain;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each fault does to grpc-java; every test begins and ends with a handshake that succeeds. */
@Timeout(30)
final class FaultIT {
  private final AltsEmulator emulator = AltsPair.emulator();
  private final AltsPair pair;

  FaultIT() throws IOException {
    pair = AltsPair.start(emulator);
  }

  @BeforeEach
  void succeedsBefore() {
    assertThat(callerOverANewConnection()).isEqualTo(CLIENT.name());
  }

  @AfterEach
  void succeedsWhenHealed() {
    emulator.heal();
    String caller = callerOverANewConnection();
    pair.close();
    emulator.close();
    assertThat(caller).isEqualTo(CLIENT.name());
  }

  @ParameterizedTest
  @CsvSource({
    "refuse, told to refuse",
    "cut, told to cut",
    "short-key, Could not get enough key data",
    "version-mismatch, are not compatible",
  })
  void failsTheHandshake(String fault, String because) {
    emulator.inject(CLIENT, Fault.parse(fault));

    assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(this::callerOverANewConnection)
        .satisfies(
            e -> assertThat(Causes.of(e)).anySatisfy(text -> assertThat(text).contains(because)));
  }

  @ParameterizedTest
  @CsvSource({"tampered-frame, not authentic", "oversized-frame, announces"})
  void spoilsTheServersFrameSoThatTheClientRefusesIt(String fault, String because) {
    emulator.inject(SERVER, Fault.parse(fault));

    assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(this::callerOverANewConnection)
        .satisfies(
            e -> assertThat(Causes.of(e)).anySatisfy(text -> assertThat(text).contains(because)));
  }

  @ParameterizedTest
  @CsvSource({"no-status", "stream-left-open"})
  void isToleratedByThisLibrary(String fault) {
    emulator.inject(Fault.parse(fault));

    assertThat(callerOverANewConnection()).isEqualTo(CLIENT.name());
  }

  @Test
  void namesTheWrongPeerThoughTheRightOneWasExpected() {
    emulator.inject(SERVER, Fault.parse("wrong-peer=mallory@demo.iam.gserviceaccount.com"));

    assertThat(callerOverANewConnection()).isEqualTo("mallory@demo.iam.gserviceaccount.com");
  }

  @Test
  void delaysEachAnswer() {
    Duration delay = Duration.ofMillis(300);
    emulator.inject(CLIENT, new Fault.Delay(delay));
    long start = System.nanoTime();

    assertThat(callerOverANewConnection()).isEqualTo(CLIENT.name());

    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(delay.multipliedBy(2));
  }

  /** Without a deadline: grpc-java times a call's on the event loop that its own handshake blocks. */
  @Test
  void holdsHandshakesUpWhileFrozenAndEndsThemWhenHealed() throws Exception {
    emulator.inject(Plain.FREEZE);
    Future<Feature> held = RouteGuideGrpc.newFutureStub(
            pair.client(SERVER.name()).getChannel())
        .getFeature(Point.getDefaultInstance());

    assertThatExceptionOfType(TimeoutException.class)
        .isThrownBy(() -> held.get(500, TimeUnit.MILLISECONDS));
    emulator.heal();

    assertThat(held.get(20, TimeUnit.SECONDS).getName()).isEqualTo(CLIENT.name());
  }

  @Test
  void addsUpWithTheFaultsBefore() {
    emulator.inject(SERVER, Fault.parse("wrong-peer=mallory@demo.iam.gserviceaccount.com"));
    emulator.inject(SERVER, Plain.NO_STATUS);

    assertThat(callerOverANewConnection()).isEqualTo("mallory@demo.iam.gserviceaccount.com");
  }

  private String callerOverANewConnection() {
    return pair.client(SERVER.name()).getFeature(Point.getDefaultInstance()).getName();
  }
}
