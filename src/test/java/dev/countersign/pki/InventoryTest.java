package dev.countersign.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.pki.Applied.Action;
import dev.countersign.pki.InventoryException.Reason;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

class InventoryTest {
  private static final String TWO = """
      trust_domain: example.org
      identities:
        - name: server
          spiffe: spiffe://example.org/server
          dns: [localhost]
        - name: client
          spiffe: spiffe://example.org/client
          profile: client
      """;

  @TempDir
  private Path directory;

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-22T08:00:00Z"));
  private CertificateAuthority authority;

  @BeforeEach
  void makesAuthority() throws Exception {
    Inventory inventory = parse(TWO);
    authority = CertificateAuthority.init(
        directory, inventory.trustDomain(), List.of(), KeyAlgorithm.ECDSA_P256, clock);
  }

  @ParameterizedTest
  @CsvFileSource(resources = "/vectors/inventory.csv", numLinesToSkip = 1)
  void refusesWithPlace(String lines, Reason reason, int line, int column, String part) {
    InventoryException refusal =
        catchThrowableOfType(InventoryException.class, () -> parse(lines.replace("\\n", "\n")));

    InventoryException.Problem first = refusal.problems().get(0);
    assertThat(first.message()).contains(part);
    assertThat(first.reason()).isEqualTo(reason);
    assertThat(List.of(first.line(), first.column())).containsExactly(line, column);
    assertThat(refusal).hasMessageStartingWith("pki.yaml:" + line + ":" + column + ": ");
  }

  @Test
  void tellsAllProblemsInFileOrder() {
    InventoryException refusal = catchThrowableOfType(
        InventoryException.class,
        () -> parse(TWO.replace("profile: client", "profile: clint")
            .replace("trust_domain: example.org", "trust_domain: Example.org")
            .replace("dns:", "dsn:")));

    assertThat(refusal.problems())
        .extracting(InventoryException.Problem::line)
        .containsExactly(1, 5, 8);
  }

  @Test
  void secondRunDoesNothing() throws Exception {
    assertThat(actions(TWO)).containsExactly(Action.ISSUED, Action.ISSUED);
    byte[] before = Files.readAllBytes(directory.resolve("server/tls.crt"));

    assertThat(actions(TWO)).containsExactly(Action.LEFT, Action.LEFT);

    assertThat(directory.resolve("server/tls.crt")).hasBinaryContent(before);
    MadeIdentity.in(directory.resolve("client")).validate(clock.instant());
  }

  @Test
  void renewsInTheLastThirdAndNotBefore() throws Exception {
    actions(TWO);
    clock.advance(Duration.ofHours(15));
    assertThat(actions(TWO)).containsOnly(Action.LEFT);
    clock.advance(Duration.ofHours(1));
    assertThat(actions(TWO)).containsOnly(Action.RENEWED);
  }

  @Test
  void reissuesWhatIsAskedForDifferentlyAndWhatIsNotWhole() throws Exception {
    actions(TWO);
    assertThat(actions(TWO.replace("localhost", "example.org")))
        .containsExactly(Action.REISSUED, Action.LEFT);

    Path key = directory.resolve("client/tls.key");
    byte[] ofAnother = Files.readAllBytes(directory.resolve("server/tls.key"));
    Files.write(key, ofAnother);
    assertThat(actions(TWO)).containsExactly(Action.REISSUED, Action.REISSUED);
    Files.delete(directory.resolve("client/tls.crt"));
    assertThat(actions(TWO)).containsExactly(Action.LEFT, Action.REISSUED);
    MadeIdentity.in(directory.resolve("client")).validate(clock.instant());
  }

  @Test
  void revokedIdentityStaysRevokedUntilSomebodyRenewsIt() throws Exception {
    actions(TWO);
    authority.revoke("client", Optional.empty());

    assertThat(actions(TWO)).containsExactly(Action.LEFT, Action.LEFT);
    authority.renew("client");
    assertThat(authority.apply(parse(TWO)).get(1).certificate().isRevoked()).isFalse();
  }

  @Test
  void refusesInventoryOfAnotherTrustDomain() {
    PkiException refusal = catchThrowableOfType(
        PkiException.class,
        () -> authority.apply(parse(TWO.replace("example.org", "other.example"))));

    assertThat(refusal.reason()).isEqualTo(PkiException.Reason.OTHER_TRUST_DOMAIN);
  }

  @Test
  void writersAtTheSameTimeTakeTurns() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      Callable<List<Applied>> apply = () -> authority.apply(parse(TWO));
      for (Future<List<Applied>> done : threads.invokeAll(List.of(apply, apply, apply, apply))) {
        assertThat(done.get()).hasSize(2);
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(authority.list()).hasSize(2);
    MadeIdentity.in(directory.resolve("server")).validate(clock.instant());
  }

  private List<Action> actions(String yaml) throws Exception {
    return authority.apply(parse(yaml)).stream().map(Applied::action).toList();
  }

  private static Inventory parse(String yaml) throws InventoryException {
    return Inventory.parse("pki.yaml", yaml.getBytes(StandardCharsets.UTF_8));
  }
}
