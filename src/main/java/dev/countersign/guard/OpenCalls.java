package dev.countersign.guard;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The open calls of one connection: a list that runs through the calls, so that to enter and to leave allocates nothing. */
final class OpenCalls {
  private @Nullable OpenCall<?, ?> first;
  private int count;

  synchronized void enter(OpenCall<?, ?> call) {
    call.entered = true;
    call.next = first;
    if (first != null) {
      first.previous = call;
    }
    first = call;
    count++;
  }

  /** Takes a call out; false if it is out. */
  synchronized boolean leave(OpenCall<?, ?> call) {
    if (!call.entered) {
      return false;
    }
    call.entered = false;
    if (call.previous == null) {
      first = call.next;
    } else {
      call.previous.next = call.next;
    }
    if (call.next != null) {
      call.next.previous = call.previous;
    }
    call.previous = null;
    call.next = null;
    count--;
    return true;
  }

  /** The calls that are open now. */
  synchronized List<OpenCall<?, ?>> now() {
    List<OpenCall<?, ?>> calls = new ArrayList<>(count);
    for (OpenCall<?, ?> call = first; call != null; call = call.next) {
      calls.add(call);
    }
    return calls;
  }

  synchronized int count() {
    return count;
  }
}
