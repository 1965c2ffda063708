package dev.countersign.assessment;

/** Colours of a terminal, or none. */
enum Paint {
  NONE {
    @Override
    String with(String code, String text) {
      return text;
    }
  },
  COLOURS {
    @Override
    String with(String code, String text) {
      return "\u001b[" + code + "m" + text + "\u001b[0m";
    }
  };

  abstract String with(String code, String text);

  String bold(String text) {
    return with("1", text);
  }

  String good(String text) {
    return with("32", text);
  }

  String soft(String text) {
    return with("2", text);
  }

  String bad(Severity severity, String text) {
    return with(
        switch (severity) {
          case CRITICAL -> "1;31";
          case HIGH -> "31";
          case MEDIUM -> "33";
          case LOW -> "36";
        },
        text);
  }
}
