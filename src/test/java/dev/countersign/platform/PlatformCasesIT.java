package dev.countersign.platform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.platform.AltsVerdict.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/** The places where a server may find itself: each row changes a machine on which ALTS is proved. */
final class PlatformCasesIT {
  private static final String TABLE = "/vectors/platform-cases.csv";

  @TempDir
  private Path root;

  @ParameterizedTest(name = "{0}, {1}")
  @CsvFileSource(resources = TABLE, numLinesToSkip = 1, emptyValue = "", nullValues = "null")
  void decidesWithReasonAndEvidence(
      String place, String search, String changes, Reason reason, String evidence)
      throws Exception {
    try (FakeMachine machine = FakeMachine.in(root)) {
      assertThat(machine.survey("auto").reason()).isEqualTo(Reason.PROVED);
      for (String change : given(changes).split("[|]", -1)) {
        machine.change(change);
      }

      AltsVerdict verdict = machine.survey(search);

      assertThat(verdict.reason()).as(place).isEqualTo(reason);
      assertThat(verdict.works()).isEqualTo(reason == Reason.PROVED);
      assertThat(verdict.explanation()).isNotEmpty();
      assertThat(verdict.evidence().toString()).contains(given(evidence));
      assertThat(verdict.evidence())
          .allSatisfy(item -> assertThat(item.toString()).matches("[ -~]*"));
    }
  }

  @Test
  void everyReasonOccursInTheTable() throws IOException {
    try (InputStream in = PlatformCasesIT.class.getResourceAsStream(TABLE)) {
      String table = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);

      assertThat(Arrays.stream(Reason.values()).map(Reason::name))
          .allSatisfy(reason -> assertThat(table).contains("," + reason + ","));
    }
  }

  /** An empty cell without quotes is read as null. */
  private static String given(String cell) {
    return Objects.requireNonNullElse(cell, "");
  }
}
