package dev.countersign.guard;

import dev.countersign.credentials.Connection;
import dev.countersign.credentials.Generations;
import dev.countersign.credentials.PresentedChain;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.TrustAnchors;
import dev.countersign.credentials.TrustSource;
import dev.countersign.credentials.TrustState;
import dev.countersign.credentials.VerifiedPeer;
import dev.countersign.identity.TrustDomain;
import dev.countersign.pki.CertificateForge;
import dev.countersign.pki.ForgedCertificate;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A connection to nowhere, of a peer with a certificate; its trust may be made to fail. */
final class FakeConnection implements Connection {
  private static final InstantSource CLOCK = InstantSource.system();

  final CompletableFuture<Void> closed = new CompletableFuture<>();
  volatile Runnable whenAsked = () -> {};
  volatile Runnable whenClosed = () -> {};
  private @Nullable Object attachment;
  private final TrustSource source;
  private final PresentedChain chain;
  private volatile TrustState trust;

  FakeConnection() throws Exception {
    CertificateForge forge = CertificateForge.at(CLOCK);
    ForgedCertificate root = forge.root("CN=root").selfSigned();
    source = () -> {
      TrustState told = trust;
      whenAsked.run();
      return told;
    };
    ForgedCertificate leaf =
        forge.leaf().spiffe("spiffe://example.org/peer").client().issuedBy(root);
    trust = TrustState.of(
        new TrustAnchors(new TrustDomain("example.org"), List.of(root.certificate()), Map.of()),
        CLOCK);
    chain = PresentedChain.of(leaf.certificate());
  }

  /** Another one of the same peer, whose trust comes from the same place. */
  FakeConnection(FakeConnection like) {
    source = like.source;
    chain = like.chain;
    trust = like.trust;
  }

  /** Another generation of its trust, which believes nobody. */
  void believesNobody() throws Exception {
    ForgedCertificate another = CertificateForge.at(CLOCK).root("CN=another").selfSigned();
    trust = Generations.next(
        trust,
        new TrustAnchors(new TrustDomain("example.org"), List.of(another.certificate()), Map.of()));
  }

  /** Another generation of its trust, which believes the same. */
  void believesAsBefore() {
    trust = Generations.next(trust, trust.anchors());
  }

  GuardedConnection guarded() throws Exception {
    return guarded(CLOCK);
  }

  GuardedConnection guarded(InstantSource clock) throws Exception {
    VerifiedPeer peer = trust.verify(chain, Role.CLIENT);
    return new GuardedConnection(
        this,
        trust(),
        chain,
        clock,
        peer,
        new IdentityCounts(1).take(peer.identity().primary()));
  }

  /** A call that is open on a connection, with a handler that does nothing. */
  static OpenCall<String, String> open(FakeCall call, GuardedConnection on) {
    OpenCall<String, String> open = new OpenCall<>(call, on, MetadataHeaders.of(new Metadata()));
    GuardedListener<String> listener = GuardedListener.of(Context.current(), open);
    open.enter(listener);
    GuardedListener.start(
        listener, open, new Metadata(), (started, headers) -> new ServerCall.Listener<>() {});
    return open;
  }

  @Override
  public String transport() {
    return "mtls";
  }

  @Override
  public SocketAddress remoteAddress() {
    return InetSocketAddress.createUnresolved("nowhere", 1);
  }

  @Override
  public TrustSource trust() {
    return source;
  }

  @Override
  public void close() {
    whenClosed.run();
    closed.complete(null);
  }

  @Override
  public void breakOff(String verdict) {
    throw new AssertionError("it never misbehaved");
  }

  @Override
  public void holdBack(Duration howLong) {
    throw new AssertionError("it never misbehaved");
  }

  @Override
  public void attach(Object what) {
    attachment = what;
  }

  @Override
  public @Nullable Object attachment() {
    return attachment;
  }

  @Override
  public void whenBrokenOff(Runnable action) {}
}
