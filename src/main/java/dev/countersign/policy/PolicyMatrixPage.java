package dev.countersign.policy;

import dev.countersign.policy.PolicyMatrix.Cell;
import dev.countersign.policy.PolicyMatrix.Verdict;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/** A policy matrix as a page: a table for each service, methods down, callers across. */
final class PolicyMatrixPage {
  private static final String TEMPLATE = "policy-matrix.html";

  private PolicyMatrixPage() {}

  static String of(PolicyMatrix matrix) {
    Map<String, List<Integer>> services = new LinkedHashMap<>();
    for (int column = 0; column < matrix.methods().size(); column++) {
      services
          .computeIfAbsent(service(matrix.methods().get(column)), s -> new ArrayList<>())
          .add(column);
    }
    StringBuilder tables = new StringBuilder();
    services.forEach((service, columns) -> table(tables, matrix, service, columns));
    return template()
        .replace("{{policy}}", escape(matrix.policyName()))
        .replace("{{summary}}", summary(matrix))
        .replace("{{callers}}", callers(matrix))
        .replace("{{tables}}", tables);
  }

  private static String summary(PolicyMatrix matrix) {
    long allowed = matrix.rows().stream()
        .flatMap(List::stream)
        .filter(cell -> cell.verdict() == Verdict.ALLOWED)
        .count();
    long all = (long) matrix.principals().size() * matrix.methods().size();
    return matrix.principals().size() + " callers, " + matrix.methods().size() + " methods; "
        + allowed + " of " + all + " combinations allowed";
  }

  private static String callers(PolicyMatrix matrix) {
    StringBuilder out = new StringBuilder();
    for (String principal : matrix.principals()) {
      out.append("<li><code>").append(escape(principal)).append("</code></li>\n");
    }
    return out.toString();
  }

  private static void table(
      StringBuilder out, PolicyMatrix matrix, String service, List<Integer> columns) {
    out.append("<section>\n<h2>").append(escape(service)).append("</h2>\n");
    out.append("<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">Method</th>");
    for (int row = 0; row < matrix.principals().size(); row++) {
      out.append("<th scope=\"col\" title=\"").append(escape(matrix.principals().get(row)));
      out.append("\">").append(escape(shortName(matrix.principals().get(row)))).append("<sup>");
      out.append(row + 1).append("</sup></th>");
    }
    out.append("</tr></thead>\n<tbody>\n");
    for (int column : columns) {
      String method = matrix.methods().get(column);
      out.append("<tr><th scope=\"row\">");
      out.append(escape(method.substring(method.lastIndexOf('/') + 1))).append("</th>");
      IntStream.range(0, matrix.rows().size())
          .forEach(row -> cell(out, matrix.rows().get(row).get(column)));
      out.append("</tr>\n");
    }
    out.append("</tbody></table></div>\n</section>\n");
  }

  private static void cell(StringBuilder out, Cell cell) {
    String rule = cell.withoutHeaders().rule();
    String word = switch (cell.verdict()) {
      case ALLOWED -> "allowed";
      case DENIED -> "denied";
      case DEPENDS_ON_HEADERS -> "by header";
    };
    out.append("<td class=\"").append(word.replace(' ', '-')).append("\"><b>").append(word);
    out.append("</b><small>").append(rule == null ? "no rule" : escape(rule));
    out.append("</small></td>");
  }

  /** What tells a caller from the others: the end of its name. */
  private static String shortName(String principal) {
    if (principal.contains("://")) {
      return principal.substring(principal.lastIndexOf('/') + 1);
    }
    int at = principal.indexOf('@');
    return at > 0 ? principal.substring(0, at) : principal;
  }

  private static String service(String method) {
    int end = method.lastIndexOf('/');
    return end > 0 ? method.substring(1, end) : method;
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("{", "&#123;");
  }

  private static String template() {
    try (InputStream in =
        Objects.requireNonNull(PolicyMatrixPage.class.getResourceAsStream(TEMPLATE))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("resource " + TEMPLATE + " cannot be read", e);
    }
  }
}
