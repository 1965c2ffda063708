package dev.countersign.policy;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Policies for tests, from text. */
final class Policies {
  private Policies() {}

  static Policy parse(String json) {
    return Policy.parse("policy.json", json.getBytes(StandardCharsets.UTF_8));
  }

  /** A policy "p" with a rule "allow" and perhaps a rule "deny"; each is given without its name and with ' for ". */
  static Policy of(String allow, @Nullable String deny) {
    String denyRules = deny == null ? "" : ", \"deny_rules\": [" + rule("deny", deny) + "]";
    return parse(
        "{\"name\": \"p\", \"allow_rules\": [" + rule("allow", allow) + "]" + denyRules + "}");
  }

  private static String rule(String name, String rest) {
    String body = rest.strip().replace('\'', '"').substring(1);
    String comma = body.equals("}") ? "" : ", ";
    return "{\"name\": \"" + name + "\"" + comma + body;
  }
}
