package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code serve --listen auto=…} where ALTS cannot be: mutual TLS with the identity that is there, and the reason in the log. */
final class AutoListenerIT {
  @TempDir
  private Path directory;

  private ServedIdentities identities;
  private Path run;

  @BeforeEach
  void identities() throws Exception {
    identities = ServedIdentities.in(directory);
    run = directory.resolve("run");
  }

  @Test
  void servesMutualTlsWhereNoMetadataServerIsAndSaysSo() throws Exception {
    String nobody = addressOfNobody();
    try (ServeProcess server = serve("GCE_METADATA_HOST=" + nobody)) {
      // Its ready file names the transport.
      String target = server.ready().target();

      CommandRun allowed = identities.call(target, "operator", ServedIdentities.SERVER);
      CommandRun denied = identities.call(target, "viewer", ServedIdentities.SERVER);

      assertThat(allowed.exitCode()).as(allowed.err()).isZero();
      assertThat(denied.exitCode()).isEqualTo(1);
      assertThat(denied.err()).contains("PERMISSION_DENIED");
      assertThat(server.err())
          // Silent is what a busy machine takes for absent.
          .containsPattern("transport mtls: ALTS is unavailable \\(METADATA_(ABSENT|SILENT)\\): ")
          .contains(nobody, "evidence: metadata: ", "evidence: handshake: not tried");
    }
  }

  @Test
  void saysThatTheQuestionWasForbidden() throws Exception {
    try (ServeProcess server =
        serve("GCE_METADATA_HOST=" + addressOfNobody(), "NO_GCE_CHECK=true")) {
      CommandRun allowed =
          identities.call(server.ready().target(), "operator", ServedIdentities.SERVER);

      assertThat(allowed.exitCode()).as(allowed.err()).isZero();
      assertThat(server.err()).contains("transport mtls: ALTS is unavailable (SWITCHED_OFF): ");
    }
  }

  @Test
  void doesNotStartWithoutAnIdentityToFallBackTo() throws Exception {
    List<String> command = new ArrayList<>(auto());
    command.removeIf(word -> word.startsWith("--identity="));
    try (ServeProcess server = ServeProcess.start(run, ServeProcess.java(List.of(), command))) {
      assertThat(server.exitCode()).isEqualTo(2);
      assertThat(server.err()).contains("countersign: error: an identity is needed");
      assertThat(ServeProcess.readyFile(run)).doesNotExist();
    }
  }

  private ServeProcess serve(String... variables) throws Exception {
    List<String> words = new ArrayList<>(List.of("env", "-u", "NO_GCE_CHECK"));
    words.addAll(List.of(variables));
    words.addAll(ServeProcess.java(List.of(), auto()));
    return ServeProcess.start(run, words);
  }

  private List<String> auto() {
    return identities.serve(run).stream()
        .map(word -> word.replace("--listen=mtls=", "--listen=auto="))
        .toList();
  }

  private static String addressOfNobody() throws Exception {
    try (ServerSocket closedAtOnce = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "127.0.0.1:" + closedAtOnce.getLocalPort();
    }
  }
}
