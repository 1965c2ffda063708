package dev.countersign.emulator;

import static java.util.Objects.requireNonNull;

import dev.countersign.bench.BenchIdentities;
import dev.countersign.bench.ClosedLoop;
import dev.countersign.bench.EchoService;
import dev.countersign.bench.Effort;
import dev.countersign.bench.Figure;
import dev.countersign.bench.Quartiles;
import dev.countersign.bench.Turns;
import dev.countersign.bench.UnaryCall;
import dev.countersign.client.SecureChannel;
import dev.countersign.credentials.Transport;
import dev.countersign.demo.routeguide.Point;
import dev.countersign.demo.routeguide.RouteGuideGrpc;
import dev.countersign.identity.Principal;
import dev.countersign.platform.Machine;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a transport costs: the same services over plaintext, mutual TLS and ALTS, in one process and one run, in turns, and
 * beside what {@code openssl speed} encrypts on one processor. Whether grpc-java's ALTS uses Conscrypt depends on the class
 * path alone; the argument says which it is.
 */
final class TransportThroughput {
  private static final String BENCH = "transports";
  private static final int CONCURRENT = 64;
  private static final int STREAMS = 4;
  private static final int MESSAGE_BYTES = 64 * 1024;
  private static final double COPIED_MEGABYTES = EchoService.COPIES * MESSAGE_BYTES / 1e6;
  private static final Pattern SPEED = Pattern.compile("(?im)^aes-128-gcm\\s+([\\d.]+)k");

  private final AltsEmulator emulator = AltsPair.emulator();
  private final String conscrypt;

  private TransportThroughput(String conscrypt) {
    this.conscrypt = conscrypt;
  }

  public static void main(String[] args) throws Exception {
    new TransportThroughput(args[0]).run();
    System.exit(0);
  }

  private record Lane(String transport, ManagedChannel channel) {}

  private void run() throws Exception {
    Lane plaintext = new Lane("plaintext", plaintext());
    Lane mutualTls = new Lane("mutual TLS", mutualTls());
    Lane alts = new Lane("ALTS", alts());
    Lane openssl = new Lane("openssl speed", plaintext.channel());
    List<Lane> lanes = List.of(plaintext, mutualTls, alts);
    for (Lane lane : lanes) {
      calls(lane, Effort.warmUp(5));
      megabytes(lane, Effort.warmUp(8));
    }
    Map<Lane, List<Double>> calls =
        Turns.take(lanes, Effort.of(15, 2), lane -> calls(lane, Effort.turn(0.7)));
    figure("unary calls", "calls/s", calls, mutualTls, plaintext);
    figure("unary calls", "calls/s", calls, alts, plaintext);
    figure("unary calls", "calls/s", calls, alts, mutualTls);
    Map<Lane, List<Double>> streams = Turns.take(
        List.of(plaintext, mutualTls, alts, openssl),
        Effort.of(15, 2),
        lane -> lane.equals(openssl) ? encrypted() : megabytes(lane, Effort.turn(0.7)));
    figure("streaming", "MB/s", streams, mutualTls, plaintext);
    figure("streaming", "MB/s", streams, mutualTls, openssl);
    figure("streaming", "MB/s", streams, plaintext, openssl);
    figure("streaming", "MB/s", streams, alts, plaintext);
    figure("streaming", "MB/s", streams, alts, mutualTls);
    emulator.close();
  }

  private void figure(
      String what, String unit, Map<Lane, List<Double>> taken, Lane lane, Lane baseline) {
    List<Double> rates = requireNonNull(taken.get(lane));
    Figure.of(
            BENCH,
            "%s, %s, beside %s (%s)"
                .formatted(what, lane.transport(), baseline.transport(), conscrypt))
        .measured(Quartiles.of(rates, Double::doubleValue).median(), unit)
        .beside(
            baseline.transport(),
            Quartiles.ofRatios(rates, requireNonNull(taken.get(baseline)), Double::doubleValue))
        .saneBetween(1e-3, 50)
        .record();
  }

  private static double calls(Lane lane, long nanos) throws InterruptedException {
    var call = UnaryCall.over(
        lane.channel(), RouteGuideGrpc.getGetFeatureMethod(), Point.getDefaultInstance());
    return ClosedLoop.run(call, CONCURRENT, nanos).perSecond();
  }

  /** Megabytes a second from the server to the client. */
  private static double megabytes(Lane lane, long nanos) throws InterruptedException {
    var copies = UnaryCall.over(lane.channel(), EchoService.COPY, EchoService.bytes(MESSAGE_BYTES));
    return ClosedLoop.run(copies, STREAMS, nanos).perSecond() * COPIED_MEGABYTES;
  }

  /** Megabytes a second that OpenSSL encrypts in blocks of a record's size. */
  private static double encrypted() throws IOException {
    Process openssl = new ProcessBuilder(
            "openssl", "speed", "-seconds", "1", "-bytes", "16384", "-evp", "aes-128-gcm")
        .redirectErrorStream(true)
        .start();
    String said = new String(openssl.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    Matcher speed = SPEED.matcher(said);
    if (!speed.find()) {
      throw new IllegalStateException("openssl speed gave no figure: " + said);
    }
    return Double.parseDouble(speed.group(1)) / 1e3;
  }

  private ManagedChannel plaintext() throws Exception {
    Server server = start(InsecureServerCredentials.create());
    return Grpc.newChannelBuilderForAddress(
            "127.0.0.1", server.getPort(), InsecureChannelCredentials.create())
        .build();
  }

  private ManagedChannel mutualTls() throws Exception {
    BenchIdentities identities = BenchIdentities.create();
    Server server = start(identities.serverTransport().serverCredentials());
    return channel(server, identities.client(), BenchIdentities.SERVER);
  }

  private ManagedChannel alts() throws Exception {
    Machine machine = new Machine(Path.of("/"), Map.of(), "Linux");
    Transport serverSide = Transport.altsThroughEmulatorInsecurely(
        emulator.address(TwoSides.SERVER).toString(), machine);
    Transport clientSide = Transport.altsThroughEmulatorInsecurely(
        emulator.address(TwoSides.CLIENT).toString(), machine);
    return channel(start(serverSide.serverCredentials()), clientSide, TwoSides.SERVER);
  }

  private static Server start(ServerCredentials credentials) throws Exception {
    return Grpc.newServerBuilderForPort(0, credentials)
        .directExecutor()
        .addService(new EchoGuide(() -> "caller"))
        .addService(new EchoService())
        .build()
        .start();
  }

  private static ManagedChannel channel(Server server, Transport transport, Principal expected) {
    return SecureChannel.to("127.0.0.1:" + server.getPort(), transport)
        .expecting(expected)
        .build();
  }
}
