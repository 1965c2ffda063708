package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.countersign.emulator.AltsEmulator;
import dev.countersign.identity.ServiceAccount;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where an emulator must not be used, and how it must not be started. */
final class AltsRefusalIT {
  private static final ServiceAccount SERVER =
      ServiceAccount.parse("server@demo.iam.gserviceaccount.com");

  @TempDir
  private Path directory;

  private AltsEmulator emulator;
  private HttpServer realMetadata;
  private Path policy;

  @BeforeEach
  void start() throws IOException {
    emulator = AltsEmulator.builder().workload(SERVER, "127.0.0.2:0").start();
    realMetadata = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    realMetadata.createContext("/", exchange -> {
      exchange.getResponseHeaders().set("Metadata-Flavor", "Google");
      exchange.sendResponseHeaders(404, -1);
      exchange.close();
    });
    realMetadata.start();
    policy = Files.writeString(
        directory.resolve("policy.json"),
        "{\"name\":\"p\",\"allow_rules\":[{\"name\":\"all\",\"source\":{\"principals\":[\"*\"]}}]}");
  }

  @AfterEach
  void stop() {
    realMetadata.stop(0);
    emulator.close();
  }

  @Test
  void doctorFindsTheEmulatorAndRefusesItBesideARealMetadataServer() {
    CommandRun emulated = doctor(emulator.metadataAddress().toString());
    assertThat(emulated.exitCode()).as(emulated.err()).isZero();
    assertThat(emulated.out())
        .startsWith("transport: alts (emulated, no security: ")
        .contains("emulator: " + emulator.address(SERVER))
        .contains("peers will see \"" + SERVER + "\"");

    CommandRun real = doctor(realMetadataAddress());
    assertThat(real.exitCode()).isEqualTo(1);
    assertThat(real.out())
        .contains("problem: ALTS is unavailable (METADATA_IS_REAL): ")
        .contains("an emulator must not be used here");
  }

  @Test
  void callRefusesTheEmulatorBesideARealMetadataServer() {
    String target = "--target=alts=127.0.0.1:1";
    CommandRun emulated = call(emulator.metadataAddress().toString(), target);
    assertThat(emulated.exitCode()).isEqualTo(1);
    assertThat(emulated.err().lines()).last().asString().contains("\"status\":\"UNAVAILABLE\"");

    CommandRun real = call(realMetadataAddress(), target);
    assertThat(real.exitCode()).isEqualTo(3);
    assertThat(real.err())
        .contains("countersign: error: ALTS is unavailable (METADATA_IS_REAL): ")
        .contains("hint: \"countersign doctor\"");
  }

  @Test
  void serveRefusesTheEmulatorBesideARealMetadataServer() {
    CommandRun real = run(
        realMetadataAddress(),
        "serve",
        "--listen=auto=127.0.0.1:0",
        "--admin=127.0.0.1:0",
        "--policy=" + policy);

    assertThat(real.exitCode()).isEqualTo(3);
    assertThat(real.err()).contains("NO SECURITY").contains("(METADATA_IS_REAL)");
  }

  @Test
  void serveRefusesAltsWhereNoHandshakeSucceeds() {
    emulator.close();

    CommandRun run = run(
        "127.0.0.1:1",
        "serve",
        "--listen=alts=127.0.0.1:0",
        "--admin=127.0.0.1:0",
        "--policy=" + policy);

    assertThat(run.exitCode()).isEqualTo(3);
    assertThat(run.err()).contains("ALTS is unavailable (HANDSHAKER_REFUSED): ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"serve", "call", "doctor"})
  void onlyLoopbackAddressesAreTaken(String command) {
    for (String address :
        List.of("10.0.0.1:8080", "0.0.0.0:8080", "[::]:8080", "metadata.google.internal:8080")) {
      List<String> words = new ArrayList<>(List.of(command, "--insecure-alts-emulator=" + address));
      words.addAll(
          command.equals("call")
              ? List.of("--target=alts=127.0.0.1:1", "--expect-server=" + SERVER, "a.B/C")
              : List.of("--listen=alts=127.0.0.1:0", "--policy=" + policy));

      CommandRun run = CommandRun.of(words.toArray(String[]::new));

      assertThat(run.exitCode()).as(address).isEqualTo(2);
      assertThat(run.err()).contains("is not a loopback address");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--workload=server@demo.iam.gserviceaccount.com=0.0.0.0:0 | 2 | is not a loopback address",
        "--workload=127.0.0.2:0 | 2 | is not of the form SERVICE_ACCOUNT=HOST:PORT",
        "--workload=Server@demo.iam.gserviceaccount.com=127.0.0.2:0 | 2 | workload \"Server@",
        "--workload=a@b.c=127.0.0.2:0 --workload=a@b.c=127.0.0.3:0 | 2 | was given twice",
        "--workload=a@b.c=127.0.0.2:0 --metadata=0.0.0.0:0 | 2 | is not a loopback address",
        "--workload=a@b.c=127.0.0.2:0 --metadata=x@b.c=127.0.0.1:0 | 2 | x@b.c is not emulated here",
        "--workload=a@b.c=127.0.0.2:0 --metadata=127.0.0.1:0 --metadata=127.0.0.1:0 | 2 | given twice",
        "--workload=a@b.c=127.0.0.2:0 --metadata=a@b.c=127.0.0.1:0 --metadata=127.0.0.1:0 | 2 | twice",
        "--workload=a@b.c=127.0.0.2:0 --fault=melt | 2 | fault \"melt\" is not known",
        "--workload=a@b.c=127.0.0.2:0 --fault=delay=soon | 2 | has no duration",
        "--metadata=127.0.0.1:0 | 2 | --workload",
      })
  void emulatorIsNotStartedWithFlagsLike(String flags, int exitCode, String message) {
    List<String> words = new ArrayList<>(List.of("emulate-gce"));
    words.addAll(List.of(flags.split(" ")));

    CommandRun run = CommandRun.of(words.toArray(String[]::new));

    assertThat(run.exitCode()).as(run.err()).isEqualTo(exitCode);
    assertThat(run.err()).startsWith("countersign: error: ").contains(message);
    assertThat(run.out()).isEmpty();
  }

  @Test
  void emulatorSaysWhichAddressIsTaken() {
    String taken = emulator.address(SERVER).toString();

    CommandRun run = CommandRun.of("emulate-gce", "--workload=" + SERVER + "=" + taken);

    assertThat(run.exitCode()).isEqualTo(3);
    assertThat(run.err()).contains("handshaker cannot listen on " + taken);
  }

  private String realMetadataAddress() {
    return "127.0.0.1:" + realMetadata.getAddress().getPort();
  }

  private CommandRun doctor(String metadata) {
    return run(metadata, "doctor", "--listen=alts=127.0.0.1:0", "--policy=" + policy);
  }

  private CommandRun call(String metadata, String target) {
    return run(
        metadata,
        "call",
        target,
        "--expect-server=" + SERVER,
        "--json={}",
        "grpc.health.v1.Health/Check");
  }

  private CommandRun run(String metadata, String command, String... flags) {
    List<String> words = new ArrayList<>();
    words.add(command);
    words.add("--insecure-alts-emulator=" + emulator.address(SERVER));
    words.addAll(List.of(flags));
    return CommandRun.withEnvironment(
        Map.of("GCE_METADATA_HOST", metadata), words.toArray(String[]::new));
  }
}
