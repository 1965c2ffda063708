package dev.countersign.credentials;

import com.google.protobuf.ByteString;
import dev.countersign.platform.AltsProof;
import dev.countersign.platform.AltsProofException;
import dev.countersign.platform.AltsVerdict.Reason;
import dev.countersign.text.Quoted;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.alts.internal.HandshakerResp;
import io.grpc.alts.internal.HandshakerResult;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A complete ALTS handshake in which both sides are us: what one side's handshaker stream puts out is the other's input,
 * until both have a result. Both must prove the same account and hand out the same key.
 */
final class HandshakeWithOurselves implements AltsProof {
  private static final int MAX_STEPS = 8;
  private static final int KEY_BYTES = 44;

  @Override
  public String accountProvedBy(String handshaker, Duration limit) throws AltsProofException {
    try (HandshakerChannel connection = HandshakerChannel.to(handshaker)) {
      return shake(connection.channel(), handshaker, limit);
    }
  }

  private static String shake(ManagedChannel channel, String handshaker, Duration limit)
      throws AltsProofException {
    HandshakerCalls.Side client = new HandshakerCalls.Side(channel, limit);
    HandshakerCalls.Side server = new HandshakerCalls.Side(channel, limit);
    try {
      HandshakerResp answer = wait(client, handshaker, HandshakerCalls.clientStart());
      ByteString frames = answer.getOutFrames();
      answer = wait(server, handshaker, HandshakerCalls.serverStart(frames));
      HandshakerResult serverResult = resultIn(answer);
      HandshakerResult clientResult = null;
      boolean clientIsNext = true;
      for (int step = 0;
          step < MAX_STEPS && (clientResult == null || serverResult == null);
          step++) {
        frames = answer.getOutFrames();
        answer = wait(clientIsNext ? client : server, handshaker, HandshakerCalls.next(frames));
        if (clientIsNext) {
          clientResult = resultIn(answer);
        } else {
          serverResult = resultIn(answer);
        }
        clientIsNext = !clientIsNext;
      }
      return accountIn(clientResult, serverResult);
    } finally {
      client.end();
      server.end();
    }
  }

  private static @Nullable HandshakerResult resultIn(HandshakerResp answer) {
    return answer.hasResult() ? answer.getResult() : null;
  }

  private static String accountIn(
      @Nullable HandshakerResult client, @Nullable HandshakerResult server)
      throws AltsProofException {
    if (client == null || server == null) {
      throw broken("the handshaker did not finish the handshake in " + MAX_STEPS + " steps");
    }
    if (client.getKeyData().size() < KEY_BYTES) {
      throw broken("the handshaker's key is too short: " + client.getKeyData().size()
          + " bytes (at least " + KEY_BYTES + ")");
    }
    if (!client.getKeyData().equals(server.getKeyData())) {
      throw broken("the handshaker gave the two sides different keys");
    }
    String account = client.getPeerIdentity().getServiceAccount();
    if (!account.equals(server.getPeerIdentity().getServiceAccount())) {
      throw broken("the handshaker proved two accounts for one workload: "
          + Quoted.of(account)
          + " and "
          + Quoted.of(server.getPeerIdentity().getServiceAccount()));
    }
    try {
      return AltsPeer.accountNamed(account).name();
    } catch (PeerRefusedException e) {
      throw broken(String.valueOf(e.getMessage()));
    }
  }

  private static HandshakerResp wait(
      HandshakerCalls.Side side, String handshaker, io.grpc.alts.internal.HandshakerReq request)
      throws AltsProofException {
    try {
      // The stream's deadline ends the wait.
      HandshakerResp answer = side.ask(request).get();
      if (answer.getStatus().getCode() != Status.Code.OK.value()) {
        throw new AltsProofException(
            Reason.HANDSHAKER_REFUSED,
            "the handshaker at " + handshaker + " refused: "
                + Quoted.of(answer.getStatus().getDetails()));
      }
      return answer;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AltsProofException(Reason.HANDSHAKER_SILENT, "interrupted");
    } catch (ExecutionException e) {
      throw failed(handshaker, Status.fromThrowable(e));
    }
  }

  private static AltsProofException failed(String handshaker, Status status) {
    boolean silent = status.getCode() == Status.Code.DEADLINE_EXCEEDED;
    return new AltsProofException(
        silent ? Reason.HANDSHAKER_SILENT : Reason.HANDSHAKER_REFUSED,
        silent
            ? "the handshaker at " + handshaker + " did not answer in time"
            : "the handshaker at " + handshaker + " cannot be used: "
                + status.getCode() + " "
                + Quoted.of(String.valueOf(status.getDescription())));
  }

  private static AltsProofException broken(String message) {
    return new AltsProofException(Reason.HANDSHAKE_BROKEN, message);
  }
}
