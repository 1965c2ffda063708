package dev.countersign.assessment;

/**
 * What a check is, for people.
 *
 * @param name what {@code --only} takes, in lower case with hyphens
 * @param group what it attacks
 * @param severity how bad it is when the attack succeeds
 * @param tries what it does
 * @param safe what a target does that withstands it
 * @param source where the attack or the rule comes from
 * @param remedy what to do about a finding
 */
public record About(
    String name,
    Group group,
    Severity severity,
    String tries,
    String safe,
    String source,
    String remedy) {

  static About of(String name, Group group, Severity severity) {
    return new About(name, group, severity, "", "", "", "");
  }

  About tries(String text) {
    return new About(name, group, severity, text, safe, source, remedy);
  }

  About safe(String text) {
    return new About(name, group, severity, tries, text, source, remedy);
  }

  About source(String text) {
    return new About(name, group, severity, tries, safe, text, remedy);
  }

  About remedy(String text) {
    return new About(name, group, severity, tries, safe, source, text);
  }
}
