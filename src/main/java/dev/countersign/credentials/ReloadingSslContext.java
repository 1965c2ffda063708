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
 * A TLS context that is made anew whenever the key material is; handshakes that begin afterwards use the new one, with
 * new keys for session tickets. If a new one cannot be made the last good one stays.
 */
@SuppressWarnings("deprecation") // Netty deprecates a type that its own abstract method returns.
final class ReloadingSslContext extends SslContext {
  private static final Logger LOG = LoggerFactory.getLogger(ReloadingSslContext.class);

  private volatile SslContext current;

  /** Makes a context from a credential. */
  @FunctionalInterface
  interface Factory {
    SslContext make(Credential credential) throws TransportUnavailableException;
  }

  private ReloadingSslContext(SslContext first) {
    this.current = first;
  }

  static ReloadingSslContext over(KeyMaterial material, Factory factory)
      throws TransportUnavailableException {
    ReloadingSslContext context = new ReloadingSslContext(factory.make(material.credential()));
    material.onReload(reload -> {
      if (reload.accepted()) {
        context.renew(material, factory);
      }
    });
    return context;
  }

  private void renew(KeyMaterial material, Factory factory) {
    try {
      current = factory.make(material.credential());
    } catch (TransportUnavailableException e) {
      LOG.error("kept the previous TLS context: {}", e.getMessage());
    }
  }

  @Override
  public boolean isClient() {
    return current.isClient();
  }

  @Override
  public List<String> cipherSuites() {
    return current.cipherSuites();
  }

  @Override
  public ApplicationProtocolNegotiator applicationProtocolNegotiator() {
    return current.applicationProtocolNegotiator();
  }

  @Override
  public SSLEngine newEngine(ByteBufAllocator allocator) {
    return current.newEngine(allocator);
  }

  @Override
  public SSLEngine newEngine(ByteBufAllocator allocator, String peerHost, int peerPort) {
    return current.newEngine(allocator, peerHost, peerPort);
  }

  @Override
  public SSLSessionContext sessionContext() {
    return current.sessionContext();
  }
}
