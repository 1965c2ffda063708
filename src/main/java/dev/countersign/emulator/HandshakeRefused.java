package dev.countersign.emulator;

import io.grpc.Status;

/** A handshake that the emulator will not go on with; the peer learns nothing of it, the caller the message. */
final class HandshakeRefused extends Exception {
  private static final long serialVersionUID = 1;

  /** Why, with the status code that the caller is told. */
  enum Reason {
    /** A request that the protocol does not allow at this point. */
    BAD_REQUEST(Status.Code.INVALID_ARGUMENT),
    /** A security protocol other than ALTS. */
    UNSUPPORTED_PROTOCOL(Status.Code.INVALID_ARGUMENT),
    /** The caller wants to be somebody else than this address stands for. */
    NOT_THIS_WORKLOAD(Status.Code.PERMISSION_DENIED),
    /** The peer's bytes are not a frame of this handshake. */
    MALFORMED_FRAME(Status.Code.INVALID_ARGUMENT),
    /** The peer announces a frame longer than any of this handshake. */
    OVERSIZED_FRAME(Status.Code.INVALID_ARGUMENT),
    /** The frame was changed on its way, or the peer's emulator has another secret. */
    NOT_AUTHENTIC(Status.Code.UNAUTHENTICATED),
    /** No RPC protocol version that both speak. */
    NO_COMMON_RPC_VERSION(Status.Code.FAILED_PRECONDITION),
    /** No record protocol that both speak and the emulator makes keys for. */
    NO_COMMON_RECORD_PROTOCOL(Status.Code.FAILED_PRECONDITION),
    /** No application protocol that both speak. */
    NO_COMMON_APPLICATION_PROTOCOL(Status.Code.FAILED_PRECONDITION),
    /** The peer is none of the service accounts that the client expects. */
    NOT_A_TARGET(Status.Code.PERMISSION_DENIED),
    /** A refusal that was asked for. */
    INJECTED(Status.Code.PERMISSION_DENIED),
    /** A broken RPC that was asked for. */
    CUT(Status.Code.UNAVAILABLE);

    private final Status.Code code;

    Reason(Status.Code code) {
      this.code = code;
    }
  }

  private final Reason reason;

  HandshakeRefused(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  HandshakeRefused(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  Reason reason() {
    return reason;
  }

  Status status() {
    return reason.code.toStatus().withDescription(getMessage());
  }
}
