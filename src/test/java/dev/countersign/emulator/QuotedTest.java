package dev.countersign.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class QuotedTest {
  @Test
  void escapesWhatCouldForgeALine() {
    assertThat(Quoted.of("a\"b\\c\n\u202e")).isEqualTo("\"a\\\"b\\\\c\\u000a\\u202e\"");
  }

  @Test
  void cutsLongText() {
    assertThat(Quoted.of("x".repeat(100))).isEqualTo("\"" + "x".repeat(100) + "\"");
    assertThat(Quoted.of("x".repeat(101))).isEqualTo("\"" + "x".repeat(100) + "...\"");
  }
}
