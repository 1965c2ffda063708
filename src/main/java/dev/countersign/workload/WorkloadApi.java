package dev.countersign.workload;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stream of identities from an agent (SPIFFE Workload API section 5.2.1, {@code FetchX509SVID}), opened again for as
 * long as it is not closed: soon when an agent that had answered ends it, then ever more slowly. Nothing is asked
 * about who answers; whoever serves the socket decides what we are. Everything happens on one executor, and so does every
 * callback.
 */
public final class WorkloadApi implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WorkloadApi.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  /** SPIFFE Workload Endpoint section 5.1: what a browser or a proxy that was tricked would not send. */
  private static final Metadata.Key<String> SECURITY_HEADER =
      Metadata.Key.of("workload.spiffe.io", Metadata.ASCII_STRING_MARSHALLER);

  private static final MethodDescriptor<Empty, WorkloadIdentities> FETCH =
      MethodDescriptor.<Empty, WorkloadIdentities>newBuilder()
          .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
          .setFullMethodName("SpiffeWorkloadAPI/FetchX509SVID")
          .setRequestMarshaller(new EmptyMessage())
          .setResponseMarshaller(new IdentitiesMessage())
          .build();

  private final ScheduledExecutorService executor;
  private final AgentChannels channels;
  private final Listener listener;

  // Used on the executor only.
  private @Nullable ManagedChannel channel;
  private Duration pause = FIRST_PAUSE;
  private boolean closed;

  /** Hears what an agent says. */
  public interface Listener {

    /** The agent has this for us now; it replaces what was before. */
    void received(WorkloadIdentities identities);

    /**
     * The stream has ended, or could not be opened; it will be tried again.
     *
     * @param status why; {@code PERMISSION_DENIED} if the agent has no identity for us
     */
    void lost(Status status);
  }

  private record Empty() {}

  private WorkloadApi(AgentSocket socket, ScheduledExecutorService executor, Listener listener) {
    this.executor = executor;
    this.channels = new AgentChannels(socket, this::callBack);
    this.listener = listener;
  }

  /**
   * Opens the stream and returns at once.
   *
   * @param executor runs one task at a time; stays the caller's
   */
  public static WorkloadApi open(
      AgentSocket socket, ScheduledExecutorService executor, Listener listener) {
    WorkloadApi api = new WorkloadApi(socket, executor, listener);
    executor.execute(api::connect);
    return api;
  }

  private void connect() {
    if (closed) {
      return;
    }
    ManagedChannel opened = channels.open();
    channel = opened;
    ClientCall<Empty, WorkloadIdentities> call = opened.newCall(FETCH, CallOptions.DEFAULT);
    Metadata headers = new Metadata();
    headers.put(SECURITY_HEADER, "true");
    call.start(new Stream(call, opened), headers);
    call.request(1);
    call.sendMessage(new Empty());
    call.halfClose();
  }

  /** One try, until it ends. */
  private final class Stream extends ClientCall.Listener<WorkloadIdentities> {
    private final ClientCall<Empty, WorkloadIdentities> call;
    private final ManagedChannel over;

    Stream(ClientCall<Empty, WorkloadIdentities> call, ManagedChannel over) {
      this.call = call;
      this.over = over;
    }

    @Override
    public void onMessage(WorkloadIdentities identities) {
      if (!closed) {
        pause = FIRST_PAUSE;
        listener.received(identities);
        call.request(1);
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      over.shutdownNow();
      if (closed) {
        return;
      }
      if (status.getCode() == Status.Code.INVALID_ARGUMENT) {
        // An agent that takes no such request is not to be asked again (Workload Endpoint section
        // 6).
        // It may be replaced by one that does, so it is asked seldom rather than never.
        pause = LONGEST_PAUSE;
      }
      connectLater();
      listener.lost(told(status));
    }

    private Status told(Status status) {
      if (status.isOk()) {
        return Status.UNAVAILABLE.withDescription("the agent ended the stream");
      }
      // gRPC wraps what the marshaller said.
      return status.getCause() instanceof StatusRuntimeException unread
          ? unread.getStatus()
          : status;
    }
  }

  /** What gRPC still has to say after the end is of no use to anybody. */
  private void callBack(Runnable task) {
    try {
      executor.execute(task);
    } catch (RejectedExecutionException e) {
      LOG.debug("the Workload API spoke after its end", e);
    }
  }

  private void connectLater() {
    // Up to a quarter less, so that the workloads of a node do not come back in step.
    long nanos = pause.toNanos();
    long spread = ThreadLocalRandom.current().nextLong(nanos / 4);
    executor.schedule(this::connect, nanos - spread, TimeUnit.NANOSECONDS);
    Duration longer = pause.multipliedBy(2);
    pause = longer.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : longer;
  }

  /** Ends the stream, on the executor; nothing is called back after that. Call it once, while the executor runs. */
  @Override
  public void close() {
    executor.execute(() -> {
      closed = true;
      if (channel != null) {
        channel.shutdownNow();
      }
      channels.close();
    });
  }

  /** {@code X509SVIDRequest}, which has no fields. */
  private static final class EmptyMessage implements MethodDescriptor.Marshaller<Empty> {
    @Override
    public InputStream stream(Empty value) {
      return new ByteArrayInputStream(new byte[0]);
    }

    @Override
    public Empty parse(InputStream stream) {
      return new Empty();
    }
  }
}
