package dev.countersign.assessment;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Presents one identity whatever the server asks for, and remembers which authorities it was asked for. The JDK's own
 * would present nothing to a server that names other authorities, and an attack would seem to be withstood.
 */
final class PresentsAlways extends X509ExtendedKeyManager {
  private static final String ALIAS = "own";

  private final @Nullable ClientIdentity identity;
  private volatile boolean asked;
  private volatile boolean used;
  private final List<String> askedFor = new CopyOnWriteArrayList<>();

  PresentsAlways(@Nullable ClientIdentity identity) {
    this.identity = identity;
  }

  /** The names of the authorities that a server asked for. */
  List<String> askedFor() {
    return askedFor;
  }

  /** Whether a server asked for a certificate. */
  boolean wasAsked() {
    return asked;
  }

  /** Whether the key was asked for. */
  boolean wasUsed() {
    return used;
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
    remember(issuers);
    return identity != null && List.of(types).contains(identity.key().getAlgorithm())
        ? ALIAS
        : null;
  }

  @Override
  public @Nullable String chooseEngineClientAlias(
      String[] types, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return chooseClientAlias(types, issuers, null);
  }

  private void remember(Principal @Nullable [] issuers) {
    asked = true;
    for (Principal issuer : Optional.ofNullable(issuers).orElse(new Principal[0])) {
      askedFor.add(issuer.getName());
    }
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    return identity == null ? null : identity.chain().toArray(X509Certificate[]::new);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    used = true;
    return identity == null ? null : identity.key();
  }

  @Override
  public String @Nullable [] getClientAliases(String type, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public String @Nullable [] getServerAliases(String type, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseServerAlias(
      String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }
}
