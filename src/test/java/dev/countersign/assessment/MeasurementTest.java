package dev.countersign.assessment;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class MeasurementTest {
  @Test
  void readsWhatAServerSaysOfItself() {
    Reading reading = Reading.of("""
        # TYPE countersign_server_connections gauge
        countersign_server_connections 12.0
        countersign_server_connections_aborted_total{reason="ENHANCE_YOUR_CALM",transport="mtls"} 2.0
        countersign_server_connections_aborted_total{reason="PROTOCOL_ERROR",transport="mtls"} 3.0
        countersign_server_handshake_failures_total{reason="HANDSHAKE",transport="mtls"} 4.0
        jvm_memory_used_bytes{jvm_memory_type="heap"} 1.2345678E7
        jvm_memory_used_bytes{jvm_memory_type="non_heap"} 5.0E7
        process_resident_memory_bytes 1.5E8
        """);

    assertThat(reading).isEqualTo(new Reading(12, 150_000_000, 12_345_678, 5, 4));
    assertThat(Reading.of("")).isEqualTo(new Reading(0, 0, 0, 0, 0));
  }

  @Test
  void keepsTheLargestOfEachReading() {
    assertThat(new Reading(1, 20, 3, 40, 5).most(new Reading(10, 2, 30, 4, 50)))
        .isEqualTo(new Reading(10, 20, 30, 40, 50));
  }

  @Test
  void percentileIsTheTimeThatNinetyNineOfAHundredKept() {
    Latencies latencies = new Latencies();
    assertThat(latencies.percentile99()).isZero();
    for (int i = 100; i > 0; i--) {
      latencies.add(i);
    }

    assertThat(latencies.percentile99()).isEqualTo(Duration.ofNanos(99));
    latencies.add(1000);
    assertThat(latencies.percentile99()).isEqualTo(Duration.ofNanos(100));
    assertThat(latencies.count()).isEqualTo(101);
  }

  @Test
  void saysHowManyCallsSucceededAndByHowMuchTheSlowestGrew() {
    Measurement felt = new Measurement(
        200, 1, Duration.ofMillis(2), Duration.ofMillis(9), Duration.ofMillis(3), null);

    assertThat(felt.successRate()).isEqualTo(99.5);
    assertThat(felt.slowdown()).isEqualTo(4.5);
    assertThat(felt)
        .hasToString("200 calls of a well-behaved client, 1 failed, 99th percentile 2.0 ms calm,"
            + " 9.0 ms during, 3.0 ms after");
  }
}
