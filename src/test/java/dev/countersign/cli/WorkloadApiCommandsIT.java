package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.pki.CertificateForge;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.workload.Answer;
import dev.countersign.workload.Answer.Parts;
import dev.countersign.workload.TestAgent;
import io.grpc.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands with an identity from an agent instead of files. */
final class WorkloadApiCommandsIT {
  private static final String ID = "spiffe://example.org/workload";
  private static final String OTHER = "spiffe://example.org/other";

  @TempDir
  private Path directory;

  private final CertificateForge forge = CertificateForge.at(InstantSource.system());
  private final ForgedCertificate root = forge.root("CN=root").selfSigned();
  private TestAgent agent;
  private Path run;
  private Path policy;

  @BeforeEach
  void startsAgent() throws Exception {
    run = directory.resolve("run");
    policy = Files.writeString(directory.resolve("policy.json"), """
        {"name": "served", "allow_rules": [{"name": "us", "source": {"principals": ["%s"]}}]}
        """.formatted(ID));
    agent = new TestAgent(directory.resolve("agent.sock")).start();
    agent.say(new Answer().svid(parts(ID)).svid(parts(OTHER)));
  }

  @AfterEach
  void endsAgent() throws Exception {
    agent.end();
  }

  @Test
  void bothEndsTakeTheirIdentityFromTheAgentAndItsChanges() throws Exception {
    try (ServeProcess server = ServeProcess.start(run, ServeProcess.java(List.of(), serve()))) {
      ServeProcess.Ready ready = server.ready();
      assertThat(call(ready.target()).err()).isEmpty();
      CommandRun denied = call(ready.target(), "--spiffe-id=" + OTHER);
      assertThat(denied.err()).contains("PERMISSION_DENIED");

      agent.say(new Answer().svid(parts(ID)).svid(parts(OTHER)));
      server.awaitErr("took up new key material: " + ID);
      assertThat(call(ready.target()).exitCode()).isZero();

      agent.refuse(Status.PERMISSION_DENIED.withDescription("no identity issued"));
      server.awaitErr("has no identity for this process (PERMISSION_DENIED");
      assertThat(CommandRun.today("probe", "--admin", ready.admin()))
          .satisfies(probe -> assertThat(probe.exitCode()).isEqualTo(1))
          .satisfies(probe -> assertThat(probe.out()).contains("certificate: taken back"));

      agent.say(new Answer().svid(parts(ID)).svid(parts(OTHER)));
      ServeProcess.await(
          () -> CommandRun.today("probe", "--admin", ready.admin()).exitCode() == 0);
      assertThat(call(ready.target()).exitCode()).isZero();
      server.terminate();
      assertThat(server.exitCode()).isEqualTo(143);
      assertThat(server.err()).doesNotContain("Exception", " WARN ");
    }
  }

  @Test
  void theVariableOfSpiffeNamesTheAgentWhereNoIdentityIsNamed() {
    Map<String, String> environment = Map.of("SPIFFE_ENDPOINT_SOCKET", agent.address());
    CommandRun doctor = CommandRun.withEnvironmentToday(
        environment, "doctor", "--listen=mtls=127.0.0.1:0", "--policy=" + policy);
    assertThat(doctor.err()).isEmpty();
    assertThat(doctor.exitCode()).isZero();
    assertThat(doctor.out()).contains(ID, "from the agent at " + agent.address());

    CommandRun named = CommandRun.withEnvironmentToday(
        environment,
        "doctor",
        "--listen=mtls=127.0.0.1:0",
        "--policy=" + policy,
        "--identity=" + directory.resolve("nowhere"));
    assertThat(named.out()).contains("nowhere").doesNotContain("agent");
  }

  @Test
  void withoutAnAgentItEndsInTime() throws Exception {
    agent.stop();
    CommandRun call = call("127.0.0.1:1");
    assertThat(call.exitCode()).isEqualTo(3);
    assertThat(call.err())
        .startsWith("countersign: error: the Workload API at " + agent.address()
            + " does not answer (UNAVAILABLE");
    try (ServeProcess server = ServeProcess.start(run, ServeProcess.java(List.of(), serve()))) {
      assertThat(server.exitCode()).isEqualTo(3);
      assertThat(server.err())
          .contains("countersign: error: the Workload API at " + agent.address());
    }
  }

  private List<String> serve() {
    return List.of(
        "serve",
        "--listen=mtls=127.0.0.1:0",
        "--admin=127.0.0.1:0",
        "--workload-api=" + agent.address(),
        "--policy=" + policy,
        "--ready-file=" + ServeProcess.readyFile(run));
  }

  private CommandRun call(String target, String... more) {
    List<String> words = new ArrayList<>(List.of(
        "call",
        "--target=mtls=" + target,
        "--workload-api=" + agent.address(),
        "--expect-server=" + ID,
        "--json={\"latitude\":1,\"longitude\":2}",
        "routeguide.RouteGuide/GetFeature"));
    words.addAll(1, List.of(more));
    return CommandRun.today(words.toArray(String[]::new));
  }

  private Parts parts(String id) throws Exception {
    return Parts.of(id, forge.leaf().spiffe(id).clientAndServer().issuedBy(root), root);
  }
}
