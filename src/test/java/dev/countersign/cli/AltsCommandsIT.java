package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code emulate-gce} and a server with an ALTS and a mutual TLS listener, each a process, and calls of both. */
final class AltsCommandsIT {
  private static final String SERVER = "server@demo.iam.gserviceaccount.com";
  private static final String CLIENT = "client@demo.iam.gserviceaccount.com";
  private static final String STRANGER = "stranger@demo.iam.gserviceaccount.com";
  private static final String ADDRESS = "\"(127\\.0\\.0\\.\\d:\\d+)\"";
  private static final Pattern EMULATOR_READY = Pattern.compile("\\{\"workloads\":\\{"
      + ("\"" + SERVER + "\":" + ADDRESS + ",")
      + ("\"" + CLIENT + "\":" + ADDRESS + ",")
      + ("\"" + STRANGER + "\":" + ADDRESS + "},")
      + ("\"metadata\":" + ADDRESS + ",")
      + ("\"metadata_servers\":\\{\"" + SERVER + "\":" + ADDRESS + "}}\n"));
  private static final Pattern SERVER_READY = Pattern.compile("\\{\"listeners\":\\["
      + ("\\{\"transport\":\"alts\",\"address\":" + ADDRESS + "},")
      + ("\\{\"transport\":\"mtls\",\"address\":" + ADDRESS + "}],")
      + ("\"admin\":" + ADDRESS + "}\n"));

  @TempDir
  private Path directory;

  private ServedIdentities identities;
  private ServeProcess emulator;
  private ServeProcess server;
  private Matcher handshakers;
  private Matcher listeners;

  @BeforeEach
  void start() throws Exception {
    identities = ServedIdentities.in(directory);
    Path run = directory.resolve("emulator");
    emulator = ServeProcess.start(
        run,
        ServeProcess.java(
            List.of(),
            List.of(
                "emulate-gce",
                "--workload=" + SERVER + "=127.0.0.2:0",
                "--workload=" + CLIENT + "=127.0.0.3:0",
                "--workload=" + STRANGER + "=127.0.0.4:0",
                "--metadata=127.0.0.1:0",
                "--ready-file=" + ServeProcess.readyFile(run))));
    handshakers = emulator.ready(EMULATOR_READY);
    server = serve(directory.resolve("serve"));
    listeners = server.ready(SERVER_READY);
    // The first handshake of a new process may take longer than it may.
    ServeProcess.await(
        () -> call(2, "--target=alts=" + listeners.group(1), "--expect-server=" + SERVER)
                .exitCode()
            == 0);
  }

  @AfterEach
  void stop() {
    server.close();
    emulator.close();
  }

  @Test
  void callOverAltsIsDecidedByServiceAccount() throws Exception {
    CommandRun allowed =
        call(2, "--target=alts=" + listeners.group(1), "--expect-server=" + SERVER);
    assertThat(allowed.err()).contains("NO SECURITY");
    assertThat(allowed.exitCode()).as(allowed.err()).isZero();
    assertThat(allowed.out()).isEqualTo("{\"status\":\"SERVING\"}\n");

    CommandRun denied = call(3, "--target=alts=" + listeners.group(1), "--expect-server=" + SERVER);
    assertThat(denied.exitCode()).isEqualTo(1);
    assertThat(denied.err().lines()).last().asString().contains("PERMISSION_DENIED");

    CommandRun wrong =
        call(2, "--target=alts=" + listeners.group(1), "--expect-server=" + STRANGER);
    assertThat(wrong.exitCode()).isEqualTo(1);
    assertThat(wrong.err().lines()).last().asString().contains("UNAVAILABLE");

    server.terminate();
    assertThat(server.exitCode()).isEqualTo(143);
    assertThat(server.err()).contains("NO SECURITY");
    assertThat(server.out().lines())
        .anyMatch(line -> line.contains(CLIENT) && line.contains("\"authorized\":true"))
        .anyMatch(line -> line.contains(STRANGER) && line.contains("\"authorized\":false"));
  }

  @Test
  void assessmentAsksTheTargetWhatItSpeaks() {
    CommandRun alts = assess(listeners.group(1));
    assertThat(alts.err()).contains("the target speaks alts");
    assertThat(alts.exitCode()).as(alts.err()).isZero();

    Path operator = identities.identity("operator");
    CommandRun mtls = assess(
        listeners.group(2),
        "--cert=" + operator.resolve("tls.crt"),
        "--key=" + operator.resolve("tls.key"),
        "--trust=" + operator.resolve("ca.crt"));
    assertThat(mtls.err()).contains("the target speaks mtls");
    assertThat(mtls.exitCode()).as(mtls.err()).isZero();
  }

  private CommandRun assess(String target, String... flags) {
    List<String> words = new ArrayList<>(List.of(
        "assess",
        "--target=" + target,
        "--transport=auto",
        "--insecure-alts-emulator=" + handshakers.group(2),
        "--only=plaintext-http1"));
    words.addAll(List.of(flags));
    return CommandRun.today(words.toArray(String[]::new));
  }

  @Test
  void callUsesTheFirstTargetThatConnectsAndSaysWhich() throws Exception {
    String alts = "--target=alts=" + listeners.group(1);
    String tls = "--target=mtls=" + listeners.group(2);
    String nobody = addressOfNobody();

    assertThat(callBoth(alts, tls)).isEqualTo("connected to alts=" + listeners.group(1));
    assertThat(callBoth(tls, alts)).isEqualTo("connected to mtls=" + listeners.group(2));
    assertThat(callBoth("--target=alts=" + nobody, tls))
        .isEqualTo("connected to mtls=" + listeners.group(2));
    CommandRun none =
        call(2, "--target=alts=" + nobody, "--target=alts=" + nobody, "--expect-server=" + SERVER);
    assertThat(none.exitCode()).isEqualTo(3);
    assertThat(none.err()).contains("no target connects").contains("alts=" + nobody);
  }

  /** As in the overlay gke-alts, where each end chooses for itself. */
  @Test
  void callFindsTheSecondTargetWhereBothEndsChoseDifferently() {
    String tls = "--target=mtls=" + listeners.group(2);
    String found = "connected to mtls=" + listeners.group(2);

    assertThat(callBoth("--target=mtls=" + listeners.group(1), tls)).isEqualTo(found);
    assertThat(callBoth("--target=alts=" + listeners.group(2), tls)).isEqualTo(found);
  }

  @Test
  void serverOutlivesTheEmulatorAndConnectsAgainWhenItIsBack() throws Exception {
    String alts = "--target=alts=" + listeners.group(1);
    assertThat(call(2, alts, "--expect-server=" + SERVER).exitCode()).isZero();
    assertThat(probe()).isZero();

    emulator.terminate();
    assertThat(emulator.exitCode()).isEqualTo(143);
    ServeProcess.await(() -> probe() != 0);
    assertThat(probe()).isEqualTo(1);

    Path again = directory.resolve("again");
    emulator = ServeProcess.start(
        again,
        ServeProcess.java(
            List.of(),
            List.of(
                "emulate-gce",
                "--workload=" + SERVER + "=" + handshakers.group(1),
                "--workload=" + CLIENT + "=" + handshakers.group(2),
                "--ready-file=" + ServeProcess.readyFile(again))));
    ServeProcess.await(() -> probe() == 0);
    assertThat(probe()).isZero();
    assertThat(call(2, alts, "--expect-server=" + SERVER).exitCode()).isZero();
  }

  @Test
  void emulatorSaysThatItGivesNoSecurityAndWhereItListens() throws Exception {
    assertThat(emulator.err()).contains("NO SECURITY");
    assertThat(emulator.out())
        .isEqualTo(Files.readString(ServeProcess.readyFile(directory.resolve("emulator"))));
  }

  private ServeProcess serve(Path run) throws Exception {
    Path policy = Files.writeString(
        directory.resolve("alts.json"), """
            {"name": "alts",
             "allow_rules": [
               {"name": "account", "source": {"principals": ["%s"]}},
               {"name": "operator", "source": {"principals": ["%s"]}}],
             "audit_logging_options": {"audit_condition": "ON_DENY_AND_ALLOW",
               "audit_loggers": [{"name": "stdout_logger"}]}}
            """.formatted(CLIENT, ServedIdentities.OPERATOR));
    return ServeProcess.start(
        run,
        ServeProcess.java(
            List.of(),
            List.of(
                "serve",
                "--listen=alts=127.0.0.1:0",
                "--listen=mtls=127.0.0.1:0",
                "--admin=127.0.0.1:0",
                "--insecure-alts-emulator=" + handshakers.group(1),
                "--identity=" + identities.identity("server"),
                "--policy=" + policy,
                "--ready-file=" + ServeProcess.readyFile(run))));
  }

  private static String addressOfNobody() throws IOException {
    try (ServerSocket closedAtOnce = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "127.0.0.1:" + closedAtOnce.getLocalPort();
    }
  }

  private int probe() {
    return CommandRun.today("probe", "--admin=" + listeners.group(3)).exitCode();
  }

  /** What a call says about the target it used; it succeeds. */
  private String callBoth(String first, String second) {
    CommandRun run = call(
        2,
        first,
        second,
        "--identity=" + identities.identity("operator"),
        "--expect-server=" + SERVER,
        "--expect-server=" + ServedIdentities.SERVER);
    assertThat(run.exitCode()).as(run.err()).isZero();
    return run.err()
        .lines()
        .filter(line -> line.startsWith("connected to "))
        .findFirst()
        .orElse("");
  }

  private CommandRun call(int workload, String... flags) {
    List<String> words = new ArrayList<>(List.of("call"));
    words.addAll(List.of(flags));
    words.addAll(List.of(
        "--insecure-alts-emulator=" + handshakers.group(workload),
        "--json={}",
        "grpc.health.v1.Health/Check"));
    return CommandRun.today(words.toArray(String[]::new));
  }
}
