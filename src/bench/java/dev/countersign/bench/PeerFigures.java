package dev.countersign.bench;

import dev.countersign.credentials.Transport;
import dev.countersign.demo.routeguide.Point;
import dev.countersign.demo.routeguide.RouteGuideGrpc;
import io.grpc.Channel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Ours beside what users would pick instead: the same two methods behind mutual TLS 1.3 with AES-128-GCM, called by one client
 * over four connections. A plaintext grpc-java server behind nginx, HAProxy and hitch; grpc-go with its own TLS and policy
 * engine (the argument is its program); grpc-java with the JDK's TLS. Processor time is that of all processes of a lane's
 * server side.
 */
final class PeerFigures {
  private static final String BENCH = "peers";
  private static final String OURS = "ours";
  private static final String GO = "grpc-go with authz";
  private static final int CONNECTIONS = 4;
  private static final int CONCURRENT = 64;
  private static final double FIXED_RATE = 2000;

  private final BenchIdentities identities = BenchIdentities.create();
  private final Transport client = identities.client();
  private final Path policy = identities.directory().resolve("policy.json");
  private final List<AutoCloseable> started = new ArrayList<>();
  private final List<Lane> lanes = new ArrayList<>();

  private PeerFigures() throws Exception {}

  public static void main(String[] args) throws Exception {
    PeerFigures figures = new PeerFigures();
    try {
      figures.start(args[0]);
      figures.run();
    } finally {
      for (AutoCloseable each : figures.started) {
        each.close();
      }
    }
    System.exit(0);
  }

  /** One of those that are compared. */
  private record Lane(String name, List<Long> pids, List<Channel> channels) {}

  private void start(String goServer) throws Exception {
    Files.writeString(policy, policy());
    BenchProcess plaintext = java("plaintext");
    int backend = Integer.parseInt(plaintext.line());
    sidecar("nginx", "nginx.conf", plaintext, backend, List.of(program("nginx"), "-c"));
    sidecar("HAProxy", "haproxy.cfg", plaintext, backend, List.of(program("haproxy"), "-f"));
    sidecar("hitch", "hitch.conf", plaintext, backend, List.of(program("hitch"), "--config"));
    BenchProcess go = BenchProcess.of(List.of(
        goServer, "-identity", identities.server().toString(), "-policy", policy.toString()));
    started.add(go);
    add(GO, Integer.parseInt(go.line()), List.of(go.pid()));
    for (Map.Entry<String, String> each :
        List.of(Map.entry("grpc-java, JDK's TLS", "jdk"), Map.entry(OURS, "ours"))) {
      BenchProcess server = java(each.getValue());
      add(each.getKey(), Integer.parseInt(server.line()), List.of(server.pid()));
    }
  }

  private BenchProcess java(String kind) throws IOException {
    BenchProcess process = BenchProcess.java(
        PeerServers.class,
        List.of("-Xms256m", "-Xmx256m", "--enable-native-access=ALL-UNNAMED"),
        kind,
        identities.server().toString(),
        policy.toString());
    started.add(process);
    return process;
  }

  /** Debian puts servers where only root looks. */
  private static String program(String name) {
    return Stream.of("/usr/sbin/", "/usr/local/sbin/", "/usr/bin/", "/usr/local/bin/")
        .map(directory -> directory + name)
        .filter(path -> Files.isExecutable(Path.of(path)))
        .findFirst()
        .orElse(name);
  }

  private void sidecar(
      String name, String configuration, BenchProcess server, int backend, List<String> command)
      throws IOException {
    Sidecar sidecar = Sidecar.start(configuration, identities, backend, command);
    // Before the server that they call.
    started.add(0, sidecar);
    add(
        name + ", grpc-java",
        sidecar.port(),
        Stream.concat(sidecar.pids().stream(), Stream.of(server.pid())).toList());
  }

  private void add(String name, int port, List<Long> pids) {
    List<Channel> channels = IntStream.range(0, CONNECTIONS)
        .<Channel>mapToObj(i -> BenchIdentities.channel(client, "127.0.0.1:" + port))
        .toList();
    lanes.add(new Lane(name, pids, channels));
  }

  private static String policy() {
    String others =
        IntStream.range(0, 9).mapToObj(i -> """
            {"name": "other-%d", "source": {"principals": ["spiffe://example.org/other-%d"]}},
            """.formatted(i, i)).collect(Collectors.joining());
    return """
        {"name": "bench", "allow_rules": [
        %s{"name": "client", "source": {"principals": ["%s"]},
         "request": {"paths": ["/routeguide.RouteGuide/*", "/bench.Echo/*"]}}]}
        """.formatted(others, BenchIdentities.CLIENT.name());
  }

  private void run() throws Exception {
    for (int i = 0; i < 2; i++) {
      for (Lane lane : lanes) {
        ClosedLoop.run(feature(lane), CONCURRENT, Effort.warmUp(5));
        ClosedLoop.run(echo(lane), CONCURRENT, Effort.warmUp(5));
      }
    }
    compare("GetFeature", PeerFigures::feature);
    compare("echo of 1 KiB", PeerFigures::echo);
  }

  private static UnaryCall<?, ?> feature(Lane lane) {
    return new UnaryCall<>(
        lane.channels(), RouteGuideGrpc.getGetFeatureMethod(), Point.getDefaultInstance());
  }

  private static UnaryCall<?, ?> echo(Lane lane) {
    return new UnaryCall<>(lane.channels(), EchoService.UNARY, EchoService.bytes(1024));
  }

  private interface Calls {
    UnaryCall<?, ?> of(Lane lane);
  }

  /** What a turn showed: full, and at a fixed rate. */
  private record Turn(Load full, double serverSeconds, Load fixed) {
    double perSecond() {
      return full.perSecond();
    }

    double perCore() {
      return full.calls() / serverSeconds;
    }

    double medianMicros() {
      return fixed.micros(50);
    }

    double slowMicros() {
      return fixed.micros(99);
    }
  }

  private void compare(String what, Calls calls) throws Exception {
    Map<Lane, List<Turn>> taken = Turns.take(lanes, Effort.of(7, 2), lane -> {
      double before = processorSeconds(lane);
      Load full = ClosedLoop.run(calls.of(lane), CONCURRENT, Effort.turn(0.6));
      double spent = processorSeconds(lane) - before;
      return new Turn(full, spent, OpenLoop.run(calls.of(lane), FIXED_RATE, Effort.turn(0.6)));
    });
    Lane ours = lanes.get(lanes.size() - 1);
    List<Turn> base = taken.getOrDefault(ours, List.of());
    for (Lane lane : lanes) {
      List<Turn> turns = taken.getOrDefault(lane, List.of());
      String name = what + ", " + lane.name() + ": ";
      figure(name + "calls a second of server CPU", "calls/s", turns, base, Turn::perCore);
      figure(name + "calls a second, 64 at once", "calls/s", turns, base, Turn::perSecond);
      figure(name + "median at 2,000 a second", "us", turns, base, Turn::medianMicros);
      figure(name + "99th percentile at 2,000 a second", "us", turns, base, Turn::slowMicros);
    }
  }

  /** Ours is the baseline: calls a second below it, and latencies above it, are what the bar asks for. */
  private static void figure(
      String name, String unit, List<Turn> turns, List<Turn> ours, ToDoubleFunction<Turn> value) {
    Figure figure = Figure.of(BENCH, name).measured(Quartiles.of(turns, value).median(), unit);
    if (turns != ours) {
      figure.beside(OURS, Quartiles.ofRatios(turns, ours, value));
      if (unit.equals("us")) {
        figure.ratioAtLeast(1);
      } else {
        figure.ratioAtMost(1);
      }
    }
    figure.record();
  }

  private static double processorSeconds(Lane lane) throws IOException {
    double seconds = 0;
    for (long pid : lane.pids()) {
      seconds += BenchProcess.processorSeconds(pid);
    }
    return seconds;
  }
}
