package dev.countersign.emulator;

import dev.countersign.emulator.EmulatorException.Reason;
import dev.countersign.identity.IdentityException;
import dev.countersign.identity.ServiceAccount;
import dev.countersign.text.Quoted;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** One way in which a handshaker misbehaves; several may hold at once. */
public sealed interface Fault {

  /**
   * Every answer comes late.
   *
   * @param time by how much, at most an hour
   */
  record Delay(Duration time) implements Fault {
    private static final Duration LONGEST = Duration.ofHours(1);

    /**
     * A delay.
     *
     * @throws EmulatorException if the time is negative or longer than an hour
     */
    public Delay {
      if (time.isNegative() || time.compareTo(LONGEST) > 0) {
        throw new EmulatorException(
            Reason.BAD_FAULT, "delay is out of range: " + time + " (PT0S to " + LONGEST + ")");
      }
    }

    @Override
    public String toString() {
      return "delay=" + time.toMillis() + "ms";
    }
  }

  /**
   * The result names somebody else as the peer, as a handshaker in the wrong hands would.
   *
   * @param account whom it names
   */
  record WrongPeer(ServiceAccount account) implements Fault {
    private static final ServiceAccount ANYBODY =
        ServiceAccount.parse("impostor@emulator.iam.gserviceaccount.com");

    @Override
    public String toString() {
      return "wrong-peer=" + account;
    }
  }

  /** The faults that need nothing said about them. */
  enum Plain implements Fault {
    /** Requests are taken and not answered until the fault is healed; then all of them are. */
    FREEZE,
    /** Every handshake is refused. */
    REFUSE,
    /** The handshaker's RPC breaks in the middle of the handshake, after its first answer. */
    CUT,
    /** Answers carry no status: C-core takes that for an error and waits for the end of the RPC. */
    NO_STATUS,
    /** The RPC is not ended after the result: C-core waits for that until its deadline. */
    STREAM_LEFT_OPEN,
    /** The result's key is one byte shorter than the record protocol needs. */
    SHORT_KEY,
    /** The frames for the peer are longer than a peer accepts. */
    OVERSIZED_FRAME,
    /** The result says that the peer speaks an RPC protocol version that nobody else does. */
    VERSION_MISMATCH,
    /** The frames for the peer are changed on the way. */
    TAMPERED_FRAME;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * Reads a fault: {@code delay=500ms} (or {@code 2s}), {@code wrong-peer} or {@code wrong-peer=SERVICE_ACCOUNT}, or
   * the name of a {@link Plain} one in lower case with dashes, such as {@code no-status}.
   *
   * @throws EmulatorException if the text is not a fault
   */
  static Fault parse(String text) {
    if (text.equals("wrong-peer")) {
      return new WrongPeer(WrongPeer.ANYBODY);
    }
    if (text.startsWith("wrong-peer=")) {
      return wrongPeer(text);
    }
    if (text.startsWith("delay=")) {
      return delay(text);
    }
    Optional<Plain> plain = Arrays.stream(Plain.values())
        .filter(fault -> fault.toString().equals(text))
        .findFirst();
    return plain.orElseThrow(() -> bad(text, "is not known (known: " + known() + ")"));
  }

  private static Fault wrongPeer(String text) {
    try {
      return new WrongPeer(ServiceAccount.parse(text.substring("wrong-peer=".length())));
    } catch (IdentityException e) {
      throw new EmulatorException(
          Reason.BAD_FAULT, "fault " + Quoted.of(text) + ": " + e.getMessage(), e);
    }
  }

  private static Fault delay(String text) {
    Matcher matcher = Pattern.compile("delay=([0-9]{1,7})(ms|s)").matcher(text);
    if (!matcher.matches()) {
      throw bad(text, "has no duration such as 500ms or 2s");
    }
    long number = Long.parseLong(matcher.group(1));
    return new Delay(
        "s".equals(matcher.group(2)) ? Duration.ofSeconds(number) : Duration.ofMillis(number));
  }

  private static String known() {
    return Arrays.stream(Plain.values())
        .map(Plain::toString)
        .collect(Collectors.joining(", ", "delay=DURATION, wrong-peer[=SERVICE_ACCOUNT], ", ""));
  }

  private static EmulatorException bad(String text, String problem) {
    return new EmulatorException(Reason.BAD_FAULT, "fault " + Quoted.of(text) + " " + problem);
  }
}
