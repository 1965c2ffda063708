package dev.countersign.credentials;

import java.util.List;
import java.util.stream.Collectors;

/** Key material that cannot be used, with everything that is wrong with it. */
public final class KeyMaterialException extends Exception {
  private static final long serialVersionUID = 1;

  /** The kinds of problem. */
  public enum Reason {
    /** A file cannot be read, or others can reach it. */
    FILE,
    /** A file does not hold what it should. */
    CONTENT,
    /** The private key is not the certificate's. */
    KEY_MISMATCH,
    /** The certificate is no longer valid. */
    EXPIRED,
    /** The certificate is not valid yet. */
    NOT_YET_VALID,
    /** The certificate is not for this use. */
    WRONG_USE,
    /** The certificate does not lead to the trust anchors, or names nobody. */
    NOT_TRUSTED,
    /** The certificate, or one that issued it, was revoked. */
    REVOKED,
    /** The trust anchors contradict each other, or are older than those in use. */
    ANCHORS,
    /** No agent answers at the socket, or it has no identity for us. */
    AGENT
  }

  /**
   * One thing that is wrong.
   *
   * @param reason its kind
   * @param message what people read
   */
  public record Problem(Reason reason, String message) {}

  private final transient List<Problem> problems;

  KeyMaterialException(List<Problem> problems) {
    super(problems.stream().map(Problem::message).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /** Everything that is wrong, in the order certificate, key, trust, revocation. */
  public List<Problem> problems() {
    return problems;
  }
}
