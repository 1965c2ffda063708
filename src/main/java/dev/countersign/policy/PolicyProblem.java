package dev.countersign.policy;

/**
 * One thing that is wrong with a policy or with a table of policy tests.
 *
 * @param line the line, from 1
 * @param column the column in characters, from 1
 * @param path where in the document, as in {@code $.allow_rules[2].sourc}
 * @param reason what kind of problem
 * @param message what is wrong, without the place
 */
public record PolicyProblem(int line, int column, String path, Reason reason, String message) {

  /** What kind of problem. */
  public enum Reason {
    /** The file is not UTF-8. */
    NOT_UTF8,
    /** The file starts with a byte order mark. */
    BYTE_ORDER_MARK,
    /** The text is not JSON (RFC 8259); comments are not JSON either. */
    NOT_JSON,
    /** Something follows the JSON object. */
    TRAILING_TEXT,
    /** The file, a token in it or its nesting is larger than any real policy. */
    TOO_LARGE,
    /** A value has the wrong JSON type. */
    WRONG_TYPE,
    /** A known key is null: leaving out and being null must not be confused. */
    NULL_VALUE,
    /** A key that the format does not have. */
    UNKNOWN_KEY,
    /** A key that the object already has. */
    DUPLICATE_KEY,
    /** A required key is missing. */
    MISSING_KEY,
    /** A name, key or list that must not be empty is empty. */
    EMPTY,
    /** A rule with the name of an earlier rule of the same list. */
    DUPLICATE_NAME,
    /** A text that is not well-formed Unicode. */
    BAD_TEXT,
    /** A pattern with a star at both ends, which engines read differently. */
    AMBIGUOUS_PATTERN,
    /** A principal of a deny rule in another spelling than a peer's name can have: the rule would deny nobody. */
    OTHER_SPELLING,
    /** A header name that no request can carry. */
    BAD_HEADER_NAME,
    /** A header that a policy may not match (gRFC A43). */
    FORBIDDEN_HEADER,
    /** A word that is not one of those allowed here. */
    BAD_VALUE
  }
}
