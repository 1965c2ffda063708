package dev.countersign.assessment;

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
import io.grpc.alts.internal.RpcProtocolVersions.Version;
import io.grpc.alts.internal.ServerHandshakeParameters;
import io.grpc.alts.internal.StartServerHandshakeReq;
import io.grpc.stub.StreamObserver;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;

/** An ALTS server that is lenient in one way. */
final class LenientAlts implements Closeable, NaiveConnection.Host {
  private static final int MAX_FRAME = 16 * 1024;

  private final ServerSocket listener = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final ManagedChannel handshaker;
  private final Weak weak = new Weak();
  private final Lenience lenience;

  /** What a server forgives. */
  enum Lenience {
    NOTHING,
    /** A version of RPC over ALTS that there is not. */
    ANY_VERSION,
    /** A client whose handshake does not go on, while all others wait. */
    ONE_HANDSHAKE_AT_A_TIME,
    /** A tag that does not cover the last byte of the text. */
    ONE_BYTE_OF_TEXT,
    /** Another last byte of the tag. */
    ONE_BYTE_OF_TAG,
    /** A tag without its last four bytes. */
    SHORT_TAG,
    /** A record that was there before. */
    REPLAY,
    /** A record before which some are missing. */
    GAP,
    /** Two records may change places. */
    ORDER,
    /** A record of the server's own. */
    REFLECTION,
    /** Any type. */
    TYPE,
    /** A length that does not even hold the type. */
    SHORT_LENGTH,
    /** A length below zero. */
    NEGATIVE_LENGTH,
    /** A length that no record has. */
    HUGE_LENGTH,
    /** What is no record at all. */
    PLAIN_BYTES
  }

  LenientAlts(String handshaker, Lenience lenience) throws IOException {
    this.lenience = lenience;
    this.handshaker = Grpc.newChannelBuilder(
            "dns:///" + handshaker, InsecureChannelCredentials.create())
        .build();
    threads.submit(this::accept);
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  private Void accept() throws IOException {
    while (true) {
      Socket socket = listener.accept();
      sockets.add(socket);
      FutureTask<byte[]> handshake = new FutureTask<>(() -> shakeHands(socket));
      if (lenience == Lenience.ONE_HANDSHAKE_AT_A_TIME) {
        // Until it is over everybody else waits.
        handshake.run();
      }
      threads.submit(() -> serve(socket, handshake));
    }
  }

  private Void serve(Socket socket, FutureTask<byte[]> handshake) throws Exception {
    try (socket) {
      handshake.run();
      LenientRecords records = new LenientRecords(handshake.get(), socket, lenience);
      new NaiveConnection(records.in(), records.out(), this, NaivePeer.UNKNOWN, millis -> {}).run();
    }
    return null;
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
            .setRpcVersions(versions())
            .setMaxFrameSize(MAX_FRAME))
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
    if (header.length < Integer.BYTES) {
      throw new EOFException("the client went away");
    }
    int length = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).getInt();
    if (length < 0 || length > MAX_FRAME) {
      throw new ProtocolException("no frame of an ALTS handshake");
    }
    byte[] rest = socket.getInputStream().readNBytes(length);
    return ByteString.copyFrom(header).concat(ByteString.copyFrom(rest));
  }

  private RpcProtocolVersions versions() {
    return lenience == Lenience.ANY_VERSION
        ? versions(version(1, 0), version(9, 0))
        : versions(
            version(AltsHandshake.RPC_MAJOR, AltsHandshake.RPC_MINOR),
            version(AltsHandshake.RPC_MAJOR, AltsHandshake.RPC_MINOR));
  }

  private static RpcProtocolVersions versions(Version oldest, Version newest) {
    return RpcProtocolVersions.newBuilder()
        .setMinRpcVersion(oldest)
        .setMaxRpcVersion(newest)
        .build();
  }

  private static Version version(int major, int minor) {
    return Version.newBuilder().setMajor(major).setMinor(minor).build();
  }

  private static final class Answers implements StreamObserver<HandshakerResp> {
    private final BlockingQueue<Optional<HandshakerResp>> queue = new LinkedBlockingQueue<>();

    HandshakerResp next() throws IOException, InterruptedException {
      HandshakerResp answer =
          queue.take().orElseThrow(() -> new ProtocolException("the handshaker failed"));
      if (answer.getStatus().getCode() != 0) {
        throw new ProtocolException("the handshaker refused");
      }
      return answer;
    }

    @Override
    public void onNext(HandshakerResp answer) {
      queue.add(Optional.of(answer));
    }

    @Override
    public void onError(Throwable cause) {
      queue.add(Optional.empty());
    }

    @Override
    public void onCompleted() {
      queue.add(Optional.empty());
    }
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
