package dev.countersign.platform;

/**
 * What came back from the metadata address for one entry.
 *
 * @param kind what kind of answer it is
 * @param text the entry if it was found, else what happened, for people
 * @param server what the server calls itself, empty if nothing
 * @param isEmulated whether it says that it is our emulator
 * @param millis how long it took
 */
record MetadataAnswer(Kind kind, String text, String server, boolean isEmulated, long millis) {
  /** Kinds of answer. */
  enum Kind {
    /** The entry. */
    FOUND,
    /** The metadata server, without such an entry. */
    NO_SUCH_ENTRY,
    /** The metadata server, with an error. */
    ERROR,
    /** Nobody is there. */
    ABSENT,
    /** Somebody may be there, but did not answer in time. */
    SILENT,
    /** Somebody else. */
    NOT_GOOGLE,
    /** Somebody who sends elsewhere. */
    REDIRECT,
    /** Nobody was asked. */
    NOT_ASKED
  }

  static MetadataAnswer without(Kind kind, String text, long millis) {
    return new MetadataAnswer(kind, text, "", false, millis);
  }

  /** Whether a metadata server answered, real or emulated. */
  boolean isFromMetadataServer() {
    return kind == Kind.FOUND || kind == Kind.NO_SUCH_ENTRY || kind == Kind.ERROR;
  }
}
