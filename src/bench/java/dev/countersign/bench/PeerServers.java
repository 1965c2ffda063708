package dev.countersign.bench;

import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.Transport;
import dev.countersign.demo.routeguide.Feature;
import dev.countersign.demo.routeguide.Point;
import dev.countersign.demo.routeguide.RouteGuideGrpc.RouteGuideImplBase;
import dev.countersign.policy.Policy;
import dev.countersign.server.SecureServer;
import io.grpc.Server;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The Java servers of {@link PeerFigures}, one a process. Arguments: {@code plaintext}, {@code jdk} (grpc-java with the JDK's TLS)
 * or {@code ours}; the identity directory; the policy file. Prints its port, and ends with its input.
 */
final class PeerServers {
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private PeerServers() {}

  public static void main(String[] args) throws Exception {
    Path identity = Path.of(args[1]);
    System.out.println(
        switch (args[0]) {
          case "plaintext" -> start(NettyServerBuilder.forAddress(ANY));
          case "jdk" -> start(NettyServerBuilder.forAddress(ANY).sslContext(jdk(identity)));
          default -> ours(identity, Path.of(args[2]));
        });
    while (System.in.read() >= 0) {
      // Until the one who measures goes away.
    }
    System.exit(0);
  }

  private static int start(NettyServerBuilder builder) throws IOException {
    Server server =
        builder.addService(new Guide()).addService(new EchoService()).build().start();
    return server.getPort();
  }

  private static SslContext jdk(Path identity) throws IOException {
    SslContextBuilder builder = SslContextBuilder.forServer(
            identity.resolve("tls.crt").toFile(), identity.resolve("tls.key").toFile())
        .trustManager(identity.resolve("ca.crt").toFile())
        .clientAuth(ClientAuth.REQUIRE);
    return GrpcSslContexts.configure(builder, SslProvider.JDK)
        .protocols("TLSv1.3")
        .ciphers(List.of("TLS_AES_128_GCM_SHA256"))
        .build();
  }

  private static int ours(Path identity, Path policy) throws Exception {
    SecureServer server = SecureServer.builder()
        .listen(ANY, Transport.mutualTls(KeyMaterial.watching(identity, Role.SERVER)))
        .guardedBy(Policy.parse("bench", Files.readAllBytes(policy)))
        .service(new Guide())
        .service(new EchoService())
        .start();
    return server.addresses().get(0).address().getPort();
  }

  /** Knows one place, which is everywhere. */
  private static final class Guide extends RouteGuideImplBase {
    @Override
    public void getFeature(Point point, StreamObserver<Feature> responses) {
      responses.onNext(
          Feature.newBuilder().setName("Fernsehturm, Berlin").setLocation(point).build());
      responses.onCompleted();
    }
  }
}
