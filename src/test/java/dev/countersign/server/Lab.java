package dev.countersign.server;

import dev.countersign.assessment.ClientIdentity;
import dev.countersign.assessment.RawHttp2;
import dev.countersign.client.SecureChannel;
import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.Transport;
import dev.countersign.guard.AuditRecord;
import dev.countersign.guard.AuditSink;
import dev.countersign.guard.AuditSinkProvider;
import dev.countersign.identity.SpiffeId;
import dev.countersign.pki.CertificateForge;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.policy.Policy;
import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.TlsServerCredentials;
import io.grpc.netty.NettyServerBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** An authority, identities of it on disk, and servers and channels between them; closes what it opened. */
final class Lab implements AutoCloseable {
  static final SpiffeId SERVER = SpiffeId.parse("spiffe://example.org/ns/demo/sa/server");

  private final CertificateForge forge = CertificateForge.at(InstantSource.system());
  private final ForgedCertificate root = forge.root("CN=Lab root").selfSigned();
  private final ForgedCertificate issuing = forge.intermediate("CN=Lab issuing").issuedBy(root);
  private final Path directory;
  private final List<Runnable> opened = new ArrayList<>();

  Lab(Path directory) {
    this.directory = directory;
  }

  CertificateForge forge() {
    return forge;
  }

  ForgedCertificate root() {
    return root;
  }

  ForgedCertificate issuing() {
    return issuing;
  }

  /** The identity directory of a workload, made on first use. */
  Path identity(String name) throws Exception {
    Path path = directory.resolve(name);
    if (!path.toFile().exists()) {
      forge
          .leaf()
          .spiffe("spiffe://example.org/ns/demo/sa/" + name)
          .clientAndServer()
          .issuedBy(issuing)
          .writeTo(path);
    }
    return path;
  }

  KeyMaterial material(Path identity, Role role) throws Exception {
    KeyMaterial material = KeyMaterial.watching(identity, role);
    opened.add(material::close);
    return material;
  }

  SecureServer.Builder server(String policy) throws Exception {
    return SecureServer.builder()
        .listen(loopback(), Transport.mutualTls(material(identity("server"), Role.SERVER)))
        .guardedBy(policy(policy))
        .drain(java.time.Duration.ofSeconds(2));
  }

  SecureServer start(SecureServer.Builder builder) throws Exception {
    SecureServer server = builder.start();
    opened.add(server::close);
    return server;
  }

  ManagedChannel channel(SecureServer server, String identity) throws Exception {
    return channel(server, identity(identity));
  }

  ManagedChannel channel(SecureServer server, Path identity) throws Exception {
    return channel(port(server), identity);
  }

  ManagedChannel channel(int port, Path identity) throws Exception {
    return closing(
        SecureChannel.to("127.0.0.1:" + port, Transport.mutualTls(material(identity, Role.CLIENT)))
            .expecting(SERVER)
            .build());
  }

  /** The same channel, which ends with the lab. */
  ManagedChannel closing(ManagedChannel channel) {
    opened.add(channel::shutdownNow);
    return channel;
  }

  /** The same services on grpc-java's own mutual TLS and limits: what an attack does where nobody hardened anything. */
  Server plainServer(BindableService... services) throws Exception {
    Path own = identity("server");
    ServerBuilder<?> builder = NettyServerBuilder.forAddress(
        loopback(),
        TlsServerCredentials.newBuilder()
            .keyManager(own.resolve("tls.crt").toFile(), own.resolve("tls.key").toFile())
            .trustManager(own.resolve("ca.crt").toFile())
            .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
            .build());
    for (BindableService service : services) {
      builder.addService(service);
    }
    return start(builder);
  }

  /** A server of grpc-java's own. */
  Server start(ServerBuilder<?> builder) throws Exception {
    Server server = builder.build().start();
    opened.add(server::shutdownNow);
    return server;
  }

  /** A raw connection of a workload. */
  RawHttp2 raw(int port, String identity) throws Exception {
    return RawHttp2.connect(port, ClientIdentity.in(identity(identity)));
  }

  static int port(SecureServer server) {
    return server.addresses().get(0).address().getPort();
  }

  static Policy policy(String json) {
    return Policy.parse("lab.json", json.getBytes(StandardCharsets.UTF_8));
  }

  static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  @Override
  public void close() {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).run();
    }
  }

  /** Keeps what it records, under the name {@code lab_logger}. */
  static final class Recorder implements AuditSinkProvider {
    final List<AuditRecord> records = new CopyOnWriteArrayList<>();

    @Override
    public String name() {
      return "lab_logger";
    }

    @Override
    public AuditSink create(String configJson) {
      return records::add;
    }
  }
}
