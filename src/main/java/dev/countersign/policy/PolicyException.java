package dev.countersign.policy;

import java.util.List;
import java.util.stream.Collectors;

/** A policy, or a table of policy tests, was refused; it says everything that is wrong, in file order. */
public final class PolicyException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String source;
  private final transient List<PolicyProblem> problems;

  PolicyException(String source, List<PolicyProblem> problems) {
    super(problems.stream()
        .map(p -> source + ":" + p.line() + ":" + p.column() + ": " + p.message())
        .collect(Collectors.joining("\n")));
    this.source = source;
    this.problems = List.copyOf(problems);
  }

  /** The name of the file, as it was given to the reader. */
  public String source() {
    return source;
  }

  /** Everything that is wrong, in file order; never empty. */
  public List<PolicyProblem> problems() {
    return problems;
  }
}
