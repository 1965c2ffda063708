package dev.countersign.credentials;

import dev.countersign.identity.Principal;
import dev.countersign.platform.AltsVerdict;
import dev.countersign.platform.Evidence;
import dev.countersign.platform.Machine;
import io.grpc.ChannelCredentials;
import io.grpc.ServerCredentials;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How two ends prove to each other who they are, as credentials for grpc-java. Made once per process from its key
 * material; follows its reloads.
 */
public interface Transport extends AutoCloseable {

  /** The name that the command line and the metrics use: {@code mtls} or {@code alts}. */
  String name();

  /** Why this transport was chosen, for people. */
  String reason();

  /** Credentials for {@code Grpc.newServerBuilderForPort}; the guard that protects the server needs nothing else. */
  default ServerCredentials serverCredentials() {
    return serverCredentials(ConnectionEvents.NONE);
  }

  /**
   * Credentials for {@code Grpc.newServerBuilderForPort}.
   *
   * @param events who admits connections and hears of failed handshakes
   */
  ServerCredentials serverCredentials(ConnectionEvents events);

  /**
   * Credentials for a channel that accepts only a server which proves one of these identities.
   *
   * @param expected at least one
   * @throws IllegalArgumentException if it is empty, or names nobody whom this transport can prove
   */
  ChannelCredentials channelCredentials(Set<Principal> expected);

  /**
   * Mutual TLS 1.3 by BoringSSL.
   *
   * @throws TransportUnavailableException if BoringSSL does not load or refuses the key material
   */
  static Transport mutualTls(KeyMaterial material) throws TransportUnavailableException {
    return mutualTls(material, TlsOptions.DEFAULT);
  }

  /**
   * Mutual TLS.
   *
   * @throws TransportUnavailableException if the provider does not load or refuses the key material
   */
  static Transport mutualTls(KeyMaterial material, TlsOptions options)
      throws TransportUnavailableException {
    return MutualTls.over(material, options);
  }

  /**
   * ALTS, if it is proved to work on this machine.
   *
   * @throws TransportUnavailableException if it is not; the message says why
   */
  static Transport alts() throws TransportUnavailableException {
    return alts(Machine.here());
  }

  /**
   * ALTS, if it is proved to work on a machine. Since there is nothing to fall back to, the proof may take up to 10 s.
   *
   * @throws TransportUnavailableException if it is not; the message says why
   */
  static Transport alts(Machine machine) throws TransportUnavailableException {
    return Alts.after(Alts.surveyPatiently(machine));
  }

  /**
   * ALTS through an emulated handshaker. It gives no security at all.
   *
   * @param handshaker where the emulator's handshaker is, {@code HOST:PORT}
   * @throws TransportUnavailableException if no handshake succeeds, or a metadata server answers that is not the
   *     emulator's
   */
  static Transport altsThroughEmulatorInsecurely(String handshaker, Machine machine)
      throws TransportUnavailableException {
    return Alts.after(Alts.surveyThroughEmulator(handshaker, machine));
  }

  /**
   * The best transport that is proved to work on this machine: ALTS after a complete handshake with ourselves, else
   * mutual TLS.
   *
   * @throws TransportUnavailableException if there is none
   */
  static Transport auto(KeyMaterial material) throws TransportUnavailableException {
    return auto(material, TlsOptions.DEFAULT);
  }

  /**
   * The best transport that is proved to work on this machine, with options for TLS if it is mutual TLS.
   *
   * @throws TransportUnavailableException if there is none
   */
  static Transport auto(KeyMaterial material, TlsOptions options)
      throws TransportUnavailableException {
    return auto(material, options, Machine.here());
  }

  /**
   * The best transport that is proved to work on a machine. The decision takes at most 2 s.
   *
   * @throws TransportUnavailableException if there is none
   */
  static Transport auto(KeyMaterial material, TlsOptions options, Machine machine)
      throws TransportUnavailableException {
    AltsVerdict verdict = Alts.survey(machine);
    return verdict.works()
        ? Alts.after(verdict)
        : MutualTls.insteadOfAlts(material, options, verdict);
  }

  /**
   * The decision that {@link #auto} makes on a machine, with everything that was looked at; takes at most 2 s and starts
   * nothing.
   */
  static AltsVerdict altsVerdict(Machine machine) {
    return Alts.survey(machine);
  }

  /** The decision that {@link #alts} makes on a machine; takes at most 10 s and starts nothing. */
  static AltsVerdict altsVerdictWithoutFallback(Machine machine) {
    return Alts.surveyPatiently(machine);
  }

  /**
   * The decision that {@link #altsThroughEmulatorInsecurely} makes; takes at most 10 s and starts nothing.
   *
   * @param handshaker where the emulator's handshaker is, {@code HOST:PORT}
   */
  static AltsVerdict altsVerdictThroughEmulator(String handshaker, Machine machine) {
    return Alts.surveyThroughEmulator(handshaker, machine);
  }

  /** The key material that this transport presents; null if it presents none. */
  @Nullable
  KeyMaterial material();

  /** What was looked at to choose this transport; empty if it was asked for by name. */
  default List<Evidence> evidence() {
    return List.of();
  }

  /** What stands against new connections now, for people; null if nothing does. */
  default @Nullable String obstacle() {
    return null;
  }

  /** Ends what runs in the background, after the servers and channels that use it; key material stays open. */
  @Override
  default void close() {}
}
