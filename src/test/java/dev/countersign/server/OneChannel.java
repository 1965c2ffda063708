package dev.countersign.server;

import dev.countersign.client.SecureChannel;
import dev.countersign.credentials.Transport;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A new connection to an ALTS listener, for one call. */
final class OneChannel implements AutoCloseable {
  private final ManagedChannel channel;

  OneChannel(SecureServer.ListenAddress listener, Transport transport) {
    channel = SecureChannel.to("127.0.0.1:" + listener.address().getPort(), transport)
        .expecting(AltsLab.SERVER)
        .build();
  }

  /** Whether a call over it succeeds within two seconds. */
  boolean works() {
    ClientCall<String, String> call = channel.newCall(
        GuardedCallsIT.Echo.method("lab.Echo/WhoAmI"),
        CallOptions.DEFAULT.withDeadlineAfter(2, TimeUnit.SECONDS));
    CompletableFuture<Status> end = new CompletableFuture<>();
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onClose(Status status, Metadata trailers) {
            end.complete(status);
          }
        },
        new Metadata());
    call.request(2);
    call.sendMessage("");
    call.halfClose();
    return end.join().isOk();
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
