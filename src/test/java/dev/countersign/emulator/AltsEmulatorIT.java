package dev.countersign.emulator;

import static dev.countersign.emulator.TwoSides.CLIENT;
import static dev.countersign.emulator.TwoSides.SERVER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.countersign.demo.routeguide.Feature;
import dev.countersign.demo.routeguide.Point;
import dev.countersign.demo.routeguide.Rectangle;
import dev.countersign.demo.routeguide.RouteGuideGrpc;
import dev.countersign.demo.routeguide.RouteGuideGrpc.RouteGuideBlockingStub;
import dev.countersign.emulator.FrameProxy.Cut;
import io.grpc.StatusRuntimeException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Real handshakes of grpc-java's own ALTS client and server. */
@Timeout(60)
final class AltsEmulatorIT {
  private static final Point HERE = Point.getDefaultInstance();
  private static final byte[] SHARED = "a secret of two emulators".getBytes(StandardCharsets.UTF_8);

  @Test
  void carriesCallsOfAllKindsAndNamesTheirCaller() throws Exception {
    try (AltsEmulator emulator = AltsPair.emulator();
        AltsPair pair = AltsPair.start(emulator)) {
      RouteGuideBlockingStub client = pair.client(SERVER.name());
      Rectangle hundred =
          Rectangle.newBuilder().setHi(Point.newBuilder().setLatitude(100)).build();

      assertThat(client.getFeature(HERE).getName()).isEqualTo(CLIENT.name());
      assertThat(client.listFeatures(hundred))
          .toIterable()
          .extracting(Feature::getName)
          .hasSize(100)
          .containsOnly(CLIENT.name());
      assertThat(GuideCaller.record(client.getChannel(), 100).getPointCount()).isEqualTo(100);
      assertThat(PingPong.start(client.getChannel(), GuideCaller.note(1), 100).get())
          .isEqualTo(100);
    }
  }

  @Test
  void carriesAHundredMegabytesEachWay() throws Exception {
    try (AltsEmulator emulator = AltsPair.emulator();
        AltsPair pair = AltsPair.start(emulator)) {
      RouteGuideBlockingStub client = pair.client();

      assertThat(PingPong.start(client.getChannel(), GuideCaller.note(4 * 1024 * 1024), 25)
              .get())
          .isEqualTo(25);
    }
  }

  @Test
  void goesOnAfterTheRecordKeyChanged() throws Exception {
    try (AltsEmulator emulator = AltsPair.emulator();
        AltsPair pair = AltsPair.start(emulator)) {
      RouteGuideBlockingStub client = pair.client();

      assertThat(
              PingPong.start(client.getChannel(), GuideCaller.note(1), 70_000).get())
          .isEqualTo(70_000);
    }
  }

  @Test
  void completesManyHandshakesAtOnce() throws Exception {
    int many = 32;
    ExecutorService threads = Executors.newFixedThreadPool(many);
    try (AltsEmulator emulator = AltsPair.emulator();
        AltsPair pair = AltsPair.start(emulator)) {
      List<Callable<String>> calls = new ArrayList<>();
      for (int i = 0; i < many; i++) {
        RouteGuideBlockingStub client = pair.client(SERVER.name());
        calls.add(() -> client.getFeature(HERE).getName());
      }

      for (Future<String> caller : threads.invokeAll(calls)) {
        assertThat(caller.get()).isEqualTo(CLIENT.name());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void refusesAServerThatIsNoTarget() throws Exception {
    try (AltsEmulator emulator = AltsPair.emulator();
        AltsPair pair = AltsPair.start(emulator)) {
      assertThat(
              pair.client("other@demo.iam.gserviceaccount.com", SERVER.name()).getFeature(HERE))
          .isNotNull();

      assertFailsWith(
          pair.client("other@demo.iam.gserviceaccount.com"), "is not a target service account");
    }
  }

  @Test
  void completesHandshakesOfTwoEmulatorsWithOneSecret() throws Exception {
    try (AltsEmulator servers = AltsEmulator.builder()
            .workload(SERVER, "127.0.0.2:0")
            .secret(SHARED)
            .start();
        AltsEmulator clients = AltsEmulator.builder()
            .workload(CLIENT, "127.0.0.3:0")
            .secret(SHARED)
            .start();
        AltsEmulator strangers =
            AltsEmulator.builder().workload(CLIENT, "127.0.0.3:0").start();
        AltsPair pair = AltsPair.start(servers, clients);
        AltsPair strange = AltsPair.start(servers, strangers)) {
      assertThat(pair.client(SERVER.name()).getFeature(HERE).getName()).isEqualTo(CLIENT.name());

      assertThatExceptionOfType(StatusRuntimeException.class)
          .isThrownBy(() -> strange.client(SERVER.name()).getFeature(HERE));
    }
  }

  @ParameterizedTest
  @EnumSource(Cut.class)
  void takesBytesHoweverTheNetworkCutsThem(Cut cut) throws Exception {
    try (AltsEmulator emulator = AltsPair.emulator();
        AltsPair pair = AltsPair.start(emulator);
        FrameProxy proxy = new FrameProxy(pair.port(), cut)) {
      RouteGuideBlockingStub client =
          RouteGuideGrpc.newBlockingStub(pair.channel(proxy.port(), SERVER.name()));

      assertThat(client.getFeature(HERE).getName()).isEqualTo(CLIENT.name());
    }
  }

  @Test
  void comesBackOnTheSameAddressWithTheSameSecret() throws Exception {
    AltsEmulator first = AltsEmulator.builder()
        .workload(SERVER, "127.0.0.2:0")
        .workload(CLIENT, "127.0.0.3:0")
        .secret(SHARED)
        .start();
    try (first;
        AltsPair pair = AltsPair.start(first)) {
      RouteGuideBlockingStub established = pair.client();
      assertThat(established.getFeature(HERE)).isNotNull();
      first.close();
      assertThat(established.getFeature(HERE)).isNotNull();
      assertThatExceptionOfType(StatusRuntimeException.class)
          .isThrownBy(() -> pair.client().getFeature(HERE));

      try (AltsEmulator second = AltsEmulator.builder()
          .workload(new Workload(SERVER, first.address(SERVER)))
          .workload(new Workload(CLIENT, first.address(CLIENT)))
          .secret(SHARED)
          .start()) {
        RouteGuideBlockingStub late =
            pair.client().withWaitForReady().withDeadlineAfter(20, TimeUnit.SECONDS);
        assertThat(late.getFeature(HERE).getName()).isEqualTo(CLIENT.name());
        assertThat(second.addresses()).isEqualTo(first.addresses());
      }
    }
  }

  private static void assertFailsWith(RouteGuideBlockingStub client, String reason) {
    assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(() -> client.getFeature(HERE))
        .satisfies(
            e -> assertThat(Causes.of(e)).anySatisfy(text -> assertThat(text).contains(reason)));
  }
}
