package dev.countersign.emulator;

import static dev.countersign.emulator.TwoSides.CLIENT;
import static dev.countersign.emulator.TwoSides.SERVER;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.countersign.emulator.Fault.Plain;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.alts.internal.HandshakeProtocol;
import io.grpc.alts.internal.HandshakerReq;
import io.grpc.alts.internal.HandshakerResp;
import io.grpc.alts.internal.HandshakerServiceGrpc;
import io.grpc.alts.internal.Identity;
import io.grpc.alts.internal.NextHandshakeMessageReq;
import io.grpc.alts.internal.ServerHandshakeParameters;
import io.grpc.alts.internal.StartClientHandshakeReq;
import io.grpc.alts.internal.StartServerHandshakeReq;
import io.grpc.netty.NettyChannelBuilder;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The service as the libraries of other languages see it: with {@code io.grpc.alts.internal}, whose messages are what
 * is tested here.
 */
@Timeout(30)
final class HandshakerServiceIT {
  private final AltsEmulator emulator = AltsPair.emulator();
  private final ManagedChannel toClients = plaintext(emulator.address(CLIENT), "");
  private final ManagedChannel toServers = plaintext(emulator.address(SERVER), "");

  @AfterEach
  void close() {
    toClients.shutdownNow();
    toServers.shutdownNow();
    emulator.close();
  }

  @Test
  void answersEachRequestWithAStatusAndEndsTheCallRightAfterTheResult() throws Exception {
    Caller client = new Caller(toClients);
    Caller server = new Caller(toServers);

    HandshakerResp empty = server.ask(serverStart().build());
    HandshakerResp hello = client.ask(clientStart().build());
    HandshakerResp answer = server.ask(next(hello.getOutFrames()));
    HandshakerResp finished = client.ask(next(answer.getOutFrames()));
    HandshakerResp last =
        server.ask(next(finished.getOutFrames().concat(ByteString.copyFromUtf8("PRI"))));

    assertThat(empty.getOutFrames().isEmpty()).isTrue();
    assertThat(hello.hasStatus() && empty.hasStatus() && answer.hasStatus()).isTrue();
    assertThat(finished.hasStatus() && last.hasStatus()).isTrue();
    assertThat(client.end().isOk() && server.end().isOk()).isTrue();
    assertThat(last.getBytesConsumed()).isEqualTo(finished.getOutFrames().size());
    assertThat(last.getResult().getKeyData()).isEqualTo(finished.getResult().getKeyData());
    assertThat(last.getResult().getPeerIdentity().getServiceAccount()).isEqualTo(CLIENT.name());
    assertThat(finished.getResult().getLocalIdentity().getServiceAccount())
        .isEqualTo(CLIENT.name());
    assertThat(finished.getResult().getPeerRpcVersions().getMaxRpcVersion().getMajor())
        .isEqualTo(2);
  }

  @Test
  void leavesTheStatusOutAndTheCallOpenWhenToldTo() throws Exception {
    emulator.inject(CLIENT, Plain.NO_STATUS);
    emulator.inject(CLIENT, Plain.STREAM_LEFT_OPEN);
    Caller client = new Caller(toClients);
    Caller server = new Caller(toServers);

    HandshakerResp hello = client.ask(clientStart().build());
    HandshakerResp answer = server.ask(serverStart(hello.getOutFrames()));
    HandshakerResp finished = client.ask(next(answer.getOutFrames()));

    assertThat(hello.hasStatus()).isFalse();
    assertThat(finished.hasResult()).isTrue();
    assertThat(client.hasEnded()).isFalse();
    assertThat(server.ask(next(finished.getOutFrames())).hasResult()).isTrue();
    assertThat(server.end().isOk()).isTrue();
  }

  @Test
  void refusesWhatTheProtocolDoesNotAllow() throws Exception {
    assertThat(refusal(toClients, next(ByteString.EMPTY))).contains("at the wrong moment");
    assertThat(refusal(toClients, HandshakerReq.getDefaultInstance()))
        .contains("at the wrong moment");
    StartClientHandshakeReq tls = clientStart().getClientStart().toBuilder()
        .setHandshakeSecurityProtocol(HandshakeProtocol.TLS)
        .build();
    assertThat(refusal(toClients, HandshakerReq.newBuilder().setClientStart(tls).build()))
        .contains("handshake protocol is TLS");
    assertThat(refusal(
            toServers,
            HandshakerReq.newBuilder()
                .setServerStart(StartServerHandshakeReq.getDefaultInstance())
                .build()))
        .contains("no parameters for ALTS");
  }

  @Test
  void refusesACallerThatWantsToBeSomebodyElse() throws Exception {
    assertThat(new Caller(toClients).ask(claiming(CLIENT.name())).getOutFrames().isEmpty())
        .isFalse();

    assertThat(refusal(toClients, claiming(SERVER.name()))).contains("local identity is");
  }

  @Test
  void tellsGoOfARefusalByTheStatusOfTheCallAlone() throws Exception {
    emulator.inject(Plain.REFUSE);
    ManagedChannel go = plaintext(emulator.address(CLIENT), "grpc-go/1.80.0");
    try {
      Caller client = new Caller(go);
      client.send(clientStart().build());

      Status status = client.end();
      assertThat(status.getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
      assertThat(client.responses).isEmpty();
    } finally {
      go.shutdownNow();
    }
    assertThat(refusal(toClients, clientStart().build())).contains("told to refuse");
  }

  /** One call of the service, message by message. */
  private static final class Caller extends ClientCall.Listener<HandshakerResp> {
    private final ClientCall<HandshakerReq, HandshakerResp> call;
    private final BlockingQueue<HandshakerResp> responses = new LinkedBlockingQueue<>();
    private final BlockingQueue<Status> ends = new LinkedBlockingQueue<>();

    Caller(ManagedChannel channel) {
      call = channel.newCall(HandshakerServiceGrpc.getDoHandshakeMethod(), CallOptions.DEFAULT);
      call.start(this, new Metadata());
      call.request(10);
    }

    void send(HandshakerReq request) {
      call.sendMessage(request);
    }

    HandshakerResp ask(HandshakerReq request) throws InterruptedException {
      send(request);
      return requireNonNull(responses.poll(10, TimeUnit.SECONDS), "no response");
    }

    Status end() throws InterruptedException {
      return requireNonNull(ends.poll(10, TimeUnit.SECONDS), "the call did not end");
    }

    boolean hasEnded() throws InterruptedException {
      return ends.poll(200, TimeUnit.MILLISECONDS) != null;
    }

    @Override
    public void onMessage(HandshakerResp response) {
      responses.add(response);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      ends.add(status);
    }
  }

  private static String refusal(ManagedChannel channel, HandshakerReq request) throws Exception {
    Caller caller = new Caller(channel);
    HandshakerResp response = caller.ask(request);
    Status status = caller.end();
    assertThat(response.getStatus().getCode())
        .isEqualTo(status.getCode().value())
        .isNotZero();
    assertThat(response.getStatus().getDetails()).isEqualTo(status.getDescription());
    return response.getStatus().getDetails();
  }

  private static HandshakerReq claiming(String account) {
    StartClientHandshakeReq start = clientStart().getClientStart().toBuilder()
        .setLocalIdentity(Identity.newBuilder().setServiceAccount(account))
        .build();
    return HandshakerReq.newBuilder().setClientStart(start).build();
  }

  private static HandshakerReq.Builder clientStart() {
    return HandshakerReq.newBuilder()
        .setClientStart(StartClientHandshakeReq.newBuilder()
            .setHandshakeSecurityProtocol(HandshakeProtocol.ALTS)
            .addApplicationProtocols("grpc")
            .addRecordProtocols(Agreement.RECORD_PROTOCOL));
  }

  private static HandshakerReq.Builder serverStart() {
    return HandshakerReq.newBuilder()
        .setServerStart(StartServerHandshakeReq.newBuilder()
            .addApplicationProtocols("grpc")
            .putHandshakeParameters(
                HandshakeProtocol.ALTS_VALUE,
                ServerHandshakeParameters.newBuilder()
                    .addRecordProtocols(Agreement.RECORD_PROTOCOL)
                    .build()));
  }

  private static HandshakerReq serverStart(ByteString bytes) {
    HandshakerReq.Builder start = serverStart();
    start.getServerStartBuilder().setInBytes(bytes);
    return start.build();
  }

  private static HandshakerReq next(ByteString bytes) {
    return HandshakerReq.newBuilder()
        .setNext(NextHandshakeMessageReq.newBuilder().setInBytes(bytes))
        .build();
  }

  private static ManagedChannel plaintext(LoopbackAddress address, String userAgent) {
    return NettyChannelBuilder.forAddress(address.toSocketAddress())
        .usePlaintext()
        .userAgent(userAgent)
        .build();
  }
}
