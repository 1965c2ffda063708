package dev.countersign.platform;

import dev.countersign.platform.AltsVerdict.Reason;
import dev.countersign.platform.MetadataAnswer.Kind;
import dev.countersign.text.Quoted;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether ALTS works on a machine, in at most 2 s: what cannot be asked quickly is asked at the same time. Only a
 * complete handshake with ourselves makes a yes; everything else can only say no. The first obstacle in the order of
 * the evidence is the reason.
 */
public final class AltsSurvey {
  /** How long the whole decision may take. */
  public static final Duration LIMIT = Duration.ofSeconds(2);

  /** How long it may take where there is nothing to fall back to; a cold JVM on a busy machine needs more than 2 s. */
  private static final Duration PATIENT_LIMIT = Duration.ofSeconds(10);

  /** What of the limit is kept for the decision itself. */
  private static final Duration MARGIN = Duration.ofMillis(200);

  private static final String ACCOUNT = "instance/service-accounts/default/email";
  private static final String CLUSTER = "instance/attributes/cluster-name";

  private final Machine machine;
  private final AltsProof proof;
  private final @Nullable String emulator;
  private final Duration limit;
  private final List<Evidence> evidence = new ArrayList<>();
  private @Nullable Reason obstacle;
  private String explanation = "";
  private boolean isEmulated;

  private AltsSurvey(Machine machine, AltsProof proof, @Nullable String emulator, Duration limit) {
    this.machine = machine;
    this.proof = proof;
    this.emulator = emulator;
    this.limit = limit;
    this.isEmulated = emulator != null;
  }

  /** Whether ALTS works on a machine, decided in at most {@link #LIMIT}. */
  public static AltsVerdict of(Machine machine, AltsProof proof) {
    return new AltsSurvey(machine, proof, null, LIMIT).decide();
  }

  /** The same where nothing but ALTS will do: what is slow may take up to 10 s. */
  public static AltsVerdict patiently(Machine machine, AltsProof proof) {
    return new AltsSurvey(machine, proof, null, PATIENT_LIMIT).decide();
  }

  /**
   * Whether ALTS works through an emulated handshaker, which gives no security. That is refused where a metadata server
   * answers that does not mark itself as the emulator's.
   *
   * @param emulator where the handshaker is, {@code HOST:PORT}
   */
  public static AltsVerdict throughEmulator(String emulator, Machine machine, AltsProof proof) {
    return new AltsSurvey(machine, proof, emulator, PATIENT_LIMIT).decide();
  }

  private AltsVerdict decide() {
    lookAtSystem();
    MetadataAddress address = metadataAddress();
    Dmi.Finding dmi = Dmi.at(machine);
    boolean kubernetes = !machine.variable("KUBERNETES_SERVICE_HOST").isEmpty();
    String handshaker = emulator != null ? emulator : address.handshaker();
    Duration each = limit.minus(MARGIN);
    MetadataClient metadata = new MetadataClient(address, each);
    MetadataAnswer none = MetadataAnswer.without(Kind.NOT_ASKED, "not asked", 0);
    try (Deadline deadline = new Deadline(each)) {
      boolean ask = obstacle == null;
      Pending<MetadataAnswer> account =
          ask ? deadline.start(() -> metadata.ask(ACCOUNT)) : Pending.of(none);
      Pending<MetadataAnswer> cluster =
          ask && kubernetes ? deadline.start(() -> metadata.ask(CLUSTER)) : Pending.of(none);
      boolean prove = ask && (emulator != null || dmi.obstacle() == null);
      Pending<ProofResult> proved = prove
          ? deadline.start(() -> ProofResult.of(proof, handshaker, each))
          : Pending.of(ProofResult.NOT_TRIED);
      MetadataAnswer silent =
          MetadataAnswer.without(Kind.SILENT, "no answer from " + address, each.toMillis());
      MetadataAnswer identity = account.orAfterwards(silent);
      lookAtMetadata(identity);
      lookAtDmi(dmi);
      lookAtKubernetes(kubernetes, cluster.orAfterwards(silent), identity);
      ProofResult result = proved.orAfterwards(ProofResult.silent(handshaker, each));
      lookAtProof(result, identity);
      Reason reason = obstacle == null ? Reason.PROVED : obstacle;
      return new AltsVerdict(
          reason,
          reason == Reason.PROVED ? "a handshake with ourselves succeeded" : explanation,
          evidence,
          Optional.ofNullable(result.account()),
          handshaker,
          isEmulated);
    }
  }

  private MetadataAddress metadataAddress() {
    try {
      return MetadataAddress.of(machine);
    } catch (IllegalArgumentException e) {
      hinder(Reason.METADATA_ABSENT, String.valueOf(e.getMessage()));
      return MetadataAddress.of(new Machine(machine.root(), Map.of(), ""));
    }
  }

  private void lookAtSystem() {
    boolean linux = machine.operatingSystem().equals("Linux");
    Optional<String> serverless = Serverless.at(machine);
    boolean off = Boolean.parseBoolean(machine.variable("NO_GCE_CHECK"));
    if (emulator != null) {
      add("emulator", emulator, 0, "emulated: this ALTS gives no security");
      return;
    }
    add(
        "system",
        Quoted.of(machine.operatingSystem()),
        0,
        linux
            ? "may have ALTS"
            : hinder(Reason.NOT_LINUX, "only Linux machines have a handshaker"));
    add(
        "serverless",
        serverless.orElse("no variable of Cloud Run, Cloud Functions or App Engine"),
        0,
        serverless
            .map(place -> hinder(Reason.SERVERLESS, place + " has no handshaker"))
            .orElse("may have ALTS"));
    if (off) {
      add(
          "switch",
          "NO_GCE_CHECK is true",
          0,
          hinder(Reason.SWITCHED_OFF, "NO_GCE_CHECK forbids asking the metadata server"));
    }
  }

  private void lookAtMetadata(MetadataAnswer answer) {
    if (answer.kind() == Kind.NOT_ASKED) {
      return;
    }
    isEmulated |= answer.isEmulated();
    boolean found = answer.kind() == Kind.FOUND;
    add(
        "metadata",
        found ? "service account " + Quoted.of(answer.text()) : answer.text(),
        answer.millis(),
        emulator == null ? meaningOf(answer) : meaningBesideEmulator(answer));
  }

  private String meaningOf(MetadataAnswer answer) {
    return switch (answer.kind()) {
      case FOUND -> {
        if (answer.text().indexOf('@') < 0) {
          yield hinder(
              Reason.NO_SERVICE_ACCOUNT,
              "the metadata server names no service account but " + Quoted.of(answer.text()));
        }
        yield answer.isEmulated() ? "emulated: this ALTS gives no security" : "may have ALTS";
      }
      case NO_SUCH_ENTRY ->
        hinder(Reason.NO_SERVICE_ACCOUNT, "no service account is attached to this workload");
      case ERROR -> hinder(Reason.METADATA_FAILS, "the metadata server fails: " + answer.text());
      case ABSENT ->
        hinder(Reason.METADATA_ABSENT, "there is no metadata server: " + answer.text());
      case SILENT ->
        hinder(Reason.METADATA_SILENT, "the metadata server is silent: " + answer.text());
      case NOT_GOOGLE ->
        hinder(
            Reason.METADATA_NOT_GOOGLE,
            "the metadata address does not belong to Google: " + answer.text());
      case REDIRECT ->
        hinder(Reason.METADATA_REDIRECTS, "the metadata address sends elsewhere: " + answer.text());
      case NOT_ASKED -> "nothing";
    };
  }

  private String meaningBesideEmulator(MetadataAnswer answer) {
    if (answer.isFromMetadataServer() && !answer.isEmulated()) {
      return hinder(
          Reason.METADATA_IS_REAL,
          "a metadata server answers that is not the emulator's: an emulator must not be used here");
    }
    return "nothing speaks against an emulator";
  }

  private void lookAtDmi(Dmi.Finding dmi) {
    String means = "the ALTS libraries allow it";
    if (dmi.obstacle() != null) {
      means = emulator != null
          ? "does not matter to an emulator"
          : hinder(
              dmi.obstacle(),
              "the machine's firmware does not say that it is Google's: " + dmi.found());
    }
    add("dmi", dmi.found(), 0, means);
  }

  private void lookAtKubernetes(
      boolean kubernetes, MetadataAnswer cluster, MetadataAnswer identity) {
    if (!kubernetes) {
      add("kubernetes", "KUBERNETES_SERVICE_HOST is not set", 0, "not in Kubernetes");
      return;
    }
    boolean gke = cluster.kind() == Kind.FOUND;
    add(
        "kubernetes",
        gke ? "GKE cluster " + Quoted.of(cluster.text()) : "no cluster name",
        cluster.millis(),
        gke ? "in GKE" : "in a Kubernetes that is not GKE");
    if (gke) {
      boolean workloadIdentity = identity.server().startsWith("GKE Metadata Server")
          || identity.text().endsWith(".svc.id.goog");
      add(
          "workload-identity",
          "metadata server " + Quoted.of(identity.server()),
          0,
          workloadIdentity
              ? "Workload Identity: the account is the pod's, the handshaker may be absent"
              : "no Workload Identity: the account is the node's, and every pod of the node has it");
    }
  }

  private void lookAtProof(ProofResult result, MetadataAnswer identity) {
    String account = result.account();
    String means;
    if (account == null) {
      means = result.obstacle() == null
          ? "there was an obstacle before"
          : hinder(result.obstacle(), result.found());
    } else if (identity.kind() == Kind.FOUND
        && !account.equals(identity.text())
        && emulator == null) {
      means = hinder(
          Reason.OTHER_ACCOUNT,
          "the handshaker proves " + Quoted.of(account) + " but this workload is "
              + Quoted.of(identity.text()));
    } else {
      means = "peers will see " + Quoted.of(account);
    }
    add("handshake", result.found(), result.millis(), means);
  }

  private void add(String check, String found, long millis, String means) {
    evidence.add(new Evidence(check, found, millis, means));
  }

  /** Notes why ALTS does not work, unless there was a reason before. */
  private String hinder(Reason reason, String why) {
    if (obstacle == null) {
      obstacle = reason;
      explanation = why;
    }
    return "no ALTS: " + why;
  }
}
