package dev.countersign.assessment;

import com.google.protobuf.ByteString;
import dev.countersign.assessment.NaiveCall.Reply;
import dev.countersign.assessment.NaiveServer.Weak;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One HTTP/2 connection of a naive server: takes every frame that comes, and believes it. */
final class NaiveConnection {
  private static final int PREFACE = 24;

  private final DataInputStream in;
  private final OutputStream out;
  private final Host host;
  private final NaivePeer peer;
  private final Patience patience;
  private final FrameRules rules;
  private final NaiveHeaders decoder;
  private final Map<Integer, Stream> streams = new HashMap<>();
  private byte[] block = {};

  /** Whose connection it is. */
  interface Host {
    Weak weak();

    Reply answer(NaiveCall call);

    /** Nobody is answered meanwhile. */
    void stall();

    void die() throws IOException;
  }

  /** Bounds the time that a read takes. */
  @FunctionalInterface
  interface Patience {
    /** From now on; 0 for no bound. */
    void atMost(int millis) throws IOException;
  }

  private static final class Stream {
    private List<Map.Entry<String, String>> headers = List.of();
    private boolean heldAtFirst;
    private byte[] body = {};
  }

  NaiveConnection(InputStream in, OutputStream out, Host host, NaivePeer peer, Patience patience) {
    this.in = new DataInputStream(in);
    this.out = out;
    this.host = host;
    this.decoder = new NaiveHeaders(host.weak().guesses);
    this.peer = peer;
    this.patience = patience;
    this.rules = new FrameRules(host.weak().unbounded);
  }

  /** Until somebody goes away, or goes beyond what is allowed. */
  void run() throws IOException {
    patience.atMost(rules.patienceMillis());
    in.readNBytes(PREFACE);
    write(Frame.SETTINGS, 0, 0, new byte[0]);
    for (int first = in.read(); first >= 0; first = in.read()) {
      int length = (first << 16) | in.readUnsignedShort();
      rules.frameOf(length);
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedByte();
      int stream = in.readInt();
      Frame frame = new Frame(type, flags, stream, in.readNBytes(length));
      if (host.weak().stallsAt.test(frame)) {
        host.stall();
      }
      if (host.weak().diesAt.test(frame)) {
        host.die();
      }
      rules.frame(frame);
      take(frame);
      patience.atMost(rules.patienceMillis());
    }
  }

  private void take(Frame frame) throws IOException {
    switch (frame.type()) {
      case Frame.SETTINGS, Frame.PING -> {
        if ((frame.flags() & Frame.ACK) == 0) {
          byte[] payload = frame.type() == Frame.PING ? frame.payload() : new byte[0];
          write(frame.type(), Frame.ACK, 0, payload);
        }
      }
      case Frame.HEADERS, Frame.CONTINUATION -> headers(frame);
      case Frame.DATA -> data(frame);
      default -> {
        // Not of interest to the naive.
      }
    }
  }

  private void headers(Frame frame) throws IOException {
    block = join(block, frame.payload());
    if ((frame.flags() & Frame.END_HEADERS) == 0) {
      return;
    }
    byte[] whole = block;
    block = new byte[0];
    boolean taken = rules.takesBlockOf(whole.length);
    Stream stream = new Stream();
    if (taken || !host.weak().rejectsWithoutDecoding) {
      stream.headers = decoder.decode(frame.stream(), whole);
    }
    if (!taken) {
      reply(frame.stream(), new Reply("431", "", ""));
      return;
    }
    rules.request(frame.stream(), stream.headers);
    stream.heldAtFirst = host.weak().holds.test(peer.chain());
    streams.put(frame.stream(), stream);
  }

  private void data(Frame frame) throws IOException {
    if (frame.stream() == 0) {
      byte[] words = host.weak().goodbye.getBytes(StandardCharsets.UTF_8);
      write(
          Frame.GOAWAY,
          0,
          0,
          ByteBuffer.allocate(8 + words.length).putInt(0).putInt(1).put(words).array());
      return;
    }
    Stream stream = streams.get(frame.stream());
    if (stream == null) {
      return;
    }
    stream.body = join(stream.body, frame.payload());
    rules.message(stream.headers, stream.body);
    if ((frame.flags() & Frame.END_STREAM) != 0) {
      streams.remove(frame.stream());
      rules.answer(frame.stream(), stream.body);
      reply(
          frame.stream(),
          host.answer(new NaiveCall(
              peer, stream.heldAtFirst, stream.headers, ByteString.copyFrom(stream.body))));
    }
  }

  private void reply(int stream, Reply reply) throws IOException {
    HeaderBlock fields = new HeaderBlock()
        .add(":status", reply.httpStatus())
        .add("content-type", "application/grpc");
    if (!reply.grpcStatus().isEmpty()) {
      fields.add("grpc-status", reply.grpcStatus()).add("grpc-message", reply.message());
    }
    write(Frame.HEADERS, Frame.END_HEADERS | Frame.END_STREAM, stream, fields.bytes());
  }

  private void write(int type, int flags, int stream, byte[] payload) throws IOException {
    out.write(ByteBuffer.allocate(9 + payload.length)
        .putInt((payload.length << 8) | type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array());
    out.flush();
  }

  private static byte[] join(byte[] a, byte[] b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }
}
