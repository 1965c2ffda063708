package dev.countersign.policy;

import dev.countersign.identity.Principal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An authorization policy (gRFC A43, with the audit options of A59), compiled. Immutable and safe for all threads.
 *
 * <p>Deny rules are asked first, then allow rules; what no rule allows is denied. The rules are not walked: a decision
 * costs one hash look-up for each pair of a principal pattern and a path pattern that match, however many rules there
 * are. An exact string matches one exact pattern; prefixes and suffixes that match one string are nested in each
 * other, so their number is bounded by the nesting in the policy, and {@code *} and "no restriction" add one each.
 * Rules that depend on headers are looked up by the value of their rarest header; only rules that share that value
 * with the request are tried one by one. The one exception is rules with dozens of principals and dozens of paths
 * each, which are merged from two sorted lists: linear in the number of such rules, of which a policy can hold few.
 * Memory is linear in the text of the policy.
 */
public final class Policy {
  private final PolicyDocument head;
  private final RuleTable rules;
  private final RuleIndex index;

  /** One for each rule, and the last for no rule; made on first use, by any thread, because all would be equal. */
  private final @Nullable PathDecision[] fixed;

  private Policy(PolicyDocument document) {
    rules = new RuleTable(document);
    index = new RuleIndex(rules);
    head = new PolicyDocument(document.name(), List.of(), List.of(), document.audit());
    fixed = new PathDecision[rules.size() + 1];
  }

  /**
   * Reads and compiles a policy.
   *
   * @param source the name of the file, for messages
   * @param utf8 the file's content
   * @throws PolicyException if anything is wrong with it; it lists everything, in file order
   */
  public static Policy parse(String source, byte[] utf8) {
    return new Policy(PolicyReader.read(source, utf8));
  }

  /** The policy's name, for audit records. */
  public String name() {
    return head.name();
  }

  /** What the policy wants recorded. */
  public AuditOptions auditOptions() {
    return head.audit();
  }

  /**
   * Decides as far as that is possible without the request's headers.
   *
   * @param principals the names the peer proved, as in its identity: any of them may match a rule. Without any, the
   *     peer is not authenticated and no principal pattern matches it, not even {@code *}
   * @param path the method, {@code /package.Service/Method}
   */
  public PathDecision prepare(List<? extends Principal> principals, String path) {
    return prepareNames(names(principals), path);
  }

  /** Decides for one request; the same as preparing and deciding at once. */
  public Decision decide(
      List<? extends Principal> principals, String path, RequestHeaders headers) {
    return prepare(principals, path).decide(headers);
  }

  PathDecision prepareNames(List<String> names, String path) {
    Search search = index.search(names, path);
    PathDecision without = fixed(search.rule());
    return search.needsHeaders()
        ? PathDecision.open(this, without.decide(RequestHeaders.NONE), search)
        : without;
  }

  PathDecision fixed(int rule) {
    PathDecision known = fixed[rule];
    if (known == null) {
      known = PathDecision.fixed(this, decision(rule));
      fixed[rule] = known;
    }
    return known;
  }

  RuleTable rules() {
    return rules;
  }

  RuleIndex index() {
    return index;
  }

  static List<String> names(List<? extends Principal> principals) {
    if (principals.size() == 1) {
      return List.of(principals.get(0).name());
    }
    List<String> names = new ArrayList<>(principals.size());
    for (Principal principal : principals) {
      names.add(principal.name());
    }
    return names;
  }

  private Decision decision(int rule) {
    if (rule == rules.size()) {
      return new Decision(false, null, null, name());
    }
    boolean deny = rules.isDeny(rule);
    RuleList list = deny ? RuleList.DENY_RULES : RuleList.ALLOW_RULES;
    return new Decision(!deny, list, rules.name(rule), name());
  }
}
