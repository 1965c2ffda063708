package dev.countersign.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.countersign.demo.device.DeviceControllerGrpc;
import dev.countersign.demo.routeguide.RouteGuideGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.health.v1.HealthGrpc;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class DemoPolicyTest {
  @Test
  void everyPathOfThePolicyIsAMethodThatIsServed() throws Exception {
    Set<String> served = Stream.of(
            RouteGuideGrpc.getServiceDescriptor(),
            DeviceControllerGrpc.getServiceDescriptor(),
            HealthGrpc.getServiceDescriptor())
        .map(ServiceDescriptor::getMethods)
        .flatMap(methods -> methods.stream().map(MethodDescriptor::getFullMethodName))
        .map(name -> "/" + name)
        .collect(Collectors.toSet());
    served.add("/" + RouteGuideGrpc.SERVICE_NAME + "/*");
    List<String> paths =
        rules().stream().flatMap(rule -> strings(rule, "request", "paths")).toList();
    assertThat(paths).hasSize(9);
    assertThat(served).containsAll(paths);
  }

  @Test
  void viewerHasNoRuleForTheRouteGuideAndTheServerHasNone() throws Exception {
    assertThat(rules().stream().flatMap(rule -> strings(rule, "source", "principals")))
        .doesNotContain("spiffe://example.org/ns/demo/sa/server");
    assertThat(rules().stream()
            .filter(
                rule -> strings(rule, "source", "principals").anyMatch(p -> p.endsWith("/viewer")))
            .flatMap(rule -> strings(rule, "request", "paths")))
        .containsExactlyInAnyOrder(
            "/countersign.demo.device.v1.DeviceController/GetDevice",
            "/countersign.demo.device.v1.DeviceController/WatchDevice",
            "/grpc.health.v1.Health/Check");
  }

  @Test
  void everyDecisionIsAudited() throws Exception {
    Struct audit = policy().getFieldsOrThrow("audit_logging_options").getStructValue();
    assertThat(audit.getFieldsOrThrow("audit_condition").getStringValue())
        .isEqualTo("ON_DENY_AND_ALLOW");
    assertThat(audit
            .getFieldsOrThrow("audit_loggers")
            .getListValue()
            .getValues(0)
            .getStructValue()
            .getFieldsOrThrow("name")
            .getStringValue())
        .isEqualTo("stdout_logger");
  }

  private static List<Struct> rules() throws Exception {
    return policy().getFieldsOrThrow("allow_rules").getListValue().getValuesList().stream()
        .map(Value::getStructValue)
        .toList();
  }

  private static Stream<String> strings(Struct rule, String part, String key) {
    return rule
        .getFieldsOrThrow(part)
        .getStructValue()
        .getFieldsOrThrow(key)
        .getListValue()
        .getValuesList()
        .stream()
        .map(Value::getStringValue);
  }

  private static Struct policy() throws Exception {
    Struct.Builder policy = Struct.newBuilder();
    byte[] json = Places.class.getResourceAsStream("policy.json").readAllBytes();
    JsonFormat.parser().merge(new String(json, UTF_8), policy);
    return policy.build();
  }
}
