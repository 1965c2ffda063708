package dev.countersign.assessment;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.alts.internal.HandshakeProtocol;
import io.grpc.alts.internal.HandshakerReq;
import io.grpc.alts.internal.HandshakerResp;
import io.grpc.alts.internal.HandshakerServiceGrpc;
import io.grpc.alts.internal.NextHandshakeMessageReq;
import io.grpc.alts.internal.RpcProtocolVersions;
import io.grpc.alts.internal.StartClientHandshakeReq;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** One ALTS handshake as a client: carries frames between a handshaker service and the target. */
final class AltsHandshake implements StreamObserver<HandshakerResp> {
  static final int RPC_MAJOR = 2;
  static final int RPC_MINOR = 1;

  private static final int FRAME_BYTES = 16 * 1024;
  private static final String ENDED = "the target ended the handshake";

  private final BlockingQueue<Optional<HandshakerResp>> answers = new LinkedBlockingQueue<>();
  private final Socket socket;
  private final StreamObserver<HandshakerReq> questions;
  private volatile String failure = "the handshaker ended the handshake";

  private AltsHandshake(Channel handshaker, Socket socket) {
    this.socket = socket;
    this.questions = HandshakerServiceGrpc.newStub(handshaker).doHandshake(this);
  }

  /**
   * Shakes hands.
   *
   * @param major the version of RPC over ALTS to claim
   */
  static AltsLink over(Socket socket, Channel handshaker, int major)
      throws IOException, CannotRunException {
    AltsHandshake handshake = new AltsHandshake(handshaker, socket);
    try {
      return handshake.run(major);
    } finally {
      handshake.questions.onCompleted();
    }
  }

  /** Sends what a client says first, and hears what the target says to it. */
  static void begin(Socket socket, Channel handshaker) throws IOException, CannotRunException {
    AltsHandshake handshake = new AltsHandshake(handshaker, socket);
    try {
      socket.getOutputStream().write(handshake.first(RPC_MAJOR).getOutFrames().toByteArray());
      if (socket.getInputStream().read(new byte[FRAME_BYTES]) < 0) {
        throw new IOException(ENDED);
      }
    } finally {
      handshake.questions.onCompleted();
    }
  }

  private HandshakerResp first(int major) throws IOException, CannotRunException {
    return ask(HandshakerReq.newBuilder().setClientStart(start(major)).build());
  }

  private AltsLink run(int major) throws IOException, CannotRunException {
    HandshakerResp answer = first(major);
    InputStream in = socket.getInputStream();
    byte[] chunk = new byte[FRAME_BYTES];
    while (true) {
      socket.getOutputStream().write(answer.getOutFrames().toByteArray());
      if (answer.hasResult()) {
        return new AltsLink(
            socket, new AltsRecords(answer.getResult().getKeyData().toByteArray()));
      }
      int count = in.read(chunk);
      if (count < 0) {
        throw new IOException(ENDED);
      }
      answer = ask(HandshakerReq.newBuilder()
          .setNext(NextHandshakeMessageReq.newBuilder()
              .setInBytes(ByteString.copyFrom(Arrays.copyOf(chunk, count))))
          .build());
    }
  }

  static StartClientHandshakeReq start(int major) {
    RpcProtocolVersions.Version version = RpcProtocolVersions.Version.newBuilder()
        .setMajor(major)
        .setMinor(RPC_MINOR)
        .build();
    return StartClientHandshakeReq.newBuilder()
        .setHandshakeSecurityProtocol(HandshakeProtocol.ALTS)
        .addApplicationProtocols("grpc")
        .addRecordProtocols("ALTSRP_GCM_AES128_REKEY")
        .setRpcVersions(
            RpcProtocolVersions.newBuilder().setMaxRpcVersion(version).setMinRpcVersion(version))
        .setMaxFrameSize(FRAME_BYTES)
        .build();
  }

  /** What our own handshaker says; that it says nothing, or no, tells nothing of the target. */
  private HandshakerResp ask(HandshakerReq question) throws IOException, CannotRunException {
    questions.onNext(question);
    try {
      Optional<HandshakerResp> next = answers.poll(Attack.PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
      if (next == null) {
        throw new CannotRunException("the handshaker does not answer");
      }
      HandshakerResp answer = next.orElseThrow(() -> new CannotRunException(failure));
      if (answer.getStatus().getCode() != 0) {
        throw new CannotRunException(
            "the handshaker refused: " + answer.getStatus().getDetails());
      }
      return answer;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public void onNext(HandshakerResp answer) {
    answers.add(Optional.of(answer));
  }

  @Override
  public void onError(Throwable cause) {
    failure = "the handshaker failed: " + Status.fromThrowable(cause).getCode();
    answers.add(Optional.empty());
  }

  @Override
  public void onCompleted() {
    answers.add(Optional.empty());
  }
}
