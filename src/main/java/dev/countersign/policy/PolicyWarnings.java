package dev.countersign.policy;

import dev.countersign.identity.IdentityException;
import dev.countersign.identity.Principal;
import dev.countersign.policy.StringPattern.Kind;
import dev.countersign.text.Quoted;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** What in a valid policy is probably not meant. */
public final class PolicyWarnings {
  private final RuleTable rules;
  private final List<String> found = new ArrayList<>();

  private PolicyWarnings(Policy policy) {
    rules = policy.rules();
  }

  /**
   * Looks for rules that can never decide, patterns that can never match, principals in a spelling that peers do not have,
   * stars that are literal characters, and principals that no allow rule names.
   *
   * @param principals peers that are expected to call; may be empty
   * @return one line for each warning, in the order in which rules decide
   */
  public static List<String> of(Policy policy, List<? extends Principal> principals) {
    PolicyWarnings warnings = new PolicyWarnings(policy);
    for (int rule = 0; rule < warnings.rules.size(); rule++) {
      warnings.lookAt(rule, policy.index());
    }
    warnings.lookFor(Policy.names(principals));
    return List.copyOf(warnings.found);
  }

  private void lookAt(int number, RuleIndex index) {
    Rule rule = rules.rule(number);
    String subject = (rules.isDeny(number) ? RuleList.DENY_RULES : RuleList.ALLOW_RULES).key()
        + " rule " + Quoted.of(rule.name());
    for (StringPattern principal : rule.principals()) {
      String instead = PrincipalSpelling.instead(principal);
      String forHosts = PrincipalSpelling.insteadForHosts(principal);
      if (principal.hasLiteralStar()) {
        literalStar(subject, "principal", principal);
      } else if (instead != null) {
        found.add(subject + " has a principal in a spelling that no peer's name has: "
            + Quoted.of(principal.toString()) + "; write " + Quoted.of(instead));
      } else if (forHosts != null) {
        found.add(subject + " has a principal that no DNS name ends with: "
            + Quoted.of(principal.toString()) + "; for DNS names write " + Quoted.of(forHosts));
      } else if (principal.kind() == Kind.EXACT && !isPrincipal(principal.text())) {
        found.add(subject + " has a principal that no peer can have: "
            + Quoted.of(principal.text())
            + " (a SPIFFE id or other URI, a DNS name, a subject, a service account)");
      }
    }
    for (StringPattern path : rule.paths()) {
      boolean anchored = path.kind() == Kind.EXACT || path.kind() == Kind.PREFIX;
      if (path.hasLiteralStar()) {
        literalStar(subject, "path", path);
      } else if (anchored && !path.text().startsWith("/")) {
        found.add(subject + " has a path that no request can have: " + Quoted.of(path.toString())
            + " (/package.Service/Method)");
      }
    }
    int earlier = index.coveredBy(number);
    if (earlier < number) {
      found.add(subject + " can never decide: rule " + Quoted.of(rules.name(earlier))
          + " decides earlier");
    }
  }

  private void literalStar(String subject, String what, StringPattern pattern) {
    found.add(subject + " has a " + what + " in which a star is a literal character: "
        + Quoted.of(pattern.toString()) + " (only one star at an end stands for other text)");
  }

  private void lookFor(List<String> names) {
    BitSet allowed = new BitSet();
    for (int rule = 0; rule < rules.size(); rule++) {
      for (int i = 0; !rules.isDeny(rule) && i < rules.principalsOf().length(rule); i++) {
        allowed.set(rules.principalsOf().get(rule, i));
      }
    }
    for (String name : names) {
      BitSet matching = new BitSet();
      for (int pattern : rules.principals().matching(name)) {
        matching.set(pattern);
      }
      if (!matching.intersects(allowed)) {
        found.add("no allow rule names principal " + Quoted.of(name) + ": it may call nothing");
      }
    }
  }

  private static boolean isPrincipal(String text) {
    try {
      return !Principal.parse(text).name().isEmpty();
    } catch (IdentityException e) {
      return false;
    }
  }
}
