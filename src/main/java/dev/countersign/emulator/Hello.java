package dev.countersign.emulator;

import com.google.protobuf.ByteString;
import dev.countersign.emulator.RpcVersions.Version;
import dev.countersign.identity.IdentityException;
import dev.countersign.identity.ServiceAccount;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What each side tells the other in its first frame.
 *
 * @param publicKey the public half of its ephemeral key
 * @param account who it is
 * @param offer what it can do; its targets stay at home
 */
record Hello(ByteString publicKey, ServiceAccount account, Offer offer) {

  ByteString encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      publicKey.writeTo(out);
      out.writeUTF(account.name());
      writeVersion(out, offer.versions().oldest());
      writeVersion(out, offer.versions().newest());
      out.writeInt(offer.maxFrameSize());
      writeNames(out, offer.recordProtocols());
      writeNames(out, offer.applicationProtocols());
    } catch (IOException e) {
      throw new UncheckedIOException("a hello cannot be written to memory", e);
    }
    return ByteString.copyFrom(bytes.toByteArray());
  }

  static Hello decode(ByteString content) throws HandshakeRefused {
    try (DataInputStream in = new DataInputStream(content.newInput())) {
      ByteString key = ByteString.copyFrom(in.readNBytes(EphemeralKey.PUBLIC_BYTES));
      ServiceAccount account = ServiceAccount.parse(in.readUTF());
      RpcVersions versions = new RpcVersions(readVersion(in), readVersion(in));
      int maxFrameSize = in.readInt();
      List<String> recordProtocols = readNames(in);
      Offer offer = new Offer(readNames(in), recordProtocols, versions, maxFrameSize, List.of());
      if (in.read() >= 0) {
        throw Frame.malformed("holds more than a hello");
      }
      return new Hello(key, account, offer);
    } catch (IOException | IdentityException e) {
      throw new HandshakeRefused(
          HandshakeRefused.Reason.MALFORMED_FRAME, "the peer's hello cannot be read", e);
    }
  }

  private static void writeVersion(DataOutputStream out, Version version) throws IOException {
    out.writeInt(version.major());
    out.writeInt(version.minor());
  }

  private static Version readVersion(DataInputStream in) throws IOException {
    return new Version(in.readInt(), in.readInt());
  }

  private static void writeNames(DataOutputStream out, List<String> names) throws IOException {
    out.writeShort(names.size());
    for (String name : names) {
      out.writeUTF(name);
    }
  }

  private static List<String> readNames(DataInputStream in) throws IOException {
    int count = in.readUnsignedShort();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      names.add(in.readUTF());
    }
    return names;
  }
}
