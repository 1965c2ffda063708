package dev.countersign.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.credentials.AgentAnswers.Unusable;
import dev.countersign.credentials.KeyMaterial.Reload;
import dev.countersign.credentials.KeyMaterialException.Problem;
import dev.countersign.credentials.KeyMaterialException.Reason;
import dev.countersign.identity.SpiffeId;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.workload.AgentSocket;
import dev.countersign.workload.Answer;
import dev.countersign.workload.Answer.Parts;
import dev.countersign.workload.TestAgent;
import io.grpc.Metadata;
import io.grpc.Status;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Key material from an agent over a real unix socket: what is taken up, what is refused, and what is said about it. */
final class WorkloadKeyMaterialIT {
  private static final SpiffeId OTHER_ID = SpiffeId.parse("spiffe://example.org/second");
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final Duration PATIENT = Duration.ofSeconds(3);
  private static final Duration SHORT = Duration.ofMillis(500);

  @TempDir
  private Path directory;

  private final Zoo zoo = new Zoo();
  private final ForgedCertificate first = zoo.good();
  private final BlockingQueue<Reload> reloads = new LinkedBlockingQueue<>();
  private final List<KeyMaterial> opened = new ArrayList<>();
  private TestAgent agent;

  static List<Unusable> unusable() {
    return AgentAnswers.unusable();
  }

  @BeforeEach
  void startsAgent() throws Exception {
    agent = new TestAgent(directory.resolve("agent.sock")).start();
  }

  @AfterEach
  void endsAgent() throws Exception {
    opened.forEach(KeyMaterial::close);
    agent.end();
  }

  @Test
  void takesTheFirstIdentityAndTheAnchorsOfOtherDomains() throws Exception {
    agent.say(new Answer()
        .unknownFields()
        .svid(good(first))
        .svid(Parts.of(OTHER_ID.name(), second(), zoo.root))
        .federated("spiffe://partner.example", Answer.bundleOf(zoo.partner))
        .federated("third.example", Answer.bundleOf(zoo.partner)));
    KeyMaterial material = open();

    assertThat(material.credential().chain()).isEqualTo(first.chain());
    assertThat(material.credential().key()).isEqualTo(first.privateKey());
    assertThat(material.trust().anchors().own()).containsExactly(zoo.root.certificate());
    assertThat(material.trust().anchors().federated().keySet())
        .extracting(domain -> domain.name())
        .containsExactlyInAnyOrder("partner.example", "third.example");
    assertThat(material.obstacle()).isNull();
    Metadata request = Objects.requireNonNull(agent.nextRequest());
    assertThat(request.get(Metadata.Key.of("workload.spiffe.io", Metadata.ASCII_STRING_MARSHALLER)))
        .isEqualTo("true");
  }

  @Test
  void takesTheIdentityThatIsAskedFor() throws Exception {
    agent.say(new Answer().svid(good(first)).svid(Parts.of(OTHER_ID.name(), second(), zoo.root)));

    assertThat(open(OTHER_ID, LONG).credential().names()).containsExactly(OTHER_ID);
    Problem problem = onlyProblem(SpiffeId.parse("spiffe://example.org/third"), LONG);
    assertThat(problem.reason()).isEqualTo(Reason.AGENT);
    assertThat(problem.message())
        .isEqualTo("the agent has no identity \"spiffe://example.org/third\" for us (it has:"
            + " \"spiffe://example.org/ns/demo/sa/client\", \"spiffe://example.org/second\")");
  }

  @Test
  void takesUpWhatTheAgentSendsLater() throws Exception {
    agent.say(new Answer().svid(good(first)));
    KeyMaterial material = open();
    ForgedCertificate second = zoo.good();

    agent.say(new Answer().svid(good(second)));

    assertThat(nextReload())
        .isEqualTo(new Reload(true, "took up new key material: " + material.credential()));
    assertThat(leaf(material)).isEqualTo(second.certificate());
    assertThat(material.trust().generation()).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("unusable")
  void isNotStartedWith(Unusable unusable) throws Exception {
    agent.say(unusable.maker().make(zoo, good(first)));

    Problem problem = onlyProblem(null, LONG);

    assertThat(problem.reason()).isEqualTo(unusable.reason());
    assertThat(problem.message()).contains(unusable.inMessage());
    assertHoldsNoKey(problem.message());
    agent.say(new Answer().svid(good(first)));
    assertThat(leaf(open())).isEqualTo(first.certificate());
  }

  @ParameterizedTest
  @MethodSource("unusable")
  void doesNotReplaceWhatIsInUse(Unusable unusable) throws Exception {
    agent.say(new Answer().svid(good(first)));
    KeyMaterial material = open();

    agent.say(unusable.maker().make(zoo, good(first)));
    Reload refused = nextReload();

    assertThat(refused.accepted()).isFalse();
    assertThat(refused.message()).contains(unusable.inMessage());
    assertHoldsNoKey(refused.message());
    assertThat(leaf(material)).isEqualTo(first.certificate());

    ForgedCertificate second = zoo.good();
    agent.say(new Answer().svid(good(second)));
    assertThat(nextReload().accepted()).isTrue();
    assertThat(leaf(material)).isEqualTo(second.certificate());
  }

  @Test
  void newTrustDoesNotWaitForAnIdentityThatCannotBeUsed() throws Exception {
    agent.say(new Answer().svid(good(first)));
    KeyMaterial material = open();

    agent.say(new Answer()
        .svid(new Parts(
            Zoo.ID.name(), new byte[0], new byte[0], Answer.bundleOf(zoo.root, zoo.partner))));

    assertThat(nextReload().message())
        .startsWith("took up new trust and kept the previous certificate");
    assertThat(leaf(material)).isEqualTo(first.certificate());
    assertThat(material.trust().anchors().own())
        .containsExactly(zoo.root.certificate(), zoo.partner.certificate());
  }

  @Test
  void whatTheAgentNoLongerNamesIsTakenBack() throws Exception {
    agent.say(new Answer()
        .svid(good(first))
        .federated("spiffe://partner.example", Answer.bundleOf(zoo.partner)));
    KeyMaterial material = open();
    assertThat(material.trust().anchors().federated()).containsOnlyKeys(Zoo.OTHER_DOMAIN);

    agent.say(new Answer().svid(good(first)));

    assertThat(nextReload().accepted()).isTrue();
    assertThat(material.trust().anchors().federated()).isEmpty();
  }

  @Test
  void anIdentityThatCameTooEarlyIsTakenUpInTime() throws Exception {
    agent.say(new Answer().svid(good(first)));
    KeyMaterial material = open();
    ForgedCertificate early =
        zoo.leaf().notBefore(HandClock.START.plusSeconds(5)).issuedBy(zoo.issuing);
    agent.say(new Answer().svid(good(early)));
    assertThat(nextReload().accepted()).isFalse();

    zoo.clock.advance(Duration.ofSeconds(5));

    assertThat(nextReload().accepted()).isTrue();
    assertThat(leaf(material)).isEqualTo(early.certificate());
  }

  @Test
  void goesOnWhenTheAgentIsAwayAndComesBack() throws Exception {
    agent.say(new Answer().svid(good(first)));
    KeyMaterial material = open();

    agent.stop();
    Reload away = nextReload();
    assertThat(away.accepted()).isFalse();
    assertThat(away.message())
        .startsWith("the Workload API at " + agent.address() + " does not answer (")
        // Where the agent can still say that it gives the call up, it does.
        .containsPattern("does not answer \\((UNAVAILABLE|CANCELLED)")
        .contains("kept the previous key material (spiffe://example.org/ns/demo/sa/client");
    assertThat(leaf(material)).isEqualTo(first.certificate());
    assertThat(material.obstacle()).isNull();

    agent.start();
    assertThat(nextReload())
        .isEqualTo(new Reload(
            true, "the agent is back, and all is as before again: " + material.credential()));
    ForgedCertificate second = zoo.good();
    agent.say(new Answer().svid(good(second)));
    assertThat(nextReload().accepted()).isTrue();
    assertThat(leaf(material)).isEqualTo(second.certificate());
  }

  @Test
  void opensTheStreamAgainWhenTheAgentEndsIt() throws Exception {
    agent.say(new Answer().svid(good(first)));
    KeyMaterial material = open();

    agent.endStreams();

    assertThat(nextReload().message()).contains("the agent ended the stream");
    assertThat(nextReload().accepted()).isTrue();
    assertThat(leaf(material)).isEqualTo(first.certificate());
  }

  @Test
  void anIdentityThatIsTakenBackIsNotFitForTraffic() throws Exception {
    agent.say(new Answer().svid(good(first)));
    KeyMaterial material = open();

    agent.refuse(Status.PERMISSION_DENIED.withDescription("no identity issued"));

    assertThat(nextReload().message())
        .contains(
            "has no identity for this process (PERMISSION_DENIED: \"no identity issued\")",
            "which is not fit for traffic");
    assertThat(material.obstacle()).isEqualTo("taken back by the agent: " + material.credential());
    assertThat(leaf(material)).isEqualTo(first.certificate());

    agent.say(new Answer().svid(good(first)));
    assertThat(nextReload().accepted()).isTrue();
    assertThat(material.obstacle()).isNull();
  }

  @Test
  void anIdentityThatIsNotAmongTheOthersAnyMoreIsTakenBackToo() throws Exception {
    Parts other = Parts.of(OTHER_ID.name(), second(), zoo.root);
    agent.say(new Answer().svid(good(first)).svid(other));
    KeyMaterial material = open(OTHER_ID, LONG);

    agent.say(new Answer().svid(good(first)));

    assertThat(nextReload().message())
        .startsWith("kept the previous key material (spiffe://example.org/second")
        .contains("the agent has no identity \"spiffe://example.org/second\" for us");
    assertThat(material.obstacle()).startsWith("taken back by the agent: " + OTHER_ID);

    agent.say(new Answer().svid(good(first)).svid(other));
    assertThat(nextReload().accepted()).isTrue();
    assertThat(material.obstacle()).isNull();
  }

  @Test
  void anAnswerThatIsNoMessageIsRefused() throws Exception {
    agent.say(new Answer().svid(good(first)));
    KeyMaterial material = open();

    agent.sayRaw(AgentAnswers.half(good(first).certificates()));

    assertThat(nextReload().message())
        .contains("INTERNAL: \"the answer is not a message of the Workload API\"");
    assertThat(leaf(material)).isEqualTo(first.certificate());
  }

  @Test
  void doesNotStartWithoutAnAgent() throws Exception {
    agent.stop();
    assertThat(onlyProblem(null, PATIENT))
        .satisfies(problem -> assertThat(problem.reason()).isEqualTo(Reason.AGENT))
        .satisfies(problem -> assertThat(problem.message())
            .startsWith("the Workload API at " + agent.address() + " does not answer (UNAVAILABLE")
            .endsWith(", for 3000 ms"));
  }

  @Test
  void doesNotWaitForeverForAnAgentThatSaysNothing() {
    assertThat(onlyProblem(null, SHORT))
        .isEqualTo(new Problem(
            Reason.AGENT,
            "the Workload API at " + agent.address() + " did not answer within 500 ms"));
  }

  @Test
  void waitsForAnAgentThatDoesNotKnowUsYet() throws Exception {
    Status unknown = Status.PERMISSION_DENIED.withDescription("no identity issued");
    agent.refuse(unknown);
    assertThat(onlyProblem(null, PATIENT).message())
        .contains("has no identity for this process (PERMISSION_DENIED: \"no identity issued\")");

    agent.say(new Answer().svid(good(first))).refuseNext(3, unknown);
    assertThat(leaf(open())).isEqualTo(first.certificate());
  }

  @Test
  void doesNotAskAgainWhereItsRequestIsInvalid() throws Exception {
    agent.refuse(Status.INVALID_ARGUMENT.withDescription("no header"));
    assertThat(onlyProblem(null, LONG).message())
        .isEqualTo("the Workload API at " + agent.address()
            + " does not answer (INVALID_ARGUMENT: \"no header\")");
  }

  private KeyMaterial open() throws Exception {
    return open(null, LONG);
  }

  private KeyMaterial open(@Nullable SpiffeId wanted, Duration patience) throws Exception {
    KeyMaterial material = KeyMaterial.fromWorkloadApi(
        AgentSocket.parse(agent.address()), wanted, Role.SERVER, patience, zoo.clock);
    opened.add(material);
    material.onReload(reloads::add);
    return material;
  }

  private Problem onlyProblem(@Nullable SpiffeId wanted, Duration patience) {
    KeyMaterialException thrown =
        catchThrowableOfType(KeyMaterialException.class, () -> open(wanted, patience));
    assertThat(thrown.problems()).hasSize(1);
    return thrown.problems().get(0);
  }

  private Reload nextReload() throws Exception {
    return Objects.requireNonNull(reloads.poll(LONG.toSeconds(), TimeUnit.SECONDS), "no reload");
  }

  private void assertHoldsNoKey(String text) {
    byte[] key = first.privateKey().getEncoded();
    assertThat(text)
        .doesNotContain(HexFormat.of().formatHex(key, key.length - 16, key.length))
        .doesNotContain("PrivateKey");
  }

  private ForgedCertificate second() {
    return zoo.forge.leaf().spiffe(OTHER_ID.name()).clientAndServer().issuedBy(zoo.issuing);
  }

  private Parts good(ForgedCertificate leaf) throws Exception {
    return Parts.of(Zoo.ID.name(), leaf, zoo.root);
  }

  private static X509Certificate leaf(KeyMaterial material) {
    return material.credential().chain().get(0);
  }
}
