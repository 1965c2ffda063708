package dev.countersign.policy;

import dev.countersign.identity.Principal;
import java.util.ArrayList;
import java.util.List;

/**
 * Who may call what.
 *
 * @param policyName the policy's name
 * @param principals the rows' names
 * @param methods the columns: paths of methods
 * @param rows for each principal a cell for each method
 */
public record PolicyMatrix(
    String policyName, List<String> principals, List<String> methods, List<List<Cell>> rows) {

  /** What a caller can expect of a method. */
  public enum Verdict {
    /** Allowed, whatever the headers. */
    ALLOWED,
    /** Denied, whatever the headers. */
    DENIED,
    /** Allowed or denied by the request's headers. */
    DEPENDS_ON_HEADERS
  }

  /**
   * One caller and one method.
   *
   * @param verdict what the caller can expect
   * @param withoutHeaders the decision for a request without headers
   */
  public record Cell(Verdict verdict, Decision withoutHeaders) {}

  /** Asks the policy about every principal and every method. */
  public static PolicyMatrix of(
      Policy policy, List<? extends Principal> principals, List<String> methods) {
    List<List<Cell>> rows = new ArrayList<>();
    for (Principal principal : principals) {
      rows.add(methods.stream()
          .map(method -> cell(policy.prepare(List.of(principal), method)))
          .toList());
    }
    return new PolicyMatrix(
        policy.name(), Policy.names(principals), List.copyOf(methods), List.copyOf(rows));
  }

  /** A table for a terminal: a line for each method, a column for each principal, and the principals' legend. */
  public String text() {
    return PolicyMatrixText.of(this);
  }

  /** For programs. */
  public String json() {
    return JsonText.object(json -> {
      json.writeStringField("policy", policyName);
      JsonText.strings(json, "principals", principals);
      JsonText.strings(json, "methods", methods);
      json.writeArrayFieldStart("cells");
      for (int row = 0; row < rows.size(); row++) {
        for (int column = 0; column < methods.size(); column++) {
          Cell cell = rows.get(row).get(column);
          json.writeStartObject();
          json.writeStringField("principal", principals.get(row));
          json.writeStringField("path", methods.get(column));
          json.writeStringField("verdict", cell.verdict().name());
          JsonText.decision(json, cell.withoutHeaders());
          json.writeEndObject();
        }
      }
      json.writeEndArray();
    });
  }

  /** A page of its own, without scripts and without anything to load. */
  public String html() {
    return PolicyMatrixPage.of(this);
  }

  private static Cell cell(PathDecision decision) {
    Decision without = decision.decide(RequestHeaders.NONE);
    if (decision.headersMayChangeVerdict()) {
      return new Cell(Verdict.DEPENDS_ON_HEADERS, without);
    }
    return new Cell(without.allowed() ? Verdict.ALLOWED : Verdict.DENIED, without);
  }
}
