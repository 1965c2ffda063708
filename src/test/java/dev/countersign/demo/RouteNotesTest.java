package dev.countersign.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.countersign.demo.routeguide.Point;
import dev.countersign.demo.routeguide.RouteNote;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RouteNotesTest {
  private final RouteNotes notes = new RouteNotes();

  @Test
  void answersEarlierNotesOfTheSamePlaceOldestFirst() {
    assertThat(notes.leave(note(1, "a"))).isEmpty();
    assertThat(notes.leave(note(2, "elsewhere"))).isEmpty();
    assertThat(notes.leave(note(1, "b"))).containsExactly(note(1, "a"));
    assertThat(notes.leave(note(1, "c"))).containsExactly(note(1, "a"), note(1, "b"));
  }

  @Test
  void dropsTheOldestNoteOfAPlace() {
    for (int i = 0; i <= RouteNotes.MAX_NOTES_PER_PLACE; i++) {
      assertThat(notes.leave(note(1, "n" + i))).hasSize(i);
    }
    List<RouteNote> kept = notes.leave(note(1, "last"));
    assertThat(kept).hasSize(RouteNotes.MAX_NOTES_PER_PLACE).startsWith(note(1, "n1"));
  }

  @Test
  void dropsThePlaceWhoseLastNoteIsTheOldest() {
    for (int place = 0; place < RouteNotes.MAX_PLACES; place++) {
      assertThat(notes.leave(note(place, "first"))).isEmpty();
    }
    assertThat(notes.leave(note(0, "again"))).hasSize(1);
    assertThat(notes.leave(note(RouteNotes.MAX_PLACES, "one too many"))).isEmpty();
    assertThat(notes.leave(note(0, "kept"))).hasSize(2);
    assertThat(notes.leave(note(1, "dropped"))).isEmpty();
  }

  @Test
  void keepsNothingThatIsNoPartOfANote() {
    UnknownFieldSet hidden = UnknownFieldSet.newBuilder()
        .addField(
            99,
            UnknownFieldSet.Field.newBuilder()
                .addLengthDelimited(ByteString.copyFrom(new byte[1 << 20]))
                .build())
        .build();
    assertThat(notes.leave(note(1, "a").toBuilder().setUnknownFields(hidden).build()))
        .isEmpty();
    assertThat(notes.leave(note(1, "b"))).containsExactly(note(1, "a"));
  }

  @Test
  void refusesOneCharacterMoreThanAMessageMayHave() {
    assertThat(notes.leave(note(1, "m".repeat(RouteNotes.MAX_MESSAGE_LENGTH)))).isEmpty();
    assertRefused(note(1, "m".repeat(RouteNotes.MAX_MESSAGE_LENGTH + 1)), "too long: 1025");
  }

  @Test
  void refusesNoteWithoutPlaceOnEarth() {
    assertRefused(RouteNote.newBuilder().setMessage("a").build(), "no location");
    assertRefused(note(900_000_001, "a"), "latitude is out of range");
  }

  private void assertRefused(RouteNote note, String message) {
    StatusRuntimeException refused =
        catchThrowableOfType(StatusRuntimeException.class, () -> notes.leave(note));
    assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(refused).hasMessageContaining(message);
  }

  private static RouteNote note(int latitude, String message) {
    return RouteNote.newBuilder()
        .setLocation(Point.newBuilder().setLatitude(latitude))
        .setMessage(message)
        .build();
  }
}
