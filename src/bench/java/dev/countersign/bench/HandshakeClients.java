package dev.countersign.bench;

import dev.countersign.pki.CertificateForge;
import dev.countersign.pki.ForgedCertificate;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslProvider;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Makes new mutual TLS connections with one call each, from a known leaf or from one that nobody has seen. */
final class HandshakeClients {
  private static final int AT_ONCE = 4;

  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
  private final CertificateForge forge = CertificateForge.at(InstantSource.system());
  private final ForgedCertificate issuer;
  private final ForgedCertificate known;
  private final AtomicInteger fresh = new AtomicInteger();

  HandshakeClients(ForgedCertificate issuer, ForgedCertificate known) {
    this.issuer = issuer;
    this.known = known;
  }

  /** What connects: with which group, and whether each connection has a leaf of its own. */
  record Kind(String group, boolean freshLeaf) {}

  /** Makes so many connections. */
  void connect(int port, Kind kind, int count) throws Exception {
    SslContext shared = context(known, kind.group());
    AtomicInteger left = new AtomicInteger(count);
    Thread[] threads = new Thread[AT_ONCE];
    AtomicInteger failed = new AtomicInteger();
    for (int i = 0; i < AT_ONCE; i++) {
      threads[i] = new Thread(() -> {
        while (left.getAndDecrement() > 0) {
          try {
            call(channel(port, kind.freshLeaf() ? context(freshLeaf(), kind.group()) : shared));
          } catch (Exception e) {
            e.printStackTrace();
            failed.incrementAndGet();
          }
        }
      });
      threads[i].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    if (failed.get() > 0) {
      throw new IllegalStateException(failed + " of " + count + " connections failed");
    }
  }

  private static void call(ManagedChannel channel) throws InterruptedException {
    try {
      HealthGrpc.newBlockingStub(channel).check(HealthCheckRequest.getDefaultInstance());
    } finally {
      channel.shutdownNow().awaitTermination(1, TimeUnit.MINUTES);
    }
  }

  private ManagedChannel channel(int port, SslContext context) {
    return NettyChannelBuilder.forAddress("127.0.0.1", port)
        .eventLoopGroup(loops)
        .channelType(NioSocketChannel.class)
        .directExecutor()
        .sslContext(context)
        .build();
  }

  private ForgedCertificate freshLeaf() {
    return forge
        .leaf()
        .keys(known.keys())
        .spiffe("spiffe://example.org/client-" + fresh.incrementAndGet())
        .client()
        .issuedBy(issuer);
  }

  private static SslContext context(ForgedCertificate leaf, String group) throws Exception {
    SslContext context = GrpcSslContexts.forClient()
        .sslProvider(SslProvider.OPENSSL)
        .protocols("TLSv1.3")
        .option(OpenSslContextOption.GROUPS, new String[] {group})
        .keyManager(leaf.privateKey(), leaf.chain().toArray(X509Certificate[]::new))
        .trustManager(leaf.anchor())
        .build();
    ((OpenSslSessionContext) context.sessionContext()).setSessionCacheEnabled(false);
    return context;
  }
}
