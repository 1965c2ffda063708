package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.client.SecureChannel;
import dev.countersign.credentials.IdentityFiles;
import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.Transport;
import dev.countersign.identity.TrustDomain;
import dev.countersign.pem.PemCertificates;
import dev.countersign.pki.CertificateAuthority;
import dev.countersign.pki.IdentityRequest;
import dev.countersign.pki.KeyAlgorithm;
import dev.countersign.pki.Rotation;
import io.grpc.ManagedChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The root of an authority is replaced under a client and a server that never restart and never fail a call. */
class RotationIT {
  private static final TrustDomain DOMAIN = new TrustDomain("example.org");
  private static final Duration OFTEN = Duration.ofMillis(20);

  @TempDir
  private Path directory;

  private CertificateAuthority authority;
  private Watched server;
  private Watched client;
  private SecureServer running;
  private ManagedChannel open;

  @BeforeEach
  void start() throws Exception {
    InstantSource clock = InstantSource.system();
    authority =
        CertificateAuthority.init(directory, DOMAIN, List.of(), KeyAlgorithm.ECDSA_P256, clock);
    for (String name : List.of("server", "client")) {
      authority.issue(IdentityRequest.named(name).withSpiffeId(DOMAIN.id(name)));
    }
    server = new Watched(directory.resolve("server"), Role.SERVER);
    client = new Watched(directory.resolve("client"), Role.CLIENT);
    running = SecureServer.builder()
        .listen(Lab.loopback(), Transport.mutualTls(server.material))
        .guardedBy(Lab.policy("""
            {"name": "rotation", "allow_rules": [
              {"name": "client", "source": {"principals": ["spiffe://example.org/client"]}}]}
            """))
        .service(new TextService())
        .drain(Duration.ofSeconds(1))
        .start();
    open = channel();
    server.listen();
    client.listen();
  }

  @AfterEach
  void stop() {
    open.shutdownNow();
    running.close();
    server.material.close();
    client.material.close();
  }

  @Test
  void noCallFailsInAnyStepOnOldOrNewConnections() throws Exception {
    callsSucceed();
    X509Certificate oldRoot = root("server");
    for (Rotation.Phase phase : List.of(
        Rotation.Phase.TRUSTING_BOTH, Rotation.Phase.ISSUING_FROM_NEW, Rotation.Phase.STEADY)) {
      server.reloads.clear();
      client.reloads.clear();
      assertThat(authority.rotate().phase()).isEqualTo(phase);
      // Between the step and the reloads any mixture of old and new files may be in use.
      callsSucceed();
      server.awaitFiles();
      callsSucceed();
      client.awaitFiles();
      callsSucceed();
    }
    assertThat(root("server")).isNotEqualTo(oldRoot);
    // A look between the renames of a key and its certificate keeps what is in use.
    assertThat(Stream.concat(server.refused.stream(), client.refused.stream()))
        .allMatch(refusal -> refusal.contains("is not the key of certificate"));
  }

  private X509Certificate root(String name) throws Exception {
    return PemCertificates.parse(
            "ca.crt", Files.readAllBytes(directory.resolve(name).resolve("ca.crt")))
        .get(0);
  }

  private void callsSucceed() throws Exception {
    assertThat(TextService.say(open, "open")).isEqualTo("open");
    ManagedChannel fresh = channel();
    assertThat(TextService.say(fresh, "fresh")).isEqualTo("fresh");
    fresh.shutdownNow();
  }

  private ManagedChannel channel() throws Exception {
    return SecureChannel.to("127.0.0.1:" + Lab.port(running), Transport.mutualTls(client.material))
        .expecting(DOMAIN.id("server"))
        .build();
  }

  /** Key material and what came of its reloads. */
  private static final class Watched {
    final KeyMaterial material;
    final BlockingQueue<String> refused = new LinkedBlockingQueue<>();
    private final Path directory;
    final BlockingQueue<KeyMaterial.Reload> reloads = new LinkedBlockingQueue<>();

    Watched(Path directory, Role role) throws Exception {
      this.directory = directory;
      this.material =
          KeyMaterial.watching(IdentityFiles.in(directory), role, OFTEN, InstantSource.system());
    }

    /** Hears of reloads after whoever has asked before. */
    void listen() {
      material.onReload(reload -> {
        reloads.add(reload);
        if (!reload.accepted()) {
          refused.add(reload.message());
        }
      });
    }

    /** Waits until what is in use is what the files hold, and everybody has heard of it. */
    void awaitFiles() throws Exception {
      do {
        assertThat(reloads.poll(15, TimeUnit.SECONDS)).isNotNull();
      } while (!isCurrent());
    }

    private boolean isCurrent() throws Exception {
      List<X509Certificate> chain =
          PemCertificates.parse("tls.crt", Files.readAllBytes(directory.resolve("tls.crt")));
      List<X509Certificate> anchors =
          PemCertificates.parse("ca.crt", Files.readAllBytes(directory.resolve("ca.crt")));
      return chain.equals(List.of(material.credential().chain().toArray()))
          && anchors.equals(material.trust().anchors().own());
    }
  }
}
