package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Channel;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client that uses one connection a lot brings many control frames with it, and meets no limit. */
class LongStreamsIT {
  private static final int ROUND_TRIPS = 10_000;
  private static final int MEGABYTES = 40;
  private static final int AT_ONCE = 8;
  private static final String POLICY = """
      {"name": "long", "allow_rules": [{"name": "alice", "source": {"principals": [
        "spiffe://example.org/ns/demo/sa/alice", "alice@demo.iam.gserviceaccount.com"]}}]}
      """;

  @TempDir
  private Path directory;

  private Lab tls;
  private AltsLab alts;
  private SecureServer server;

  @BeforeEach
  void start() throws Exception {
    tls = new Lab(directory);
    alts = new AltsLab();
    server = tls.start(tls.server(POLICY)
        .listen(Lab.loopback(), alts.transport(AltsLab.SERVER))
        .admin(Lab.loopback())
        .service(new Streams()));
  }

  @AfterEach
  void stop() {
    tls.close();
    alts.close();
  }

  @Test
  void carriesAllOverMutualTls() throws Exception {
    carriesAll(tls.channel(server, "alice"));
  }

  @Test
  void carriesAllOverAlts() throws Exception {
    carriesAll(alts.channel(server.addresses().get(1), AltsLab.ALICE));
  }

  private void carriesAll(Channel channel) throws Exception {
    Streams.Opened stream = Streams.open(channel, "Open", "long");
    for (int i = 0; i < ROUND_TRIPS; i++) {
      stream.echo("x");
    }
    // Both ways, and never the whole at once.
    String megabyte = "x".repeat(1 << 20);
    for (int i = 0; i < AT_ONCE; i++) {
      stream.send(megabyte);
    }
    for (int i = AT_ONCE; i < MEGABYTES; i++) {
      stream.expect(megabyte);
      stream.send(megabyte);
    }
    for (int i = 0; i < AT_ONCE; i++) {
      stream.expect(megabyte);
    }
    assertThat(Admin.get(server, "/metrics")).doesNotContain("connections_aborted_total{");
  }
}
