package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.credentials.KeyMaterial;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.server.Streams.Opened;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCalls;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server's files change while it serves: good ones are taken up without a failed call, bad ones are told. */
class ReloadIT {
  private static final String POLICY = """
      {"name": "first", "allow_rules": [{"name": "all", "source": {"principals": ["spiffe://example.org/*"]}}]}
      """;

  @TempDir
  private Path directory;

  private LiveLab live;

  @BeforeEach
  void start() throws Exception {
    live = new LiveLab(directory, POLICY);
  }

  @AfterEach
  void stop() {
    live.close();
  }

  @Test
  void noCallFailsWhileCertificatesAreRenewedTenTimesASecond() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    AtomicInteger calls = new AtomicInteger();
    List<Throwable> failures = new CopyOnWriteArrayList<>();
    Opened staying = Streams.open(live.lab.channel(live.server, "alice"), "Open", "staying");
    AtomicInteger reloads = new AtomicInteger();
    live.material().onReload(reload -> reloads.addAndGet(reload.accepted() ? 1 : 0));
    ManagedChannel old = live.lab.channel(live.server, "bob");
    Thread load = new Thread(() -> {
      while (!done.get()) {
        call(old);
        calls.incrementAndGet();
      }
    });
    load.setUncaughtExceptionHandler((thread, failure) -> failures.add(failure));
    load.start();

    for (int i = 0; i < 20; i++) {
      CompletableFuture<KeyMaterial.Reload> taken = new CompletableFuture<>();
      live.material().onReload(reload -> {
        if (reload.accepted()) {
          taken.complete(reload);
        }
      });
      serverLeaf(Duration.ofDays(1)).writeTo(live.lab.identity("server"));
      taken.get(10, TimeUnit.SECONDS);
      // A connection of its own, with the certificate that has just come.
      assertThat(call(live.lab.channel(live.server, "bob"))).isEqualTo("in");
    }
    done.set(true);
    load.join();

    assertThat(failures).isEmpty();
    assertThat(reloads.get()).isGreaterThanOrEqualTo(20);
    assertThat(calls.get()).isPositive();
    staying.echo("still");
  }

  @Test
  void refusedChangeIsNotedUntilItIsRepaired() throws Exception {
    assertThat(live.admin("/readyz")).isEqualTo("ready\n");
    String good =
        Files.readString(live.lab.identity("server").resolve("tls.crt"), StandardCharsets.US_ASCII);

    CompletableFuture<KeyMaterial.Reload> refused = live.nextReload();
    live.write("tls.crt", good.substring(0, good.length() / 2));

    assertThat(refused.get(10, TimeUnit.SECONDS).accepted()).isFalse();
    assertThat(live.admin("/readyz")).startsWith("ready\nnote: key-material: kept the previous");
    assertThat(live.metrics())
        .contains("countersign_reloads_total{")
        .contains("result=\"refused\",subject=\"key-material\"");
    assertThat(call(live.lab.channel(live.server, "alice"))).isEqualTo("in");

    CompletableFuture<KeyMaterial.Reload> repaired = live.nextReload();
    live.write("tls.crt", good);

    assertThat(repaired.get(10, TimeUnit.SECONDS).accepted()).isTrue();
    assertThat(live.admin("/readyz")).isEqualTo("ready\n");
  }

  @Test
  void refusedPolicyIsToldAndTheLastGoodOneStays() throws Exception {
    Path file = directory.resolve("policy.json");
    Files.writeString(file, POLICY);
    List<Reload> told = new CopyOnWriteArrayList<>();
    CompletableFuture<Reload> first = new CompletableFuture<>();
    try (PolicyFile policy = PolicyFile.watching(file, LiveLab.RELOAD_EVERY);
        SecureServer server = live.lab
            .server(POLICY)
            .guardedBy(policy)
            .service(new Streams())
            .drain(Duration.ofMillis(100))
            .onReload(told::add)
            .onReload(first::complete)
            .start()) {
      ManagedChannel channel = live.lab.channel(server, "alice");
      assertThat(call(channel)).isEqualTo("in");

      Files.writeString(file, POLICY.substring(0, 40));

      assertThat(first.get(10, TimeUnit.SECONDS).accepted()).isFalse();
      assertThat(told.get(0).message()).startsWith("kept the previous policy \"first\": ");
      assertThat(call(channel)).isEqualTo("in");
      channel.shutdownNow();
    }
  }

  private ForgedCertificate serverLeaf(Duration validFor) {
    return live.lab
        .forge()
        .leaf()
        .spiffe(Lab.SERVER.name())
        .clientAndServer()
        .notAfter(live.clock.instant().plus(validFor))
        .issuedBy(live.lab.issuing());
  }

  private static String call(ManagedChannel channel) {
    return ClientCalls.blockingUnaryCall(
        channel,
        Streams.method("Open"),
        CallOptions.DEFAULT.withDeadlineAfter(10, TimeUnit.SECONDS),
        "in");
  }
}
