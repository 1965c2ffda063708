package dev.countersign.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.client.SecureChannel;
import dev.countersign.credentials.Credential;
import dev.countersign.credentials.IdentityFiles;
import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.Transport;
import dev.countersign.credentials.TrustState;
import dev.countersign.files.AtomicFile;
import dev.countersign.identity.SpiffeId;
import dev.countersign.pki.CertificateForge;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.pki.ForgedCrl;
import dev.countersign.policy.Policy;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What makes the guard look: being told of a change, and, should nobody tell it, the time that has passed. */
class WakeIT {
  private static final String PREFIX = "spiffe://example.org/";
  private static final Duration NEVER = Duration.ofDays(1);
  private static final Duration OFTEN = Duration.ofMillis(20);

  @TempDir
  private Path directory;

  private final CertificateForge forge = CertificateForge.at(InstantSource.system());
  private final ForgedCertificate root = forge.root("CN=Root").selfSigned();
  private ForgedCertificate caller;
  private KeyMaterial files;
  private KeyMaterial callersFiles;
  private final List<AutoCloseable> opened = new ArrayList<>();

  /** What a test talks to. */
  private record Service(Guard guard, ManagedChannel channel) {}

  @BeforeEach
  void writesIdentities() throws Exception {
    identity("server").writeTo(directory.resolve("server"));
    caller = identity("caller");
    caller.writeTo(directory.resolve("caller"));
    lists();
    files = KeyMaterial.watching(
        IdentityFiles.in(directory.resolve("server")), Role.SERVER, OFTEN, InstantSource.system());
    callersFiles = KeyMaterial.watching(directory.resolve("caller"), Role.CLIENT);
  }

  @AfterEach
  void closes() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
    files.close();
    callersFiles.close();
  }

  @Test
  void newTrustEndsCallsThoughNobodyLooks() throws Exception {
    CompletableFuture<Status> ended = open(serve(files, NEVER));

    lists(caller.certificate());

    assertThat(ended.get(20, TimeUnit.SECONDS).getCode()).isEqualTo(Code.UNAUTHENTICATED);
  }

  @Test
  void newPolicyEndsCallsThoughNobodyLooks() throws Exception {
    Service service = serve(files, NEVER);
    CompletableFuture<Status> ended = open(service);

    service.guard().replacePolicy(policy("somebody-else"));

    assertThat(ended.get(20, TimeUnit.SECONDS).getCode()).isEqualTo(Code.PERMISSION_DENIED);
  }

  @Test
  void newTrustOfASourceThatTellsNobodyEndsCallsToo() throws Exception {
    CompletableFuture<Status> ended = open(serve(new Silent(files), OFTEN));

    lists(caller.certificate());

    assertThat(ended.get(20, TimeUnit.SECONDS).getCode()).isEqualTo(Code.UNAUTHENTICATED);
  }

  private ForgedCertificate identity(String name) {
    return forge.leaf().spiffe(PREFIX + name).clientAndServer().issuedBy(root);
  }

  private void lists(X509Certificate... revoked) throws Exception {
    AtomicFile.write(
        directory.resolve("server/crl.pem"),
        ForgedCrl.of(root, InstantSource.system().instant().minusSeconds(60), revoked)
            .getBytes(StandardCharsets.US_ASCII),
        AtomicFile.Rights.PUBLIC);
  }

  private static Policy policy(String who) {
    return Policy.parse("test", """
        {"name": "test", "allow_rules": [{"name": "all", "source": {"principals": ["%s%s"]}}]}
        """.formatted(PREFIX, who).getBytes(StandardCharsets.UTF_8));
  }

  private Service serve(KeyMaterial material, Duration lookEvery) throws Exception {
    Guard guard = Guard.builder(policy("*")).lookEvery(lookEvery).build();
    Server server = guard
        .protect(NettyServerBuilder.forAddress(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            Transport.mutualTls(material).serverCredentials()))
        .addService(new HealthStatusManager().getHealthService())
        .build()
        .start();
    ManagedChannel channel = SecureChannel.to(
            "127.0.0.1:" + server.getPort(), Transport.mutualTls(callersFiles))
        .expecting(SpiffeId.parse(PREFIX + "server"))
        .build();
    opened.add(channel::shutdownNow);
    opened.add(() -> server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS));
    opened.add(guard);
    return new Service(guard, channel);
  }

  /** Opens a stream and waits until its handler has answered; how it ends. */
  private CompletableFuture<Status> open(Service service) throws Exception {
    CompletableFuture<Void> open = new CompletableFuture<>();
    CompletableFuture<Status> ended = new CompletableFuture<>();
    ClientCall<HealthCheckRequest, HealthCheckResponse> call =
        service.channel().newCall(HealthGrpc.getWatchMethod(), CallOptions.DEFAULT);
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onMessage(HealthCheckResponse message) {
            open.complete(null);
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            ended.complete(status);
          }
        },
        new Metadata());
    call.request(2);
    call.sendMessage(HealthCheckRequest.getDefaultInstance());
    call.halfClose();
    open.get(20, TimeUnit.SECONDS);
    assertThat(ended).isNotDone();
    return ended;
  }

  /** Key material that can be asked and does not tell of new trust. */
  private record Silent(KeyMaterial files) implements KeyMaterial {
    @Override
    public Credential credential() {
      return files.credential();
    }

    @Override
    public TrustState trust() {
      return files.trust();
    }

    @Override
    public void onReload(Consumer<Reload> listener) {}

    @Override
    public void close() {
      files.close();
    }
  }
}
