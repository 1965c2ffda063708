package dev.countersign.emulator;

import dev.countersign.emulator.Fault.Plain;
import dev.countersign.emulator.HandshakeRefused.Reason;
import dev.countersign.emulator.RpcVersions.Version;
import dev.countersign.identity.ServiceAccount;
import dev.countersign.text.Quoted;
import io.grpc.Status;
import io.grpc.alts.internal.HandshakeProtocol;
import io.grpc.alts.internal.HandshakerReq;
import io.grpc.alts.internal.HandshakerResp;
import io.grpc.alts.internal.HandshakerResult;
import io.grpc.alts.internal.HandshakerServiceGrpc.HandshakerServiceImplBase;
import io.grpc.alts.internal.HandshakerStatus;
import io.grpc.alts.internal.Identity;
import io.grpc.alts.internal.RpcProtocolVersions;
import io.grpc.alts.internal.ServerHandshakeParameters;
import io.grpc.alts.internal.StartClientHandshakeReq;
import io.grpc.alts.internal.StartServerHandshakeReq;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The RPC {@code grpc.gcp.HandshakerService/DoHandshake} for one workload. The only class that uses
 * {@code io.grpc.alts.internal}: grpc-alts publishes the service's messages nowhere else, and a copy of its
 * {@code .proto} files would be a second truth.
 *
 * <p>Each request gets one response. Every response has a status and the RPC ends right after the result, because
 * C-core waits for both; grpc-go looks at the status of the first response only, so it is told of a refusal by the
 * RPC's own status, and the others by both.
 */
final class HandshakerService extends HandshakerServiceImplBase {
  private static final Logger LOG = LoggerFactory.getLogger(HandshakerService.class);

  private final ServiceAccount account;
  private final Secret secret;
  private final Faults faults;

  HandshakerService(ServiceAccount account, Secret secret, Faults faults) {
    this.account = account;
    this.secret = secret;
    this.faults = faults;
  }

  @Override
  public StreamObserver<HandshakerReq> doHandshake(StreamObserver<HandshakerResp> responses) {
    ((ServerCallStreamObserver<HandshakerResp>) responses).setOnCancelHandler(() -> {
      // A caller that went away is not a failure of ours; without a handler the next response would
      // throw.
    });
    return new Conversation(responses, GoCallers.isCaller());
  }

  /** One handshake of one caller: requests are answered in their order, each after what holds it up. */
  private final class Conversation implements StreamObserver<HandshakerReq> {
    private final StreamObserver<HandshakerResp> responses;
    private final boolean toldByRpcStatus;
    private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);
    private @Nullable Handshake handshake;
    private int answered;
    private boolean ended;

    Conversation(StreamObserver<HandshakerResp> responses, boolean toldByRpcStatus) {
      this.responses = responses;
      this.toldByRpcStatus = toldByRpcStatus;
    }

    @Override
    public void onNext(HandshakerReq request) {
      then(faults.pause(), () -> answer(request));
    }

    @Override
    public void onCompleted() {
      then(CompletableFuture.completedFuture(null), () -> end(Status.OK));
    }

    @Override
    public void onError(Throwable cancelled) {
      LOG.debug("the caller of the handshaker of {} went away", account);
    }

    private void then(CompletableFuture<Void> pause, Runnable action) {
      last = last.runAfterBoth(pause, action).exceptionally(bug -> {
        LOG.error("the handshaker of {} failed", account, bug);
        end(Status.INTERNAL.withDescription("the emulator failed"));
        return null;
      });
    }

    private void answer(HandshakerReq request) {
      if (ended) {
        return;
      }
      try {
        faults.check(answered++);
        respond(faults.applyTo(advance(request)));
      } catch (HandshakeRefused refused) {
        refuse(refused);
      }
    }

    private Step advance(HandshakerReq request) throws HandshakeRefused {
      if (request.hasNext() && handshake != null) {
        return handshake.next(request.getNext().getInBytes());
      }
      if (request.hasClientStart() && handshake == null) {
        ClientHandshake client =
            new ClientHandshake(account, secret, offer(request.getClientStart()));
        handshake = client;
        return client.start();
      }
      if (request.hasServerStart() && handshake == null) {
        handshake = new ServerHandshake(account, secret, offer(request.getServerStart()));
        return handshake.next(request.getServerStart().getInBytes());
      }
      throw new HandshakeRefused(
          Reason.BAD_REQUEST,
          "request " + request.getReqOneofCase() + " at the wrong moment (one start, then next)");
    }

    private void respond(Step step) {
      HandshakerResp.Builder response = HandshakerResp.newBuilder()
          .setOutFrames(step.outFrames())
          .setBytesConsumed(step.consumed());
      if (!faults.has(Plain.NO_STATUS)) {
        response.setStatus(HandshakerStatus.getDefaultInstance());
      }
      Outcome outcome = step.outcome();
      if (outcome == null) {
        responses.onNext(response.build());
        return;
      }
      LOG.debug("handshake complete: {}", outcome);
      responses.onNext(response.setResult(result(outcome)).build());
      if (!faults.has(Plain.STREAM_LEFT_OPEN)) {
        end(Status.OK);
      }
    }

    private void refuse(HandshakeRefused refused) {
      LOG.info("refused a handshake of {}: {}", account, refused.getMessage());
      Status status = refused.status();
      if (!toldByRpcStatus && refused.reason() != Reason.CUT) {
        responses.onNext(HandshakerResp.newBuilder()
            .setStatus(HandshakerStatus.newBuilder()
                .setCode(status.getCode().value())
                .setDetails(refused.getMessage()))
            .build());
      }
      end(status);
    }

    private void end(Status status) {
      if (ended) {
        return;
      }
      ended = true;
      if (status.isOk()) {
        responses.onCompleted();
      } else {
        responses.onError(status.asRuntimeException());
      }
    }
  }

  private Offer offer(StartClientHandshakeReq start) throws HandshakeRefused {
    if (start.getHandshakeSecurityProtocol() != HandshakeProtocol.ALTS) {
      throw new HandshakeRefused(
          Reason.UNSUPPORTED_PROTOCOL,
          "handshake protocol is " + start.getHandshakeSecurityProtocol() + " (supported: ALTS)");
    }
    if (start.hasLocalIdentity()) {
      checkLocal(List.of(start.getLocalIdentity()));
    }
    return new Offer(
        start.getApplicationProtocolsList(),
        start.getRecordProtocolsList(),
        start.hasRpcVersions() ? versions(start.getRpcVersions()) : RpcVersions.USUAL,
        start.getMaxFrameSize(),
        start.getTargetIdentitiesList().stream().map(HandshakerService::name).toList());
  }

  private Offer offer(StartServerHandshakeReq start) throws HandshakeRefused {
    ServerHandshakeParameters parameters =
        start.getHandshakeParametersMap().get(HandshakeProtocol.ALTS_VALUE);
    if (parameters == null) {
      throw new HandshakeRefused(
          Reason.UNSUPPORTED_PROTOCOL, "the server has no parameters for ALTS (supported: ALTS)");
    }
    checkLocal(parameters.getLocalIdentitiesList());
    return new Offer(
        start.getApplicationProtocolsList(),
        parameters.getRecordProtocolsList(),
        start.hasRpcVersions() ? versions(start.getRpcVersions()) : RpcVersions.USUAL,
        start.getMaxFrameSize(),
        List.of());
  }

  /** A caller need not say who it is; one that does must be who its address stands for. */
  private void checkLocal(Collection<Identity> wanted) throws HandshakeRefused {
    List<String> names = wanted.stream().map(HandshakerService::name).toList();
    if (!names.isEmpty() && !names.contains(account.name())) {
      throw new HandshakeRefused(
          Reason.NOT_THIS_WORKLOAD,
          "local identity is " + Quoted.of(String.join(", ", names)) + " (allowed: " + account
              + ")");
    }
  }

  /** A host name cannot equal a service account, which holds an at sign, so one string serves for both. */
  private static String name(Identity identity) {
    return identity.hasHostname() ? identity.getHostname() : identity.getServiceAccount();
  }

  private static RpcVersions versions(RpcProtocolVersions versions) {
    return new RpcVersions(
        version(versions.getMinRpcVersion()), version(versions.getMaxRpcVersion()));
  }

  private static Version version(RpcProtocolVersions.Version version) {
    return new Version(version.getMajor(), version.getMinor());
  }

  private static HandshakerResult result(Outcome outcome) {
    return HandshakerResult.newBuilder()
        .setApplicationProtocol(outcome.applicationProtocol())
        .setRecordProtocol(outcome.recordProtocol())
        .setKeyData(outcome.keyData())
        .setPeerIdentity(identity(outcome.peer()))
        .setLocalIdentity(identity(outcome.local()))
        .setPeerRpcVersions(RpcProtocolVersions.newBuilder()
            .setMinRpcVersion(version(outcome.peerVersions().oldest()))
            .setMaxRpcVersion(version(outcome.peerVersions().newest())))
        .setMaxFrameSize(outcome.maxFrameSize())
        .build();
  }

  private static Identity identity(ServiceAccount account) {
    return Identity.newBuilder().setServiceAccount(account.name()).build();
  }

  private static RpcProtocolVersions.Version version(Version version) {
    return RpcProtocolVersions.Version.newBuilder()
        .setMajor(version.major())
        .setMinor(version.minor())
        .build();
  }
}
