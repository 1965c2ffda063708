package dev.countersign.bench;

import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.Transport;
import dev.countersign.identity.SpiffeId;
import dev.countersign.pki.CertificateForge;
import dev.countersign.pki.ForgedCertificate;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;

/** A server's and a client's identity directory (P-256, below one intermediate), and channels from one to the other. */
public final class BenchIdentities {
  /** Whom clients expect. */
  public static final SpiffeId SERVER = SpiffeId.parse("spiffe://example.org/server");

  /** Whom the server sees. */
  public static final SpiffeId CLIENT = SpiffeId.parse("spiffe://example.org/client");

  private final Path directory;

  private BenchIdentities(Path directory) {
    this.directory = directory;
  }

  /** New ones, in a directory of their own. */
  public static BenchIdentities create() throws IOException {
    Path directory = Files.createTempDirectory("bench");
    CertificateForge forge = CertificateForge.at(InstantSource.system());
    ForgedCertificate root = forge.root("CN=bench root").selfSigned();
    ForgedCertificate issuing = forge.intermediate("CN=bench issuing").issuedBy(root);
    for (SpiffeId each : List.of(SERVER, CLIENT)) {
      forge
          .leaf()
          .spiffe(each.name())
          .dns("localhost")
          .clientAndServer()
          .issuedBy(issuing)
          .writeTo(directory.resolve(each.name().substring(each.name().lastIndexOf('/') + 1)));
    }
    return new BenchIdentities(directory);
  }

  /** Where both directories stand. */
  public Path directory() {
    return directory;
  }

  /** The server's identity directory. */
  public Path server() {
    return directory.resolve("server");
  }

  /** The client's side of mutual TLS. */
  public Transport client() throws Exception {
    return Transport.mutualTls(KeyMaterial.watching(directory.resolve("client"), Role.CLIENT));
  }

  /** The server's side of mutual TLS. */
  public Transport serverTransport() throws Exception {
    return Transport.mutualTls(KeyMaterial.watching(server(), Role.SERVER));
  }

  /** A connection of its own whose answers are heard on its event loop. */
  static ManagedChannel channel(Transport client, String target) {
    return Grpc.newChannelBuilder(target, client.channelCredentials(Set.of(SERVER)))
        .directExecutor()
        .build();
  }
}
