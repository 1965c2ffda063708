package dev.countersign.build;

import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Text that may not stand in some files of the project. The patterns and examples are put together from halves, so that
 * this file keeps the rules itself.
 *
 * @param name what the rule forbids
 * @param files the files it looks at, by their path from the root, with slashes
 * @param forbidden what no line of them may hold
 * @param caught a line that breaks the rule
 * @param passed a line like it that does not
 */
record StyleRule(
    String name, Predicate<String> files, Pattern forbidden, String caught, String passed) {
  private static final Predicate<String> EVERY_FILE = Pattern.compile("").asPredicate();
  private static final Predicate<String> TESTS =
      path -> path.startsWith("src/test/java/") && path.endsWith(".java");

  static final List<StyleRule> ALL = List.of(
      of(
          "a catch in a test",
          TESTS.and(path -> !path.endsWith("/NoSkippedTests.java")),
          "\\bcat" + "ch\\s*\\(",
          "    } cat" + "ch (IOException e) {",
          "    // does not catch up (yet)"),
      of(
          "a test that may be skipped",
          TESTS.and(path -> !path.endsWith("/NoSkippedTestsTest.java")),
          "@Dis" + "abled|@Ign" + "ore\\b|@Enabled(On|If|For)|\\bAssum" + "ptions?\\b",
          "  @Dis" + "abledOnOs(OS.WINDOWS)",
          "  @Nested"),
      of(
          "a sleep in a test",
          TESTS,
          "Thread\\s*\\.\\s*sle" + "ep\\s*\\(|TimeUnit\\.\\w+\\.sle" + "ep\\s*\\(",
          "    Thread.sle" + "ep(100);",
          "    clock.advance(100);"),
      of(
          "work left for later",
          EVERY_FILE,
          "\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b",
          "// TO" + "DO: check it",
          "// done"),
      of(
          "a path of one machine",
          EVERY_FILE,
          "(^|[^A-Za-z0-9_.$}*])/(wo" + "rk|fa" + "rm|ro" + "ot|ho" + "me/\\w|Us" + "ers/\\w)/?",
          "cd /ho" + "me/alice/countersign",
          "cd \"$here/workspace\""),
      of(
          "the address of a package registry",
          EVERY_FILE,
          "https?://(repo|repo1|registry|proxy|files|static|index|deb|central)[a-z0-9-]*\\.[a-z]",
          "curl ht" + "tps://registry.example.org/thing",
          "https://www.apache.org/licenses/"),
      of(
          "a dump of the heap, which holds keys",
          EVERY_FILE,
          "Heap" + "DumpOn|Heap" + "DumpPath|Heap" + "DumpBefore",
          "java -XX:+Heap" + "DumpOnOutOfMemoryError",
          "nobody asks for a heap dump"),
      of(
          "a private key",
          EVERY_FILE,
          "-----BEGIN ([A-Z]+ )?PRIVATE " + "KEY-----[^\"'\\\\]*$",
          "-----BEGIN PRIVATE " + "KEY-----",
          "\"-----BEGIN PRIVATE " + "KEY-----\""));

  private static StyleRule of(
      String name, Predicate<String> files, String forbidden, String caught, String passed) {
    return new StyleRule(name, files, Pattern.compile(forbidden), caught, passed);
  }

  boolean catches(String line) {
    return forbidden.matcher(line).find();
  }

  @Override
  public String toString() {
    return name;
  }
}
