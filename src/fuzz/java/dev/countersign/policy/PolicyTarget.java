package dev.countersign.policy;

import dev.countersign.fuzz.Claims;
import dev.countersign.fuzz.Target;
import dev.countersign.identity.IdentityException;
import dev.countersign.identity.Principal;
import dev.countersign.policy.AuditOptions.AuditLogger;
import dev.countersign.policy.Rule.HeaderPattern;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * {@link Policy}: what was read is printed and read again, and decides every call as somebody would who walks its rules.
 * The calls that are asked are made of the policy's own patterns, and of texts next to them.
 */
public final class PolicyTarget implements Target {
  private static final int MOST = 12;

  @Override
  public void read(byte[] input) {
    PolicyDocument document;
    Policy policy;
    try {
      document = PolicyReader.read("input", input);
      policy = Policy.parse("input", input);
    } catch (PolicyException e) {
      e.problems().forEach(problem -> {
        Claims.message(problem.message());
        Claims.that(problem.line() >= 1 && problem.column() >= 1, "a problem has a place");
      });
      return;
    }
    PolicyDocument again = PolicyReader.read("printed", PolicyPrinter.print(document));
    Claims.same(again.allow(), document.allow(), "allow rules are read as they are printed");
    Claims.same(again.deny(), document.deny(), "deny rules are read as they are printed");
    Claims.same(again.name(), document.name(), "the name is read as it is printed");
    Claims.same(again.audit().condition(), document.audit().condition(), "the audit condition");
    Claims.same(
        again.audit().loggers().stream().map(AuditLogger::name).toList(),
        document.audit().loggers().stream().map(AuditLogger::name).toList(),
        "the audit loggers");
    PolicyWarnings.of(policy, List.of()).forEach(Claims::message);
    Claims.that(
        PolicyDiff.between(policy, Policy.parse("input", input)).changes().isEmpty(),
        "a policy does not differ from itself");
    decidesAsItsRulesSay(document, policy);
  }

  private static void decidesAsItsRulesSay(PolicyDocument document, Policy policy) {
    Set<String> names = new HashSet<>(Set.of("spiffe://example.org/a"));
    Set<String> paths = new HashSet<>(Set.of("/S/M"));
    Map<String, String> all = new HashMap<>();
    for (Rule rule : rules(document)) {
      rule.principals().forEach(pattern -> around(pattern, names));
      rule.paths().forEach(pattern -> around(pattern, paths));
      for (HeaderPattern header : rule.headers()) {
        Set<String> values = new HashSet<>();
        around(header.values().get(0), values);
        all.put(header.key(), values.iterator().next());
      }
    }
    List<List<Principal>> peers = peers(names);
    for (String path : paths.stream().limit(MOST).toList()) {
      for (List<Principal> peer : peers) {
        for (Map<String, String> headers : List.of(all, Map.<String, String>of())) {
          Decision decision = policy.decide(peer, path, headers::get);
          Decision walked = walk(document, peer, path, headers);
          Claims.same(decision, walked, "decided as its rules say: " + peer + " " + path);
          Claims.message(decision.reason());
          Claims.visible(Explanation.of(policy, peer, path, headers::get).text().replace("\n", ""));
        }
      }
    }
  }

  private static List<List<Principal>> peers(Set<String> names) {
    List<List<Principal>> peers = new ArrayList<>();
    peers.add(List.of());
    for (String name : names) {
      try {
        peers.add(List.of(Principal.parse(name)));
      } catch (IdentityException e) {
        // A pattern that is no name.
      }
      if (peers.size() == MOST) {
        break;
      }
    }
    return peers;
  }

  /** Texts that a pattern matches, and some that it just does not. */
  private static void around(StringPattern pattern, Set<String> texts) {
    String text = pattern.text();
    texts.add(text);
    texts.add(text + "a");
    texts.add("a" + text);
    if (!text.isEmpty()) {
      texts.add(text.substring(1));
    }
  }

  private static List<Rule> rules(PolicyDocument document) {
    List<Rule> rules = new ArrayList<>(document.deny());
    rules.addAll(document.allow());
    return rules;
  }

  /** What gRFC A43 says, in its own order. */
  private static Decision walk(
      PolicyDocument document, List<Principal> peer, String path, Map<String, String> headers) {
    for (RuleList list : RuleList.values()) {
      boolean deny = list == RuleList.DENY_RULES;
      for (Rule rule : deny ? document.deny() : document.allow()) {
        boolean matches = (rule.principals().isEmpty()
                || peer.stream().anyMatch(p -> any(rule.principals(), p.name())))
            && (rule.paths().isEmpty() || any(rule.paths(), path))
            && rule.headers().stream()
                .allMatch(header -> headers.containsKey(header.key())
                    && any(header.values(), String.valueOf(headers.get(header.key()))));
        if (matches) {
          return new Decision(!deny, list, rule.name(), document.name());
        }
      }
    }
    return new Decision(false, null, null, document.name());
  }

  private static boolean any(List<StringPattern> patterns, String value) {
    return patterns.stream().anyMatch(pattern -> matches(pattern.toString(), value));
  }

  /** From the text of the pattern, as gRFC A43 words it. */
  private static boolean matches(String pattern, String value) {
    if (pattern.equals("*")) {
      return !value.isEmpty();
    }
    if (pattern.endsWith("*")) {
      return value.startsWith(pattern.substring(0, pattern.length() - 1));
    }
    return pattern.startsWith("*") ? value.endsWith(pattern.substring(1)) : value.equals(pattern);
  }

  @Override
  public List<byte[]> seeds() {
    return Claims.inputs(
        "{\"name\":\"p\",\"allow_rules\":[{\"name\":\"r\"}]}",
        """
        {"name":"p","deny_rules":[{"name":"d","source":{"principals":["spiffe://example.org/*"]},
        "request":{"paths":["*/Set"],"headers":[{"key":"k","values":["a","*b","c*","*"]}]}}],
        "allow_rules":[{"name":"r","source":{"principals":["spiffe://example.org/a","*"]},
        "request":{"paths":["/S/*","/S/M"],"headers":[{"key":"X-y","values":["z"]}]}},{"name":"s"}],
        "audit_logging_options":{"audit_condition":"ON_DENY","audit_loggers":[
        {"name":"stdout_logger","config":{"a":[1,{"b":null}]},"is_optional":true}]}}
        """,
        "{\"name\":\"\\u0000\",\"name\":null,\"allow_rules\":[{\"nam\":[[[[]]]]}]} x",
        "{\"name\":\"p\",\"allow_rules\":[{\"name\":\"\\ud800\",\"request\":{\"paths\":[\"**\"]}}]}");
  }
}
