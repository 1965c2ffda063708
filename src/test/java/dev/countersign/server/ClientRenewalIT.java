package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.client.SecureChannel;
import dev.countersign.credentials.IdentityFiles;
import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.Transport;
import dev.countersign.files.AtomicFile;
import dev.countersign.pem.Pem;
import dev.countersign.server.Streams.Opened;
import io.grpc.ManagedChannel;
import io.grpc.Status.Code;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A channel whose certificate is renewed in time outlives the old certificate; one that is not does not. */
class ClientRenewalIT {
  private static final String POLICY = """
      {"name": "lab", "allow_rules": [{"name": "all", "source": {"principals": ["spiffe://example.org/*"]}}]}
      """;
  private static final Duration SHORT = Duration.ofHours(1);

  @TempDir
  private Path directory;

  private LiveLab live;
  private Path identity;
  private KeyMaterial material;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws Exception {
    live = new LiveLab(directory, POLICY);
    identity = directory.resolve("renewed");
    leafFor(SHORT);
    material = KeyMaterial.watching(
        IdentityFiles.in(identity), Role.CLIENT, Duration.ofMillis(20), live.clock);
    channel = SecureChannel.to("127.0.0.1:" + live.port(), Transport.mutualTls(material))
        .expecting(Lab.SERVER)
        .build();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    material.close();
    live.close();
  }

  @Test
  void newCallsGoWithTheNewCertificateLongBeforeTheOldOneExpires() throws Exception {
    Opened old = Streams.open(channel, "Open", "old");
    CompletableFuture<KeyMaterial.Reload> reloaded = new CompletableFuture<>();
    // A look between the two files finds a key that is not the certificate's, and waits for the
    // other.
    material.onReload(reload -> {
      if (reload.accepted()) {
        reloaded.complete(reload);
      }
    });
    leafFor(Duration.ofHours(20));
    reloaded.get(10, TimeUnit.SECONDS);
    old.echo("still");
    Opened fresh = Streams.open(channel, "Open", "fresh");

    live.clock.advance(SHORT.plusMinutes(1));

    assertThat(old.status().getCode()).isEqualTo(Code.UNAUTHENTICATED);
    fresh.echo("still");
    Streams.open(channel, "Open", "later").echo("still");
  }

  @Test
  void newTrustAloneMovesNobody() throws Exception {
    Opened open = Streams.open(channel, "Open", "open");
    String before = live.metric("countersign_guard_connections_total");
    CompletableFuture<KeyMaterial.Reload> reloaded = new CompletableFuture<>();
    material.onReload(reloaded::complete);
    AtomicFile.write(
        identity.resolve("ca.crt"),
        (Files.readString(identity.resolve("ca.crt"))
                + Pem.write(
                    "CERTIFICATE",
                    live.lab
                        .forge()
                        .root("CN=Another")
                        .selfSigned()
                        .certificate()
                        .getEncoded()))
            .getBytes(StandardCharsets.US_ASCII),
        AtomicFile.Rights.PUBLIC);
    assertThat(reloaded.get(10, TimeUnit.SECONDS).accepted()).isTrue();

    Streams.open(channel, "Open", "another").echo("still");

    open.echo("still");
    assertThat(live.metric("countersign_guard_connections_total"))
        .isEqualTo(before)
        .endsWith(" 1.0");
  }

  private void leafFor(Duration time) throws Exception {
    live.lab
        .forge()
        .leaf()
        .spiffe("spiffe://example.org/ns/demo/sa/renewed")
        .client()
        .notAfter(live.clock.instant().plus(time))
        .issuedBy(live.lab.issuing())
        .writeTo(identity);
  }
}
