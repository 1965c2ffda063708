package dev.countersign.bench;

import com.sun.management.ThreadMXBean;
import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.Transport;
import dev.countersign.policy.Policy;
import dev.countersign.server.SecureServer;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslProvider;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * One server in a process of its own, for {@link HandshakeCost}: ours with all that it does, or
 * plain grpc-java on the same BoringSSL. Prints its port, then answers each line with the
 * bytes it has allocated; ends with its input.
 */
final class HandshakeServers {
  private static final String POLICY = """
      {"name":"bench","allow_rules":[
        {"name":"clients","source":{"principals":["spiffe://example.org/client*"]},
         "request":{"paths":["/grpc.health.v1.Health/Check"]}}]}
      """;
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private HandshakeServers() {}

  public static void main(String[] args) throws Exception {
    Path identity = Path.of(args[1]);
    System.out.println(args[0].equals("plain") ? plain(identity) : guarded(identity));
    BufferedReader questions =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    while (questions.readLine() != null) {
      System.out.println(allocated());
    }
    System.exit(0);
  }

  private static int guarded(Path identity) throws Exception {
    SecureServer server = SecureServer.builder()
        .listen(ANY, Transport.mutualTls(KeyMaterial.watching(identity, Role.SERVER)))
        .guardedBy(Policy.parse("bench", POLICY.getBytes(StandardCharsets.UTF_8)))
        .start();
    return server.addresses().get(0).address().getPort();
  }

  private static int plain(Path identity) throws Exception {
    return NettyServerBuilder.forAddress(ANY)
        .sslContext(GrpcSslContexts.forServer(
                identity.resolve("tls.crt").toFile(),
                identity.resolve("tls.key").toFile())
            .sslProvider(SslProvider.OPENSSL)
            .protocols("TLSv1.3")
            .option(OpenSslContextOption.GROUPS, new String[] {"X25519MLKEM768", "X25519", "P-256"})
            .trustManager(identity.resolve("ca.crt").toFile())
            .clientAuth(ClientAuth.REQUIRE)
            .build())
        .addService(new HealthStatusManager().getHealthService())
        .build()
        .start()
        .getPort();
  }

  private static long allocated() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    return Arrays.stream(threads.getThreadAllocatedBytes(threads.getAllThreadIds()))
        .filter(bytes -> bytes > 0)
        .sum();
  }
}
