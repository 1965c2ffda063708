package dev.countersign.bench;

import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.Transport;
import dev.countersign.policy.Policy;
import dev.countersign.server.Limits;
import dev.countersign.server.SecureServer;
import io.grpc.Server;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslProvider;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A server of {@link GrowthFigures}: ours, or bare grpc-java on the same BoringSSL. Arguments: {@code ours} or {@code bare}, the
 * identity directory. Prints its port; to each line it says how many bytes it holds: the heap after a collection, and what is
 * resident. The heap is resident from the start, so what is resident grows by what lies beside it.
 */
final class GrowthServers {
  private static final String POLICY = """
      {"name": "bench", "allow_rules": [{"name": "clients",
        "source": {"principals": ["spiffe://example.org/*"]}, "request": {"paths": ["/bench.Echo/*"]}}]}
      """;
  private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");
  private static final int COLLECTIONS = 3;
  private static final int MANY = 100_000;

  private GrowthServers() {}

  public static void main(String[] args) throws Exception {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    Path identity = Path.of(args[1]);
    if (args[0].equals("ours")) {
      SecureServer server = SecureServer.builder()
          .listen(any, Transport.mutualTls(KeyMaterial.watching(identity, Role.SERVER)))
          .guardedBy(Policy.parse("bench", POLICY.getBytes(StandardCharsets.UTF_8)))
          .limits(generous())
          .service(new EchoService())
          .start();
      System.out.println(server.addresses().get(0).address().getPort());
    } else {
      SslContext tls = GrpcSslContexts.forServer(
              identity.resolve("tls.crt").toFile(), identity.resolve("tls.key").toFile())
          .sslProvider(SslProvider.OPENSSL)
          .protocols("TLSv1.3")
          .trustManager(identity.resolve("ca.crt").toFile())
          .clientAuth(ClientAuth.REQUIRE)
          .build();
      Server server = NettyServerBuilder.forAddress(any)
          .sslContext(tls)
          .addService(new EchoService())
          .build()
          .start();
      System.out.println(server.getPort());
    }
    BufferedReader questions =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    while (questions.readLine() != null) {
      System.out.println(held());
    }
    System.exit(0);
  }

  /** As many connections from one identity and one address as the benchmark makes. */
  private static Limits generous() {
    Limits usual = Limits.DEFAULT;
    return new Limits(
        MANY,
        MANY,
        usual.maxStreams(),
        usual.maxMessageBytes(),
        usual.maxMetadataBytes(),
        usual.handshakeTimeout(),
        usual.maxConnectionIdle(),
        usual.maxConnectionAge(),
        usual.maxConnectionAgeGrace());
  }

  private static long held() throws Exception {
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
    }
    Matcher resident = RESIDENT.matcher(Files.readString(Path.of("/proc/self/status")));
    if (!resident.find()) {
      throw new IllegalStateException("no figure of resident memory");
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed()
        + 1024 * Long.parseLong(resident.group(1));
  }
}
