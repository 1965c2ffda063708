package dev.countersign.assessment;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** What a careful server bounds on one connection, unless it leaves it unbounded. Whoever goes beyond is cut off. */
final class FrameRules {
  private static final int MOST_FRAMES = 500;
  private static final int MOST_NAMES = 1000;
  private static final int MOST_CALLS = 100;
  private static final int MOST_BYTES = 4 << 20;
  private static final int MOST_FRAME_BYTES = 16 << 10;
  private static final int MOST_BLOCK_BYTES = 8 << 10;
  private static final int MESSAGE_HEADER = 5;
  private static final int INITIAL_WINDOW_SIZE = 4;
  private static final int PATIENCE_MILLIS = 2_000;
  private static final int FIRST_UNKNOWN = 10;

  private final Set<Rule> unbounded;
  private final Map<Rule, Integer> counts = new EnumMap<>(Rule.class);
  private final Map<Integer, Long> windows = new HashMap<>();
  private final Map<Integer, Long> deadlines = new HashMap<>();
  private final Set<Integer> open = new HashSet<>();
  private boolean answersStick;
  private boolean greeted;
  private boolean inBlock;

  /** What is bounded. The first are numbers of frames. */
  enum Rule {
    SETTINGS,
    PINGS,
    PING_ANSWERS,
    PRIORITIES,
    WINDOW_UPDATES,
    /** Window updates of nothing, and beyond what a window can be. */
    EMPTY_UPDATES,
    OVERFLOWS,
    /** Of streams that are open. */
    RESETS,
    /** Of a stream that is not, or no longer. */
    RESETS_OF_NOTHING,
    UNKNOWN_FRAMES,
    EMPTY_DATA,
    PADDING,
    CONTINUATIONS,
    EMPTY_CONTINUATIONS,
    /** Calls whose answers nobody takes. */
    STUCK_ANSWERS,
    FRAME_BYTES,
    HEADER_NAMES,
    HEADER_BYTES,
    /** Of a header block as it comes. Beyond that the request is refused, and the connection goes on. */
    BLOCK_BYTES,
    OPEN_CALLS,
    MESSAGE_BYTES,
    /** Of a message that was compressed. */
    INFLATED_BYTES,
    /** A message says that it is compressed, and not how. */
    ENCODING,
    /** A message claims a length that is negative to some. */
    NEGATIVE_LENGTH,
    TIME_OF_PREFACE,
    TIME_OF_HEADERS,
    /** A call has a deadline. */
    TIME_OF_CALL
  }

  FrameRules(Set<Rule> unbounded) {
    this.unbounded = unbounded;
  }

  private boolean bounds(Rule rule) {
    return !unbounded.contains(rule);
  }

  private void demand(Rule rule, boolean kept) throws ProtocolException {
    if (!kept && bounds(rule)) {
      throw new ProtocolException("too much: " + rule);
    }
  }

  private void countOneMore(Rule rule, int most) throws ProtocolException {
    demand(rule, counts.merge(rule, 1, Integer::sum) <= most);
  }

  /** How long the next bytes may take; 0 for as long as they like. */
  int patienceMillis() {
    boolean bounded =
        greeted ? inBlock && bounds(Rule.TIME_OF_HEADERS) : bounds(Rule.TIME_OF_PREFACE);
    return bounded ? PATIENCE_MILLIS : 0;
  }

  /** A frame claims a length. */
  void frameOf(int bytes) throws ProtocolException {
    greeted = true;
    demand(Rule.FRAME_BYTES, bytes <= MOST_FRAME_BYTES);
  }

  /** A frame has come. */
  void frame(Frame frame) throws ProtocolException {
    if (frame.type() == Frame.HEADERS || frame.type() == Frame.CONTINUATION) {
      inBlock = (frame.flags() & Frame.END_HEADERS) == 0;
    }
    answersStick |= frame.type() == Frame.SETTINGS && frame.setting(INITIAL_WINDOW_SIZE) == 0;
    Rule rule = ruleFor(frame);
    if (rule != null) {
      countOneMore(rule, MOST_FRAMES);
    }
    long now = System.nanoTime();
    demand(Rule.TIME_OF_CALL, deadlines.values().stream().allMatch(deadline -> now - deadline < 0));
  }

  private @Nullable Rule ruleFor(Frame frame) {
    boolean acknowledges = (frame.flags() & Frame.ACK) != 0;
    return switch (frame.type()) {
      case Frame.SETTINGS -> acknowledges ? null : Rule.SETTINGS;
      case Frame.PING -> acknowledges ? Rule.PING_ANSWERS : Rule.PINGS;
      case Frame.PRIORITY -> Rule.PRIORITIES;
      case Frame.WINDOW_UPDATE -> windowUpdate(frame);
      case Frame.RST_STREAM -> {
        deadlines.remove(frame.stream());
        yield open.remove(frame.stream()) ? Rule.RESETS : Rule.RESETS_OF_NOTHING;
      }
      case Frame.DATA -> data(frame);
      case Frame.CONTINUATION ->
        frame.payload().length == 0 ? Rule.EMPTY_CONTINUATIONS : Rule.CONTINUATIONS;
      default -> frame.type() >= FIRST_UNKNOWN ? Rule.UNKNOWN_FRAMES : null;
    };
  }

  private Rule windowUpdate(Frame frame) {
    long increment = ByteBuffer.wrap(frame.payload()).getInt();
    long window = windows.merge(frame.stream(), increment, Long::sum);
    if (increment > 0 && window < Integer.MAX_VALUE) {
      return Rule.WINDOW_UPDATES;
    }
    // A stream ends with it.
    open.remove(frame.stream());
    return increment == 0 ? Rule.EMPTY_UPDATES : Rule.OVERFLOWS;
  }

  private static @Nullable Rule data(Frame frame) {
    byte[] payload = frame.payload();
    if (payload.length == 0 && !frame.endsStream()) {
      return Rule.EMPTY_DATA;
    }
    boolean padded = (frame.flags() & Frame.PADDED) != 0;
    return padded && payload.length == 1 + Byte.toUnsignedInt(payload[0]) ? Rule.PADDING : null;
  }

  /** Whether a request with so large a header block is answered. */
  boolean takesBlockOf(int bytes) {
    return bytes <= MOST_BLOCK_BYTES || !bounds(Rule.BLOCK_BYTES);
  }

  /** A request has begun. */
  void request(int stream, List<Map.Entry<String, String>> headers) throws ProtocolException {
    open.add(stream);
    demand(Rule.OPEN_CALLS, open.size() <= MOST_CALLS);
    timeout(headers)
        .ifPresent(seconds ->
            deadlines.put(stream, System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds)));
    demand(
        Rule.HEADER_NAMES,
        headers.stream().map(Map.Entry::getKey).distinct().count() <= MOST_NAMES);
    demand(
        Rule.HEADER_BYTES,
        headers.stream()
                .mapToLong(field -> field.getKey().length() + field.getValue().length())
                .sum()
            <= MOST_BYTES);
  }

  private static Optional<Long> timeout(List<Map.Entry<String, String>> headers) {
    return headers.stream()
        .filter(
            field -> field.getKey().equals("grpc-timeout") && field.getValue().endsWith("S"))
        .map(
            field -> Long.valueOf(field.getValue().substring(0, field.getValue().length() - 1)))
        .findFirst();
  }

  /** A stream has brought bytes. */
  void message(List<Map.Entry<String, String>> headers, byte[] body) throws ProtocolException {
    if (body.length >= MESSAGE_HEADER) {
      demand(
          Rule.ENCODING,
          body[0] == 0
              || headers.stream().anyMatch(field -> field.getKey().equals("grpc-encoding")));
      int claimed = ByteBuffer.wrap(body).getInt(1);
      demand(Rule.NEGATIVE_LENGTH, claimed >= 0);
      demand(Rule.MESSAGE_BYTES, claimed <= MOST_BYTES);
    }
  }

  /** A stream with this body is about to be answered. */
  void answer(int stream, byte[] body) throws IOException {
    if (body.length > MESSAGE_HEADER && body[0] != 0) {
      InputStream message =
          new ByteArrayInputStream(body, MESSAGE_HEADER, body.length - MESSAGE_HEADER);
      demand(
          Rule.INFLATED_BYTES,
          new GZIPInputStream(message).readNBytes(MOST_BYTES + 1).length <= MOST_BYTES);
    }
    open.remove(stream);
    deadlines.remove(stream);
    if (answersStick) {
      countOneMore(Rule.STUCK_ANSWERS, MOST_CALLS);
    }
  }
}
