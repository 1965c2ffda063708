package dev.countersign.guard;

import io.grpc.Status;

/** What peers are told when a call is refused or ended: a status and a fixed phrase. */
final class Refusal {
  static final Status MALFORMED =
      Status.INVALID_ARGUMENT.withDescription("malformed request headers");
  static final Status NOT_AUTHENTICATED =
      Status.UNAUTHENTICATED.withDescription("not authenticated");
  static final Status NOT_AUTHORIZED = Status.PERMISSION_DENIED.withDescription("not authorized");
  static final Status TOO_MANY_CONNECTIONS =
      Status.RESOURCE_EXHAUSTED.withDescription("too many connections of this identity");

  private Refusal() {}
}
