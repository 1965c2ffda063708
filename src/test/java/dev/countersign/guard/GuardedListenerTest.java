package dev.countersign.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.countersign.credentials.Connection;
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
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A handler hears once of the end of its call, in whichever order the guard and grpc-java tell of it. */
final class GuardedListenerTest {
  private final Heard handler = new Heard();
  private final FakeCall call = new FakeCall();
  private OpenCall<String, String> open;
  private GuardedListener<String> listener;

  @BeforeEach
  void start() throws Exception {
    open = new OpenCall<>(call, connection(), MetadataHeaders.of(new Metadata()));
    Context own = Context.current().withValue(Context.<String>key("whose"), "the peer's");
    listener = GuardedListener.of(own, open);
    open.enter(listener);
    GuardedListener.start(listener, open, new Metadata(), (started, headers) -> handler);
  }

  @Test
  void hearsOfTheGuardsEnd() {
    assertThat(open.end(Refusal.NOT_AUTHENTICATED, Runnable::run)).isTrue();
    listener.onComplete();

    assertThat(handler.events).containsExactly("cancel");
  }

  @Test
  void hearsThatTheGuardCancelledAlthoughGrpcIsFirstToTellThatTheCallIsClosed() {
    call.whenClosed = listener::onComplete;

    open.end(Refusal.NOT_AUTHENTICATED, Runnable::run);

    assertThat(handler.events).containsExactly("cancel");
  }

  @Test
  void hearsOnceWhenThePeerCancelsJustAsTheGuardEnds() {
    handler.whenCancelled = () -> open.end(Refusal.NOT_AUTHENTICATED, Runnable::run);

    listener.onCancel();

    assertThat(handler.events).containsExactly("cancel");
  }

  @Test
  void hearsWhenItReturnsThatItsCallWasEndedMeanwhile() {
    handler.whenMessage = () -> open.end(Refusal.NOT_AUTHENTICATED, Runnable::run);

    listener.onMessage("first");
    listener.onMessage("second");

    assertThat(handler.events).containsExactly("first", "cancel");
  }

  @Test
  void leavesNoContextBehindWhenTheHandlerFailsAtTheEnd() {
    Context before = Context.current();
    handler.whenMessage = () -> open.end(Refusal.NOT_AUTHENTICATED, Runnable::run);
    handler.whenCancelled = () -> {
      throw new IllegalStateException("a handler's mistake");
    };

    assertThatThrownBy(() -> listener.onMessage("first")).hasMessage("a handler's mistake");

    assertThat(Context.current()).isSameAs(before);
  }

  @Test
  void hearsThatACallIsCompleteWhichNobodyEnded() {
    open.close(Status.OK, new Metadata());
    listener.onComplete();

    assertThat(open.end(Refusal.NOT_AUTHENTICATED, Runnable::run)).isFalse();
    assertThat(handler.events).containsExactly("complete");
  }

  private static GuardedConnection connection() throws Exception {
    InstantSource clock = InstantSource.system();
    CertificateForge forge = CertificateForge.at(clock);
    ForgedCertificate root = forge.root("CN=root").selfSigned();
    ForgedCertificate leaf =
        forge.leaf().spiffe("spiffe://example.org/peer").client().issuedBy(root);
    TrustAnchors anchors =
        new TrustAnchors(new TrustDomain("example.org"), List.of(root.certificate()), Map.of());
    VerifiedPeer peer =
        TrustState.of(anchors, clock).verify(PresentedChain.of(leaf.certificate()), Role.CLIENT);
    return new GuardedConnection(
        new Nowhere(),
        null,
        null,
        clock,
        peer,
        new IdentityCounts(1).take(peer.identity().primary()));
  }

  private static final class Heard extends ServerCall.Listener<String> {
    private final List<String> events = new ArrayList<>();
    private Runnable whenMessage = () -> {};
    private Runnable whenCancelled = () -> {};

    @Override
    public void onMessage(String message) {
      events.add(message);
      whenMessage.run();
    }

    @Override
    public void onCancel() {
      events.add("cancel");
      whenCancelled.run();
    }

    @Override
    public void onComplete() {
      events.add("complete");
    }
  }

  /** The transport's end of the call. */
  private static final class FakeCall extends ServerCall<String, String> {
    private Runnable whenClosed = () -> {};

    @Override
    public void request(int numMessages) {}

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public void sendMessage(String message) {}

    @Override
    public void close(Status status, Metadata trailers) {
      whenClosed.run();
    }

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public MethodDescriptor<String, String> getMethodDescriptor() {
      return MethodDescriptor.newBuilder(new NoText(), new NoText())
          .setType(MethodType.BIDI_STREAMING)
          .setFullMethodName("any.Service/Method")
          .build();
    }
  }

  private static final class NoText implements MethodDescriptor.Marshaller<String> {
    @Override
    public InputStream stream(String value) {
      return new ByteArrayInputStream(new byte[0]);
    }

    @Override
    public String parse(InputStream stream) {
      return "";
    }
  }

  private record Nowhere() implements Connection {
    @Override
    public String transport() {
      return "mtls";
    }

    @Override
    public SocketAddress remoteAddress() {
      return InetSocketAddress.createUnresolved("nowhere", 1);
    }

    @Override
    public @Nullable TrustSource trust() {
      return null;
    }

    @Override
    public void close() {}
  }
}
