package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.demo.routeguide.Feature;
import dev.countersign.demo.routeguide.Point;
import dev.countersign.demo.routeguide.Rectangle;
import dev.countersign.demo.routeguide.RouteGuideGrpc;
import dev.countersign.demo.routeguide.RouteNote;
import dev.countersign.demo.routeguide.RouteSummary;
import io.grpc.BindableService;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class CallCommandIT {
  private static final Metadata.Key<String> TOKEN =
      Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<byte[]> BINARY =
      Metadata.Key.of("x-bin", Metadata.BINARY_BYTE_MARSHALLER);

  private final Queue<Metadata> headers = new ConcurrentLinkedQueue<>();
  private Server server;
  private int port;

  @BeforeEach
  void start() throws IOException {
    server = serve(new Guide());
  }

  @AfterEach
  void stop() throws InterruptedException {
    server.shutdownNow().awaitTermination();
  }

  @Test
  void callsAUnaryMethod() {
    CommandRun run =
        call("", "--json", "{\"latitude\":1,\"longitude\":2}", "routeguide.RouteGuide/GetFeature");

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .isEqualTo("{\"name\":\"place\",\"location\":{\"latitude\":1,\"longitude\":2}}\n");
  }

  @Test
  void printsEveryResponseOfAStreamOnALine() {
    CommandRun run = call("\n{\"lo\":{},\"hi\":{}}\n", "routeguide.RouteGuide/ListFeatures");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out().lines()).hasSize(1000).last().isEqualTo("{\"name\":\"f999\"}");
  }

  @Test
  void streamsRequestsFromStandardInput() {
    String points = IntStream.range(0, 20_000)
        .mapToObj(i -> "{\"latitude\":" + i + "}\n")
        .collect(Collectors.joining());

    CommandRun run = call(points, "routeguide.RouteGuide/RecordRoute");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).isEqualTo("{\"pointCount\":20000}\n");
  }

  @Test
  void streamsBothWays() {
    CommandRun run =
        call("{\"message\":\"a\"}\n\n{\"message\":\"b\"}\n", "routeguide.RouteGuide/RouteChat");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).isEqualTo("{\"message\":\"re: a\"}\n{\"message\":\"re: b\"}\n");
  }

  @Test
  void sendsHeaders() {
    CommandRun run = call(
        "",
        "--json={}",
        "--header=Token=a=b",
        "--header=x-bin=AQI=",
        "routeguide.RouteGuide/GetFeature");

    assertThat(run.exitCode()).isZero();
    Metadata sent = headers.element();
    assertThat(sent.get(TOKEN)).isEqualTo("a=b");
    assertThat(sent.get(BINARY)).containsExactly(1, 2);
  }

  @Test
  void tellsAFailedCallAsJsonInTheLastLine() {
    CommandRun run = call("{\"latitude\":-1}", "routeguide.RouteGuide/GetFeature");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines())
        .last()
        .isEqualTo("{\"status\":\"PERMISSION_DENIED\",\"message\":\"not \\u202E you\"}");
  }

  @Test
  void endsWhenTheServerEndsTheCallFirst() {
    CommandRun run =
        call("{\"message\":\"stop\"}\n".repeat(50_000), "routeguide.RouteGuide/RouteChat");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("{\"status\":\"ABORTED\",\"message\":\"enough\"}");
  }

  @Test
  void endsAtTheDeadline() {
    CommandRun run = call(
        "", "--json={\"latitude\":-2}", "--deadline=100ms", "routeguide.RouteGuide/GetFeature");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("{\"status\":\"DEADLINE_EXCEEDED\"");
  }

  @Test
  void callsAgainAndAgainOverOneChannel() {
    CommandRun run = call(
        "",
        "--json={\"latitude\":1}",
        "--every=1ms",
        "--times=3",
        "routeguide.RouteGuide/GetFeature");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out().lines()).hasSize(3);
    assertThat(run.err()).isEqualTo("3 calls, 0 failed\n");
  }

  @Test
  void tellsEachFailedCallAndGoesOn() {
    CommandRun run = call(
        "",
        "--json={\"latitude\":-1}",
        "--every=1ms",
        "--times=2",
        "routeguide.RouteGuide/GetFeature");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err().lines())
        .containsExactly(
            "{\"status\":\"PERMISSION_DENIED\",\"message\":\"not \\u202E you\"}",
            "{\"status\":\"PERMISSION_DENIED\",\"message\":\"not \\u202E you\"}",
            "2 calls, 2 failed");
  }

  @Test
  void repeatsOnlyWhatItCanReadAgain() {
    assertThat(call("", "--json={}", "--every=1ms", "--times=1", "routeguide.RouteGuide/GetFeature")
            .exitCode())
        .isZero();

    CommandRun fromInput = call("{}", "--every=1ms", "routeguide.RouteGuide/GetFeature");
    CommandRun once = call("", "--json={}", "--times=1", "routeguide.RouteGuide/GetFeature");

    assertThat(fromInput.exitCode()).isEqualTo(2);
    assertThat(fromInput.err())
        .startsWith(
            "countersign: error: --every needs --json: standard input can be read only once\n");
    assertThat(once.exitCode()).isEqualTo(2);
    assertThat(once.err()).startsWith("countersign: error: --times needs --every\n");
  }

  @Test
  void retriesOnlyWhatIsKnownToRead() {
    assertThat(
            call("", "--json={}", "--retry", "routeguide.RouteGuide/GetFeature").exitCode())
        .isZero();

    CommandRun run =
        call("", "--json={}", "--retry", "countersign.demo.device.v1.DeviceController/SetDevice");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err())
        .startsWith("countersign: error: --retry needs a method that is known to read only: found"
            + " \"countersign.demo.device.v1.DeviceController/SetDevice\" (known:"
            + " routeguide.RouteGuide/GetFeature, ");
  }

  @Test
  void namesTheLineOfABadRequest() {
    CommandRun run =
        call("{\"message\":\"a\"}\n\n{\"mesage\":\"b\"}\n", "routeguide.RouteGuide/RouteChat");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err())
        .startsWith(
            "countersign: error: line 3 of standard input is not a \"routeguide.RouteNote\" in"
                + " JSON: \"")
        .contains("mesage");
  }

  @Test
  void refusesASecondRequestWhereOneIsTaken() {
    CommandRun run = call("{}\n{}\n", "routeguide.RouteGuide/GetFeature");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("takes one request: found more");
    assertThat(headers).isEmpty();
  }

  @Test
  void asksForARequestWhereOneIsTaken() {
    CommandRun run = call("", "routeguide.RouteGuide/GetFeature");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err())
        .contains("takes one request: found none")
        .contains("hint: an empty message is --json '{}'");
  }

  @Test
  void namesTheNearestMethod() {
    CommandRun run = call("", "routeguide.RouteGuide/GetFeatures");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("hint: did you mean \"routeguide.RouteGuide/GetFeature\"?");
  }

  @Test
  void saysThatReflectionIsMissingForAServiceThatIsNotBuiltIn() {
    CommandRun run = call("", "--json={}", "other.Service/Method");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .startsWith("countersign: error: the service is not built in, and the server's reflection")
        .contains("{\"status\":\"UNIMPLEMENTED\"");
  }

  @Test
  void findsTheNearestServiceByReflection() throws Exception {
    server.shutdownNow().awaitTermination();
    server = serve(new Guide(), ProtoReflectionServiceV1.newInstance());

    CommandRun run = call("", "--json={}", "routeguide.RouteGuid/GetFeature");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("hint: did you mean \"routeguide.RouteGuide/GetFeature\"?");
  }

  @Test
  void probesTheHealthService() throws Exception {
    assertThat(call("probe", "", List.of()).exitCode()).isEqualTo(1);
    HealthStatusManager health = new HealthStatusManager();
    server.shutdownNow().awaitTermination();
    server = serve(health.getHealthService());

    CommandRun ready = call("probe", "", List.of());
    health.setStatus("", ServingStatus.NOT_SERVING);
    CommandRun notReady = call("probe", "", List.of());
    server.shutdownNow().awaitTermination();
    CommandRun gone = call("probe", "", List.of());

    assertThat(ready).isEqualTo(new CommandRun(0, "SERVING\n", ""));
    assertThat(notReady).isEqualTo(new CommandRun(1, "NOT_SERVING\n", ""));
    assertThat(gone.exitCode()).isEqualTo(3);
    assertThat(gone.err())
        .startsWith("countersign: error: the target does not answer: UNAVAILABLE");
  }

  private CommandRun call(String input, String... args) {
    return call("call", input, List.of(args));
  }

  private CommandRun call(String command, String input, List<String> args) {
    List<String> all = new ArrayList<>(List.of(
        command,
        "--target=127.0.0.1:" + port,
        "--identity=unused",
        "--expect-server=spiffe://example.org/server"));
    all.addAll(args);
    return CommandRun.withInput(input, PlainChannels.wiring(), all.toArray(String[]::new));
  }

  private Server serve(BindableService... services) throws IOException {
    ServerBuilder<?> builder = NettyServerBuilder.forAddress(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            InsecureServerCredentials.create())
        .intercept(new Recorder());
    for (BindableService service : services) {
      builder.addService(service);
    }
    Server started = builder.build().start();
    port = started.getPort();
    return started;
  }

  private final class Recorder implements ServerInterceptor {
    @Override
    public <Q, S> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, S> call, Metadata sent, ServerCallHandler<Q, S> next) {
      headers.add(sent);
      return next.startCall(call, sent);
    }
  }

  private static final class Guide extends RouteGuideGrpc.RouteGuideImplBase {
    @Override
    public void getFeature(Point point, StreamObserver<Feature> responses) {
      if (point.getLatitude() == -1) {
        responses.onError(
            Status.PERMISSION_DENIED.withDescription("not \u202e you").asRuntimeException());
      } else if (point.getLatitude() != -2) {
        responses.onNext(
            Feature.newBuilder().setName("place").setLocation(point).build());
        responses.onCompleted();
      }
    }

    @Override
    public void listFeatures(Rectangle area, StreamObserver<Feature> responses) {
      for (int i = 0; i < 1000; i++) {
        responses.onNext(Feature.newBuilder().setName("f" + i).build());
      }
      responses.onCompleted();
    }

    @Override
    public StreamObserver<Point> recordRoute(StreamObserver<RouteSummary> responses) {
      return new Requests<>() {
        private int points;

        @Override
        public void onNext(Point point) {
          points++;
        }

        @Override
        public void onCompleted() {
          responses.onNext(RouteSummary.newBuilder().setPointCount(points).build());
          responses.onCompleted();
        }
      };
    }

    @Override
    public StreamObserver<RouteNote> routeChat(StreamObserver<RouteNote> responses) {
      return new Requests<>() {
        private boolean ended;

        @Override
        public void onNext(RouteNote note) {
          if (ended) {
            return;
          }
          if (note.getMessage().equals("stop")) {
            ended = true;
            responses.onError(Status.ABORTED.withDescription("enough").asRuntimeException());
            return;
          }
          responses.onNext(
              RouteNote.newBuilder().setMessage("re: " + note.getMessage()).build());
        }

        @Override
        public void onCompleted() {
          if (!ended) {
            responses.onCompleted();
          }
        }
      };
    }
  }

  private abstract static class Requests<T> implements StreamObserver<T> {
    @Override
    public void onError(Throwable thrown) {}
  }
}
