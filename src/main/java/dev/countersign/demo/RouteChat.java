package dev.countersign.demo;

import dev.countersign.demo.routeguide.RouteNote;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * One conversation. The next note is asked for when the answers to the last one are on their way, so a client that
 * writes and does not read waits, and at most one note's answers wait here.
 */
final class RouteChat extends RequestStream<RouteNote> {
  private final RouteNotes notes;
  private final ServerCallStreamObserver<RouteNote> responses;
  private final Queue<RouteNote> unsent = new ArrayDeque<>();
  private boolean finishing;
  private boolean awaitingNote = true;

  RouteChat(RouteNotes notes, ServerCallStreamObserver<RouteNote> responses) {
    super(responses);
    this.notes = notes;
    this.responses = responses;
    responses.disableAutoRequest();
    responses.setOnCancelHandler(unsent::clear);
    responses.setOnReadyHandler(this::send);
    responses.request(1);
  }

  @Override
  void receive(RouteNote note) {
    awaitingNote = false;
    unsent.addAll(notes.leave(note));
    send();
  }

  @Override
  void finish() {
    finishing = true;
    send();
  }

  @Override
  void abandon() {
    unsent.clear();
    awaitingNote = true;
  }

  private void send() {
    while (!unsent.isEmpty() && responses.isReady()) {
      responses.onNext(unsent.remove());
    }
    if (!unsent.isEmpty()) {
      return;
    }
    if (finishing) {
      finishing = false;
      awaitingNote = true;
      responses.onCompleted();
    } else if (!awaitingNote) {
      awaitingNote = true;
      responses.request(1);
    }
  }
}
