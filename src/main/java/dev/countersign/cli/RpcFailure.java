package dev.countersign.cli;

import io.grpc.Status;
import java.io.PrintStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An RPC that ended with another status than OK; told as JSON, last, because scripts read that line. */
final class RpcFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Status.Code code;
  private final String message;
  private final @Nullable String problem;

  private RpcFailure(Status status, @Nullable String problem) {
    super(status.toString(), status.getCause());
    this.code = status.getCode();
    this.message = Optional.ofNullable(status.getDescription()).orElse("");
    this.problem = problem;
  }

  /** The call that the user asked for failed. */
  static RpcFailure of(Status status) {
    return new RpcFailure(status, null);
  }

  /** A call that we made on the way failed. */
  static RpcFailure during(String what, Status status) {
    return new RpcFailure(status, what);
  }

  void print(PrintStream err) {
    if (problem != null) {
      err.println("countersign: error: " + Printable.of(problem));
    }
    err.println(JsonLine.of(json -> {
      json.writeStringField("status", code.name());
      json.writeStringField("message", message);
    }));
  }
}
