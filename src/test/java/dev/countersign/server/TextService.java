package dev.countersign.server;

import io.grpc.BindableService;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Scanner;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** Text in, the same text out, now or when the test says so; it remembers what headers came. */
final class TextService implements BindableService {
  static final String SAY = "lab.Text/Say";
  static final String HOLD = "lab.Text/Hold";

  /** Allows alice everything of it. */
  static final String POLICY = """
      {"name": "text", "allow_rules": [
         {"name": "alice", "source": {"principals": ["spiffe://example.org/ns/demo/sa/alice"]}}]}
      """;

  final BlockingQueue<Metadata> headers = new LinkedBlockingQueue<>();
  final BlockingQueue<StreamObserver<String>> held = new LinkedBlockingQueue<>();

  @Override
  public ServerServiceDefinition bindService() {
    ServerServiceDefinition service = ServerServiceDefinition.builder("lab.Text")
        .addMethod(method(SAY), ServerCalls.asyncUnaryCall((request, responses) -> {
          responses.onNext(request);
          responses.onCompleted();
        }))
        .addMethod(
            method(HOLD), ServerCalls.asyncUnaryCall((request, responses) -> held.add(responses)))
        .build();
    return ServerInterceptors.intercept(service, new Recorder());
  }

  static String say(Channel channel, String text) {
    return ClientCalls.blockingUnaryCall(channel, method(SAY), CallOptions.DEFAULT, text);
  }

  static MethodDescriptor<String, String> method(String name) {
    return MethodDescriptor.newBuilder(Text.ONLY, Text.ONLY)
        .setType(MethodType.UNARY)
        .setFullMethodName(name)
        .setSampledToLocalTracing(true)
        .build();
  }

  private final class Recorder implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata sent, io.grpc.ServerCallHandler<Q, R> next) {
      headers.add(sent);
      return next.startCall(call, sent);
    }
  }

  /** Text as bytes. */
  private enum Text implements MethodDescriptor.Marshaller<String> {
    ONLY;

    @Override
    public InputStream stream(String value) {
      return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String parse(InputStream stream) {
      return new Scanner(stream, StandardCharsets.UTF_8)
          .useDelimiter("\\A")
          .tokens()
          .findFirst()
          .orElse("");
    }
  }
}
