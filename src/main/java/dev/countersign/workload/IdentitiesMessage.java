package dev.countersign.workload;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The message {@code X509SVIDResponse} of the Workload API, read field by field. A generated message would print its
 * private keys, and would be a public type of the library. Fields that are not known here are passed over.
 */
final class IdentitiesMessage implements Marshaller<WorkloadIdentities> {
  private static final int SVIDS = 1;
  private static final int REVOCATION_LISTS = 2;
  private static final int FEDERATED = 3;
  private static final int FIELDS_OF_SVID = 4;
  private static final int FIELDS_OF_MAP_ENTRY = 2;
  private static final int WIRE_TYPE_BITS = 3;
  private static final int LENGTH_DELIMITED = 2;

  /** Reads the value of one field, which is a run of bytes. */
  @FunctionalInterface
  private interface FieldReader {
    void read(int number, byte[] value) throws IOException;
  }

  @Override
  public InputStream stream(WorkloadIdentities value) {
    throw new UnsupportedOperationException("identities are only received");
  }

  @Override
  public WorkloadIdentities parse(InputStream stream) {
    try {
      return identities(stream.readAllBytes());
    } catch (InvalidProtocolBufferException e) {
      throw Status.INTERNAL
          .withDescription("the answer is not a message of the Workload API")
          .asRuntimeException();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static WorkloadIdentities identities(byte[] message) throws IOException {
    List<Svid> svids = new ArrayList<>();
    List<byte[]> lists = new ArrayList<>();
    Map<String, byte[]> federated = new HashMap<>();
    forEachField(message, (number, value) -> {
      switch (number) {
        case SVIDS -> {
          byte[][] fields = firstFields(FIELDS_OF_SVID, value);
          svids.add(new Svid(text(fields[0]), fields[1], fields[2], fields[3]));
        }
        case REVOCATION_LISTS -> lists.add(value);
        case FEDERATED -> {
          byte[][] entry = firstFields(FIELDS_OF_MAP_ENTRY, value);
          federated.put(text(entry[0]), entry[1]);
        }
        default -> {}
      }
    });
    return new WorkloadIdentities(svids, lists, federated);
  }

  /** The fields 1 to a number; absent ones are empty, and of several the last counts. */
  private static byte[][] firstFields(int count, byte[] message) throws IOException {
    byte[][] fields = new byte[count][0];
    forEachField(message, (number, value) -> {
      if (number <= count) {
        fields[number - 1] = value;
      }
    });
    return fields;
  }

  private static void forEachField(byte[] message, FieldReader reader) throws IOException {
    CodedInputStream in = CodedInputStream.newInstance(message);
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if ((tag & ((1 << WIRE_TYPE_BITS) - 1)) == LENGTH_DELIMITED) {
        reader.read(tag >>> WIRE_TYPE_BITS, in.readByteArray());
      } else {
        in.skipField(tag);
      }
    }
  }

  private static String text(byte[] utf8) throws IOException {
    if (!ByteString.copyFrom(utf8).isValidUtf8()) {
      throw new InvalidProtocolBufferException("a string is not UTF-8");
    }
    return new String(utf8, StandardCharsets.UTF_8);
  }
}
