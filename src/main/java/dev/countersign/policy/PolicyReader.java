package dev.countersign.policy;

import dev.countersign.policy.AuditOptions.AuditLogger;
import dev.countersign.policy.AuditOptions.Condition;
import dev.countersign.policy.PolicyProblem.Reason;
import dev.countersign.policy.Rule.HeaderPattern;
import dev.countersign.text.Quoted;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads the JSON of gRFC A43 and A59, strictly: see {@link PolicyProblem.Reason} for what is refused. */
final class PolicyReader {
  static final Keys POLICY =
      Keys.required("name", "allow_rules").optional("deny_rules", "audit_logging_options");
  static final Keys RULE = Keys.required("name").optional("source", "request");
  static final Keys SOURCE = Keys.none().optional("principals");
  static final Keys REQUEST = Keys.none().optional("paths", "headers");
  static final Keys HEADER = Keys.required("key", "values");
  static final Keys AUDIT = Keys.none().optional("audit_condition", "audit_loggers");
  static final Keys LOGGER = Keys.required("name").optional("config", "is_optional");

  /** Hop-by-hop headers, and those that the transport owns (gRFC A43). */
  private static final Set<String> FORBIDDEN = Set.of(
      "host",
      "connection",
      "keep-alive",
      "proxy-authenticate",
      "proxy-authorization",
      "te",
      "trailer",
      "transfer-encoding",
      "upgrade");

  private final LocatedJson json;
  private String name = "";
  private final List<Rule> deny = new ArrayList<>();
  private final List<Rule> allow = new ArrayList<>();
  private AuditOptions audit = AuditOptions.NONE;

  private PolicyReader(LocatedJson json) {
    this.json = json;
  }

  static PolicyDocument read(String source, byte[] utf8) {
    List<PolicyReader> read = new ArrayList<>();
    LocatedJson.document(source, utf8, json -> {
      PolicyReader reader = new PolicyReader(json);
      json.object(POLICY, reader::policyKey);
      read.add(reader);
    });
    PolicyReader reader = read.get(0);
    return new PolicyDocument(reader.name, reader.deny, reader.allow, reader.audit);
  }

  private void policyKey(String key) throws IOException {
    switch (key) {
      case "name" -> name = json.nonEmptyString();
      case "allow_rules" -> {
        Set<String> names = new HashSet<>();
        json.nonEmptyArray(() -> allow.add(rule(names, this::pattern)));
      }
      case "deny_rules" -> {
        Set<String> names = new HashSet<>();
        json.array(() -> deny.add(rule(names, this::deniedPrincipal)));
      }
      default -> audit();
    }
  }

  /** Reads one pattern into a list. */
  private interface PatternReader {
    void read(List<StringPattern> patterns) throws IOException;
  }

  private Rule rule(Set<String> names, PatternReader principal) throws IOException {
    String[] ruleName = {""};
    List<StringPattern> principals = new ArrayList<>();
    List<StringPattern> paths = new ArrayList<>();
    List<HeaderPattern> headers = new ArrayList<>();
    json.object(RULE, key -> {
      switch (key) {
        case "name" -> ruleName[0] = ruleName(names);
        case "source" -> json.object(SOURCE, k -> json.array(() -> principal.read(principals)));
        default ->
          json.object(REQUEST, k -> {
            if (k.equals("paths")) {
              json.array(() -> pattern(paths));
            } else {
              json.array(() -> headers.add(header()));
            }
          });
      }
    });
    json.label(null);
    return new Rule(ruleName[0], List.copyOf(principals), List.copyOf(paths), List.copyOf(headers));
  }

  private String ruleName(Set<String> names) throws IOException {
    String ruleName = json.nonEmptyString();
    if (!names.add(ruleName)) {
      json.report(
          Reason.DUPLICATE_NAME,
          json.subject() + " repeats a rule name: " + Quoted.of(ruleName)
              + " (unique in its list)");
    }
    json.label(ruleName);
    return ruleName;
  }

  private HeaderPattern header() throws IOException {
    String[] headerKey = {""};
    List<StringPattern> values = new ArrayList<>();
    json.object(HEADER, key -> {
      if (key.equals("key")) {
        headerKey[0] = headerKey();
      } else {
        json.nonEmptyArray(() -> pattern(values));
      }
    });
    return new HeaderPattern(headerKey[0], List.copyOf(values));
  }

  private String headerKey() throws IOException {
    String written = json.nonEmptyString();
    String lower = written.toLowerCase(Locale.ROOT);
    if (lower.startsWith(":") || lower.startsWith("grpc-") || FORBIDDEN.contains(lower)) {
      json.report(
          Reason.FORBIDDEN_HEADER,
          json.subject() + " names a header that a policy may not match: " + Quoted.of(written));
    } else if (!written.matches("[A-Za-z0-9._-]*")) {
      json.report(
          Reason.BAD_HEADER_NAME,
          json.subject() + " is not a header name: " + Quoted.of(written)
              + " (allowed: a-z 0-9 . - _)");
    }
    return lower;
  }

  private void pattern(List<StringPattern> patterns) throws IOException {
    String text = json.string();
    if (StringPattern.isAmbiguous(text)) {
      json.report(
          Reason.AMBIGUOUS_PATTERN,
          json.subject() + " has a star at both ends, which engines read differently: "
              + Quoted.of(text) + " (\"*\", \"prefix*\", \"*suffix\" or exact text)");
    } else {
      patterns.add(StringPattern.of(text));
    }
  }

  /** An allow rule that never matches allows too little; a deny rule that never matches lets its peer through. */
  private void deniedPrincipal(List<StringPattern> principals) throws IOException {
    int before = principals.size();
    pattern(principals);
    String instead =
        principals.size() == before ? null : PrincipalSpelling.instead(principals.get(before));
    if (instead != null) {
      json.report(
          Reason.OTHER_SPELLING,
          json.subject()
              + " is in a spelling that no peer's name has, so that the rule would deny nobody: "
              + Quoted.of(principals.get(before).toString()) + "; write " + Quoted.of(instead));
    }
  }

  private void audit() throws IOException {
    Condition[] condition = {Condition.NONE};
    List<AuditLogger> loggers = new ArrayList<>();
    json.object(AUDIT, key -> {
      if (key.equals("audit_condition")) {
        condition[0] = condition();
      } else {
        json.array(() -> loggers.add(logger()));
      }
    });
    audit = new AuditOptions(condition[0], loggers);
  }

  private Condition condition() throws IOException {
    String word = json.string();
    for (Condition condition : Condition.values()) {
      if (condition.name().equals(word)) {
        return condition;
      }
    }
    List<String> allowed = Arrays.stream(Condition.values()).map(Enum::name).toList();
    String near = Keys.nearest(word, allowed);
    json.report(
        Reason.BAD_VALUE,
        json.subject() + " is unknown: " + Quoted.of(word) + " ("
            + allowed.stream().collect(Collectors.joining(", ")) + ")"
            + (near == null ? "" : "; did you mean " + Quoted.of(near) + "?"));
    return Condition.NONE;
  }

  private AuditLogger logger() throws IOException {
    String[] text = {"", "{}"};
    boolean[] optional = new boolean[1];
    json.object(LOGGER, key -> {
      switch (key) {
        case "name" -> text[0] = json.nonEmptyString();
        case "config" -> text[1] = json.rawObject();
        default -> optional[0] = json.bool();
      }
    });
    return new AuditLogger(text[0], text[1], optional[0]);
  }
}
