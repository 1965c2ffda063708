package dev.countersign.emulator;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/** Tells the handshaker calls of grpc-go, by their user agent, from those of the other libraries. */
final class GoCallers implements ServerInterceptor {
  private static final Context.Key<Boolean> KEY = Context.keyWithDefault("grpc-go", false);
  private static final Metadata.Key<String> USER_AGENT =
      Metadata.Key.of("user-agent", Metadata.ASCII_STRING_MARSHALLER);

  /** Whether the current call is one of grpc-go. */
  static boolean isCaller() {
    return KEY.get();
  }

  @Override
  public <Q, S> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, S> call, Metadata headers, ServerCallHandler<Q, S> next) {
    String userAgent = headers.get(USER_AGENT);
    boolean go = userAgent != null && userAgent.contains("grpc-go/");
    return Contexts.interceptCall(Context.current().withValue(KEY, go), call, headers, next);
  }
}
