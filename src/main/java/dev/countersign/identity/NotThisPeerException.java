package dev.countersign.identity;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;

/**
 * A request in which a peer speaks for somebody else. It carries {@code PERMISSION_DENIED} and a fixed phrase; the guard
 * ends a call with it when a handler lets it pass.
 */
public final class NotThisPeerException extends StatusRuntimeException {
  private static final long serialVersionUID = 1;

  NotThisPeerException() {
    super(Status.PERMISSION_DENIED.withDescription("not for this peer"));
  }
}
