package dev.countersign.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What must hold of the model of many servers and clients, whatever one of them costs. */
final class ScaleModelTest {
  private static final int CLIENTS = 1000;
  private static final double ARRIVAL = 10;
  private static final double AGE = 300;
  private static final ScaleModel MODEL = new ScaleModel(3, 100, 20);

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 5, 20})
  void noHandshakeIsLostOrMadeTwice(int generation) {
    assertThat(Arrays.stream(handshakes(generation)).sum()).isEqualTo(CLIENTS);
  }

  @Test
  void firstGenerationComesWithinTheSecondsOfItsArrival() {
    int[] first = handshakes(0);

    assertThat(Arrays.stream(first, 0, (int) ARRIVAL).sum()).isEqualTo(CLIENTS);
    assertThat(peak(0)).isBetween((int) (CLIENTS / ARRIVAL), CLIENTS / 5);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void agesLieWithinATenthEitherWay(int generation) {
    int[] handshakes = handshakes(generation);
    int earliest = (int) (generation * AGE * 0.9);
    int latest = (int) Math.ceil(ARRIVAL + generation * AGE * 1.1);

    assertThat(Arrays.stream(handshakes, earliest, latest).sum()).isEqualTo(CLIENTS);
    assertThat(Arrays.stream(handshakes).filter(count -> count > 0).count())
        .as("seconds in which one comes")
        .isGreaterThan((long) (AGE * 0.2 * 0.9));
  }

  @Test
  void ageSpreadsTheWave() {
    int[] peaks = {peak(0), peak(1), peak(5), peak(20)};

    assertThat(peaks[0]).isGreaterThan(3 * peaks[1]);
    assertThat(peaks[1]).isGreaterThan(peaks[2]);
    assertThat(peaks[2]).isGreaterThan(peaks[3]);
  }

  @Test
  void allGenerationsTogetherComeAtTheRateOfTheSteadyState() {
    int from = (int) (10 * AGE);
    int to = (int) (12 * AGE);
    long seen = 0;
    for (int generation = 0; generation < 20; generation++) {
      int[] handshakes = handshakes(generation);
      seen += Arrays.stream(
              handshakes, Math.min(from, handshakes.length), Math.min(to, handshakes.length))
          .sum();
    }

    assertThat(seen / (double) (to - from)).isCloseTo(CLIENTS / AGE, within(0.03 * CLIENTS / AGE));
  }

  @Test
  void loadIsWhatConnectionsAndCallsCost() {
    assertThat(MODEL.load(CLIENTS, 0, AGE)).isCloseTo(0.01, within(1e-9));
    assertThat(MODEL.load(0, 5000, AGE)).isCloseTo(0.5, within(1e-9));
    assertThat(MODEL.load(CLIENTS, 5000, AGE)).isCloseTo(0.51, within(1e-9));
  }

  @Test
  void whatACoreCarriesKeepsItAsBusyAsWasAsked() {
    assertThat(MODEL.load(CLIENTS, MODEL.callsAt(0.6, CLIENTS, AGE), AGE))
        .isCloseTo(0.6, within(1e-9));
    assertThat(MODEL.load((int) MODEL.connectionsAt(0.6, AGE), 0, AGE))
        .isCloseTo(0.6, within(1e-4));
    assertThat(MODEL.connectionsPerSecond() * 3 / 1e3).isCloseTo(1, within(1e-9));
    assertThat(MODEL.connectionsInGibibyte() * 20).isCloseTo(1024 * 1024, within(1e-3));
  }

  @Test
  void serversWithoutTheSpareOneHaveRoomAndOneFewerWouldNot() {
    int servers = MODEL.servers(50_000, CLIENTS, AGE, 1).orElseThrow();

    assertThat(MODEL.load(CLIENTS, 50_000.0 / (servers - 1), AGE)).isLessThanOrEqualTo(0.6);
    assertThat(MODEL.load(CLIENTS, 50_000.0 / (servers - 2), AGE)).isGreaterThan(0.6);
  }

  @Test
  void thereAreAtLeastTwoServers() {
    assertThat(MODEL.servers(0, 1, AGE, 1)).hasValue(2);
  }

  @Test
  void noNumberOfServersCarriesClientsThatFillEachOneByConnecting() {
    int most = (int) MODEL.connectionsAt(0.6, AGE);

    assertThat(MODEL.servers(1, most - 1, AGE, 1)).isPresent();
    assertThat(MODEL.servers(1, most + 1, AGE, 1)).isEmpty();
  }

  private static int[] handshakes(int generation) {
    return ScaleModel.handshakes(CLIENTS, ARRIVAL, AGE, generation);
  }

  private static int peak(int generation) {
    return ScaleModel.peak(CLIENTS, ARRIVAL, AGE, generation);
  }
}
