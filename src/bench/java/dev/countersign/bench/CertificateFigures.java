package dev.countersign.bench;

import dev.countersign.cli.Main;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * How many identities a second {@code certs apply} makes from an inventory of 1,000, with the start of its process and every
 * file flushed, beside a loop of {@code openssl req} and {@code openssl x509}, and of {@code step certificate create} if it is
 * installed. All make P-256 keys, and a certificate with one SPIFFE id for each.
 */
final class CertificateFigures {
  private static final String BENCH = "certs";
  private static final int IDENTITIES = Effort.of(1_000, 20);
  private static final int OF_OTHERS = Effort.of(100, 5);
  private static final int ROUNDS = Effort.of(5, 1);
  private static final String SUBJECT = "subjectAltName=URI:spiffe://example.org/workload-$i";
  private static final String KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
  private static final Lane APPLY = new Lane("certs apply", "");
  private static final Lane OPENSSL = new Lane(
      "openssl req and x509",
      "openssl req " + KEY + " -keyout $i.key -subj /CN=$i -addext " + SUBJECT
          + " -out $i.csr && openssl x509 -req -in $i.csr -CA ca.crt -CAkey ca.key"
          + " -copy_extensions copy -days 1 -out $i.crt");
  private static final Lane STEP = new Lane(
      "step certificate create",
      "step certificate create $i $i.crt $i.key --ca ca.crt --ca-key ca.key --no-password"
          + " --insecure --kty EC --crv P-256 --not-after 24h --force"
          + " --san spiffe://example.org/workload-$i");

  private final Path directory;

  private CertificateFigures(Path directory) {
    this.directory = directory;
  }

  /** Something that makes identities; a command of the shell, run again and again, or ours. */
  private record Lane(String name, String command) {}

  public static void main(String[] args) throws Exception {
    Path directory = Files.createTempDirectory("certificates");
    try {
      new CertificateFigures(directory).run();
    } finally {
      delete(directory);
    }
  }

  private void run() throws Exception {
    Files.writeString(directory.resolve("pki.yaml"), inventory());
    shell("openssl req -x509 " + KEY + " -keyout ca.key -out ca.crt -subj /CN=bench -days 1");
    List<Lane> lanes = new ArrayList<>(List.of(APPLY, OPENSSL));
    if (Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
        .anyMatch(place -> Files.isExecutable(Path.of(place, "step")))) {
      lanes.add(STEP);
    }
    Map<Lane, List<Double>> rates = Turns.take(lanes, ROUNDS, this::rate);
    Quartiles ours = Quartiles.of(rates.get(APPLY), rate -> rate);
    Figure.of(BENCH, "identities from one inventory of " + IDENTITIES)
        .measured(IDENTITIES / ours.median(), "s")
        .atMost(10)
        .record();
    Figure.of(BENCH, APPLY.name).measured(ours.median(), "a second").record();
    for (Lane lane : lanes.subList(1, lanes.size())) {
      Figure.of(BENCH, lane.name)
          .measured(Quartiles.of(rates.get(lane), rate -> rate).median(), "a second")
          .beside(APPLY.name, Quartiles.ofRatios(rates.get(lane), rates.get(APPLY), rate -> rate))
          .ratioAtMost(1)
          .record();
    }
  }

  private static String inventory() {
    StringBuilder yaml = new StringBuilder("trust_domain: example.org\nidentities:\n");
    for (int i = 0; i < IDENTITIES; i++) {
      yaml.append("  - name: workload-" + i + "\n    spiffe: spiffe://example.org/workload-" + i
          + "\n    profile: peer\n");
    }
    return yaml.toString();
  }

  /** Identities a second. */
  private double rate(Lane lane) throws Exception {
    if (lane.equals(APPLY)) {
      Path authority = Files.createTempDirectory(directory, "authority");
      countersign("certs", "init", "--dir", authority.toString(), "--trust-domain", "example.org");
      long begin = System.nanoTime();
      countersign("certs", "apply", "pki.yaml", "--dir", authority.toString());
      return IDENTITIES / seconds(begin);
    }
    long begin = System.nanoTime();
    shell("for i in $(seq " + OF_OTHERS + "); do " + lane.command + " || exit; done");
    return OF_OTHERS / seconds(begin);
  }

  private static double seconds(long begin) {
    return (System.nanoTime() - begin) / 1e9;
  }

  private void countersign(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-cp",
        absolute(System.getProperty("java.class.path")),
        Main.class.getName()));
    command.addAll(List.of(arguments));
    run(command);
  }

  /** The class path, for a process in another directory. */
  private static String absolute(String classPath) {
    return String.join(
        File.pathSeparator,
        Stream.of(classPath.split(File.pathSeparator, -1))
            .map(entry -> Path.of(entry).toAbsolutePath().toString())
            .toList());
  }

  private void shell(String command) throws IOException, InterruptedException {
    run(List.of("bash", "-c", command));
  }

  private void run(List<String> command) throws IOException, InterruptedException {
    Path output = directory.resolve("output");
    int code = new ProcessBuilder(command)
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .redirectOutput(output.toFile())
        .start()
        .waitFor();
    if (code != 0) {
      throw new IllegalStateException(
          command + " ended with " + code + ": " + Files.readString(output));
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }
}
