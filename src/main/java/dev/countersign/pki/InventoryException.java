package dev.countersign.pki;

import java.util.List;
import java.util.stream.Collectors;

/** What is wrong with an inventory: all problems at once, in the order of the file. */
public final class InventoryException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  /** The kinds of problems. */
  public enum Reason {
    /** The text is not YAML. */
    NOT_YAML,
    /** A list, a map or a text stands where another was expected. */
    WRONG_KIND,
    /** A key that is not known. */
    UNKNOWN_KEY,
    /** A key that stands twice in one place. */
    DUPLICATE_KEY,
    /** A key that must be there. */
    MISSING_KEY,
    /** Two identities of one name. */
    DUPLICATE_NAME,
    /** A value that cannot be used. */
    BAD_VALUE
  }

  /**
   * One problem.
   *
   * @param reason its kind
   * @param line where, counted from 1
   * @param column where, counted from 1
   * @param message what is wrong, without the place
   */
  public record Problem(Reason reason, int line, int column, String message) {}

  InventoryException(String source, List<Problem> problems) {
    super(problems.stream()
        .map(p -> source + ":" + p.line() + ":" + p.column() + ": " + p.message())
        .collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /** All of them, at least one. */
  public List<Problem> problems() {
    return problems;
  }
}
