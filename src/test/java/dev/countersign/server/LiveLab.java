package dev.countersign.server;

import dev.countersign.credentials.IdentityFiles;
import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.TlsOptions;
import dev.countersign.credentials.Transport;
import dev.countersign.files.AtomicFile;
import dev.countersign.pem.PemCertificates;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.pki.ForgedCrl;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A server whose clock, policy, trust and revocation list a test changes while streams are open. */
final class LiveLab implements AutoCloseable {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  static final Duration RELOAD_EVERY = Duration.ofMillis(50);

  final HandClock clock = new HandClock();
  final Streams streams = new Streams();
  final Lab.Recorder audit = new Lab.Recorder();
  final Lab lab;
  private final ReplaceablePolicy policy;
  private final Path serverFiles;
  private final KeyMaterial material;
  final SecureServer server;

  LiveLab(Path directory, String firstPolicy) throws Exception {
    this(directory, firstPolicy, TlsOptions.DEFAULT);
  }

  LiveLab(Path directory, String firstPolicy, TlsOptions options) throws Exception {
    lab = new Lab(directory);
    serverFiles = lab.identity("server");
    policy = new ReplaceablePolicy(Lab.policy(firstPolicy));
    material =
        KeyMaterial.watching(IdentityFiles.in(serverFiles), Role.SERVER, RELOAD_EVERY, clock);
    server = lab.start(SecureServer.builder()
        .listen(Lab.loopback(), Transport.mutualTls(material, options))
        .guardedBy(policy)
        .clock(clock)
        .admin(Lab.loopback())
        .auditSink(audit)
        .service(streams)
        .drain(Duration.ofSeconds(1)));
  }

  int port() {
    return server.addresses().get(0).address().getPort();
  }

  KeyMaterial material() {
    return material;
  }

  void policy(String json) {
    policy.replace(Lab.policy(json));
  }

  /** Writes revocation lists of both authorities that begin a minute ago, and waits until they are taken up. */
  void revoke(X509Certificate... leaves) throws Exception {
    CompletableFuture<KeyMaterial.Reload> reloaded = nextReload();
    lists(clock.instant().minusSeconds(60), leaves);
    reloaded.get(10, TimeUnit.SECONDS);
  }

  /** What comes of the next change of the server's files. */
  CompletableFuture<KeyMaterial.Reload> nextReload() {
    CompletableFuture<KeyMaterial.Reload> reloaded = new CompletableFuture<>();
    material.onReload(reloaded::complete);
    return reloaded;
  }

  /** Writes revocation lists of both authorities that hold for a day. */
  void lists(Instant from, X509Certificate... leaves) throws Exception {
    write("crl.pem", ForgedCrl.of(lab.root(), from) + ForgedCrl.of(lab.issuing(), from, leaves));
  }

  /** Believes another authority instead of the lab's, and presents a certificate of it. */
  void believeOnly(ForgedCertificate serverOfAnother) throws Exception {
    CompletableFuture<KeyMaterial.Reload> reloaded = nextReload();
    serverOfAnother.writeTo(serverFiles);
    reloaded.get(10, TimeUnit.SECONDS);
  }

  void write(String file, String text) throws Exception {
    AtomicFile.write(
        serverFiles.resolve(file),
        text.getBytes(StandardCharsets.US_ASCII),
        AtomicFile.Rights.PUBLIC);
  }

  /**
   * The line of the metrics that begins so, once it holds the parts: a call's end reaches its peer before it is counted.
   * After ten seconds, the line as it is; empty if there is none.
   */
  String metric(String beginning, String... parts) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    String line = line(beginning);
    while (!List.of(parts).stream().allMatch(line::contains) && System.nanoTime() < deadline) {
      LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
      line = line(beginning);
    }
    return line;
  }

  private String line(String beginning) throws Exception {
    return metrics()
        .lines()
        .filter(line -> line.startsWith(beginning))
        .findFirst()
        .orElse("");
  }

  String metrics() throws Exception {
    return admin("/metrics");
  }

  String admin(String path) throws Exception {
    int port = Objects.requireNonNull(server.adminAddress()).getPort();
    URI address = URI.create("http://127.0.0.1:" + port + path);
    return HTTP.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }

  static X509Certificate leafOf(Path identity) throws Exception {
    return PemCertificates.parse("leaf", Files.readAllBytes(identity.resolve("tls.crt")))
        .get(0);
  }

  static List<X509Certificate> chainOf(Path identity) throws Exception {
    return PemCertificates.parse("chain", Files.readAllBytes(identity.resolve("tls.crt")));
  }

  @Override
  public void close() {
    lab.close();
    material.close();
  }
}
