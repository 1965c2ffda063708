package dev.countersign.emulator;

import com.google.protobuf.ByteString;
import dev.countersign.fuzz.Claims;
import dev.countersign.fuzz.Target;
import dev.countersign.identity.ServiceAccount;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The emulator's handshake in the hands of somebody on the wire, and of a stranger. The input is a mode and what it
 * needs: bytes for a server or a client, torn in two places; or a place in an honest handshake and what is changed there.
 * Nobody without the secret completes a handshake, nothing that was changed is believed, and how bytes are torn makes no
 * difference.
 */
public final class HandshakeTarget implements Target {
  private static final ServiceAccount CLIENT = ServiceAccount.parse("c@p.iam.gserviceaccount.com");
  private static final ServiceAccount SERVER = ServiceAccount.parse("s@p.iam.gserviceaccount.com");
  private static final Offer OFFER = new Offer(
      List.of("grpc"),
      List.of(Agreement.RECORD_PROTOCOL),
      RpcVersions.USUAL,
      128 * 1024,
      List.of());
  private static final int HONEST = 250;

  @Override
  public void read(byte[] input) throws HandshakeRefused {
    if (input.length < 3) {
      return;
    }
    ByteString rest = ByteString.copyFrom(input).substring(3);
    int first = Byte.toUnsignedInt(input[1]);
    int second = Byte.toUnsignedInt(input[2]);
    switch (input[0] & 3) {
      case 0 -> stranger(rest, first, second);
      case 1 -> hello(rest);
      case 2 -> frames(rest, first, second);
      default -> changed(first, second, rest);
    }
  }

  private static void stranger(ByteString bytes, int first, int second) throws HandshakeRefused {
    Secret secret = Secret.fresh();
    String whole = met(new ServerHandshake(SERVER, secret, OFFER), List.of(bytes));
    String torn = met(new ServerHandshake(SERVER, secret, OFFER), torn(bytes, first, second));
    Claims.same(torn.equals("waits"), whole.equals("waits"), "torn bytes are read alike");
    ClientHandshake client = new ClientHandshake(CLIENT, secret, OFFER);
    Claims.that(!client.start().outFrames().isEmpty(), "a client speaks first");
    met(client, torn(bytes, first, second));
  }

  /** What became of a handshake: it waits, or the reason why it was refused. */
  private static String met(Handshake handshake, List<ByteString> pieces) {
    try {
      for (ByteString piece : pieces) {
        Step step = handshake.next(piece);
        Claims.that(step.outcome() == null, "a stranger completes no handshake");
        Claims.that(step.outFrames().isEmpty(), "a stranger gets no answer");
        Claims.same(step.consumed(), piece.size(), "what was taken is counted");
      }
      return "waits";
    } catch (HandshakeRefused e) {
      Claims.message(e.getMessage());
      return e.reason().name();
    }
  }

  private static void hello(ByteString bytes) {
    Hello hello;
    try {
      hello = Hello.decode(bytes);
    } catch (HandshakeRefused e) {
      Claims.message(e.getMessage());
      return;
    }
    try {
      Claims.same(Hello.decode(hello.encode()), hello, "a hello is read as it is written");
    } catch (HandshakeRefused e) {
      Claims.that(false, "a hello that was written can be read");
    }
  }

  private static void frames(ByteString bytes, int first, int second) {
    Claims.same(
        frames(torn(bytes, first, second)), frames(List.of(bytes)), "torn frames are put together");
  }

  private static List<Object> frames(List<ByteString> pieces) {
    FrameReader reader = new FrameReader();
    List<Object> frames = new ArrayList<>();
    int size = 0;
    try {
      for (ByteString piece : pieces) {
        reader.append(piece);
        size += piece.size();
        for (ByteString frame = reader.next(); frame != null; frame = reader.next()) {
          frames.add(frame);
          size -= frame.size();
        }
        Claims.same(reader.rest(), size, "nothing is lost or invented");
      }
    } catch (HandshakeRefused e) {
      Claims.message(e.getMessage());
      frames.add(e.reason());
    }
    return frames;
  }

  private static void changed(int place, int xor, ByteString more) throws HandshakeRefused {
    Secret secret = Secret.fresh();
    ClientHandshake client = new ClientHandshake(CLIENT, secret, OFFER);
    ServerHandshake server = new ServerHandshake(SERVER, secret, OFFER);
    boolean honest = place >= HONEST || xor == 0;
    int message = honest ? -1 : place % 3;
    try {
      ByteString hello = apply(client.start().outFrames(), message == 0, place, xor, more);
      ByteString answer = apply(server.next(hello).outFrames(), message == 1, place, xor, more);
      Step last = client.next(answer);
      ByteString finished = apply(last.outFrames(), message == 2, place, xor, more);
      @Nullable Outcome got = server.next(finished).outcome();
      Claims.that(honest || got == null, "nothing that was changed is believed");
      if (honest && got != null && last.outcome() != null) {
        Claims.same(got.keyData(), last.outcome().keyData(), "both sides have one key");
        Claims.same(got.peer(), CLIENT, "the server knows the client");
      }
      Claims.that(!honest || got != null, "an honest handshake completes");
    } catch (HandshakeRefused e) {
      Claims.message(e.getMessage());
      Claims.that(!honest, "an honest handshake is not refused: " + e.reason());
    }
  }

  private static ByteString apply(
      ByteString message, boolean here, int place, int xor, ByteString more) {
    if (!here || message.isEmpty()) {
      return message;
    }
    byte[] bytes = message.toByteArray();
    for (int i = -1; i < more.size(); i++) {
      int change = i < 0 ? xor : more.byteAt(i);
      bytes[Math.floorMod(place + 7 * (i + 1), bytes.length)] ^= (byte) change;
    }
    ByteString changed = ByteString.copyFrom(bytes);
    // Changes that cancel each other out leave an honest message, which must not count.
    return changed.equals(message) ? message.substring(1) : changed;
  }

  private static List<ByteString> torn(ByteString bytes, int first, int second) {
    int one = Math.min(first, bytes.size());
    int two = Math.min(one + second, bytes.size());
    return List.of(bytes.substring(0, one), bytes.substring(one, two), bytes.substring(two));
  }

  @Override
  public List<byte[]> seeds() throws HandshakeRefused {
    ByteString hello =
        new ClientHandshake(CLIENT, Secret.fresh(), OFFER).start().outFrames();
    ByteString content = Frame.contentOf(hello, Frame.Kind.CLIENT_HELLO);
    return List.of(
        input(0, 3, 100, hello),
        input(1, 0, 0, content),
        input(2, 5, 60, hello.concat(hello)),
        input(3, 255, 0, ByteString.EMPTY),
        input(3, 9, 1, ByteString.EMPTY),
        input(3, 40, 255, ByteString.copyFrom(new byte[] {1, 2})));
  }

  private static byte[] input(int mode, int first, int second, ByteString rest) {
    return ByteBuffer.allocate(3 + rest.size())
        .put((byte) mode)
        .put((byte) first)
        .put((byte) second)
        .put(rest.asReadOnlyByteBuffer())
        .array();
  }
}
