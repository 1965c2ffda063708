package dev.countersign.bench;

import dev.countersign.bench.HandshakeClients.Kind;
import dev.countersign.pki.CertificateForge;
import dev.countersign.pki.ForgedCertificate;
import io.grpc.ManagedChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;

/**
 * What an idle mutual TLS connection weighs in a server that has answered one call on it: ours beside plain grpc-java on the
 * same BoringSSL, in processes of their own, for connections of one client and of as many clients as there are connections.
 */
final class ConnectionWeight {
  /** Before these the process makes what it makes once. */
  private static final int FIRST = Effort.of(200, 20);

  private ConnectionWeight() {}

  public static void main(String[] args) throws Exception {
    int connections = args.length > 0 ? Integer.parseInt(args[0]) : Effort.of(2000, 50);
    Path directory = Files.createTempDirectory("connection-weight");
    CertificateForge forge = CertificateForge.at(InstantSource.system());
    ForgedCertificate root = forge.root("CN=bench root").selfSigned();
    ForgedCertificate issuing = forge.intermediate("CN=bench issuing").issuedBy(root);
    forge
        .leaf()
        .spiffe("spiffe://example.org/server")
        .ip("127.0.0.1")
        .clientAndServer()
        .issuedBy(issuing)
        .writeTo(directory);
    HandshakeClients clients = new HandshakeClients(
        issuing, forge.leaf().spiffe("spiffe://example.org/client").client().issuedBy(issuing));
    System.out.printf("%-28s %14s %16s%n", "bytes a connection", "on the heap", "of the process");
    for (boolean fresh : new boolean[] {false, true}) {
      long[] plain = weigh("plain", directory, clients, fresh, connections);
      long[] ours = weigh("guarded", directory, clients, fresh, connections);
      String leaf = fresh ? "a leaf each" : "one leaf";
      figure("on the heap, " + leaf, plain[0], ours[0]);
      figure("of the process, " + leaf, plain[1], ours[1]);
    }
    System.exit(0);
  }

  private static void figure(String what, long plain, long ours) {
    Figure.of("connection-weight", "an idle connection, " + what)
        .measured(ours / 1024.0, "KiB")
        .beside("plain grpc-java", ours / (double) plain)
        .saneBetween(Effort.isSmoke() ? -1e9 : 0, 1e9)
        .ratioAtMost(1.1)
        .record();
  }

  private static long[] weigh(
      String kind, Path identity, HandshakeClients clients, boolean fresh, int connections)
      throws Exception {
    Kind client = new Kind("X25519", fresh);
    try (MeasuredServer server = MeasuredServer.java(kind, identity)) {
      List<ManagedChannel> first = clients.open(server.port, client, FIRST);
      long held = server.held();
      long resident = server.resident();
      List<ManagedChannel> rest = clients.open(server.port, client, connections);
      long[] each = {
        (server.held() - held) / connections, (server.resident() - resident) / connections
      };
      System.out.printf(
          "%-28s %14d %16d%n", kind + (fresh ? ", a leaf each" : ", one leaf"), each[0], each[1]);
      first.forEach(ManagedChannel::shutdownNow);
      rest.forEach(ManagedChannel::shutdownNow);
      return each;
    }
  }
}
