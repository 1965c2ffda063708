package dev.countersign.demo;

import dev.countersign.demo.routeguide.RouteNote;
import io.grpc.Status;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The notes that travellers left. What is kept is bounded whatever is sent: the newest notes of a place, and the places
 * that got a note last. Safe for use by many threads.
 */
final class RouteNotes {
  static final int MAX_PLACES = 1_000;
  static final int MAX_NOTES_PER_PLACE = 20;
  static final int MAX_MESSAGE_LENGTH = 1_024;

  /** From the place whose last note is the oldest to the one with the newest. */
  private final Map<Long, Deque<RouteNote>> byPlace = new LinkedHashMap<>();

  /**
   * Leaves a note and answers those that were left at its place before, oldest first.
   *
   * @throws io.grpc.StatusRuntimeException {@code INVALID_ARGUMENT}, if the note has no place or is too long
   */
  List<RouteNote> leave(RouteNote request) {
    RouteNote note = checked(request);
    long place = Coordinates.position(note.getLocation());
    synchronized (byPlace) {
      Deque<RouteNote> notes = byPlace.remove(place);
      if (notes == null) {
        notes = new ArrayDeque<>();
      }
      List<RouteNote> earlier = List.copyOf(notes);
      if (notes.size() == MAX_NOTES_PER_PLACE) {
        notes.removeFirst();
      }
      notes.addLast(note);
      byPlace.put(place, notes);
      if (byPlace.size() > MAX_PLACES) {
        byPlace.remove(byPlace.keySet().iterator().next());
      }
      return earlier;
    }
  }

  private static RouteNote checked(RouteNote note) {
    if (!note.hasLocation()) {
      throw Status.INVALID_ARGUMENT.withDescription("note has no location").asRuntimeException();
    }
    int length = note.getMessage().length();
    if (length > MAX_MESSAGE_LENGTH) {
      throw Status.INVALID_ARGUMENT
          .withDescription(
              "message is too long: " + length + " characters (at most " + MAX_MESSAGE_LENGTH + ")")
          .asRuntimeException();
    }
    return RouteNote.newBuilder()
        .setLocation(Coordinates.require(note.getLocation()))
        .setMessage(note.getMessage())
        .build();
  }
}
