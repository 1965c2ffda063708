package dev.countersign.assessment;

import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.protobuf.ByteString;
import dev.countersign.assessment.NaiveCall.Reply;
import dev.countersign.assessment.NaiveServer.Weak;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.alts.internal.HandshakeProtocol;
import io.grpc.alts.internal.HandshakerReq;
import io.grpc.alts.internal.HandshakerResp;
import io.grpc.alts.internal.HandshakerServiceGrpc;
import io.grpc.alts.internal.NextHandshakeMessageReq;
import io.grpc.alts.internal.RpcProtocolVersions;
import io.grpc.alts.internal.ServerHandshakeParameters;
import io.grpc.alts.internal.StartServerHandshakeReq;
import io.grpc.stub.StreamObserver;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** An ALTS server that shakes hands, one client after the other, and then takes whatever comes for a record. */
final class LenientAlts implements Closeable, NaiveConnection.Host {
  private final ServerSocket listener = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final ManagedChannel handshaker;
  private final Weak weak = new Weak();

  LenientAlts(String handshaker) throws IOException {
    this.handshaker = Grpc.newChannelBuilder(
            "dns:///" + handshaker, InsecureChannelCredentials.create())
        .build();
    threads.submit(this::accept);
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  private Void accept() throws Exception {
    while (true) {
      Socket socket = listener.accept();
      sockets.add(socket);
      // A handshake that fails is forgotten; until then everybody else waits.
      Throwable unused = catchThrowable(() -> serve(socket, shakeHands(socket)));
    }
  }

  private void serve(Socket socket, byte[] key) throws IOException {
    LenientRecords records = new LenientRecords(key, socket);
    threads.submit(() -> {
      new NaiveConnection(records.in(), records.out(), this, List.of(), "").run();
      return null;
    });
  }

  private byte[] shakeHands(Socket socket) throws Exception {
    Answers answers = new Answers();
    StreamObserver<HandshakerReq> questions =
        HandshakerServiceGrpc.newStub(handshaker).doHandshake(answers);
    questions.onNext(HandshakerReq.newBuilder()
        .setServerStart(StartServerHandshakeReq.newBuilder()
            .addApplicationProtocols("grpc")
            .putHandshakeParameters(
                HandshakeProtocol.ALTS.getNumber(),
                ServerHandshakeParameters.newBuilder()
                    .addRecordProtocols("ALTSRP_GCM_AES128_REKEY")
                    .build())
            .setInBytes(chunk(socket))
            .setRpcVersions(anyVersion())
            .setMaxFrameSize(16 * 1024))
        .build());
    HandshakerResp answer = answers.next();
    while (!answer.hasResult()) {
      socket.getOutputStream().write(answer.getOutFrames().toByteArray());
      questions.onNext(HandshakerReq.newBuilder()
          .setNext(NextHandshakeMessageReq.newBuilder().setInBytes(chunk(socket)))
          .build());
      answer = answers.next();
    }
    socket.getOutputStream().write(answer.getOutFrames().toByteArray());
    questions.onCompleted();
    return answer.getResult().getKeyData().toByteArray();
  }

  /** Handshake frames come alone: the client waits for the server, and then for the end of the handshake. */
  private static ByteString chunk(Socket socket) throws IOException {
    byte[] header = socket.getInputStream().readNBytes(Integer.BYTES);
    int length = Byte.toUnsignedInt(header[0]) | (Byte.toUnsignedInt(header[1]) << 8);
    byte[] rest = socket.getInputStream().readNBytes(length);
    return ByteString.copyFrom(header).concat(ByteString.copyFrom(rest));
  }

  private static RpcProtocolVersions anyVersion() {
    return RpcProtocolVersions.newBuilder()
        .setMinRpcVersion(RpcProtocolVersions.Version.newBuilder().setMajor(1))
        .setMaxRpcVersion(RpcProtocolVersions.Version.newBuilder().setMajor(9))
        .build();
  }

  private static final class Answers implements StreamObserver<HandshakerResp> {
    private final BlockingQueue<HandshakerResp> queue = new LinkedBlockingQueue<>();

    HandshakerResp next() throws InterruptedException {
      HandshakerResp answer = queue.poll(20, TimeUnit.SECONDS);
      if (answer == null) {
        throw new AssertionError("the handshaker does not answer");
      }
      return answer;
    }

    @Override
    public void onNext(HandshakerResp answer) {
      queue.add(answer);
    }

    @Override
    public void onError(Throwable cause) {}

    @Override
    public void onCompleted() {}
  }

  @Override
  public Weak weak() {
    return weak;
  }

  @Override
  public Reply answer(NaiveCall call) {
    return Reply.OK;
  }

  @Override
  public void stall() {}

  @Override
  public void die() {}

  @Override
  public void close() throws IOException {
    listener.close();
    threads.shutdownNow();
    handshaker.shutdownNow();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
