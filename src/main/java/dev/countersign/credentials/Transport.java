package dev.countersign.credentials;

import dev.countersign.identity.Principal;
import io.grpc.ChannelCredentials;
import io.grpc.ServerCredentials;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How two ends prove to each other who they are, as credentials for grpc-java. Made once per process from its key
 * material; follows its reloads.
 */
public interface Transport {

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
   * @throws IllegalArgumentException if it is empty
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
   * The best transport that is proved to work on this machine. Without proof that ALTS works that is mutual TLS, and
   * this version does not look for one.
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
    return mutualTls(material, options);
  }

  /** The key material that this transport presents; null if it presents none. */
  @Nullable
  KeyMaterial material();
}
