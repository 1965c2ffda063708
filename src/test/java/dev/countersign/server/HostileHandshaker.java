package dev.countersign.server;

import com.google.protobuf.ByteString;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.alts.internal.HandshakerReq;
import io.grpc.alts.internal.HandshakerResp;
import io.grpc.alts.internal.HandshakerServiceGrpc;
import io.grpc.alts.internal.HandshakerServiceGrpc.HandshakerServiceImplBase;
import io.grpc.alts.internal.Identity;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;

/** Stands before a handshaker and spoils its answers, in ways that the emulator knows nothing of. */
final class HostileHandshaker implements AutoCloseable {
  private static final int KEY_BYTES = 44;

  private final ManagedChannel behind;
  private final Server server;
  private volatile Spoil spoil = Spoil.NOTHING;

  /** What becomes of an answer. */
  enum Spoil {
    /** It goes through. */
    NOTHING,
    /** It comes twice. */
    TWICE,
    /** It says that more bytes were consumed than there were. */
    CONSUMES_TOO_MUCH,
    /** It is empty. */
    EMPTY,
    /** The first of a handshake holds the result already: a peer that proved nothing, and a key of zeros. */
    COMPLETES_EARLY
  }

  HostileHandshaker(String address) throws IOException {
    behind = Grpc.newChannelBuilder("dns:///" + address, InsecureChannelCredentials.create())
        .build();
    server = NettyServerBuilder.forAddress(
            new InetSocketAddress("127.0.0.5", 0), InsecureServerCredentials.create())
        .addService(new Service())
        .build()
        .start();
  }

  String address() {
    return "127.0.0.5:" + server.getPort();
  }

  void spoil(Spoil how) {
    this.spoil = how;
  }

  private List<HandshakerResp> spoiled(HandshakerReq question, HandshakerResp answer) {
    return switch (spoil) {
      case NOTHING -> List.of(answer);
      case TWICE -> List.of(answer, answer);
      case CONSUMES_TOO_MUCH ->
        List.of(answer.toBuilder().setBytesConsumed(Integer.MAX_VALUE).build());
      case EMPTY -> List.of(HandshakerResp.getDefaultInstance());
      case COMPLETES_EARLY -> List.of(early(question, answer));
    };
  }

  private static HandshakerResp early(HandshakerReq question, HandshakerResp answer) {
    return answer.toBuilder()
        .setResult(answer.getResult().toBuilder()
            .setApplicationProtocol("grpc")
            .setRecordProtocol("ALTSRP_GCM_AES128_REKEY")
            .setKeyData(ByteString.copyFrom(new byte[KEY_BYTES]))
            .setPeerIdentity(Identity.newBuilder().setServiceAccount(AltsLab.ALICE.name()))
            .setLocalIdentity(Identity.newBuilder().setServiceAccount(AltsLab.SERVER.name()))
            .setPeerRpcVersions(
                question.hasServerStart()
                    ? question.getServerStart().getRpcVersions()
                    : answer.getResult().getPeerRpcVersions()))
        .build();
  }

  private final class Service extends HandshakerServiceImplBase {
    @Override
    public StreamObserver<HandshakerReq> doHandshake(StreamObserver<HandshakerResp> answers) {
      return new Passing(answers);
    }
  }

  private final class Passing implements StreamObserver<HandshakerReq> {
    private final StreamObserver<HandshakerReq> questions;
    private volatile HandshakerReq last = HandshakerReq.getDefaultInstance();

    Passing(StreamObserver<HandshakerResp> answers) {
      this.questions = HandshakerServiceGrpc.newStub(behind).doHandshake(new StreamObserver<>() {
        @Override
        public void onNext(HandshakerResp answer) {
          spoiled(last, answer).forEach(answers::onNext);
        }

        @Override
        public void onError(Throwable cause) {
          answers.onError(cause);
        }

        @Override
        public void onCompleted() {
          answers.onCompleted();
        }
      });
    }

    @Override
    public void onNext(HandshakerReq question) {
      last = question;
      questions.onNext(question);
    }

    @Override
    public void onError(Throwable cause) {
      questions.onError(cause);
    }

    @Override
    public void onCompleted() {
      questions.onCompleted();
    }
  }

  @Override
  public void close() {
    server.shutdownNow();
    behind.shutdownNow();
  }
}
