package dev.countersign.policy;

import dev.countersign.policy.StringPattern.Kind;
import dev.countersign.text.Quoted;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which decisions differ between two policies. Asked are all principals and methods that either names, a stand-in for
 * each prefix and suffix (its literal part), one caller and one method that nobody names, and for headers a request
 * without any and one that satisfies each rule with headers.
 *
 * @param changes the calls that one allows and the other denies
 * @param asked how many calls were decided by both
 * @param complete whether everything was asked; false if the policies name too much for that
 */
public record PolicyDiff(List<Change> changes, long asked, boolean complete) {
  /** The caller, or method, that neither policy names. */
  public static final String ANY_OTHER = "(any other)";

  private static final long MOST_ASKED = 5_000_000;

  /**
   * A call that the policies decide differently.
   *
   * @param principal who calls
   * @param path what is called
   * @param headers with which headers
   * @param before the old policy's decision
   * @param after the new policy's decision
   */
  public record Change(
      String principal,
      String path,
      Map<String, String> headers,
      Decision before,
      Decision after) {}

  /** Compares two policies. */
  public static PolicyDiff between(Policy before, Policy after) {
    Set<String> principals = new LinkedHashSet<>();
    Set<String> paths = new LinkedHashSet<>();
    Set<Map<String, String>> requests = new LinkedHashSet<>();
    requests.add(Map.of());
    for (Policy policy : List.of(before, after)) {
      addSamples(policy.rules().principals(), principals);
      addSamples(policy.rules().paths(), paths);
      for (int i = 0; i < policy.rules().size(); i++) {
        requests.add(satisfying(policy.rules().rule(i)));
      }
    }
    principals.add(ANY_OTHER);
    paths.add(ANY_OTHER);
    return compare(before, after, principals, paths, requests);
  }

  /** For people: a line for each change. */
  public String text() {
    StringBuilder out = new StringBuilder();
    for (Change change : changes) {
      out.append(change.after().allowed() ? "now allowed: " : "now denied: ");
      out.append(Quoted.of(change.principal())).append(" calls ").append(Quoted.of(change.path()));
      change
          .headers()
          .forEach((key, value) ->
              out.append(" with ").append(key).append('=').append(Quoted.of(value)));
      out.append("\n  before: ").append(change.before().reason());
      out.append("\n  after:  ").append(change.after().reason()).append('\n');
    }
    out.append(changes.size()).append(" of ").append(asked).append(" decisions change");
    return out.append(complete ? "\n" : " (too many to ask them all)\n").toString();
  }

  /** For programs. */
  public String json() {
    return JsonText.object(json -> {
      json.writeNumberField("asked", asked);
      json.writeBooleanField("complete", complete);
      json.writeArrayFieldStart("changes");
      for (Change change : changes) {
        json.writeStartObject();
        json.writeStringField("principal", change.principal());
        json.writeStringField("path", change.path());
        json.writeObjectFieldStart("headers");
        for (Map.Entry<String, String> header : change.headers().entrySet()) {
          json.writeStringField(header.getKey(), header.getValue());
        }
        json.writeEndObject();
        json.writeObjectFieldStart("before");
        JsonText.decision(json, change.before());
        json.writeEndObject();
        json.writeObjectFieldStart("after");
        JsonText.decision(json, change.after());
        json.writeEndObject();
        json.writeEndObject();
      }
      json.writeEndArray();
    });
  }

  private static PolicyDiff compare(
      Policy before,
      Policy after,
      Set<String> principals,
      Set<String> paths,
      Set<Map<String, String>> requests) {
    List<Change> changes = new ArrayList<>();
    long asked = 0;
    for (String principal : principals) {
      for (String path : paths) {
        PathDecision old = before.prepareNames(List.of(principal), path);
        PathDecision fresh = after.prepareNames(List.of(principal), path);
        boolean open = old.needsHeaders() || fresh.needsHeaders();
        for (Map<String, String> headers : open ? requests : Set.of(Map.<String, String>of())) {
          if (asked++ == MOST_ASKED) {
            return new PolicyDiff(List.copyOf(changes), asked - 1, false);
          }
          Decision was = old.decide(headers::get);
          Decision is = fresh.decide(headers::get);
          if (was.allowed() != is.allowed()) {
            changes.add(new Change(principal, path, headers, was, is));
          }
        }
      }
    }
    return new PolicyDiff(List.copyOf(changes), asked, true);
  }

  private static void addSamples(Patterns patterns, Set<String> samples) {
    for (int i = 0; i < patterns.size(); i++) {
      StringPattern pattern = patterns.pattern(i);
      if (pattern.kind() != Kind.ANY && pattern.kind() != Kind.PRESENT) {
        samples.add(pattern.text());
      }
    }
  }

  private static Map<String, String> satisfying(Rule rule) {
    Map<String, String> headers = new LinkedHashMap<>();
    rule.headers().forEach(header -> {
      StringPattern value = header.values().get(0);
      headers.put(header.key(), value.kind() == Kind.PRESENT ? "any" : value.text());
    });
    return headers;
  }
}
