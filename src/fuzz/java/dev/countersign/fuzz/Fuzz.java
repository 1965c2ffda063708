package dev.countersign.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.jspecify.annotations.Nullable;

/**
 * What Jazzer calls: one target, named by the argument, with one input after the other. Besides what the target claims,
 * an input may not make a reader take memory out of all proportion to it. Time is bounded by the fuzzer.
 */
public final class Fuzz {
  private static final long BASE = 48L << 20;
  private static final long PER_BYTE = 16L << 10;
  private static final int TIMES = 3;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static @Nullable Target target;

  private Fuzz() {}

  /** Called once by Jazzer. */
  public static void fuzzerInitialize(String[] arguments) throws Exception {
    target = Targets.named(arguments[0]);
  }

  /** Called by Jazzer for each input. */
  public static void fuzzerTestOneInput(byte[] input) throws Exception {
    if (target != null) {
      run(target, input);
    }
  }

  /** Lets a target read an input, and counts what it takes: more than once if it is much, since classes are loaded once. */
  public static void run(Target reader, byte[] input) throws Exception {
    long most = BASE + PER_BYTE * input.length;
    long taken = Long.MAX_VALUE;
    for (int time = 0; time < TIMES && taken > most; time++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      reader.read(input);
      taken = THREADS.getCurrentThreadAllocatedBytes() - before;
    }
    Claims.that(
        taken <= most, "memory in proportion: " + input.length + " bytes made it take " + taken);
  }
}
