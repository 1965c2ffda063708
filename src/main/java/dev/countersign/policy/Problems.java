package dev.countersign.policy;

import com.fasterxml.jackson.core.JsonLocation;
import dev.countersign.policy.PolicyProblem.Reason;
import dev.countersign.text.Quoted;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What was found to be wrong with one document so far, and the words for its places. */
final class Problems {
  private static final int MAX_BYTES = 64 << 20;

  private final String source;
  private final List<PolicyProblem> found = new ArrayList<>();
  private @Nullable String label;

  Problems(String source) {
    this.source = source;
  }

  /** The text of the document without a byte order mark; ends the reading if it is not UTF-8. */
  String decode(byte[] utf8) {
    if (utf8.length > MAX_BYTES) {
      add(1, 1, Reason.TOO_LARGE, "file has " + utf8.length + " bytes (at most " + MAX_BYTES + ")");
      throwIfAny();
    }
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    CharBuffer out = CharBuffer.allocate(utf8.length);
    CoderResult result = decoder.decode(ByteBuffer.wrap(utf8), out, true);
    String text = out.flip().toString();
    if (result.isError()) {
      int line = 1 + (int) text.chars().filter(c -> c == '\n').count();
      int column = text.length() - text.lastIndexOf('\n');
      add(line, column, Reason.NOT_UTF8, "file is not UTF-8 from here on");
      throwIfAny();
    }
    if (text.startsWith("\uFEFF")) {
      add(1, 1, Reason.BYTE_ORDER_MARK, "file starts with a byte order mark (remove it)");
      return text.substring(1);
    }
    return text;
  }

  void label(@Nullable String name) {
    label = name;
  }

  void add(JsonLocation at, String path, Reason reason, String message) {
    int line = Math.max(1, at.getLineNr());
    int column = Math.max(1, at.getColumnNr());
    found.add(new PolicyProblem(line, column, path, reason, message));
  }

  /** A path as messages show it: {@code allow_rules[2] "readers" source.principals[0]}. */
  String subject(String path) {
    if (path.equals("$")) {
      return "the document";
    }
    String shown = path.startsWith("$.") ? path.substring(2) : path;
    int close = shown.indexOf(']');
    if (label == null || close < 0) {
      return shown;
    }
    String rest = shown.substring(close + 1);
    return shown.substring(0, close + 1) + " " + Quoted.of(label)
        + (rest.startsWith(".") ? " " + rest.substring(1) : rest);
  }

  void throwIfAny() {
    if (!found.isEmpty()) {
      found.sort(
          Comparator.comparingInt(PolicyProblem::line).thenComparingInt(PolicyProblem::column));
      throw new PolicyException(source, found);
    }
  }

  private void add(int line, int column, Reason reason, String message) {
    found.add(new PolicyProblem(line, column, "$", reason, message));
  }
}
