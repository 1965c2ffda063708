package dev.countersign.emulator;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.countersign.fuzz.Claims;
import dev.countersign.fuzz.Target;
import dev.countersign.identity.ServiceAccount;
import io.grpc.Status;
import io.grpc.alts.internal.HandshakeProtocol;
import io.grpc.alts.internal.HandshakerReq;
import io.grpc.alts.internal.HandshakerResp;
import io.grpc.alts.internal.Identity;
import io.grpc.alts.internal.NextHandshakeMessageReq;
import io.grpc.alts.internal.ServerHandshakeParameters;
import io.grpc.alts.internal.StartClientHandshakeReq;
import io.grpc.alts.internal.StartServerHandshakeReq;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What a caller may send to the emulated handshaker: the input is requests, each behind a byte with its length. Each
 * gets one answer at most, in the protocol; the call ends once; no bug of ours shows; and no requests alone, without a
 * peer that knows the secret, complete a handshake.
 */
public final class HandshakerRequestsTarget implements Target {
  private static final ServiceAccount ACCOUNT = ServiceAccount.parse("s@p.iam.gserviceaccount.com");

  /** Held, because loggers that nobody holds forget their level. */
  private static final Logger LOG = Logger.getLogger(HandshakerService.class.getName());

  @Override
  public void read(byte[] input) {
    Level before = LOG.getLevel();
    LOG.setLevel(Level.SEVERE);
    try {
      converse(input);
    } finally {
      LOG.setLevel(before);
    }
  }

  private static void converse(byte[] input) {
    Answers answers = new Answers();
    StreamObserver<HandshakerReq> requests = new HandshakerService(
            ACCOUNT, Secret.fresh(), new Faults(Runnable::run))
        .doHandshake(answers);
    int sent = 0;
    for (HandshakerReq request : requests(input)) {
      requests.onNext(request);
      sent++;
      Claims.that(answers.responses.size() <= sent, "a request gets one answer at most");
    }
    requests.onCompleted();
    Claims.same(answers.ends, 1, "a call ends once");
    for (HandshakerResp response : answers.responses) {
      Claims.that(!response.hasResult(), "requests alone complete no handshake");
      Claims.that(response.hasStatus(), "every answer has a status");
      Claims.that(
          response.getStatus().getDetails().isEmpty() || response.getOutFrames().isEmpty(),
          "a refusal sends nothing to the peer");
      if (response.getStatus().getCode() != 0) {
        Claims.message(response.getStatus().getDetails());
      }
    }
    if (answers.error != null) {
      Status status = Status.fromThrowable(answers.error);
      Claims.message(status.getDescription());
      Claims.that(status.getCode() != Status.Code.INTERNAL, "the emulator does not fail");
      Claims.that(status.getCode() != Status.Code.UNKNOWN, "the emulator does not fail");
    }
  }

  private static List<HandshakerReq> requests(byte[] input) {
    List<HandshakerReq> requests = new ArrayList<>();
    ByteString bytes = ByteString.copyFrom(input);
    try {
      while (!bytes.isEmpty()) {
        int length = Math.min(Byte.toUnsignedInt(bytes.byteAt(0)), bytes.size() - 1);
        requests.add(HandshakerReq.parseFrom(bytes.substring(1, 1 + length)));
        bytes = bytes.substring(1 + length);
      }
    } catch (InvalidProtocolBufferException e) {
      // gRPC ends a call with such a message; what was read before was answered.
    }
    return requests;
  }

  /** What the caller got. */
  private static final class Answers extends ServerCallStreamObserver<HandshakerResp> {
    private final List<HandshakerResp> responses = new ArrayList<>();
    private int ends;
    private @Nullable Throwable error;

    @Override
    public void onNext(HandshakerResp response) {
      Claims.same(ends, 0, "nothing comes after the end");
      responses.add(response);
    }

    @Override
    public void onError(Throwable thrown) {
      ends++;
      error = thrown;
    }

    @Override
    public void onCompleted() {
      ends++;
    }

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public void setOnCancelHandler(Runnable handler) {}

    @Override
    public void setCompression(String compression) {}

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setOnReadyHandler(Runnable handler) {}

    @Override
    public void request(int count) {}

    @Override
    public void setMessageCompression(boolean enable) {}

    @Override
    public void disableAutoInboundFlowControl() {}
  }

  @Override
  public List<byte[]> seeds() {
    HandshakerReq client = HandshakerReq.newBuilder()
        .setClientStart(StartClientHandshakeReq.newBuilder()
            .setHandshakeSecurityProtocol(HandshakeProtocol.ALTS)
            .addApplicationProtocols("grpc")
            .addRecordProtocols(Agreement.RECORD_PROTOCOL)
            .addTargetIdentities(Identity.newBuilder().setServiceAccount(ACCOUNT.name())))
        .build();
    HandshakerReq server = HandshakerReq.newBuilder()
        .setServerStart(StartServerHandshakeReq.newBuilder()
            .addApplicationProtocols("grpc")
            .putHandshakeParameters(
                HandshakeProtocol.ALTS_VALUE,
                ServerHandshakeParameters.newBuilder()
                    .addRecordProtocols(Agreement.RECORD_PROTOCOL)
                    .build())
            .setInBytes(ByteString.copyFrom(new byte[] {4, 0, 0, 0, 2, 0, 0, 0, 1})))
        .build();
    HandshakerReq next = HandshakerReq.newBuilder()
        .setNext(NextHandshakeMessageReq.newBuilder().setInBytes(ByteString.copyFrom(new byte[9])))
        .build();
    return List.of(
        input(client, next), input(server, next), input(next), input(server, client), new byte[2]);
  }

  private static byte[] input(HandshakerReq... requests) {
    ByteString bytes = ByteString.EMPTY;
    for (HandshakerReq request : requests) {
      bytes = bytes
          .concat(ByteString.copyFrom(new byte[] {(byte) request.getSerializedSize()}))
          .concat(request.toByteString());
    }
    return bytes.toByteArray();
  }
}
