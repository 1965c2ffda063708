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
          List.of(new SlowHandshake(), new SlowCertificate(), new KeyUpdates()),
          CertificateChecks.all(),
          IdentityChecks.all(),
          FormerCertificate.all(),
          ServerNameTricks.all(),
          List.of(new DeniedCall(), new DeniedBeforeMessage(), new UnknownMethods()),
          OpenService.all(),
          DeniedPath.all(),
          DeniedWithHeaders.all(),
          DeniedAuthority.all(),
          List.of(
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
          List.of(new SlowMessage(), new TinyHeaderList()),
          ConnectionFloods.all())
      .<Check>flatMap(List::stream)
      .toList();

  private Checks() {}
}
