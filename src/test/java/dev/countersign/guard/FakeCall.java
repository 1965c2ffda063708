package dev.countersign.guard;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.concurrent.CompletableFuture;

/** The transport's end of a call. */
final class FakeCall extends ServerCall<String, String> {
  final CompletableFuture<Status> closed = new CompletableFuture<>();
  Runnable whenClosed = () -> {};

  @Override
  public void request(int numMessages) {}

  @Override
  public void sendHeaders(Metadata headers) {}

  @Override
  public void sendMessage(String message) {}

  @Override
  public void close(Status status, Metadata trailers) {
    whenClosed.run();
    closed.complete(status);
  }

  @Override
  public boolean isCancelled() {
    return false;
  }

  @Override
  public MethodDescriptor<String, String> getMethodDescriptor() {
    return MethodDescriptor.newBuilder(new NoText(), new NoText())
        .setType(MethodType.BIDI_STREAMING)
        .setFullMethodName("any.Service/Method")
        .build();
  }

  private static final class NoText implements MethodDescriptor.Marshaller<String> {
    @Override
    public InputStream stream(String value) {
      return new ByteArrayInputStream(new byte[0]);
    }

    @Override
    public String parse(InputStream stream) {
      return "";
    }
  }
}
