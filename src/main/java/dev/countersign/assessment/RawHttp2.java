package dev.countersign.assessment;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/2 frames by hand over a protected connection, because no library sends what an attacker does. What is added goes
 * out with {@link #send()}. One thread may send while another reads.
 */
public final class RawHttp2 implements AutoCloseable {
  static final int PATIENCE_MILLIS = 15_000;

  private static final byte[] NOTHING = new byte[0];
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int FRAME_HEADER = 9;
  private static final int MESSAGE_HEADER = 5;

  private final Wire wire;
  private final DataInputStream in;
  private final ByteArrayOutputStream unsent = new ByteArrayOutputStream();
  private final HeaderDecoder decoder = new HeaderDecoder();
  private final ByteArrayOutputStream unfinished = new ByteArrayOutputStream();
  private int nextStream = 1;

  /** How a stream ended. */
  public record Answer(String httpStatus, String grpcStatus, String message) {}

  RawHttp2(Wire wire) {
    this.wire = wire;
    this.in = new DataInputStream(wire.in());
  }

  /** A mutual TLS connection to this machine with preface and empty settings. */
  public static RawHttp2 connect(int port, ClientIdentity identity)
      throws IOException, GeneralSecurityException {
    return connect(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), port), RawTls.as(identity));
  }

  static RawHttp2 connect(InetSocketAddress address, RawTls client) throws IOException {
    return new RawHttp2(Wire.over(client.connect(address, PATIENCE_MILLIS))).greet();
  }

  /** What an HTTP/2 client says first (RFC 9113 section 3.4). */
  public static void sendPreface(Socket socket) throws IOException {
    new RawHttp2(Wire.over(socket)).greet();
  }

  /** Preface and empty settings. */
  RawHttp2 greet() throws IOException {
    unsent.writeBytes(PREFACE);
    return frame(Frame.SETTINGS, 0, 0, NOTHING).send();
  }

  /** Preface and one setting. */
  RawHttp2 greet(int setting, int value) throws IOException {
    unsent.writeBytes(PREFACE);
    return frame(
            Frame.SETTINGS,
            0,
            0,
            ByteBuffer.allocate(6).putShort((short) setting).putInt(value).array())
        .send();
  }

  /** Adds a frame to what {@link #send} will send. */
  public RawHttp2 frame(int type, int flags, int stream, byte[] payload) {
    return frame(payload.length, type, flags, stream, payload);
  }

  /** The same, with a length of the caller's choice. */
  RawHttp2 frame(int length, int type, int flags, int stream, byte[] payload) {
    unsent.writeBytes(encoded(length, type, flags, stream, payload));
    return this;
  }

  private static byte[] encoded(int length, int type, int flags, int stream, byte[] payload) {
    return ByteBuffer.allocate(FRAME_HEADER + payload.length)
        .putInt((length << 8) | type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  /** Adds the headers of a gRPC request, and more, given as names and values. */
  public RawHttp2 request(int stream, String path, String... more) {
    return headers(stream, block(path, "application/grpc", more));
  }

  /** Adds a header block that ends in its first frame. */
  public RawHttp2 headers(int stream, byte[] block) {
    return frame(Frame.HEADERS, Frame.END_HEADERS, stream, block);
  }

  /** Adds the end of a stream that nobody wants any more. */
  public RawHttp2 reset(int stream) {
    return frame(Frame.RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
  }

  /** Adds one message and the end of the stream. */
  public RawHttp2 message(int stream, byte[] text) {
    return frame(Frame.DATA, Frame.END_STREAM, stream, framed(0, text.length, text));
  }

  /** A message as gRPC frames it, with a flag and a length of the caller's choice. */
  static byte[] framed(int flag, int length, byte[] bytes) {
    return ByteBuffer.allocate(MESSAGE_HEADER + bytes.length)
        .put((byte) flag)
        .putInt(length)
        .put(bytes)
        .array();
  }

  /** Sends what was added. */
  public RawHttp2 send() throws IOException {
    write(take());
    return this;
  }

  /** What was added and not sent, which then is not sent. */
  byte[] take() {
    byte[] bytes = unsent.toByteArray();
    unsent.reset();
    return bytes;
  }

  /** While one thread sends, another that reads may have to acknowledge. */
  private void write(byte[] bytes) throws IOException {
    OutputStream out = wire.out();
    synchronized (wire) {
      out.write(bytes);
      out.flush();
    }
  }

  /** The number of a stream that was not used yet. */
  int newStream() {
    int stream = nextStream;
    nextStream += 2;
    return stream;
  }

  /** The next frame; settings and pings are acknowledged. One of type {@link Frame#CLOSED} stands for the end of the connection. */
  public Frame next() throws IOException {
    int first = in.read();
    if (first < 0) {
      return new Frame(Frame.CLOSED, 0, 0, NOTHING);
    }
    int length = (first << 16) | in.readUnsignedShort();
    int type = in.readUnsignedByte();
    int flags = in.readUnsignedByte();
    int stream = in.readInt();
    Frame frame = new Frame(type, flags, stream, in.readNBytes(length));
    if ((type == Frame.SETTINGS || type == Frame.PING) && (flags & Frame.ACK) == 0) {
      acknowledge(frame);
    }
    return frame;
  }

  private void acknowledge(Frame frame) {
    byte[] payload = frame.type() == Frame.PING ? frame.payload() : NOTHING;
    try {
      write(encoded(payload.length, frame.type(), Frame.ACK, 0, payload));
    } catch (IOException e) {
      // Who hears nothing any more may have said something before: it is read all the same.
    }
  }

  /** Reads on without an answer to anything, until the peer ends the connection. */
  void awaitEnd() throws IOException {
    while (in.read() >= 0) {
      // What it says meanwhile does not matter.
    }
  }

  /**
   * The next frame of this type.
   *
   * @throws IOException if the connection ends before it comes
   */
  public Frame next(int type) throws IOException {
    Frame frame = next();
    while (frame.type() != type) {
      if (frame.type() == Frame.CLOSED) {
        throw new IOException("the connection ended without a frame of type " + type);
      }
      frame = next();
    }
    return frame;
  }

  /**
   * The status and message that end a stream.
   *
   * @throws IOException if the connection ends before it does
   */
  public Answer answer(int stream) throws IOException {
    return exchange(stream, false).answer();
  }

  /** Everything that comes on a stream: until its end, or its first message if that is enough. */
  Exchange exchange(int stream, boolean firstMessageIsEnough) throws IOException {
    return exchange(List.of(stream), firstMessageIsEnough);
  }

  /** The same for whichever of these streams ends first. */
  Exchange exchange(List<Integer> streams, boolean firstMessageIsEnough) throws IOException {
    Map<Integer, Exchange> exchanges = new HashMap<>();
    streams.forEach(stream -> exchanges.put(stream, new Exchange()));
    while (true) {
      Frame frame = next();
      if (frame.type() == Frame.CLOSED) {
        throw new IOException("the connection ended before stream " + streams.get(0) + " did");
      }
      if (frame.type() == Frame.GOAWAY && frame.errorCode() != 0) {
        throw new IOException("the target ended the connection with error " + frame.errorCode());
      }
      Exchange exchange = exchanges.get(frame.stream());
      collect(frame, exchange);
      boolean enough = firstMessageIsEnough && exchange != null && exchange.hasMessage();
      if (exchange != null && (frame.endsStream() || enough)) {
        return exchange;
      }
    }
  }

  private void collect(Frame frame, @Nullable Exchange to) throws IOException {
    if (frame.type() == Frame.HEADERS || frame.type() == Frame.CONTINUATION) {
      // Blocks of other streams change the tables too.
      unfinished.writeBytes(frame.payload());
      if ((frame.flags() & Frame.END_HEADERS) != 0) {
        byte[] block = unfinished.toByteArray();
        unfinished.reset();
        var fields = decoder.decode(frame.stream(), block);
        if (to != null) {
          to.headers(fields);
        }
      }
    } else if (to != null && frame.type() == Frame.DATA) {
      to.data(frame.payload());
    } else if (to != null && frame.type() == Frame.RST_STREAM) {
      to.reset(frame.errorCode());
    }
  }

  /** A header block of a gRPC request in which every field is literal. */
  public static byte[] block(String path, String contentType, String... more) {
    HeaderBlock block = HeaderBlock.request(path, "lab", contentType);
    for (int i = 0; i < more.length; i += 2) {
      block.add(more[i], more[i + 1]);
    }
    return block.bytes();
  }

  /** The TCP or TLS connection below. */
  public Socket socket() {
    return wire.socket();
  }

  /** Hangs up, whether or not the peer still hears of it. */
  @Override
  public void close() {
    try {
      wire.socket().close();
    } catch (IOException e) {
      // It is gone one way or the other, and what was learned from it counts.
    }
  }
}
