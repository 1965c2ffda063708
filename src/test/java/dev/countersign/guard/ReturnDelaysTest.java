package dev.countersign.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.identity.Principal;
import dev.countersign.identity.SpiffeId;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ReturnDelaysTest {
  private static final Principal ALICE = SpiffeId.parse("spiffe://example.org/alice");
  private static final Principal BOB = SpiffeId.parse("spiffe://example.org/bob");

  private final Object here = "192.0.2.1";
  private long now = Long.MAX_VALUE - 1_000;
  private final ReturnDelays delays = new ReturnDelays(() -> now);

  private void breakOff(int times) {
    for (int i = 0; i < times; i++) {
      delays.brokenOff(ALICE, here);
    }
  }

  private long millis() {
    return delays.delayOf(ALICE, here).toMillis();
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }

  @Test
  void isHalfASecondFromTheThirdTimeOn() {
    assertThat(millis()).isZero();
    breakOff(2);
    assertThat(millis()).isZero();

    breakOff(1);
    assertThat(millis()).isEqualTo(500);
    breakOff(100);
    assertThat(millis()).isEqualTo(500);
  }

  @Test
  void forgetsOneTimeForEachFiveSeconds() {
    breakOff(100);

    pass(Duration.ofMillis(9_999));
    assertThat(millis()).isEqualTo(500);
    pass(Duration.ofMillis(1));
    assertThat(millis()).isZero();
    breakOff(1);
    assertThat(millis()).isEqualTo(500);
    pass(Duration.ofDays(1));
    assertThat(millis()).isZero();
    breakOff(2);
    assertThat(millis()).isZero();
  }

  @Test
  void tellsPeersApartByIdentityAndNetwork() {
    breakOff(3);

    assertThat(delays.delayOf(BOB, here)).isZero();
    assertThat(delays.delayOf(ALICE, "192.0.2.2")).isZero();
    assertThat(delays.delayOf(ALICE, "192.0.2.1")).isPositive();
  }

  @Test
  void remembersNoMoreThanTenThousandAndThoseThatMatter() {
    breakOff(3);
    for (int i = 0; i < 20_000; i++) {
      delays.brokenOff(SpiffeId.parse("spiffe://example.org/n" + i), here);
    }
    assertThat(delays.peers()).isEqualTo(10_000);
    assertThat(millis()).isEqualTo(500);

    pass(Duration.ofSeconds(5));
    delays.brokenOff(BOB, here);

    assertThat(delays.peers()).isEqualTo(2);
  }
}
