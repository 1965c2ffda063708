package dev.countersign.cli;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import java.util.HashSet;
import java.util.Set;

/** The messages of one method as JSON, in the mapping that protobuf defines. */
final class JsonMessages {
  private final Descriptor request;
  private final JsonFormat.Parser parser;
  private final JsonFormat.Printer printer;

  JsonMessages(MethodDescriptor method) {
    this.request = method.getInputType();
    TypeRegistry.Builder types = TypeRegistry.newBuilder();
    addTypes(types, method.getFile(), new HashSet<>());
    TypeRegistry known = types.build();
    this.parser = JsonFormat.parser().usingTypeRegistry(known);
    this.printer = JsonFormat.printer().usingTypeRegistry(known).omittingInsignificantWhitespace();
  }

  /** What an {@code Any} may hold: every message of the file and of those it imports. */
  private static void addTypes(
      TypeRegistry.Builder types, FileDescriptor file, Set<String> visited) {
    if (visited.add(file.getName())) {
      types.add(file.getMessageTypes());
      file.getDependencies().forEach(each -> addTypes(types, each, visited));
    }
  }

  /**
   * Reads one request.
   *
   * @throws CommandException if it is not such a message
   */
  DynamicMessage parse(RequestLines.Request line) {
    DynamicMessage.Builder message = DynamicMessage.newBuilder(request);
    try {
      parser.merge(line.text(), message);
    } catch (InvalidProtocolBufferException e) {
      throw CommandException.usage(
          line.place() + " is not a \"" + request.getFullName() + "\" in JSON: " + reason(e));
    }
    return message.build();
  }

  private static String reason(InvalidProtocolBufferException e) {
    String message = String.valueOf(e.getMessage());
    int colon = message.startsWith("com.google.gson") ? message.indexOf(": ") : -1;
    return Printable.quoted(colon < 0 ? message : message.substring(colon + 2));
  }

  /** Writes one response on one line. */
  String print(DynamicMessage message) {
    try {
      return printer.print(message);
    } catch (InvalidProtocolBufferException e) {
      // An Any of a type that neither side's files describe.
      return JsonLine.of(
          json -> json.writeStringField("unprintable", String.valueOf(e.getMessage())));
    }
  }
}
