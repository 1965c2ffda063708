package dev.countersign.text;

import dev.countersign.fuzz.Claims;
import dev.countersign.fuzz.Target;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@link Quoted}: printable ASCII, bounded, and no two texts look the same. */
public final class QuotedTarget implements Target {
  private static final Pattern ESCAPED = Pattern.compile("\\\\(?:([\"\\\\])|u([0-9a-f]{4}))");

  @Override
  public void read(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_16BE);
    String quoted = Quoted.of(text);
    Claims.ascii(quoted);
    Claims.ascii(Quoted.bare(text));
    Claims.ascii(Quoted.file(text));
    Claims.that(quoted.length() <= 6 * Quoted.MAX_SHOWN + 5, "a quoted text is cut");
    if (text.length() <= Quoted.MAX_SHOWN) {
      String inner = quoted.substring(1, quoted.length() - 1);
      Claims.same(unescaped(inner), text, "a quoted text says which text it was");
    }
    if (!text.isEmpty()) {
      Claims.ascii(Quoted.at(text, text.length() - 1));
    }
  }

  private static String unescaped(String text) {
    return ESCAPED
        .matcher(text)
        .replaceAll(found -> Matcher.quoteReplacement(
            found.group(1) != null
                ? found.group(1)
                : String.valueOf((char) Integer.parseInt(found.group(2), 16))));
  }

  @Override
  public List<byte[]> seeds() {
    return List.of(
        "plain".getBytes(StandardCharsets.UTF_16BE),
        "\"\\\n\u202e\ud83d\ude00".getBytes(StandardCharsets.UTF_16BE));
  }
}
