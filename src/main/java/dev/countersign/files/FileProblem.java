package dev.countersign.files;

import java.io.IOException;
import java.nio.file.Path;

/** Why a file was not read or written. */
public final class FileProblem extends IOException {
  private static final long serialVersionUID = 1L;
  private static final int MAX_PRINTED = 300;

  private final Reason reason;

  /** What is wrong with the file. */
  public enum Reason {
    /** There is nothing at this path. */
    MISSING,
    /** A directory, pipe, socket or device stands where a file was expected, or a file where a directory was. */
    WRONG_KIND,
    /** Everyone on this machine may read a secret. */
    READABLE_BY_EVERYONE,
    /** Everyone on this machine may change it. */
    WRITABLE_BY_EVERYONE,
    /** Everyone on this machine may replace it, because a directory above it is writable by everyone and not sticky. */
    DIRECTORY_WRITABLE_BY_EVERYONE,
    /** A symbolic link leads out of the directory that was named. */
    LINK_LEADS_ELSEWHERE,
    /** Another file came to its name, or its rights changed, while it was read. */
    EXCHANGED,
    /** Larger than anything that belongs there. */
    TOO_LARGE,
    /** This process may not read or write it. */
    NO_ACCESS,
    /** Somebody else holds the lock. */
    LOCKED
  }

  FileProblem(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** What is wrong. */
  public Reason reason() {
    return reason;
  }

  /** A path in double quotes with everything unprintable escaped. */
  static String quoted(Path path) {
    String text = path.toString();
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < Math.min(text.length(), MAX_PRINTED); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c >= ' ' && c < 0x7f) {
        out.append(c);
      } else {
        out.append("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) {
          out.append(Character.forDigit((c >> shift) & 0xf, 16));
        }
      }
    }
    return out.append(text.length() > MAX_PRINTED ? "...\"" : "\"").toString();
  }
}
