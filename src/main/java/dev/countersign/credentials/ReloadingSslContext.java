package dev.countersign.credentials;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolNegotiator;
import io.netty.handler.ssl.SslContext;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSessionContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A TLS context that is made anew by the first handshake after the key material has changed, with new keys for session
 * tickets, so that no session is resumed past a reload. If a new one cannot be made the last good one stays. It asks
 * the key material instead of listening to it: a change cannot fall between making a context and listening, and a
 * channel that is gone leaves nothing behind.
 */
@SuppressWarnings("deprecation") // Netty deprecates a type that its own abstract method returns.
final class ReloadingSslContext extends SslContext {
  private static final Logger LOG = LoggerFactory.getLogger(ReloadingSslContext.class);

  private final KeyMaterial material;
  private final Factory factory;
  private volatile Made made;

  /** Makes a context from a credential. */
  @FunctionalInterface
  interface Factory {
    SslContext make(Credential credential) throws TransportUnavailableException;
  }

  private record Made(Credential credential, long generation, SslContext context) {
    boolean isFor(Credential present, long presentGeneration) {
      return credential == present && generation == presentGeneration;
    }
  }

  private ReloadingSslContext(KeyMaterial material, Factory factory, Made made) {
    this.material = material;
    this.factory = factory;
    this.made = made;
  }

  static ReloadingSslContext over(KeyMaterial material, Factory factory)
      throws TransportUnavailableException {
    long generation = material.trust().generation();
    Credential credential = material.credential();
    return new ReloadingSslContext(
        material, factory, new Made(credential, generation, factory.make(credential)));
  }

  private SslContext current() {
    Made known = made;
    return known.isFor(material.credential(), material.trust().generation())
        ? known.context()
        : renew();
  }

  private synchronized SslContext renew() {
    long generation = material.trust().generation();
    Credential credential = material.credential();
    if (!made.isFor(credential, generation)) {
      made = new Made(credential, generation, makeOrKeep(credential));
    }
    return made.context();
  }

  private SslContext makeOrKeep(Credential credential) {
    try {
      return factory.make(credential);
    } catch (TransportUnavailableException e) {
      LOG.error("kept the previous TLS context: {}", e.getMessage());
      return made.context();
    }
  }

  @Override
  public boolean isClient() {
    return made.context().isClient();
  }

  @Override
  public List<String> cipherSuites() {
    return made.context().cipherSuites();
  }

  @Override
  public ApplicationProtocolNegotiator applicationProtocolNegotiator() {
    return made.context().applicationProtocolNegotiator();
  }

  @Override
  public SSLEngine newEngine(ByteBufAllocator allocator) {
    return current().newEngine(allocator);
  }

  @Override
  public SSLEngine newEngine(ByteBufAllocator allocator, String peerHost, int peerPort) {
    return current().newEngine(allocator, peerHost, peerPort);
  }

  @Override
  public SSLSessionContext sessionContext() {
    return made.context().sessionContext();
  }
}
