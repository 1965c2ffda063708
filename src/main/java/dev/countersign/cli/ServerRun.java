package dev.countersign.cli;

import dev.countersign.credentials.KeyMaterial;
import dev.countersign.demo.DeviceControllerService;
import dev.countersign.demo.Places;
import dev.countersign.demo.RouteGuideService;
import dev.countersign.files.AtomicFile;
import dev.countersign.guard.StdoutAuditSinkProvider;
import dev.countersign.identity.SpiffeId;
import dev.countersign.server.Limits;
import dev.countersign.server.PolicyFile;
import dev.countersign.server.SecureServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** Serves the demo's services until the process is told to stop. */
final class ServerRun implements ServeLauncher {

  @Override
  public ExitCode serve(ServeSettings settings, Terminal terminal)
      throws IOException, InterruptedException {
    try (ServerParts parts = ServerParts.read(settings, terminal.clock())) {
      if (!parts.problems().isEmpty()) {
        throw new CommandException(
            parts.exitCode(),
            parts.problems(),
            List.of("\"countersign doctor\" with the same flags says more"));
      }
      StdoutAuditSinkProvider audit = new StdoutAuditSinkProvider(terminal.out());
      settings
          .emulator()
          .ifPresent(address -> terminal.warn("ALTS goes through the emulator at " + address
              + " and gives NO SECURITY: any process of this machine can be any peer"));
      try (Transports transports = new Transports(
          parts.material(), settings.tls(), settings.emulator(), terminal.machine())) {
        serve(settings, audit, start(settings, terminal, parts, audit, transports));
      }
      return ExitCode.DONE;
    }
  }

  private static void serve(
      ServeSettings settings, StdoutAuditSinkProvider audit, SecureServer server)
      throws IOException, InterruptedException {
    ExitHook hook = ExitHook.of("countersign-drain", () -> stop(server, audit));
    try {
      if (settings.readyFile().isPresent()) {
        AtomicFile.write(
            settings.readyFile().get(),
            ready(server).getBytes(StandardCharsets.UTF_8),
            AtomicFile.Rights.PUBLIC);
      }
      server.awaitTermination();
    } finally {
      hook.forget();
      stop(server, audit);
    }
  }

  private static void stop(SecureServer server, StdoutAuditSinkProvider audit) {
    server.close();
    audit.close();
  }

  private static SecureServer start(
      ServeSettings settings,
      Terminal terminal,
      ServerParts parts,
      StdoutAuditSinkProvider audit,
      Transports transports) {
    KeyMaterial material = parts.material();
    PolicyFile policy = Objects.requireNonNull(parts.policy());
    Places places = Objects.requireNonNull(parts.places());
    SecureServer.Builder builder = SecureServer.builder()
        .guardedBy(policy)
        .auditSink(audit)
        .service(new RouteGuideService(places, System::nanoTime))
        .admin(address(settings.admin()))
        .limits(limits(settings.limits()))
        .drain(settings.drain())
        .clock(terminal.clock());
    if (parts.shadowPolicy() != null) {
      builder.shadowedBy(parts.shadowPolicy());
    }
    if (material != null && material.credential().names().get(0) instanceof SpiffeId id) {
      builder.service(new DeviceControllerService(id.trustDomain(), terminal.clock()));
    } else {
      terminal.warn(
          "the device controller is not offered: we have no certificate with a SPIFFE id to take a"
              + " trust domain from");
    }
    try {
      for (Place place : settings.listeners()) {
        builder.listen(address(place.address()), transports.of(place.transport()));
      }
      return builder.start();
    } catch (IllegalArgumentException e) {
      throw CommandException.refused(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw CommandException.environment("cannot listen: " + Printable.of(rootMessage(e)));
    }
  }

  private static String rootMessage(Throwable thrown) {
    String message = String.valueOf(thrown.getMessage());
    Throwable cause = thrown.getCause();
    return cause == null || cause.getMessage() == null
        ? message
        : message + ": " + cause.getMessage();
  }

  private static InetSocketAddress address(HostPort place) {
    if (place.host().isEmpty()) {
      return new InetSocketAddress(place.port());
    }
    try {
      return new InetSocketAddress(InetAddress.getByName(place.host()), place.port());
    } catch (UnknownHostException e) {
      throw CommandException.environment(
          "host " + Printable.quoted(place.host()) + " has no address here");
    }
  }

  private static Limits limits(LimitSettings asked) {
    Limits otherwise = Limits.DEFAULT;
    return new Limits(
        asked.maxConnections().orElse(otherwise.maxConnections()),
        asked.maxConnectionsPerIdentity().orElse(otherwise.maxConnectionsPerIdentity()),
        asked.maxStreams().orElse(otherwise.maxStreams()),
        asked.maxMessage().orElse(otherwise.maxMessageBytes()),
        asked.maxMetadata().orElse(otherwise.maxMetadataBytes()),
        asked.handshakeTimeout().orElse(otherwise.handshakeTimeout()),
        otherwise.maxConnectionIdle(),
        asked.maxConnectionAge().orElse(otherwise.maxConnectionAge()),
        otherwise.maxConnectionAgeGrace());
  }

  private static String ready(SecureServer server) {
    return JsonLine.of(json -> {
          json.writeArrayFieldStart("listeners");
          for (SecureServer.ListenAddress listener : server.addresses()) {
            json.writeStartObject();
            json.writeStringField("transport", listener.transport());
            json.writeStringField("address", text(listener.address()));
            json.writeEndObject();
          }
          json.writeEndArray();
          InetSocketAddress admin = server.adminAddress();
          if (admin != null) {
            json.writeStringField("admin", text(admin));
          }
        })
        + "\n";
  }

  private static String text(InetSocketAddress address) {
    return new HostPort(address.getAddress().getHostAddress(), address.getPort()).toString();
  }
}
