package dev.countersign.guard;

import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * Has an answer for every method that nobody registered, so that interceptors decide those too: grpc-java would say
 * {@code UNIMPLEMENTED} without asking them. Only a peer that the policy allows the path learns that.
 */
final class UnknownMethods extends HandlerRegistry {
  private final @Nullable HandlerRegistry next;

  /**
   * The last registry of a server.
   *
   * @param next asked first; null if there is none
   */
  UnknownMethods(@Nullable HandlerRegistry next) {
    this.next = next;
  }

  @Override
  public ServerMethodDefinition<?, ?> lookupMethod(String methodName, @Nullable String authority) {
    ServerMethodDefinition<?, ?> known =
        next == null ? null : next.lookupMethod(methodName, authority);
    if (known != null) {
      return known;
    }
    MethodDescriptor<InputStream, InputStream> descriptor = MethodDescriptor.newBuilder(
            Unread.ONLY, Unread.ONLY)
        .setType(MethodType.UNKNOWN)
        .setFullMethodName(methodName)
        .build();
    return ServerMethodDefinition.create(descriptor, (call, headers) -> {
      call.close(Status.UNIMPLEMENTED.withDescription("method not found"), new Metadata());
      return new ServerCall.Listener<>() {};
    });
  }

  /** Messages that nobody will read. */
  private enum Unread implements MethodDescriptor.Marshaller<InputStream> {
    ONLY;

    @Override
    public InputStream stream(InputStream value) {
      return value;
    }

    @Override
    public InputStream parse(InputStream stream) {
      return new ByteArrayInputStream(new byte[0]);
    }
  }
}
