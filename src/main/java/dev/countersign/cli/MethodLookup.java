package dev.countersign.cli;

import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import io.grpc.Channel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Finds what a method takes and returns: among the built-in services, else by asking the server. */
final class MethodLookup {
  private MethodLookup() {}

  /**
   * The method's descriptor.
   *
   * @throws CommandException if there is no such method
   * @throws RpcFailure if the server did not answer the question
   */
  static MethodDescriptor find(MethodName name, Channel channel, Duration patience) {
    ServiceDescriptor service =
        builtIn(name).orElseGet(() -> new ServerReflection(channel, patience).service(name));
    MethodDescriptor method = service.findMethodByName(name.method());
    if (method == null) {
      throw unknownMethod(name, service);
    }
    return method;
  }

  private static Optional<ServiceDescriptor> builtIn(MethodName name) {
    return BuiltInServices.all().stream()
        .filter(service -> service.getFullName().equals(name.service()))
        .findFirst();
  }

  private static CommandException unknownMethod(MethodName name, ServiceDescriptor service) {
    List<String> known =
        service.getMethods().stream().map(MethodDescriptor::getName).sorted().toList();
    String[] hints = Nearest.to(name.method(), known)
        .map(near -> new String[] {"did you mean \"" + name.service() + "/" + near + "\"?"})
        .orElse(new String[0]);
    return CommandException.usage(
        "service \""
            + name.service()
            + "\" has no method "
            + Printable.quoted(name.method())
            + " (known: "
            + String.join(", ", known)
            + ")",
        hints);
  }
}
