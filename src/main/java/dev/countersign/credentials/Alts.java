package dev.countersign.credentials;

import dev.countersign.credentials.TransportUnavailableException.Reason;
import dev.countersign.identity.Principal;
import dev.countersign.identity.ServiceAccount;
import dev.countersign.platform.AltsSurvey;
import dev.countersign.platform.AltsVerdict;
import dev.countersign.platform.Evidence;
import dev.countersign.platform.Machine;
import io.grpc.ChannelCredentials;
import io.grpc.ServerCredentials;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** ALTS where it was proved to work: the machine's handshaker proves who both ends are. */
final class Alts implements Transport {
  static final String NAME = "alts";

  private final AltsVerdict verdict;
  private final Handshaker handshaker;
  private final AltsNegotiation negotiation;

  private Alts(AltsVerdict verdict) {
    this.verdict = verdict;
    this.handshaker = new Handshaker(verdict.handshaker());
    this.negotiation = new AltsNegotiation(handshaker);
  }

  static AltsVerdict survey(Machine machine) {
    return AltsSurvey.of(machine, new HandshakeWithOurselves());
  }

  static AltsVerdict surveyPatiently(Machine machine) {
    return AltsSurvey.patiently(machine, new HandshakeWithOurselves());
  }

  static AltsVerdict surveyThroughEmulator(String handshaker, Machine machine) {
    return AltsSurvey.throughEmulator(handshaker, machine, new HandshakeWithOurselves());
  }

  static Alts after(AltsVerdict verdict) throws TransportUnavailableException {
    if (!verdict.works()) {
      throw new TransportUnavailableException(Reason.ALTS_UNAVAILABLE, unavailable(verdict));
    }
    return new Alts(verdict);
  }

  static String unavailable(AltsVerdict verdict) {
    return "ALTS is unavailable (" + verdict.reason() + "): " + verdict.explanation();
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String reason() {
    return (verdict.isEmulated() ? "emulated, no security: " : "") + verdict.explanation() + " as "
        + verdict.account().orElse("nobody");
  }

  @Override
  public List<Evidence> evidence() {
    return verdict.evidence();
  }

  @Override
  public @Nullable String obstacle() {
    return handshaker.obstacle();
  }

  @Override
  public @Nullable KeyMaterial material() {
    return null;
  }

  @Override
  public ServerCredentials serverCredentials(ConnectionEvents events) {
    return negotiation.serverCredentials(events);
  }

  @Override
  public ChannelCredentials channelCredentials(Set<Principal> expected) {
    Set<ServiceAccount> accounts = expected.stream()
        .filter(ServiceAccount.class::isInstance)
        .map(ServiceAccount.class::cast)
        .collect(Collectors.toUnmodifiableSet());
    if (accounts.isEmpty()) {
      throw new IllegalArgumentException(
          "an ALTS channel needs at least one service account that it expects");
    }
    return negotiation.channelCredentials(accounts);
  }

  @Override
  public void close() {
    handshaker.close();
  }
}
