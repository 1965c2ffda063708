package dev.countersign.assessment;

import static org.assertj.core.api.Assertions.assertThatCode;

import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.Closeable;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import javax.net.ssl.SSLSession;
import javax.net.ssl.X509ExtendedTrustManager;

/** grpc-java as somebody uses it who changes nothing but what must be: BoringSSL, its own limits, one interceptor. */
final class PlainServer implements Closeable {
  private final Server server;

  PlainServer(
      Path identity,
      X509ExtendedTrustManager trust,
      Predicate<X509Certificate> isOperator,
      Consumer<NettyServerBuilder> settings)
      throws Exception {
    NettyServerBuilder builder = NettyServerBuilder.forAddress(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
        .sslContext(GrpcSslContexts.configure(
                SslContextBuilder.forServer(
                    identity.resolve("tls.crt").toFile(),
                    identity.resolve("tls.key").toFile()),
                SslProvider.OPENSSL)
            .trustManager(trust)
            .clientAuth(ClientAuth.REQUIRE)
            .option(OpenSslContextOption.MAX_CERTIFICATE_LIST_BYTES, 4 << 20)
            .build())
        .addService(new HealthStatusManager().getHealthService())
        .intercept(new OperatorOnly(isOperator));
    settings.accept(builder);
    server = builder.build().start();
  }

  InetSocketAddress address() {
    return (InetSocketAddress) server.getListenSockets().get(0);
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  private static final class OperatorOnly implements ServerInterceptor {
    private final Predicate<X509Certificate> isOperator;

    private OperatorOnly(Predicate<X509Certificate> isOperator) {
      this.isOperator = isOperator;
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      if (isOperator(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION))) {
        return next.startCall(call, headers);
      }
      call.close(Status.PERMISSION_DENIED, new Metadata());
      return new ServerCall.Listener<>() {};
    }

    private boolean isOperator(SSLSession session) {
      List<Certificate> chain = new ArrayList<>();
      assertThatCode(() -> chain.addAll(List.of(session.getPeerCertificates())))
          .doesNotThrowAnyException();
      return isOperator.test((X509Certificate) chain.get(0));
    }
  }
}
