package dev.countersign.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The fuzz targets without the fuzzer: on what they begin with, on that a little changed, and on all that was ever found. */
final class FuzzReplayTest {
  private static final int CHANGES_OF_EACH = 40;

  static Collection<String> targets() {
    return Targets.names();
  }

  static List<Seeds.Finding> findings() throws IOException {
    return Seeds.findings();
  }

  @ParameterizedTest
  @MethodSource("targets")
  void holdsOnItsSeedsAndNearThem(String name) throws Exception {
    Target target = Targets.named(name);
    List<byte[]> seeds = target.seeds();
    assertThat(seeds).isNotEmpty();
    Random random = new Random(name.hashCode());
    for (byte[] seed : seeds) {
      holds(target, seed);
      for (int i = 0; i < CHANGES_OF_EACH; i++) {
        holds(target, changed(seed, random));
      }
    }
    holds(target, new byte[0]);
  }

  @ParameterizedTest
  @MethodSource("findings")
  void staysMended(Seeds.Finding finding) throws Exception {
    holds(Targets.named(finding.target()), finding.input());
  }

  @Test
  void plantedTargetHoldsOnItsSeed() throws Exception {
    Target planted = Targets.named(Targets.PLANTED);
    for (byte[] seed : planted.seeds()) {
      holds(planted, seed);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"xspiffe://a/b", "spiffe://a/../b", "spiffe://a"})
  void mistakesThatWerePlantedAreSeen(String input) {
    assertThatThrownBy(() ->
            Fuzz.run(Targets.named(Targets.PLANTED), input.getBytes(StandardCharsets.US_ASCII)))
        .isInstanceOf(RuntimeException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\nb", "a\u001b[31m", "a\u202eb", "a\u2028b", "a\ud800", " "})
  void messageThatCannotBeShownIsSeen(String message) {
    assertThatThrownBy(() -> Claims.message(message)).isInstanceOf(BrokenClaimException.class);
  }

  @Test
  void messageThatGrowsWithTheInputIsSeen() {
    assertThatCode(() -> Claims.message("a".repeat(2_000))).doesNotThrowAnyException();
    assertThatThrownBy(() -> Claims.message("a".repeat(2_001)))
        .isInstanceOf(BrokenClaimException.class);
  }

  @Test
  void memoryOutOfProportionIsSeen() {
    Target greedy = new Target() {
      private int sum;

      @Override
      public void read(byte[] input) {
        for (int i = 0; i < input[0]; i++) {
          byte[] much = new byte[4 << 20];
          sum += much.length;
        }
      }

      @Override
      public List<byte[]> seeds() {
        return List.of(new byte[] {(byte) sum});
      }
    };
    assertThatCode(() -> Fuzz.run(greedy, new byte[] {2})).doesNotThrowAnyException();
    assertThatThrownBy(() -> Fuzz.run(greedy, new byte[] {100}))
        .isInstanceOf(BrokenClaimException.class)
        .hasMessageContaining("memory in proportion");
  }

  private static void holds(Target target, byte[] input) {
    assertThatCode(() -> Fuzz.run(target, input))
        .as("%s", HexFormat.of().formatHex(input))
        .doesNotThrowAnyException();
  }

  private static byte[] changed(byte[] seed, Random random) {
    if (seed.length == 0) {
      return seed;
    }
    byte[] changed = seed.clone();
    for (int i = random.nextInt(4); i >= 0; i--) {
      int at = random.nextInt(changed.length);
      switch (random.nextInt(4)) {
        case 0 -> changed[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> changed[at] = (byte) random.nextInt(256);
        case 2 -> changed[at] = changed[random.nextInt(changed.length)];
        default -> changed = Arrays.copyOf(changed, 1 + random.nextInt(changed.length));
      }
    }
    return changed;
  }
}
