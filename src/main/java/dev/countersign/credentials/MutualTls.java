package dev.countersign.credentials;

import dev.countersign.identity.Principal;
import dev.countersign.platform.AltsVerdict;
import dev.countersign.platform.Evidence;
import io.grpc.ChannelCredentials;
import io.grpc.ServerCredentials;
import io.netty.handler.ssl.SslContext;
import java.util.List;
import java.util.Set;

/** TLS with certificates on both ends, over one workload's key material. */
final class MutualTls implements Transport {
  private final KeyMaterial material;
  private final TlsContexts contexts;

  private final String reason;
  private final List<Evidence> evidence;

  private MutualTls(
      KeyMaterial material, TlsContexts contexts, String reason, List<Evidence> evidence) {
    this.material = material;
    this.contexts = contexts;
    this.reason = reason;
    this.evidence = evidence;
  }

  static MutualTls over(KeyMaterial material, TlsOptions options)
      throws TransportUnavailableException {
    return over(material, options, "mutual TLS was configured", List.of());
  }

  static MutualTls insteadOfAlts(KeyMaterial material, TlsOptions options, AltsVerdict verdict)
      throws TransportUnavailableException {
    return over(material, options, Alts.unavailable(verdict), verdict.evidence());
  }

  private static MutualTls over(
      KeyMaterial material, TlsOptions options, String reason, List<Evidence> evidence)
      throws TransportUnavailableException {
    TlsContexts contexts = new TlsContexts(options);
    // A first context shows that the provider takes the key material before anybody listens.
    contexts.forServer(material.credential(), material);
    return new MutualTls(material, contexts, reason, evidence);
  }

  @Override
  public String name() {
    return "mtls";
  }

  @Override
  public String reason() {
    return reason;
  }

  @Override
  public List<Evidence> evidence() {
    return evidence;
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
    return TlsNegotiator.channelCredentials(
        reloading(credential -> contexts.forClient(credential, material, names)), material, names);
  }

  private SslContext reloading(ReloadingSslContext.Factory factory) {
    try {
      return ReloadingSslContext.over(material, factory);
    } catch (TransportUnavailableException e) {
      throw new IllegalStateException("TLS refuses key material that it took a moment ago", e);
    }
  }
}
