package dev.countersign.policy;

import dev.countersign.identity.IdentityException;
import dev.countersign.identity.Principal;
import dev.countersign.policy.PolicyProblem.Reason;
import dev.countersign.text.Quoted;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A table of cases that a policy must decide as written.
 *
 * @param cases the cases in file order
 */
public record PolicyTests(List<Case> cases) {
  private static final Keys TABLE = Keys.required("cases");
  private static final Keys CASE = Keys.required("name", "principal", "path", "allowed")
      .optional("headers", "rule")
      .nullable("rule");

  /**
   * A call and the decision that is expected.
   *
   * @param name the name of the case, unique in its table
   * @param principal who calls
   * @param path the method, {@code /package.Service/Method}
   * @param headers the request's headers by lower-case name, repeated values joined with {@code ,}
   * @param allowed whether the call must be allowed
   * @param ruleGiven whether the deciding rule matters
   * @param rule the rule that must decide, or null if none may
   */
  public record Case(
      String name,
      Principal principal,
      String path,
      Map<String, String> headers,
      boolean allowed,
      boolean ruleGiven,
      @Nullable String rule) {

    boolean expects(Decision decision) {
      return decision.allowed() == allowed && (!ruleGiven || Objects.equals(decision.rule(), rule));
    }
  }

  /**
   * Reads {@code {"cases":[{"name","principal","path","headers":{"k":["v"]},"allowed","rule"}]}}, as strictly as a
   * policy. {@code headers} and {@code rule} may be left out; a {@code rule} of null says that no rule may match.
   *
   * @param source the name of the file, for messages
   * @param utf8 the file's content
   * @throws PolicyException if anything is wrong with it; it lists everything, in file order
   */
  public static PolicyTests parse(String source, byte[] utf8) {
    List<Case> cases = new ArrayList<>();
    Set<String> names = new HashSet<>();
    LocatedJson.document(
        source,
        utf8,
        json -> json.object(
            TABLE,
            key -> json.nonEmptyArray(() -> {
              Case read = new CaseReader(json, names).read();
              if (read != null) {
                cases.add(read);
              }
            })));
    return new PolicyTests(List.copyOf(cases));
  }

  /**
   * Decides every case.
   *
   * @param methods the methods of the services, of which the report says which have no case
   */
  public PolicyTestReport run(Policy policy, List<String> methods) {
    List<PolicyTestReport.Result> results = new ArrayList<>();
    for (Case test : cases) {
      Decision decision =
          policy.decide(List.of(test.principal()), test.path(), test.headers()::get);
      results.add(new PolicyTestReport.Result(test, decision));
    }
    return PolicyTestReport.of(policy, results, methods);
  }

  /** Reads one case. */
  private static final class CaseReader {
    private final LocatedJson json;
    private final Set<String> names;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private String name = "";
    private @Nullable Principal principal;
    private String path = "";
    private boolean allowed;
    private boolean ruleGiven;
    private @Nullable String rule;

    CaseReader(LocatedJson json, Set<String> names) {
      this.json = json;
      this.names = names;
    }

    @Nullable
    Case read() throws IOException {
      json.object(CASE, this::key);
      json.label(null);
      return principal == null
          ? null
          : new Case(name, principal, path, Map.copyOf(headers), allowed, ruleGiven, rule);
    }

    private void key(String key) throws IOException {
      switch (key) {
        case "name" -> readName();
        case "principal" -> principal = readPrincipal();
        case "path" -> readPath();
        case "headers" -> json.anyObject(this::header);
        case "allowed" -> allowed = json.bool();
        default -> {
          ruleGiven = true;
          rule = json.stringOrNull();
        }
      }
    }

    private void readName() throws IOException {
      name = json.nonEmptyString();
      if (!names.add(name)) {
        json.report(
            Reason.DUPLICATE_NAME,
            json.subject() + " repeats the name of a case: " + Quoted.of(name));
      }
      json.label(name);
    }

    private @Nullable Principal readPrincipal() throws IOException {
      String text = json.nonEmptyString();
      try {
        return Principal.parse(text);
      } catch (IdentityException e) {
        json.report(Reason.BAD_VALUE, json.subject() + " names no peer: " + e.getMessage());
        return null;
      }
    }

    private void readPath() throws IOException {
      path = json.nonEmptyString();
      if (!path.startsWith("/")) {
        json.report(
            Reason.BAD_VALUE,
            json.subject() + " is not the path of a method: " + Quoted.of(path)
                + " (/package.Service/Method)");
      }
    }

    private void header(String key) throws IOException {
      List<String> values = new ArrayList<>();
      json.nonEmptyArray(() -> values.add(json.string()));
      String joined = String.join(",", values);
      if (headers.put(key.toLowerCase(Locale.ROOT), joined) != null) {
        json.report(
            Reason.DUPLICATE_KEY,
            json.subject() + " repeats a header: " + Quoted.of(key) + " (case does not matter)");
      }
    }
  }
}
