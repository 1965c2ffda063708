package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.Transport;
import dev.countersign.demo.routeguide.Feature;
import dev.countersign.demo.routeguide.Point;
import dev.countersign.demo.routeguide.RouteGuideGrpc;
import dev.countersign.policy.Policy;
import dev.countersign.server.SecureServer;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code call --retry}, over channels as they are in use. */
class CallRetryIT {
  private static final String POLICY = """
      {"name": "moody", "allow_rules": [{"name": "all", "source": {}}]}
      """;

  @TempDir
  private Path directory;

  @Test
  void makesACallAgainOnlyWhenAskedTo() throws Exception {
    ServedIdentities identities = ServedIdentities.in(directory);
    try (KeyMaterial material = KeyMaterial.watching(identities.identity("server"), Role.SERVER);
        SecureServer server = SecureServer.builder()
            .listen("127.0.0.1:0", Transport.mutualTls(material))
            .guardedBy(Policy.parse("policy.json", POLICY.getBytes(StandardCharsets.UTF_8)))
            .service(new EveryThird())
            .start()) {
      String target = "127.0.0.1:" + server.addresses().get(0).address().getPort();

      CommandRun once = identities.call(target, "operator", ServedIdentities.SERVER);
      CommandRun again = identities.call(target, "operator", ServedIdentities.SERVER, "--retry");

      assertThat(once.exitCode()).isEqualTo(1);
      assertThat(once.err()).contains("\"status\":\"UNAVAILABLE\"");
      assertThat(again).isEqualTo(new CommandRun(0, "{\"name\":\"third\"}\n", ""));
    }
  }

  /** Answers each third call. */
  private static final class EveryThird extends RouteGuideGrpc.RouteGuideImplBase {
    private final AtomicInteger calls = new AtomicInteger();

    @Override
    public void getFeature(Point point, StreamObserver<Feature> responses) {
      if (calls.incrementAndGet() % 3 == 0) {
        responses.onNext(Feature.newBuilder().setName("third").build());
        responses.onCompleted();
      } else {
        responses.onError(Status.UNAVAILABLE.asRuntimeException());
      }
    }
  }
}
