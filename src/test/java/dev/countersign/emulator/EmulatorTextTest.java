package dev.countersign.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.countersign.emulator.EmulatorException.Reason;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/** The texts that the command line takes. */
final class EmulatorTextTest {
  @ParameterizedTest
  @CsvFileSource(resources = "/vectors/emulator-texts.csv", useHeadersInDisplayName = true)
  void readsOrRefuses(String kind, String input, String verdict, String reason, String note) {
    if (verdict.equals("accept")) {
      assertThat(read(kind, input)).as(note).isEqualTo(reason);
    } else {
      assertThatExceptionOfType(EmulatorException.class)
          .as(note)
          .isThrownBy(() -> read(kind, input))
          .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.valueOf(reason)));
    }
  }

  private static String read(String kind, String input) {
    return switch (kind) {
      case "address" -> LoopbackAddress.parse(input).toString();
      case "workload" -> {
        Workload workload = Workload.parse(input);
        yield workload.account() + "=" + workload.handshaker();
      }
      case "fault" -> Fault.parse(input).toString();
      default -> throw new IllegalArgumentException(kind);
    };
  }
}
