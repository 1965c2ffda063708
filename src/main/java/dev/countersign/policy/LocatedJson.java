package dev.countersign.policy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.countersign.policy.PolicyProblem.Reason;
import dev.countersign.text.Quoted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Strict JSON (RFC 8259) in which every problem has a place: one object in UTF-8 and nothing behind it, no unknown,
 * repeated or null keys. Reading goes on after a problem, except after text that is not JSON, so that all problems are
 * found; what is returned for a bad value is a stand-in that nobody sees, because {@link #document} then throws.
 */
final class LocatedJson {
  private static final int MAX_DEPTH = 64;
  private static final int MAX_TOKEN = 65_536;
  private static final JsonFactory FACTORY = JsonFactory.builder()
      .streamReadConstraints(StreamReadConstraints.builder()
          .maxNestingDepth(MAX_DEPTH)
          .maxStringLength(MAX_TOKEN)
          .maxNameLength(MAX_TOKEN)
          .build())
      .build();

  private final String text;
  private final Problems problems;
  private final JsonParser parser;

  /** Reads the value of a key. */
  interface Field {
    void read(String key) throws IOException;
  }

  /** Reads an element of an array. */
  interface Element {
    void read() throws IOException;
  }

  /** What {@link #document} reads. */
  interface Body {
    void read(LocatedJson json) throws IOException;
  }

  private LocatedJson(String text, Problems problems, JsonParser parser) {
    this.text = text;
    this.problems = problems;
    this.parser = parser;
  }

  /**
   * Reads one document.
   *
   * @throws PolicyException with everything that is wrong with it
   */
  static void document(String source, byte[] utf8, Body body) {
    Problems problems = new Problems(source);
    String text = problems.decode(utf8);
    try (JsonParser parser = FACTORY.createParser(text.toCharArray())) {
      LocatedJson json = new LocatedJson(text, problems, parser);
      if (json.advance(body)) {
        json.requireEnd();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("reading from memory failed", e);
    }
    problems.throwIfAny();
  }

  /** Reads an object, key by key; unknown, repeated and null keys are reported and skipped. */
  void object(Keys keys, Field field) throws IOException {
    if (!is(JsonToken.START_OBJECT, "an object")) {
      return;
    }
    JsonLocation start = parser.currentTokenLocation();
    Set<String> seen = new HashSet<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      boolean usable = checkKey(key, keys, seen);
      if (parser.nextToken() == JsonToken.VALUE_NULL
          && usable
          && !keys.nullable().contains(key)) {
        report(Reason.NULL_VALUE, subject() + " is null (leave the key out instead)");
      } else if (usable) {
        field.read(key);
      } else {
        parser.skipChildren();
      }
    }
    for (String key : keys.required()) {
      if (!seen.contains(key)) {
        problems.add(start, path(), Reason.MISSING_KEY, subject() + " lacks " + Quoted.of(key));
      }
    }
  }

  /** Reads an array, element by element. */
  void array(Element element) throws IOException {
    if (is(JsonToken.START_ARRAY, "an array")) {
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        element.read();
      }
    }
  }

  /** Reads an array that needs at least one element. */
  void nonEmptyArray(Element element) throws IOException {
    JsonLocation start = parser.currentTokenLocation();
    boolean[] empty = {parser.currentToken() == JsonToken.START_ARRAY};
    array(() -> {
      empty[0] = false;
      element.read();
    });
    if (empty[0]) {
      problems.add(start, path(), Reason.EMPTY, subject() + " is empty (at least one element)");
    }
  }

  /** Reads a string. */
  String string() throws IOException {
    if (!is(JsonToken.VALUE_STRING, "a string")) {
      return "?";
    }
    String value = parser.getText();
    if (hasLoneSurrogate(value)) {
      report(Reason.BAD_TEXT, subject() + " holds half of a surrogate pair (not a character)");
    }
    return value;
  }

  /** Reads a string that says something. */
  String nonEmptyString() throws IOException {
    String value = string();
    if (value.isEmpty()) {
      report(Reason.EMPTY, subject() + " is empty");
    }
    return value;
  }

  /** Reads a truth value. */
  boolean bool() throws IOException {
    return is(JsonToken.VALUE_FALSE, JsonToken.VALUE_TRUE, "true or false")
        && parser.currentToken() == JsonToken.VALUE_TRUE;
  }

  /** Reads a string, or null. */
  @Nullable
  String stringOrNull() throws IOException {
    return parser.currentToken() == JsonToken.VALUE_NULL ? null : string();
  }

  /** Reads an object of which only the JSON text is wanted; its keys must not repeat. */
  String rawObject() throws IOException {
    int from = (int) parser.currentTokenLocation().getCharOffset();
    anyObject(key -> anything());
    int to = (int) parser.currentLocation().getCharOffset();
    return text.substring(from, to);
  }

  /** Reads an object with free keys; keys must not repeat. */
  void anyObject(Field field) throws IOException {
    if (!is(JsonToken.START_OBJECT, "an object")) {
      return;
    }
    Set<String> seen = new HashSet<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      if (!seen.add(key)) {
        reportDuplicate(key);
      }
      parser.nextToken();
      field.read(key);
    }
  }

  /** Reports a problem with the current value or key. */
  void report(Reason reason, String message) {
    problems.add(parser.currentTokenLocation(), path(), reason, message);
  }

  /** The current value as messages name it: its path, with the name of the rule around it if that is known. */
  String subject() {
    return problems.subject(path());
  }

  /** Says by which name messages call what is being read, if it has one. */
  void label(@Nullable String name) {
    problems.label(name);
  }

  private void anything() throws IOException {
    if (parser.currentToken() == JsonToken.START_OBJECT) {
      anyObject(key -> anything());
    } else if (parser.currentToken() == JsonToken.START_ARRAY) {
      array(this::anything);
    }
  }

  private boolean checkKey(String key, Keys keys, Set<String> seen) {
    if (!keys.known().contains(key)) {
      String near = keys.nearest(key);
      report(
          Reason.UNKNOWN_KEY,
          holder() + " has unknown key " + Quoted.key(key) + " (known: "
              + String.join(", ", keys.known()) + ")"
              + (near == null ? "" : "; did you mean " + Quoted.of(near) + "?"));
      return false;
    }
    if (!seen.add(key)) {
      reportDuplicate(key);
      return false;
    }
    return true;
  }

  private void reportDuplicate(String key) {
    report(Reason.DUPLICATE_KEY, holder() + " has the key " + Quoted.key(key) + " twice");
  }

  private boolean is(JsonToken wanted, String expected) throws IOException {
    return is(wanted, wanted, expected);
  }

  private boolean is(JsonToken wanted, JsonToken other, String expected) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == wanted || token == other) {
      return true;
    }
    String found = switch (token) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "an array";
      case VALUE_STRING -> "a string";
      case VALUE_NULL -> "null";
      case VALUE_TRUE, VALUE_FALSE -> "true or false";
      default -> "a number";
    };
    report(Reason.WRONG_TYPE, subject() + " is " + found + " (expected " + expected + ")");
    parser.skipChildren();
    return false;
  }

  /** Whether the text was JSON to the end of the body. */
  private boolean advance(Body body) throws IOException {
    try {
      if (parser.nextToken() == null) {
        problems.add(parser.currentLocation(), "$", Reason.NOT_JSON, "file is empty");
        return false;
      }
      body.read(this);
      return true;
    } catch (StreamConstraintsException e) {
      String limit = parser.getParsingContext().getNestingDepth() >= MAX_DEPTH
          ? "is nested too deeply (at most " + MAX_DEPTH + " levels)"
          : "is too long (strings have at most " + MAX_TOKEN + " characters)";
      problems.add(parser.currentLocation(), path(), Reason.TOO_LARGE, subject() + " " + limit);
    } catch (JsonProcessingException e) {
      problems.add(
          e.getLocation(),
          path(),
          Reason.NOT_JSON,
          "text is not JSON: " + Quoted.bare(e.getOriginalMessage().split("\n", 2)[0]));
    }
    return false;
  }

  private void requireEnd() throws IOException {
    JsonLocation end = parser.currentLocation();
    try {
      if (parser.nextToken() == null) {
        return;
      }
      end = parser.currentTokenLocation();
    } catch (JsonProcessingException e) {
      end = e.getLocation();
    }
    problems.add(end, "$", Reason.TRAILING_TEXT, "text follows the JSON object");
  }

  private String path() {
    return path(parser.getParsingContext());
  }

  /** The object that the current key is in. */
  private String holder() {
    JsonStreamContext parent = parser.getParsingContext().getParent();
    return problems.subject(parent == null ? "$" : path(parent));
  }

  private static String path(JsonStreamContext context) {
    JsonStreamContext parent = context.getParent();
    if (parent == null) {
      return "$";
    }
    String before = path(parent);
    if (context.inArray()) {
      return context.hasCurrentIndex() ? before + "[" + context.getCurrentIndex() + "]" : before;
    }
    String name = context.getCurrentName();
    if (name == null) {
      return before;
    }
    boolean simple = name.matches("[A-Za-z_][A-Za-z0-9_]*");
    return before + (simple ? "." + name : "[" + Quoted.key(name) + "]");
  }

  private static boolean hasLoneSurrogate(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (Character.isSurrogate(c)) {
        boolean pair = Character.isHighSurrogate(c)
            && i + 1 < value.length()
            && Character.isLowSurrogate(value.charAt(i + 1));
        if (!pair) {
          return true;
        }
        i++;
      }
    }
    return false;
  }
}
