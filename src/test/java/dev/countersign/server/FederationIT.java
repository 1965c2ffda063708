package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.client.SecureChannel;
import dev.countersign.credentials.IdentityFiles;
import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.PeerRefusedException;
import dev.countersign.credentials.PeerRefusedException.Reason;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.Transport;
import dev.countersign.files.AtomicFile;
import dev.countersign.identity.DnsName;
import dev.countersign.identity.Principal;
import dev.countersign.identity.SpiffeId;
import dev.countersign.identity.TrustDomain;
import dev.countersign.pem.Pem;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.server.Streams.Opened;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.Status.Code;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Peers of another trust domain, whose anchors come in a SPIFFE bundle: in, kept to their own names, and out again. */
class FederationIT {
  private static final TrustDomain OURS = new TrustDomain("example.org");
  private static final TrustDomain THEIRS = new TrustDomain("partner.example");
  private static final String GUEST = "spiffe://partner.example/guest";
  private static final String POLICY = """
      {"name": "lab", "allow_rules": [{"name": "all",
         "source": {"principals": ["spiffe://example.org/*", "spiffe://partner.example/*"]}}]}
      """;

  @TempDir
  private Path directory;

  private final List<AutoCloseable> opened = new ArrayList<>();
  private Lab lab;
  private ForgedCertificate partner;
  private KeyMaterial material;
  private SecureServer server;

  @BeforeEach
  void start() throws Exception {
    lab = new Lab(directory);
    partner = lab.forge().root("CN=Partner").selfSigned();
    bundle(7, partner);
    material = watching(lab.identity("server"), Role.SERVER, THEIRS, "partner.json");
    server = lab.start(SecureServer.builder()
        .listen(Lab.loopback(), Transport.mutualTls(material))
        .guardedBy(Lab.policy(POLICY))
        .admin(Lab.loopback())
        .service(new Streams())
        .drain(Duration.ofSeconds(1)));
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
    lab.close();
  }

  @Test
  void streamsOfADomainEndWhenItsAnchorsGoAndOthersDoNotNotice() throws Exception {
    Opened guest = Streams.open(channel("guest", GUEST), "Open", "guest");
    Opened own = Streams.open(lab.channel(server, "alice"), "Open", "alice");

    CompletableFuture<KeyMaterial.Reload> older = reload();
    bundle(6, lab.forge().root("CN=Partner withdrawn").selfSigned());
    assertThat(older.get(20, TimeUnit.SECONDS).message())
        .contains("is older than the one in use: spiffe_sequence 6 (at least 7)");
    guest.echo("still");

    bundle(8, lab.forge().root("CN=Partner anew").selfSigned());

    assertThat(guest.status().getCode()).isEqualTo(Code.UNAUTHENTICATED);
    own.echo("still");
    Admin.awaitMetric(server, "reason=\"UNTRUSTED_ISSUER\",result=\"unauthenticated\"} 1.0");
  }

  @Test
  void anAuthorityOfAnotherDomainCannotIssueAnIdOfOurs() throws Exception {
    Streams.open(channel("guest", GUEST), "Open", "guest").echo("in");

    try (CapturedLog log = new CapturedLog()) {
      channel("posing", "spiffe://example.org/ns/demo/sa/alice").getState(true);

      assertThat(log.await("refused mtls peer at"))
          .contains(
              "UNTRUSTED_ISSUER", "names \"spiffe://example.org/ns/demo/sa/alice\"", "CN=Partner");
    }
  }

  @Test
  void anAuthorityOfAnotherDomainCannotPoseAsAServerThatIsExpectedByItsDnsName() throws Exception {
    Path identity = directory.resolve("host");
    lab.forge()
        .leaf()
        .spiffe("spiffe://partner.example/host")
        .dns("db.example.org")
        .server()
        .issuedBy(partner)
        .writeTo(identity);
    write("ours.pem", pem(lab.root()));
    SecureServer host = lab.start(SecureServer.builder()
        .listen(
            Lab.loopback(), Transport.mutualTls(watching(identity, Role.SERVER, OURS, "ours.pem")))
        .guardedBy(Lab.policy(POLICY))
        .service(new Streams()));
    Streams.open(calling(host, SpiffeId.parse("spiffe://partner.example/host")), "Open", "alice")
        .echo("in");

    Status status = Streams.begin(
            calling(host, DnsName.parse("db.example.org")), "Open", new Metadata())
        .status();

    assertThat(status.getCause())
        .rootCause()
        .isInstanceOfSatisfying(
            PeerRefusedException.class,
            refusal -> assertThat(refusal.reason()).isEqualTo(Reason.UNEXPECTED_PEER))
        .hasMessage("server is \"spiffe://partner.example/host\" (expected \"db.example.org\");"
            + " DNS names count only of servers of our own anchors");
  }

  /** A channel of a workload of ours, which also believes the partner's anchors. */
  private ManagedChannel calling(SecureServer host, Principal expected) throws Exception {
    KeyMaterial alice = watching(lab.identity("alice"), Role.CLIENT, THEIRS, "partner.json");
    ManagedChannel channel = SecureChannel.to(
            "127.0.0.1:" + Lab.port(host), Transport.mutualTls(alice))
        .expecting(expected)
        .build();
    opened.add(channel::shutdownNow);
    return channel;
  }

  private CompletableFuture<KeyMaterial.Reload> reload() {
    CompletableFuture<KeyMaterial.Reload> reloaded = new CompletableFuture<>();
    material.onReload(reloaded::complete);
    return reloaded;
  }

  private KeyMaterial watching(Path identity, Role role, TrustDomain other, String anchors)
      throws Exception {
    KeyMaterial watching = KeyMaterial.watching(
        IdentityFiles.in(identity).federatedWith(Map.of(other, directory.resolve(anchors))),
        role,
        LiveLab.RELOAD_EVERY,
        InstantSource.system());
    opened.add(watching);
    return watching;
  }

  /** A channel of somebody whom the partner's authority says to be this, and who believes our server. */
  private ManagedChannel channel(String name, String id) throws Exception {
    Path identity = directory.resolve(name);
    lab.forge().leaf().spiffe(id).client().issuedBy(partner).writeTo(identity);
    KeyMaterial callers;
    if (id.startsWith("spiffe://" + OURS.name())) {
      write(name + "/ca.crt", pem(partner) + pem(lab.root()));
      callers = KeyMaterial.watching(identity, Role.CLIENT);
      opened.add(callers);
    } else {
      write("ours.pem", pem(lab.root()));
      callers = watching(identity, Role.CLIENT, OURS, "ours.pem");
    }
    ManagedChannel channel = SecureChannel.to(
            "127.0.0.1:" + Lab.port(server), Transport.mutualTls(callers))
        .expecting(Lab.SERVER)
        .build();
    opened.add(channel::shutdownNow);
    return channel;
  }

  private static String pem(ForgedCertificate root) throws Exception {
    return Pem.write("CERTIFICATE", root.certificate().getEncoded());
  }

  private void bundle(int sequence, ForgedCertificate root) throws Exception {
    String text = """
        {"spiffe_sequence": %d, "keys": [{"kty": "EC", "use": "x509-svid", "x5c": ["%s"]}]}
        """.formatted(
            sequence, Base64.getEncoder().encodeToString(root.certificate().getEncoded()));
    write("partner.json", text);
  }

  private void write(String file, String text) throws Exception {
    AtomicFile.write(
        directory.resolve(file),
        text.getBytes(StandardCharsets.US_ASCII),
        AtomicFile.Rights.PUBLIC);
  }
}
