package dev.countersign.bench;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.util.List;

/**
 * A call with one request that is made again and again, over several connections in turn.
 *
 * @param <Q> the request
 * @param <S> the response
 * @param channels one connection each
 * @param method the method
 * @param request the request, always the same
 */
public record UnaryCall<Q, S>(
    List<? extends Channel> channels, MethodDescriptor<Q, S> method, Q request) {

  /** Over one connection. */
  public static <Q, S> UnaryCall<Q, S> over(
      Channel channel, MethodDescriptor<Q, S> method, Q request) {
    return new UnaryCall<>(List.of(channel), method, request);
  }

  void start(int number, StreamObserver<S> responses) {
    Channel channel = channels.get(number % channels.size());
    ClientCall<Q, S> call = channel.newCall(method, CallOptions.DEFAULT);
    if (method.getType() == MethodDescriptor.MethodType.UNARY) {
      ClientCalls.asyncUnaryCall(call, request, responses);
    } else {
      ClientCalls.asyncServerStreamingCall(call, request, responses);
    }
  }
}
