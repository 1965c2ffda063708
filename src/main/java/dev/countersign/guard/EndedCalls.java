package dev.countersign.guard;

import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/**
 * Calls that the guard has ended, until grpc-java says that they are over. The end of a stream waits behind what was
 * written before, and that waits for a peer that may never read: it would keep the stream, and get the rest when it
 * pleases. Looks are counted and not time, so that a process that stood still for a while accuses nobody.
 */
final class EndedCalls {
  private static final int LOOKS = 25;

  private final Queue<Ended> waiting = new ConcurrentLinkedQueue<>();

  private static final class Ended {
    private final OpenCall<?, ?> call;
    private int looks;

    Ended(OpenCall<?, ?> call) {
      this.call = call;
    }
  }

  /** Waits for the end of a call; on any thread. */
  void add(OpenCall<?, ?> call) {
    waiting.add(new Ended(call));
  }

  /** Looks at them all; on one thread at a time. Says which have waited too long, each once. */
  void look(Consumer<OpenCall<?, ?>> unread) {
    for (Iterator<Ended> each = waiting.iterator(); each.hasNext(); ) {
      Ended ended = each.next();
      if (ended.call.isOver()) {
        each.remove();
      } else if (ended.call.isRunning()) {
        // Until it returns grpc-java cannot say that the call is over, whatever the peer reads.
        ended.looks = 0;
      } else if (++ended.looks >= LOOKS) {
        each.remove();
        unread.accept(ended.call);
      }
    }
  }
}
