package dev.countersign.platform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.platform.AltsVerdict.Reason;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a verdict holds beside its reason, and how long it takes; {@link PlatformCasesIT} has the places. */
final class AltsSurveyIT {
  private static final Duration SLACK = Duration.ofMillis(1500);

  @TempDir
  private Path root;

  private FakeMachine machine;

  @BeforeEach
  void start() throws Exception {
    machine = FakeMachine.in(root);
    assertThat(machine.survey("auto").reason()).isEqualTo(Reason.PROVED);
  }

  @AfterEach
  void stop() {
    machine.close();
  }

  @Test
  void provesVirtualMachine() {
    AltsVerdict verdict = machine.survey("auto");

    assertThat(verdict.account()).contains(FakeMetadata.ACCOUNT);
    assertThat(verdict.handshaker()).isEqualTo("127.0.0.1:8080");
    assertThat(verdict.isEmulated()).isFalse();
    assertThat(verdict.evidence())
        .extracting(Evidence::check)
        .containsExactly("system", "serverless", "metadata", "dmi", "kubernetes", "handshake");
  }

  @Test
  void handshakerOfAnIpv6MetadataHostKeepsItsBrackets() throws Exception {
    machine.change("metadata-ipv6");

    assertThat(machine.survey("auto").handshaker()).isEqualTo("[::1]:8080");
  }

  @Test
  void switchForbidsAskingAtAll() throws Exception {
    machine.change("env:NO_GCE_CHECK=true");

    assertThat(machine.survey("auto").evidence())
        .extracting(Evidence::check)
        .doesNotContain("metadata");
  }

  @Test
  void sandboxWithoutProductNameDoesNotAskTheHandshaker() throws Exception {
    machine.change("product-missing");

    assertThat(machine.survey("auto").evidence())
        .filteredOn(item -> item.check().equals("handshake"))
        .extracting(Evidence::found)
        .containsExactly("not tried");
  }

  @Test
  void decidesInTimeWhenNobodyAnswers() throws Exception {
    machine.change("metadata-silent");
    machine.change("handshaker=silent");
    long begin = System.nanoTime();

    AltsVerdict verdict = machine.survey("auto");

    assertThat(verdict.reason()).isEqualTo(Reason.METADATA_SILENT);
    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .isLessThan(AltsSurvey.LIMIT.plus(SLACK));
  }

  @Test
  void failedProofExplainsTheVerdict() throws Exception {
    machine.change("handshaker=broken");

    assertThat(machine.survey("auto").explanation()).isEqualTo("said the test");
  }

  @Test
  void emulatedMetadataServerIsMarkedInTheVerdict() throws Exception {
    machine.change("header:" + MetadataClient.EMULATOR_MARK + "=1");

    assertThat(machine.survey("auto").isEmulated()).isTrue();
  }

  @Test
  void emulatorIsWhereItWasSaidToBe() throws Exception {
    machine.change("metadata-closed");

    AltsVerdict verdict = machine.survey("emulator");

    assertThat(verdict.isEmulated()).isTrue();
    assertThat(verdict.handshaker()).isEqualTo("127.0.0.2:8080");
  }

  @Test
  void textFromOutsideIsEscaped() throws Exception {
    machine.change("account=\u00e9vil\n@x");

    assertThat(machine.survey("auto").evidence())
        .allSatisfy(item -> assertThat(item.toString()).matches("[ -~]*"));
  }
}
