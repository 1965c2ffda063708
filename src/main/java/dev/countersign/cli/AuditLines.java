package dev.countersign.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.countersign.policy.PolicyDiff;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;

/** The calls in a file of audit records (gRFC A59, one JSON object a line); other lines are passed over. */
final class AuditLines {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int MAX_CALLS = 1_000_000;

  private AuditLines() {}

  /**
   * Reads the calls, each once, in the order in which they were first seen.
   *
   * @throws CommandException if there is none, or there are too many different ones
   */
  static Set<PolicyDiff.Call> read(Path file) throws IOException {
    Set<PolicyDiff.Call> calls = new LinkedHashSet<>();
    try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        add(line, calls);
        if (calls.size() > MAX_CALLS) {
          throw CommandException.refused("audit file " + Printable.quoted(file.toString())
              + " holds more than " + MAX_CALLS + " different calls");
        }
      }
    }
    if (calls.isEmpty()) {
      throw CommandException.refused(
          "audit file " + Printable.quoted(file.toString())
              + " holds 0 audit records (expected lines like {\"grpc_audit_log\":{...}})",
          "a policy asks for records of every call with \"audit_condition\": \"ON_DENY_AND_ALLOW\"");
    }
    return calls;
  }

  private static void add(String line, Set<PolicyDiff.Call> calls) {
    String principal = null;
    String method = null;
    try (JsonParser json = JSON.createParser(line)) {
      if (json.nextToken() != JsonToken.START_OBJECT
          || !"grpc_audit_log".equals(json.nextFieldName())
          || json.nextToken() != JsonToken.START_OBJECT) {
        return;
      }
      for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
        String value = json.nextTextValue();
        if (field.equals("principal")) {
          principal = value;
        } else if (field.equals("rpc_method")) {
          method = value;
        }
      }
    } catch (IOException e) {
      // No record: the server's log, or a line that was cut when the disk was full.
      return;
    }
    if (principal != null && !principal.isEmpty() && method != null) {
      calls.add(new PolicyDiff.Call(principal, method));
    }
  }
}
