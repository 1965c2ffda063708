package dev.countersign.assessment;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;

/** Calls, as an identity that may call nothing, the services that servers bring along. */
final class OpenService extends Check {
  private final List<String> paths;

  private OpenService(String name, Severity severity, String what, List<String> paths) {
    super(About.of(name, Group.AUTHORIZATION, severity)
        .tries("Calls of " + what + " by an identity without a rule.")
        .safe("PERMISSION_DENIED, as for any method.")
        .source("gRFC A43; gRFC A90")
        .remedy("Put the services that a library adds behind the same policy, or leave them out."));
    this.paths = paths;
  }

  static List<Check> all() {
    return List.of(
        new OpenService(
            "open-health",
            Severity.LOW,
            "the health service",
            List.of(
                "/grpc.health.v1.Health/Check",
                "/grpc.health.v1.Health/List",
                "/grpc.health.v1.Health/Watch")),
        new OpenService(
            "open-reflection",
            Severity.MEDIUM,
            "server reflection, v1 and v1alpha",
            List.of(
                "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
                "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")),
        new OpenService(
            "open-channelz",
            Severity.MEDIUM,
            "channelz",
            List.of(
                "/grpc.channelz.v1.Channelz/GetServers",
                "/grpc.channelz.v1.Channelz/GetTopChannels")),
        new OpenService(
            "open-status-discovery",
            Severity.MEDIUM,
            "client status discovery (CSDS)",
            List.of(
                "/envoy.service.status.v3.ClientStatusDiscoveryService/FetchClientStatus",
                "/envoy.service.status.v3.ClientStatusDiscoveryService/StreamClientStatus")));
  }

  @Override
  Outcome run(Attack attack) throws IOException, GeneralSecurityException, CannotRunException {
    List<String> seen = new ArrayList<>();
    for (String path : paths) {
      Attempt attempt = attack.asDenied(connection -> Attack.callPath(connection, path));
      if (attempt.isAllowed() || attempt.detail().startsWith("gRPC status 3")) {
        return Outcome.finding(path + " answers: " + attempt.detail());
      }
      seen.add(attempt.detail());
    }
    return Outcome.passed(String.join("; ", seen));
  }
}
