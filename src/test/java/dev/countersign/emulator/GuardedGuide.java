package dev.countersign.emulator;

import dev.countersign.credentials.Transport;
import dev.countersign.guard.StdoutAuditSinkProvider;
import dev.countersign.identity.PeerIdentity;
import dev.countersign.identity.ServiceAccount;
import dev.countersign.policy.Policy;
import dev.countersign.server.Limits;
import dev.countersign.server.SecureServer;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** Our own server with an {@link EchoGuide}, for one account and nobody else; every decision is audited. */
final class GuardedGuide {
  private static final String POLICY = """
      {"name": "interop",
       "allow_rules": [
         {"name": "caller", "source": {"principals": ["%s"]},
          "request": {"paths": ["/routeguide.RouteGuide/*"]}}],
       "audit_logging_options": {"audit_condition": "ON_DENY_AND_ALLOW",
         "audit_loggers": [{"name": "stdout_logger"}]}}
      """;

  private GuardedGuide() {}

  static SecureServer start(Transport transport, ServiceAccount caller, PrintStream audit)
      throws IOException {
    Limits usual = Limits.DEFAULT;
    byte[] policy = POLICY.formatted(caller).getBytes(StandardCharsets.UTF_8);
    return SecureServer.builder()
        .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), transport)
        .guardedBy(Policy.parse("interop.json", policy))
        .auditSink(new StdoutAuditSinkProvider(audit))
        .limits(new Limits(
            usual.maxConnections(),
            usual.maxConnectionsPerIdentity(),
            usual.maxStreams(),
            AltsPair.MAX_MESSAGE,
            usual.maxMetadataBytes(),
            usual.handshakeTimeout(),
            usual.maxConnectionIdle(),
            usual.maxConnectionAge(),
            usual.maxConnectionAgeGrace()))
        .service(new EchoGuide(() -> PeerIdentity.current().primary().name()))
        .start();
  }
}
