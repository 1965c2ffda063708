package dev.countersign.emulator;

import static java.util.Objects.requireNonNull;

import dev.countersign.demo.routeguide.Point;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/** Handshakes per second: of the emulator alone in memory, and of grpc-java's connections with one call each. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 3)
@Measurement(iterations = 3, time = 4)
public class HandshakeBenchmark {
  private final AltsEmulator emulator = AltsPair.emulator();
  private @Nullable AltsPair pair;

  @Setup
  public void start() throws IOException {
    pair = AltsPair.start(emulator);
  }

  @TearDown
  public void close() {
    requireNonNull(pair).close();
    emulator.close();
  }

  /** Both sides of a handshake, without a network. */
  @Benchmark
  public Object inMemory() throws HandshakeRefused {
    return TwoSides.with(TwoSides.offer(), TwoSides.offer()).shake();
  }

  /** A new connection and one unary call, one after the other. */
  @Benchmark
  @Threads(1)
  public Object oneAtATime() {
    return requireNonNull(pair).callOverANewConnection(Point.getDefaultInstance());
  }

  /** New connections and one unary call each, 32 at once. */
  @Benchmark
  @Threads(32)
  public Object thirtyTwoAtOnce() {
    return requireNonNull(pair).callOverANewConnection(Point.getDefaultInstance());
  }
}
