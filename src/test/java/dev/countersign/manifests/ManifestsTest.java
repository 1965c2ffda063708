package dev.countersign.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.MethodSource;

final class ManifestsTest {

  static List<String> all() throws IOException {
    return Manifests.all();
  }

  @Test
  void knowsEveryOverlay() throws Exception {
    assertThat(all())
        .containsExactly(
            "all-components", "dev", "gke-alts", "gke-managed-identity", "mtls-cert-manager");
  }

  @ParameterizedTest
  @MethodSource("all")
  void partsFitEachOther(String overlay) throws Exception {
    assertThat(problems(Manifests.read(overlay))).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("all")
  void holdsNoSecret(String overlay) throws Exception {
    assertThat(Manifests.read(overlay).ofKind("Secret")).isEmpty();
    assertThat(Manifests.text(overlay)).doesNotContain("PRIVATE KEY", "BEGIN CERTIFICATE");
  }

  /** Each row is one mistake that a schema lets pass, and what is said about it. */
  @ParameterizedTest
  @CsvFileSource(resources = "/vectors/manifest-mistakes.csv", numLinesToSkip = 1, delimiter = '|')
  void findsTheMistake(String overlay, String right, String wrong, String problem)
      throws Exception {
    String text = Manifests.text(overlay);
    assertThat(problems(Manifests.of(overlay, text))).isEmpty();
    String from = lines(right);
    assertThat(text).contains(from);

    String broken = text.replaceFirst(
        Pattern.quote(from), Matcher.quoteReplacement(wrong == null ? "" : lines(wrong)));

    assertThat(problems(Manifests.of(overlay, broken))).contains(problem);
  }

  private static String lines(String cell) {
    return cell.replace("\\n", "\n");
  }

  private static List<String> problems(Manifests manifests) {
    List<String> problems = new ArrayList<>(PodChecks.problems(manifests));
    problems.addAll(NetworkChecks.problems(manifests));
    problems.addAll(TrafficChecks.problems(manifests));
    problems.addAll(TransportChecks.problems(manifests));
    problems.addAll(IdentityChecks.problems(manifests));
    return problems;
  }
}
