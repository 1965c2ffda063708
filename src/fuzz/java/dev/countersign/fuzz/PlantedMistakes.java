package dev.countersign.fuzz;

import java.util.List;

/**
 * A reader of SPIFFE ids as they are often written, with three mistakes: it looks for the scheme anywhere, it takes a
 * dot segment for a name, and it does not expect an id to end after its trust domain. The smoke run fails unless the
 * fuzzer finds one of them, from a seed that shows none.
 */
final class PlantedMistakes implements Target {
  private static final String SCHEME = "spiffe://";

  @Override
  public void read(byte[] input) {
    String text = Claims.text(input);
    int start = text.indexOf(SCHEME);
    if (start < 0) {
      return;
    }
    String rest = text.substring(start + SCHEME.length());
    String path = rest.substring(rest.indexOf('/'));
    Claims.that(start == 0, "an id begins with its scheme");
    Claims.that(!path.contains("/../"), "an id has no dot segment");
  }

  @Override
  public List<byte[]> seeds() {
    return Claims.inputs("spiffe://example.org/ns/demo/sa/server");
  }
}
