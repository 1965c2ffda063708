package dev.countersign.cli;

import dev.countersign.credentials.PeerRefusedException;
import dev.countersign.text.Quoted;
import io.grpc.Status;
import java.io.PrintStream;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** An RPC that ended with another status than OK; told as JSON, last, because scripts read that line. */
final class RpcFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int MAX_CAUSES = 20;

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
    return new RpcFailure(status, refusal(status.getCause()));
  }

  /** What the status does not say: that it was us who refused the server, and why; else what stopped TLS. */
  private static @Nullable String refusal(@Nullable Throwable cause) {
    String tls = null;
    int depth = 0;
    for (Throwable each = cause; each != null && depth < MAX_CAUSES; each = each.getCause()) {
      if (each instanceof PeerRefusedException refused) {
        return "the server was refused (" + refused.reason() + "): " + refused.getMessage();
      }
      if (tls == null && each instanceof SSLException stopped) {
        tls = "TLS with the server failed: " + Quoted.of(String.valueOf(stopped.getMessage()));
      }
      depth++;
    }
    return tls;
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
