package dev.countersign.credentials;

import dev.countersign.identity.Principal;
import io.grpc.ChannelCredentials;
import io.grpc.ServerCredentials;
import io.grpc.netty.NettySslContextChannelCredentials;
import io.netty.handler.ssl.SslContext;
import java.util.Set;

/** TLS with certificates on both ends, over one workload's key material. */
final class MutualTls implements Transport {
  private final KeyMaterial material;
  private final TlsContexts contexts;

  private MutualTls(KeyMaterial material, TlsContexts contexts) {
    this.material = material;
    this.contexts = contexts;
  }

  static MutualTls over(KeyMaterial material, TlsOptions options)
      throws TransportUnavailableException {
    TlsContexts contexts = new TlsContexts(options);
    // A first context shows that the provider takes the key material before anybody listens.
    contexts.forServer(material.credential(), material);
    return new MutualTls(material, contexts);
  }

  @Override
  public String name() {
    return "mtls";
  }

  @Override
  public String reason() {
    return "mutual TLS was configured";
  }

  @Override
  public KeyMaterial material() {
    return material;
  }

  @Override
  public ServerCredentials serverCredentials(ConnectionEvents events) {
    SslContext context = reloading(credential -> contexts.forServer(credential, material));
    return TlsNegotiator.credentials(context, material, events);
  }

  @Override
  public ChannelCredentials channelCredentials(Set<Principal> expected) {
    Set<Principal> names = Set.copyOf(expected);
    return NettySslContextChannelCredentials.create(
        reloading(credential -> contexts.forClient(credential, material, names)));
  }

  private SslContext reloading(ReloadingSslContext.Factory factory) {
    try {
      return ReloadingSslContext.over(material, factory);
    } catch (TransportUnavailableException e) {
      throw new IllegalStateException("TLS refuses key material that it took a moment ago", e);
    }
  }
}
