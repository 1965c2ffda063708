package dev.countersign.platform;

/**
 * One thing that was looked at to decide whether ALTS works here.
 *
 * @param check what was looked at, one word
 * @param found what was found, with text from outside quoted
 * @param millis how long that took, in milliseconds
 * @param means what follows from it
 */
public record Evidence(String check, String found, long millis, String means) {
  @Override
  public String toString() {
    return check + ": " + found + " (" + millis + " ms): " + means;
  }
}
