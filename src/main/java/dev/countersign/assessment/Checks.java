package dev.countersign.assessment;

import java.util.List;
import java.util.stream.Stream;

/** Every check, in the order in which they run. */
final class Checks {
  static final List<Check> ALL = Stream.<List<? extends Check>>of(
          ForeignGreeting.all(),
          OldHandshake.all(),
          WithoutAlpn.all(),
          HandshakeBytes.all(),
          List.of(new SlowHandshake()),
          CertificateChecks.all(),
          IdentityChecks.all(),
          FormerCertificate.all(),
          List.of(new ServerNameTricks()),
          List.of(new DeniedCall(), new DeniedBeforeMessage(), new UnknownMethods()),
          OpenService.all(),
          DeniedPath.all(),
          DeniedWithHeaders.all(),
          List.of(
              new DeniedAuthority(),
              new DuplicateFields(),
              new OtherHttpMethods(),
              new BrokenRequests(),
              new ForgedLogLines()),
          List.of(new AuthorityNames()),
          TellingErrors.all(),
          List.of(new TellingGoodbye()),
          SpoiledRecords.all(),
          List.of(new TlsToAlts(), new AltsVersions(), new HalfOpenAlts()),
          List.of(new RapidReset()),
          ServerResets.all(),
          ContinuationFlood.all(),
          ControlFrames.all(),
          List.of(new PingFlood()),
          HeaderBombs.all(),
          List.of(new HeaderTableDrift()),
          StreamLimit.all(),
          MessageBombs.all(),
          List.of(new FrameTooLarge()),
          SlowPeer.all(),
          List.of(new TinyHeaderList()),
          ConnectionFloods.all())
      .<Check>flatMap(List::stream)
      .toList();

  private Checks() {}
}
