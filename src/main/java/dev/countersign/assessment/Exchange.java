package dev.countersign.assessment;

import dev.countersign.text.Quoted;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What came back on one stream so far. */
final class Exchange {
  private final List<Map.Entry<String, String>> headers = new ArrayList<>();
  private final StringBuilder body = new StringBuilder();
  private boolean message;
  private int reset = -1;

  void headers(List<Map.Entry<String, String>> fields) {
    headers.addAll(fields);
  }

  void data(byte[] bytes) {
    message |= bytes.length > 0;
    body.append(new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1));
  }

  void reset(int code) {
    reset = code;
  }

  /** The last value of a field; empty if it did not come. */
  String header(String name) {
    return headers.stream()
        .filter(field -> field.getKey().equals(name))
        .reduce((a, b) -> b)
        .map(Map.Entry::getValue)
        .orElse("");
  }

  RawHttp2.Answer answer() {
    return new RawHttp2.Answer(header(":status"), header("grpc-status"), header("grpc-message"));
  }

  /** Whether the handler spoke: the call succeeded, or a message of it came over gRPC. */
  boolean isAllowed() {
    String status = header("grpc-status");
    return status.equals("0")
        || (message && status.isEmpty() && header(":status").equals("200"));
  }

  /** Whether the handler refused the message, which only somebody learns who may call it. */
  boolean isTakenAmiss() {
    return List.of("3", "5", "6", "9", "10", "11").contains(status());
  }

  /** Whether the call ended as one that may not be made. */
  boolean isDenied() {
    String status = header("grpc-status");
    return status.equals("7") || status.equals("16");
  }

  boolean hasMessage() {
    return message;
  }

  String status() {
    return header("grpc-status");
  }

  /** Everything that came, as text. */
  String everything() {
    return headers.stream()
            .map(field -> field.getKey() + ": " + field.getValue())
            .collect(Collectors.joining("\n"))
        + "\n" + body;
  }

  @Override
  public String toString() {
    if (reset >= 0) {
      return "reset with error " + reset;
    }
    String http = header(":status");
    String status = status();
    return status.isEmpty()
        ? "HTTP status " + (http.isEmpty() ? "none" : http)
        : "gRPC status " + status
            + (header("grpc-message").isEmpty() ? "" : " " + Quoted.of(header("grpc-message")));
  }
}
