package dev.countersign.platform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.platform.AltsVerdict.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each case starts from a machine on which ALTS is proved, and changes one thing. */
class AltsSurveyIT {
  private static final Duration SLACK = Duration.ofMillis(1500);

  @TempDir
  private Path root;

  private final Map<String, String> environment = new HashMap<>();
  private FakeMetadata metadata;
  private String operatingSystem = "Linux";
  private AltsProof proof = (handshaker, limit) -> FakeMetadata.ACCOUNT;

  @BeforeEach
  void start() throws IOException {
    metadata = FakeMetadata.onLoopback();
    environment.put("GCE_METADATA_HOST", "127.0.0.1:" + metadata.port());
    product("Google Compute Engine\n");
    assertThat(survey().reason()).isEqualTo(Reason.PROVED);
  }

  @AfterEach
  void stop() {
    metadata.close();
  }

  @Test
  void provesVirtualMachine() {
    AltsVerdict verdict = survey();

    assertThat(verdict.works()).isTrue();
    assertThat(verdict.account()).contains(FakeMetadata.ACCOUNT);
    assertThat(verdict.handshaker()).isEqualTo("127.0.0.1:8080");
    assertThat(verdict.isEmulated()).isFalse();
    assertThat(verdict.evidence())
        .extracting(Evidence::check)
        .containsExactly("system", "serverless", "metadata", "dmi", "kubernetes", "handshake");
  }

  @ParameterizedTest
  @CsvSource({
    "K_SERVICE,SERVERLESS",
    "CLOUD_RUN_JOB,SERVERLESS",
    "FUNCTION_TARGET,SERVERLESS",
    "GAE_SERVICE,SERVERLESS",
    "GAE_ENV,SERVERLESS"
  })
  void serverlessPlacesHaveNoHandshaker(String variable, Reason reason) {
    environment.put(variable, "x");
    assertThat(survey().reason()).isEqualTo(reason);
  }

  @Test
  void switchForbidsAskingAtAll() {
    environment.put("NO_GCE_CHECK", "true");

    AltsVerdict verdict = survey();

    assertThat(verdict.reason()).isEqualTo(Reason.SWITCHED_OFF);
    assertThat(verdict.evidence()).extracting(Evidence::check).doesNotContain("metadata");
  }

  @Test
  void otherSystemsAreNotLookedAt() {
    operatingSystem = "Mac OS X";
    assertThat(survey().reason()).isEqualTo(Reason.NOT_LINUX);
  }

  @ParameterizedTest
  @CsvSource({
    "'Google\n',PROVED",
    "'Google Compute Engine\nmore\n',PROVED",
    "'Google Search Appliance\n',DMI_NOT_GOOGLE",
    "'google\n',DMI_NOT_GOOGLE",
    "'KVM\n',DMI_NOT_GOOGLE",
    "'\n',DMI_EMPTY"
  })
  void productNameIsComparedExactly(String content, Reason reason) throws IOException {
    product(content);
    assertThat(survey().reason()).isEqualTo(reason);
  }

  @Test
  void sandboxWithEmptyProductNameHasNoAlts() throws IOException {
    product("");
    assertThat(survey().reason()).isEqualTo(Reason.DMI_EMPTY);
  }

  @Test
  void sandboxWithoutProductNameHasNoAltsAndNobodyAsksTheHandshaker() throws IOException {
    Files.delete(root.resolve("sys/class/dmi/id/product_name"));

    AltsVerdict verdict = survey();

    assertThat(verdict.reason()).isEqualTo(Reason.DMI_MISSING);
    assertThat(verdict.evidence())
        .filteredOn(item -> item.check().equals("handshake"))
        .extracting(Evidence::found)
        .containsExactly("not tried");
  }

  @Test
  void answerWithoutTheHeaderIsNotGoogles() {
    metadata.withoutHeader("Metadata-Flavor");
    assertThat(survey().reason()).isEqualTo(Reason.METADATA_NOT_GOOGLE);
  }

  @ParameterizedTest
  @CsvSource({"302,METADATA_REDIRECTS", "500,METADATA_FAILS", "404,NO_SERVICE_ACCOUNT"})
  void otherStatusIsNoYes(int status, Reason reason) {
    metadata.status(status).header("Location", "http://portal.example/\u001b[31m");
    assertThat(survey().reason()).isEqualTo(reason);
  }

  @Test
  void captivePortalIsNotGoogle() {
    metadata
        .withoutHeader("Metadata-Flavor")
        .status(302)
        .header("Location", "http://portal.example/");
    assertThat(survey().explanation()).contains("portal.example");
    assertThat(survey().reason()).isEqualTo(Reason.METADATA_REDIRECTS);
  }

  @Test
  void machineWithoutServiceAccountHasNoAlts() {
    metadata.withoutAccount();
    assertThat(survey().reason()).isEqualTo(Reason.NO_SERVICE_ACCOUNT);
  }

  @Test
  void workloadIdentityPoolIsNoServiceAccount() {
    inGke().entry("instance/service-accounts/default/email", "demo.svc.id.goog");
    assertThat(survey().reason()).isEqualTo(Reason.NO_SERVICE_ACCOUNT);
  }

  @Test
  void closedPortIsNoMetadataServer() {
    metadata.close();
    assertThat(survey().reason()).isEqualTo(Reason.METADATA_ABSENT);
  }

  @Test
  void decidesInTimeWhenNobodyAnswers() {
    metadata.silent();
    CompletableFuture<String> never = new CompletableFuture<>();
    proof = (handshaker, limit) -> never.join();
    long begin = System.nanoTime();

    AltsVerdict verdict = survey();

    assertThat(verdict.reason()).isEqualTo(Reason.METADATA_SILENT);
    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .isLessThan(AltsSurvey.LIMIT.plus(SLACK));
    never.complete("");
  }

  @ParameterizedTest
  @CsvSource({"HANDSHAKER_REFUSED", "HANDSHAKER_SILENT", "HANDSHAKE_BROKEN"})
  void failedProofIsTheReason(Reason reason) {
    proof = (handshaker, limit) -> {
      throw new AltsProofException(reason, "said the test");
    };
    AltsVerdict verdict = survey();

    assertThat(verdict.reason()).isEqualTo(reason);
    assertThat(verdict.explanation()).isEqualTo("said the test");
  }

  @Test
  void handshakerOfAnotherAccountIsNotOurs() {
    proof = (handshaker, limit) -> "node@demo.iam.gserviceaccount.com";
    assertThat(survey().reason()).isEqualTo(Reason.OTHER_ACCOUNT);
  }

  @Test
  void tellsGkeWithAndWithoutWorkloadIdentityFromOtherKubernetes() {
    environment.put("KUBERNETES_SERVICE_HOST", "10.0.0.1");
    assertThat(meaningOf("kubernetes")).isEqualTo("in a Kubernetes that is not GKE");

    inGke();
    assertThat(meaningOf("kubernetes")).isEqualTo("in GKE");
    assertThat(meaningOf("workload-identity")).startsWith("no Workload Identity");

    metadata.header("Server", "GKE Metadata Server");
    assertThat(meaningOf("workload-identity")).startsWith("Workload Identity");
    assertThat(survey().works()).isTrue();
  }

  @Test
  void metadataHostMayBeAnIpv6Address() throws IOException {
    try (FakeMetadata ipv6 = FakeMetadata.onIpv6Loopback()) {
      environment.put("GCE_METADATA_HOST", "[::1]:" + ipv6.port());
      AltsVerdict verdict = survey();

      assertThat(verdict.reason()).isEqualTo(Reason.PROVED);
      assertThat(verdict.handshaker()).isEqualTo("[::1]:8080");
    }
  }

  @Test
  void emulatedMetadataServerIsMarkedInTheVerdict() {
    metadata.header(MetadataClient.EMULATOR_MARK, "1");

    AltsVerdict verdict = survey();

    assertThat(verdict.works()).isTrue();
    assertThat(verdict.isEmulated()).isTrue();
    assertThat(meaningOf("metadata")).startsWith("emulated");
  }

  @Test
  void emulatorIsRefusedBesideARealMetadataServer() {
    assertThat(throughEmulator().reason()).isEqualTo(Reason.METADATA_IS_REAL);

    metadata.header(MetadataClient.EMULATOR_MARK, "1");
    assertThat(throughEmulator().reason()).isEqualTo(Reason.PROVED);
  }

  @Test
  void emulatorNeedsNeitherMetadataNorProductName() throws IOException {
    metadata.close();
    product("KVM");

    AltsVerdict verdict = throughEmulator();

    assertThat(verdict.reason()).isEqualTo(Reason.PROVED);
    assertThat(verdict.isEmulated()).isTrue();
    assertThat(verdict.handshaker()).isEqualTo("127.0.0.2:8080");
  }

  @Test
  void textFromOutsideIsEscaped() {
    metadata.entry("instance/service-accounts/default/email", "\u00e9vil\n@x");
    assertThat(survey().evidence())
        .allSatisfy(item -> assertThat(item.toString()).matches("[ -~]*"));
  }

  private FakeMetadata inGke() {
    environment.put("KUBERNETES_SERVICE_HOST", "10.0.0.1");
    return metadata.entry("instance/attributes/cluster-name", "demo");
  }

  private String meaningOf(String check) {
    return survey().evidence().stream()
        .filter(item -> item.check().equals(check))
        .map(Evidence::means)
        .findFirst()
        .orElseThrow();
  }

  private AltsVerdict survey() {
    return AltsSurvey.of(machine(), proof);
  }

  private AltsVerdict throughEmulator() {
    return AltsSurvey.throughEmulator("127.0.0.2:8080", machine(), proof);
  }

  private Machine machine() {
    return new Machine(root, environment, operatingSystem);
  }

  private void product(String name) throws IOException {
    Path file = root.resolve("sys/class/dmi/id/product_name");
    Files.createDirectories(file.getParent());
    Files.writeString(file, name);
  }
}
