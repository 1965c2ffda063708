package dev.countersign.cli;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import com.google.protobuf.InvalidProtocolBufferException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A set of descriptors as {@code protoc --descriptor_set_out} writes it; only the names in it matter here. */
final class DescriptorSet {
  private DescriptorSet() {}

  /**
   * The paths of all methods.
   *
   * @throws CommandException if the content is no set of descriptors, or one without a service
   */
  static List<String> paths(Path file, byte[] content) {
    List<String> paths = new ArrayList<>();
    for (FileDescriptorProto proto : parse(file, content).getFileList()) {
      String prefix = proto.getPackage().isEmpty() ? "/" : "/" + proto.getPackage() + ".";
      for (ServiceDescriptorProto service : proto.getServiceList()) {
        for (MethodDescriptorProto method : service.getMethodList()) {
          paths.add(prefix + service.getName() + "/" + method.getName());
        }
      }
    }
    if (paths.isEmpty()) {
      throw CommandException.refused("descriptor set " + Printable.quoted(file.toString())
          + " holds no service with a method");
    }
    return paths;
  }

  private static FileDescriptorSet parse(Path file, byte[] content) {
    try {
      return FileDescriptorSet.parseFrom(content);
    } catch (InvalidProtocolBufferException e) {
      throw CommandException.refused("file "
          + Printable.quoted(file.toString())
          + " is not a descriptor set (protoc --descriptor_set_out writes one)");
    }
  }
}
