package dev.countersign.bench;

import dev.countersign.bench.HandshakeClients.Kind;
import dev.countersign.pem.Pem;
import dev.countersign.pki.CertificateForge;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.pki.ForgedCrl;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a new mutual TLS 1.3 connection and its first call cost a server, in processor time: ours, plain grpc-java on the
 * same BoringSSL, and {@code openssl s_server}, which only shakes hands. Each in a process of its own, one client process,
 * in turns; sessions are not resumed. Certificates on P-256 below one intermediate.
 */
final class HandshakeCost {
  private static final String BENCH = "handshake";
  private static final String OURS = "ours";
  private static final double LEAST_MILLIS = 0.001;
  private static final String X25519 = "X25519";
  private static final Kind KNOWN = new Kind(X25519, false);
  private static final Kind FRESH = new Kind(X25519, true);
  private static final Kind HYBRID = new Kind("X25519MLKEM768", false);
  private static final Pattern CONNECTIONS = Pattern.compile("(\\d+) connections in \\d+ real");

  private final Path directory;
  private final HandshakeClients clients;
  private final MeasuredServer plain;
  private final MeasuredServer ours;
  private final MeasuredServer listed;
  private final MeasuredServer openssl;
  private final int rounds;
  private final int perTurn;

  private HandshakeCost(Path directory, int rounds, int perTurn) throws Exception {
    this.directory = directory;
    this.rounds = rounds;
    this.perTurn = perTurn;
    CertificateForge forge = CertificateForge.at(InstantSource.system());
    ForgedCertificate root = forge.root("CN=bench root").selfSigned();
    ForgedCertificate issuing = forge.intermediate("CN=bench issuing").issuedBy(root);
    ForgedCertificate server = forge
        .leaf()
        .spiffe("spiffe://example.org/server")
        .ip("127.0.0.1")
        .clientAndServer()
        .issuedBy(issuing);
    ForgedCertificate client =
        forge.leaf().spiffe("spiffe://example.org/client").client().issuedBy(issuing);
    server.writeTo(directory.resolve("server"));
    server.writeTo(directory.resolve("listed"));
    client.writeTo(directory.resolve("client"));
    // s_time presents the leaf, and what it finds here above it.
    Files.writeString(
        directory.resolve("client/chain.crt"),
        Pem.write("CERTIFICATE", issuing.certificate().getEncoded())
            + Pem.write("CERTIFICATE", root.certificate().getEncoded()));
    Files.writeString(
        directory.resolve("listed/crl.pem"),
        ForgedCrl.of(root, InstantSource.system().instant())
            + ForgedCrl.of(issuing, InstantSource.system().instant()));
    clients = new HandshakeClients(issuing, client);
    plain = MeasuredServer.java("plain", directory.resolve("server"));
    ours = MeasuredServer.java("guarded", directory.resolve("server"));
    listed = MeasuredServer.java("guarded", directory.resolve("listed"));
    openssl = MeasuredServer.openssl(directory.resolve("server"), freePort());
  }

  public static void main(String[] args) throws Exception {
    int warmUp = args.length > 0 ? Integer.parseInt(args[0]) : Effort.of(8000, 60);
    int rounds = args.length > 1 ? Integer.parseInt(args[1]) : Effort.of(11, 1);
    int perTurn = args.length > 2 ? Integer.parseInt(args[2]) : Effort.of(150, 20);
    HandshakeCost cost =
        new HandshakeCost(Files.createTempDirectory("handshake-cost"), rounds, perTurn);
    try {
      cost.warmUp(warmUp);
      cost.run();
    } finally {
      cost.plain.close();
      cost.ours.close();
      cost.listed.close();
      cost.openssl.close();
    }
    System.exit(0);
  }

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** So many connections to each server, in turns: the compilers count calls, not seconds. */
  private void warmUp(int connections) throws Exception {
    for (int turn = 0; turn * perTurn < connections; turn++) {
      for (MeasuredServer server : new MeasuredServer[] {plain, ours, listed}) {
        clients.connect(server.port, turn % 3 == 0 ? FRESH : KNOWN, perTurn);
      }
    }
  }

  private void run() throws Exception {
    Cell[] cells = {
      new Cell("plain grpc-java", plain, KNOWN),
      new Cell("openssl s_server, no call", openssl, null),
      new Cell(OURS, ours, KNOWN),
      new Cell("ours, with revocation lists", listed, KNOWN),
      new Cell("plain, a new leaf each", plain, FRESH),
      new Cell("ours, a new leaf each", ours, FRESH),
      new Cell("ours, lists, a new leaf each", listed, FRESH),
      new Cell("plain, X25519MLKEM768", plain, HYBRID),
      new Cell("ours, X25519MLKEM768", ours, HYBRID),
    };
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < cells.length; i++) {
        // Every other round the other way, so that none always follows the same one.
        cells[round % 2 == 0 ? i : cells.length - 1 - i].turn(round);
      }
    }
    // s_time counts a connection that the server refuses for its certificate.
    if (openssl.log().contains("verify error")) {
      throw new IllegalStateException("openssl s_server refused its clients: " + openssl.log());
    }
    for (Cell cell : cells) {
      cell.record(cells[0]);
    }
    Quartiles ratio = Quartiles.of(cells[2].ratiosTo(cells[1]));
    Figure.of(BENCH, "ours to openssl s_server")
        .beside("openssl s_server, no call", ratio)
        .ratioAtMost(1)
        .record();
    Figure.of(BENCH, "ours, a new leaf each, to plain likewise")
        .beside("plain, a new leaf each", Quartiles.of(cells[5].ratiosTo(cells[4])))
        .ratioAtMost(0.65)
        .record();
    Figure.of(BENCH, "revocation lists on top")
        .beside("ours", Quartiles.of(cells[3].ratiosTo(cells[2])))
        .ratioAtMost(1.05)
        .record();
  }

  /** One server under one kind of client. */
  private final class Cell {
    private final String label;
    private final MeasuredServer server;
    private final @Nullable Kind kind;
    private final double[] millis = new double[rounds];
    private double kilobytes;

    Cell(String label, MeasuredServer server, @Nullable Kind kind) {
      this.label = label;
      this.server = server;
      this.kind = kind;
    }

    void turn(int round) throws Exception {
      double before = server.processorMillis();
      int count;
      if (kind == null) {
        count = secondOfOpenssl();
      } else {
        long bytes = server.allocated();
        clients.connect(server.port, kind, perTurn);
        count = perTurn;
        kilobytes += (server.allocated() - bytes) / 1024.0 / count / rounds;
      }
      millis[round] = (server.processorMillis() - before) / count;
    }

    double[] ratiosTo(Cell base) {
      double[] ratios = new double[rounds];
      // A smoke run is so short that a server may have spent less than a tick.
      Arrays.setAll(ratios, i -> (millis[i] + LEAST_MILLIS) / (base.millis[i] + LEAST_MILLIS));
      return ratios;
    }

    void record(Cell base) {
      Figure figure = Figure.of(BENCH, label).measured(Quartiles.of(millis).median(), "ms");
      if (this != base) {
        figure.beside(base.label, Quartiles.of(ratiosTo(base)));
      }
      if (label.equals(OURS)) {
        figure.ratioAtMost(0.65);
      }
      figure.record();
      if (kilobytes > 0) {
        Figure.of(BENCH, label + ": allocated").measured(kilobytes, "KiB").record();
      }
    }
  }

  /** How many connections OpenSSL's own client makes in a second. */
  private int secondOfOpenssl() throws Exception {
    Process client = new ProcessBuilder(
            "openssl",
            "s_time",
            "-new",
            "-time",
            "1",
            "-connect",
            "127.0.0.1:" + openssl.port,
            "-tls1_3",
            "-cert",
            directory.resolve("client/tls.crt").toString(),
            "-key",
            directory.resolve("client/tls.key").toString(),
            "-CAfile",
            directory.resolve("client/chain.crt").toString())
        .redirectErrorStream(true)
        .start();
    String output = new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    Matcher connections = CONNECTIONS.matcher(output);
    if (!connections.find() || connections.group(1).equals("0")) {
      throw new IllegalStateException("openssl s_time made no connection: " + output);
    }
    return Integer.parseInt(connections.group(1));
  }
}
