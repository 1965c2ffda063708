package dev.countersign.client;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Gives a deadline to unary calls that have none; streams may last. */
final class DefaultDeadline implements ClientInterceptor {
  private final Duration deadline;

  DefaultDeadline(Duration deadline) {
    this.deadline = deadline;
  }

  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(
      MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    boolean lacks = options.getDeadline() == null && method.getType() == MethodType.UNARY;
    return next.newCall(
        method,
        lacks ? options.withDeadlineAfter(deadline.toMillis(), TimeUnit.MILLISECONDS) : options);
  }
}
