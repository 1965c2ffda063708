package dev.countersign.credentials;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.alts.internal.HandshakeProtocol;
import io.grpc.alts.internal.HandshakerReq;
import io.grpc.alts.internal.HandshakerResp;
import io.grpc.alts.internal.HandshakerServiceGrpc;
import io.grpc.alts.internal.NextHandshakeMessageReq;
import io.grpc.alts.internal.RpcProtocolVersions;
import io.grpc.alts.internal.ServerHandshakeParameters;
import io.grpc.alts.internal.StartClientHandshakeReq;
import io.grpc.alts.internal.StartServerHandshakeReq;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * What we ask the handshaker ourselves, beside the handshakes of connections ({@code grpc.gcp.HandshakerService}). It
 * speaks the protocol whose {@code .proto} grpc-alts publishes; nothing here waits.
 */
final class HandshakerCalls {
  private static final String APPLICATION = "grpc";
  private static final String RECORDS = "ALTSRP_GCM_AES128_REKEY";
  private static final int MAX_FRAME = 128 * 1024;
  private static final RpcProtocolVersions VERSIONS = RpcProtocolVersions.newBuilder()
      .setMaxRpcVersion(version())
      .setMinRpcVersion(version())
      .build();

  private HandshakerCalls() {}

  private static RpcProtocolVersions.Version version() {
    return RpcProtocolVersions.Version.newBuilder().setMajor(2).setMinor(1).build();
  }

  /** Completes when the handshaker has answered the first message of a handshake, which is then given up. */
  static CompletableFuture<HandshakerResp> ping(Channel channel, Duration limit) {
    Side side = new Side(channel, limit);
    return side.ask(clientStart()).whenComplete((answer, failure) -> side.end());
  }

  static HandshakerReq clientStart() {
    return HandshakerReq.newBuilder()
        .setClientStart(StartClientHandshakeReq.newBuilder()
            .setHandshakeSecurityProtocol(HandshakeProtocol.ALTS)
            .addApplicationProtocols(APPLICATION)
            .addRecordProtocols(RECORDS)
            .setRpcVersions(VERSIONS)
            .setMaxFrameSize(MAX_FRAME))
        .build();
  }

  static HandshakerReq serverStart(ByteString bytes) {
    return HandshakerReq.newBuilder()
        .setServerStart(StartServerHandshakeReq.newBuilder()
            .addApplicationProtocols(APPLICATION)
            .putHandshakeParameters(
                HandshakeProtocol.ALTS_VALUE,
                ServerHandshakeParameters.newBuilder()
                    .addRecordProtocols(RECORDS)
                    .build())
            .setRpcVersions(VERSIONS)
            .setMaxFrameSize(MAX_FRAME)
            .setInBytes(bytes))
        .build();
  }

  static HandshakerReq next(ByteString bytes) {
    return HandshakerReq.newBuilder()
        .setNext(NextHandshakeMessageReq.newBuilder().setInBytes(bytes))
        .build();
  }

  /** One side of a handshake: a request, an answer, and so on until the limit ends the stream. */
  static final class Side implements StreamObserver<HandshakerResp> {
    private final StreamObserver<HandshakerReq> requests;
    private CompletableFuture<HandshakerResp> answer = new CompletableFuture<>();

    Side(Channel channel, Duration limit) {
      requests = HandshakerServiceGrpc.newStub(channel)
          .withDeadlineAfter(limit.toMillis(), TimeUnit.MILLISECONDS)
          .doHandshake(this);
    }

    /** The answer to a request; ask again only when it is there. */
    CompletableFuture<HandshakerResp> ask(HandshakerReq request) {
      CompletableFuture<HandshakerResp> mine = renewed();
      requests.onNext(request);
      return mine;
    }

    void end() {
      requests.onCompleted();
    }

    private synchronized CompletableFuture<HandshakerResp> renewed() {
      // A stream that has failed keeps its failure for whoever asks next.
      if (answer.isDone() && !answer.isCompletedExceptionally()) {
        answer = new CompletableFuture<>();
      }
      return answer;
    }

    private synchronized CompletableFuture<HandshakerResp> current() {
      return answer;
    }

    @Override
    public void onNext(HandshakerResp response) {
      current().complete(response);
    }

    @Override
    public void onError(Throwable failure) {
      end(failure);
    }

    @Override
    public void onCompleted() {
      end(new IllegalStateException("the handshaker ended the stream"));
    }

    private synchronized void end(Throwable failure) {
      if (!answer.completeExceptionally(failure)) {
        answer = CompletableFuture.failedFuture(failure);
      }
    }
  }
}
