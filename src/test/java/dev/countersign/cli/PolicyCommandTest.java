package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import dev.countersign.demo.routeguide.RouteGuideProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PolicyCommandTest {
  private static final String POLICY = """
      {
        "name": "demo",
        "allow_rules": [
          {
            "name": "readers",
            "source": {"principals": ["spiffe://example.org/viewer"]},
            "request": {
              "paths": ["/routeguide.RouteGuide/*"],
              "headers": [{"key": "x-team", "values": ["a,b"]}]
            }
          }
        ]
      }
      """;

  @TempDir
  private Path dir;

  private Path policy;

  @BeforeEach
  void writePolicy() throws IOException {
    policy = Files.writeString(dir.resolve("policy.json"), POLICY);
  }

  @Test
  void checksAUsablePolicy() {
    assertThat(CommandRun.of("policy", "check", policy.toString()))
        .isEqualTo(new CommandRun(0, policy + ": policy \"demo\" is usable (0 warnings)\n", ""));
    assertThat(
            CommandRun.of("policy", "check", policy.toString(), "--format=json").out())
        .isEqualTo("{\"ok\":true,\"problems\":[],\"warnings\":[]}\n");
  }

  @Test
  void placesEveryProblemOfABrokenPolicy() throws IOException {
    Files.writeString(policy, POLICY.replace("source", "sourc").replace("paths", "path"));

    CommandRun text = CommandRun.of("policy", "check", policy.toString());
    CommandRun json = CommandRun.of("policy", "check", policy.toString(), "--format", "json");

    assertThat(text.exitCode()).isEqualTo(1);
    assertThat(text.err()).isEmpty();
    assertThat(text.out().lines())
        .hasSize(2)
        .first()
        .asString()
        .startsWith(policy + ":6:7: ")
        .contains("\"sourc\"");
    assertThat(json.exitCode()).isEqualTo(1);
    assertThat(json.out())
        .startsWith("{\"ok\":false,\"problems\":[{\"line\":6,\"column\":7,"
            + "\"path\":\"$.allow_rules[0].sourc\",")
        .contains("\"message\":\"");
  }

  @Test
  void refusesToExplainWithABrokenPolicy() throws IOException {
    assertThat(explain("/routeguide.RouteGuide/GetFeature").exitCode()).isZero();
    Files.writeString(policy, "{\"name\":\"demo\"}");

    CommandRun run = explain("/routeguide.RouteGuide/GetFeature");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).startsWith("countersign: error: " + policy + ":1:");
  }

  @Test
  void namesAFileThatDoesNotExist() {
    CommandRun run = CommandRun.of("policy", "check", dir.resolve("none").toString());

    assertThat(run.exitCode()).isEqualTo(3);
    assertThat(run.err())
        .isEqualTo("countersign: error: file \"" + dir.resolve("none") + "\" does not exist\n");
  }

  @Test
  void explainsAnAllowedCall() {
    CommandRun run =
        explain("/routeguide.RouteGuide/GetFeature", "--header=X-Team=a", "--header=x-team=b");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .startsWith(
            "{\"allowed\":true,\"list\":\"allow_rules\",\"rule\":\"readers\",\"reason\":\"");
  }

  @Test
  void explainsADeniedCall() {
    CommandRun run = explain("/routeguide.RouteGuide/GetFeature", "--header=x-team=b");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .startsWith("{\"allowed\":false,\"list\":null,\"rule\":null,\"reason\":\"")
        .contains("x-team");
  }

  @Test
  void refusesAPathThatIsNone() {
    CommandRun run = explain("routeguide.RouteGuide/GetFeature");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("--path is not the path of a method");
  }

  @Test
  void testsATableOfCases() throws IOException {
    String cases = """
        {"cases":[{"name":"viewer","principal":"spiffe://example.org/viewer",
          "path":"/routeguide.RouteGuide/GetFeature","headers":{"x-team":["a","b"]},
          "allowed":true,"rule":"readers"}]}
        """;
    Path passing = Files.writeString(dir.resolve("passing.json"), cases);
    Path failing = Files.writeString(dir.resolve("failing.json"), cases.replace("true", "false"));

    CommandRun passed = test(passing);
    CommandRun failed = test(failing);

    assertThat(passed.exitCode()).isZero();
    assertThat(passed.out()).startsWith("{\"ok\":true,");
    assertThat(failed.exitCode()).isEqualTo(1);
    assertThat(failed.out()).startsWith("{\"ok\":false,");
  }

  @Test
  void showsWhoMayCallTheBuiltInServices() {
    CommandRun run = CommandRun.of(
        "policy", "matrix", policy.toString(), "--principal=spiffe://example.org/viewer");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("routeguide.RouteGuide", "grpc.health.v1.Health");
  }

  @Test
  void showsWhoMayCallTheServicesOfADescriptorSet() throws IOException {
    FileDescriptorSet set = FileDescriptorSet.newBuilder()
        .addFile(RouteGuideProto.getDescriptor().toProto())
        .build();
    Path file = Files.write(dir.resolve("set.pb"), set.toByteArray());
    Path page = dir.resolve("matrix.html");

    CommandRun run = CommandRun.of(
        "policy",
        "matrix",
        policy.toString(),
        "--principal=spiffe://example.org/viewer",
        "--descriptor-set=" + file,
        "--html=" + page,
        "--format=json");

    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).isEqualTo("wrote " + page + "\n");
    assertThat(run.out()).contains("/routeguide.RouteGuide/GetFeature").doesNotContain("Health");
    assertThat(page).content().contains("<html", "spiffe://example.org/viewer");
  }

  @Test
  void refusesADescriptorSetThatIsNone() {
    CommandRun run = CommandRun.of(
        "policy",
        "matrix",
        policy.toString(),
        "--principal=spiffe://example.org/viewer",
        "--descriptor-set=" + policy);

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("is not a descriptor set");
  }

  @Test
  void showsWhichDecisionsChange() throws IOException {
    Path changed = Files.writeString(dir.resolve("new.json"), POLICY.replace("viewer", "operator"));

    CommandRun same = CommandRun.of("policy", "diff", policy.toString(), policy.toString());
    CommandRun other =
        CommandRun.of("policy", "diff", policy.toString(), changed.toString(), "--format=json");

    assertThat(same.exitCode()).isZero();
    assertThat(other.exitCode()).isEqualTo(1);
    assertThat(other.out())
        .contains("spiffe://example.org/viewer", "spiffe://example.org/operator");
  }

  private CommandRun explain(String path, String... more) {
    String[] args = new String[more.length + 6];
    args[0] = "policy";
    args[1] = "explain";
    args[2] = policy.toString();
    args[3] = "--principal=spiffe://example.org/viewer";
    args[4] = "--path=" + path;
    args[5] = "--format=json";
    System.arraycopy(more, 0, args, 6, more.length);
    return CommandRun.of(args);
  }

  private CommandRun test(Path cases) {
    return CommandRun.of("policy", "test", policy.toString(), cases.toString(), "--format=json");
  }

  @Test
  void asksAboutTheCallsThatWereSeen() throws IOException {
    Path changed =
        Files.writeString(dir.resolve("changed.json"), POLICY.replace("/viewer", "/operator"));
    String record =
        "{\"grpc_audit_log\":{\"timestamp\":\"2026-01-01T00:00:00Z\",\"rpc_method\":\"%s\",\"principal\":\"%s\",\"authorized\":true}}\n";
    Path audit = Files.writeString(
        dir.resolve("audit.log"),
        "INFO a line of something else\n"
            + record.formatted("/other.Service/Get", "spiffe://example.org/viewer")
            + record.formatted("/routeguide.RouteGuide/GetFeature", "spiffe://example.org/stranger")
            + "{\"grpc_audit_log\":{\"rpc_method\":\"/cut");

    CommandRun none = CommandRun.of(
        "policy", "diff", policy.toString(), changed.toString(), "--audit", audit.toString());
    Files.writeString(
        audit,
        record
            .formatted("/routeguide.RouteGuide/GetFeature", "spiffe://example.org/viewer")
            .repeat(2),
        java.nio.file.StandardOpenOption.APPEND,
        java.nio.file.StandardOpenOption.WRITE);
    CommandRun cut = CommandRun.of(
        "policy", "diff", policy.toString(), changed.toString(), "--audit", audit.toString());

    assertThat(none.out()).isEqualTo("0 of 2 decisions change\n");
    assertThat(none.exitCode()).isZero();
    assertThat(cut.out())
        .startsWith("now denied: \"spiffe://example.org/viewer\" calls"
            + " \"/routeguide.RouteGuide/GetFeature\" with x-team=")
        .endsWith("1 of 4 decisions change\n");
    assertThat(cut.exitCode()).isEqualTo(1);
  }

  @Test
  void refusesAFileWithoutAuditRecords() throws IOException {
    Path audit = Files.writeString(dir.resolve("audit.log"), "nothing\n{}\n");

    CommandRun run = CommandRun.of(
        "policy", "diff", policy.toString(), policy.toString(), "--audit", audit.toString());

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("holds 0 audit records").contains("hint: ");
  }
}
