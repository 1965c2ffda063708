package dev.countersign.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.countersign.client.SecureChannel;
import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.Transport;
import dev.countersign.demo.routeguide.Feature;
import dev.countersign.demo.routeguide.Point;
import dev.countersign.demo.routeguide.RouteGuideGrpc;
import dev.countersign.identity.PeerIdentity;
import dev.countersign.identity.SpiffeId;
import dev.countersign.pki.CertificateForge;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.server.PolicyFile;
import dev.countersign.server.SecureServer;
import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's Java, compiled here and run; the text of the README must be the text of this file. */
class ReadmeIT {
  private static final Pattern JAVA_BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  @TempDir
  private Path certs;

  @Test
  void serverAndChannelOfTheReadmeKnowEachOther() throws Exception {
    makeIdentities();
    Path policyFile = Files.writeString(certs.resolve("policy.json"), """
        {"name": "readme", "allow_rules": [{"name": "operator",
          "source": {"principals": ["spiffe://example.org/ns/demo/sa/operator"]}}]}
        """);

    try (SecureServer server = server(policyFile, "127.0.0.1:0", new Greeter())) {
      String target = "127.0.0.1:" + server.addresses().get(0).address().getPort();
      assertThat(ask(channel("operator", target)))
          .isEqualTo("spiffe://example.org/ns/demo/sa/operator");

      assertThatThrownBy(() -> ask(channel("viewer", target)))
          .satisfies(failure -> assertThat(Status.fromThrowable(failure).getCode())
              .isEqualTo(Status.Code.PERMISSION_DENIED));
    }
  }

  @Test
  void readmeShowsTheLinesThatRunHere() throws Exception {
    String here =
        squeezed(Files.readString(Path.of("src/test/java/dev/countersign/example/ReadmeIT.java")));
    List<String> blocks = JAVA_BLOCK
        .matcher(Files.readString(Path.of("README.md")))
        .results()
        .map((MatchResult block) -> squeezed(block.group(1)))
        .toList();

    assertThat(blocks).hasSize(3).allSatisfy(block -> assertThat(here).contains(block));
  }

  private SecureServer server(Path policyFile, String address, BindableService service)
      throws Exception {
    KeyMaterial identity = KeyMaterial.watching(certs.resolve("server"), Role.SERVER);
    SecureServer server = SecureServer.builder()
        .listen(address, Transport.auto(identity))
        .guardedBy(PolicyFile.watching(policyFile))
        .service(service)
        .start();
    return server;
  }

  private ManagedChannel channel(String name, String target) throws Exception {
    KeyMaterial identity = KeyMaterial.watching(certs.resolve(name), Role.CLIENT);
    ManagedChannel channel = SecureChannel.to(target, Transport.auto(identity))
        .expecting(SpiffeId.parse("spiffe://example.org/ns/demo/sa/server"))
        .build();
    return channel;
  }

  private static String ask(ManagedChannel channel) {
    Feature feature =
        RouteGuideGrpc.newBlockingStub(channel).getFeature(Point.getDefaultInstance());
    channel.shutdownNow();
    return feature.getName();
  }

  private static String squeezed(String text) {
    return text.replaceAll("\\s+", "");
  }

  private void makeIdentities() throws Exception {
    CertificateForge forge = CertificateForge.at(InstantSource.system());
    ForgedCertificate root = forge.root("CN=Readme root").selfSigned();
    for (String name : List.of("server", "operator", "viewer")) {
      forge
          .leaf()
          .spiffe("spiffe://example.org/ns/demo/sa/" + name)
          .clientAndServer()
          .issuedBy(root)
          .writeTo(certs.resolve(name));
    }
  }

  /** Answers with the name of whoever asks. */
  private static final class Greeter extends RouteGuideGrpc.RouteGuideImplBase {
    @Override
    public void getFeature(Point request, StreamObserver<Feature> responses) {
      PeerIdentity peer = PeerIdentity.current();
      responses.onNext(Feature.newBuilder().setName(peer.primary().name()).build());
      responses.onCompleted();
    }
  }
}
