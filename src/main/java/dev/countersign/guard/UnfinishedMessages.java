package dev.countersign.guard;

import dev.countersign.credentials.Connection;
import dev.countersign.identity.Principal;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Bounds what a server holds of messages that have begun to arrive and are not complete. grpc-java bounds each message and
 * the streams of a connection, and not their sum. When the bytes of all connections are more than the bound, the identity
 * with most of them loses the connection with most: it is broken off with {@code ENHANCE_YOUR_CALM}. Give it to the server
 * beside {@link Guard#protect}: {@code server.addStreamTracerFactory(new UnfinishedMessages(bytes))}. Thread-safe.
 */
public final class UnfinishedMessages extends ServerStreamTracer.Factory {
  /** What a peer that holds too much is told, and the log with it. */
  static final String VERDICT = "too_many_unfinished_bytes";

  /** Shorter beginnings are not counted: most messages are complete with their first frame. */
  static final int FREE_BYTES = 8 << 10;

  private final long mostBytes;
  private final AtomicLong bytes = new AtomicLong();
  private final Set<Message> counted = ConcurrentHashMap.newKeySet();

  /**
   * A bound for everything that one or more servers receive.
   *
   * @param mostBytes as they come, compressed or not; buffers may hold half as much again
   */
  public UnfinishedMessages(long mostBytes) {
    if (mostBytes < FREE_BYTES) {
      throw new IllegalArgumentException(
          "at least " + FREE_BYTES + " bytes of unfinished messages are needed: " + mostBytes);
    }
    this.mostBytes = mostBytes;
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
    return new Message();
  }

  /** How many bytes count now. */
  long bytes() {
    return bytes.get();
  }

  private void add(long more) {
    if (bytes.addAndGet(more) > mostBytes) {
      relieve();
    }
  }

  private void relieve() {
    Map<Principal, Map<Connection, Long>> held = new HashMap<>();
    for (Message message : counted) {
      GuardedConnection from = message.from;
      if (from != null) {
        held.computeIfAbsent(from.lastIdentity().primary(), identity -> new HashMap<>())
            .merge(from.connection(), message.came, Long::sum);
      }
    }
    held.values().stream()
        .max(Comparator.comparingLong(UnfinishedMessages::sum))
        .flatMap(connections -> connections.entrySet().stream().max(Map.Entry.comparingByValue()))
        .ifPresent(most -> most.getKey().breakOff(VERDICT));
  }

  private static long sum(Map<Connection, Long> held) {
    return held.values().stream().mapToLong(Long::longValue).sum();
  }

  /** The message that a call receives at present. */
  private final class Message extends ServerStreamTracer {
    private volatile @Nullable GuardedConnection from;
    private volatile long came;

    @Override
    public void serverCallStarted(ServerCallInfo<?, ?> call) {
      from = GuardedConnection.of(call.getAttributes());
    }

    @Override
    public synchronized void inboundWireSize(long more) {
      long before = came;
      came = before + more;
      if (before > FREE_BYTES) {
        add(more);
      } else if (came > FREE_BYTES) {
        counted.add(this);
        add(came);
      }
    }

    @Override
    public void inboundMessageRead(int sequence, long wireBytes, long uncompressedBytes) {
      forget();
    }

    @Override
    public void streamClosed(Status status) {
      forget();
    }

    private synchronized void forget() {
      if (counted.remove(this)) {
        bytes.addAndGet(-came);
      }
      came = 0;
    }
  }
}
