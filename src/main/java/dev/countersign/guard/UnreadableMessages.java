package dev.countersign.guard;

import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lets a message that cannot be read end its call, and nothing else. grpc-java ends such a call behind the back of the
 * handler, which may answer the end of the stream all the same: headers after trailers, for which Netty breaks off the
 * connection with every call on it.
 */
public final class UnreadableMessages {
  private static final ThreadLocal<@Nullable Status> WHY = new ThreadLocal<>();

  private UnreadableMessages() {}

  /**
   * The same service, for a server that a {@link Guard} protects: its methods read their messages so that the guard hears of
   * one that cannot be read. The call ends with {@code INTERNAL}, or {@code RESOURCE_EXHAUSTED} if the message is too large.
   */
  public static ServerServiceDefinition contain(ServerServiceDefinition service) {
    List<ServerMethodDefinition<?, ?>> methods = service.getMethods().stream()
        .<ServerMethodDefinition<?, ?>>map(UnreadableMessages::contain)
        .toList();
    ServiceDescriptor named = service.getServiceDescriptor();
    ServiceDescriptor.Builder descriptor = ServiceDescriptor.newBuilder(named.getName())
        .setSchemaDescriptor(named.getSchemaDescriptor());
    methods.forEach(method -> descriptor.addMethod(method.getMethodDescriptor()));
    ServerServiceDefinition.Builder contained = ServerServiceDefinition.builder(descriptor.build());
    methods.forEach(contained::addMethod);
    return contained.build();
  }

  private static <Q, R> ServerMethodDefinition<Q, R> contain(ServerMethodDefinition<Q, R> method) {
    MethodDescriptor<Q, R> plain = method.getMethodDescriptor();
    return ServerMethodDefinition.create(
        plain.toBuilder(new Reading<>(plain.getRequestMarshaller()), plain.getResponseMarshaller())
            .build(),
        method.getServerCallHandler());
  }

  /** Why the message that was to be read on this thread just now could not be; forgotten with the answer. */
  static Status why() {
    Status why = WHY.get();
    WHY.remove();
    return why == null ? Status.INTERNAL : why;
  }

  /** Answers null instead of failing: grpc-java hands it to the listener next, on the same thread. */
  private record Reading<T>(Marshaller<T> marshaller) implements Marshaller<T> {
    @Override
    public InputStream stream(T value) {
      return marshaller.stream(value);
    }

    @Override
    @SuppressWarnings("NullAway") // for the guard's listener
    public T parse(InputStream stream) {
      try {
        return marshaller.parse(stream);
      } catch (RuntimeException e) {
        boolean tooLarge = e instanceof StatusRuntimeException failure
            && failure.getStatus().getCode() == Status.Code.RESOURCE_EXHAUSTED;
        Status status = tooLarge ? Status.RESOURCE_EXHAUSTED : Status.INTERNAL;
        WHY.set(status.withDescription("message cannot be read").withCause(e));
        return null;
      }
    }
  }
}
