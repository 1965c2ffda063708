package dev.countersign.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The command serve, in a process of its own, and what it spends: processor time, memory, handshakes. */
final class ScaledServer implements AutoCloseable {
  private static final Pattern COMPILER = Pattern.compile("^C[12] Compiler");
  private static final String POLICY = """
      {"name":"bench","allow_rules":[{"name":"client",
        "source":{"principals":["spiffe://example.org/client"]},
        "request":{"paths":["/grpc.health.v1.Health/Check"]}}]}
      """;

  private final Process process;
  private final String target;
  private final URI metrics;

  private ScaledServer(Process process, String target, URI metrics) {
    this.process = process;
    this.target = target;
    this.metrics = metrics;
  }

  /** Starts it with the identities of a directory and more flags; its files get a name. */
  static ScaledServer start(Path directory, String name, String... flags) throws IOException {
    Path policy = Files.writeString(directory.resolve(name + ".json"), POLICY);
    Path ready = directory.resolve(name + ".ready");
    Path log = directory.resolve(name + ".log");
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xms512m",
        "-Xmx512m",
        "-XX:+AlwaysPreTouch",
        "-XX:+UseG1GC",
        "-XX:-UseDynamicNumberOfCompilerThreads",
        "-cp",
        System.getProperty("java.class.path"),
        "dev.countersign.cli.Main",
        "serve",
        "--listen=mtls=127.0.0.1:0",
        "--admin=127.0.0.1:0",
        "--identity=" + directory.resolve("server"),
        "--policy=" + policy,
        "--max-connections-per-identity=5000",
        "--ready-file=" + ready));
    command.addAll(List.of(flags));
    Process process = new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
    while (!Files.exists(ready)) {
      if (!process.isAlive()) {
        throw new IllegalStateException(Files.readString(log));
      }
      LockSupport.parkNanos(10_000_000);
    }
    String said = Files.readString(ready);
    return new ScaledServer(
        process,
        found("\"address\":\"([^\"]*)\"", said),
        URI.create("http://" + found("\"admin\":\"([^\"]*)\"", said) + "/metrics"));
  }

  private static String found(String pattern, String text) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    if (!matcher.find()) {
      throw new IllegalStateException("no " + pattern + " in: " + text);
    }
    return matcher.group(1);
  }

  String target() {
    return target;
  }

  /** Processor time since its start, also of threads that have ended; without the JVM's compilers. */
  double processorSeconds() throws IOException {
    double all = process.info().totalCpuDuration().orElseThrow().toMillis() / 1e3;
    return all
        - BenchProcess.processorSeconds(
            process.pid(), name -> COMPILER.matcher(name).find());
  }

  /** Handshakes that have succeeded since its start, as it counts them. */
  long handshakes() throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(metrics).build(), HttpResponse.BodyHandlers.ofLines())
        .body()
        .filter(line -> line.startsWith("grpc_server_tls_handshakes_total{"))
        .filter(line -> line.contains("grpc_tls_handshake_result=\"SUCCESS\""))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  /** The heap in use after a collection, and what is resident beside the heap, which is resident from the start. */
  long bytesInUse() throws IOException, InterruptedException {
    jcmd("GC.run");
    jcmd("GC.run");
    String status = Files.readString(Path.of("/proc/" + process.pid() + "/status"));
    return 1024
        * (Long.parseLong(found("used (\\d+)K", jcmd("GC.heap_info")))
            + Long.parseLong(found("VmRSS:\\s+(\\d+) kB", status)));
  }

  private String jcmd(String command) throws IOException, InterruptedException {
    Process jcmd = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
            Long.toString(process.pid()),
            command)
        .redirectErrorStream(true)
        .start();
    String said = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    jcmd.waitFor();
    return said;
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}
