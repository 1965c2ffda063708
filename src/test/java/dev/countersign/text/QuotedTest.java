package dev.countersign.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class QuotedTest {
  @Test
  void escapesWhatCouldForgeALine() {
    assertThat(Quoted.of("a\"b\\c\n\u202e")).isEqualTo("\"a\\\"b\\\\c\\u000a\\u202e\"");
    assertThat(Quoted.bare("a\"b\r")).isEqualTo("a\"b\\u000d");
  }

  @Test
  void cutsLongText() {
    assertThat(Quoted.of("x".repeat(200))).isEqualTo("\"" + "x".repeat(200) + "\"");
    assertThat(Quoted.of("x".repeat(201))).isEqualTo("\"" + "x".repeat(200) + "...\"");
    assertThat(Quoted.bare("x".repeat(201))).isEqualTo("x".repeat(200) + "...");
  }

  @Test
  void cutsAKeyBeforeItsSecretPart() {
    assertThat(Quoted.key("audit_logging_options")).isEqualTo("\"audit_logging_options\"");
    assertThat(Quoted.key("-----BEGIN PRIVATE KEY-----MIGHAgEAMBMGByqGSM49"))
        .isEqualTo("\"-----BEGIN PRIVATE KEY--...\"");
  }

  @Test
  void keepsTheWholeNameOfAFile() {
    assertThat(Quoted.file("x".repeat(201) + "\t")).isEqualTo("x".repeat(201) + "\\u0009");
  }

  @Test
  void saysWhereACharacterStands() {
    assertThat(Quoted.at("ab\u0000", 2)).isEqualTo("'\\u0000' at position 3");
  }
}
