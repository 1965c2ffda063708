package dev.countersign.server;

import dev.countersign.files.SecretFile;
import dev.countersign.pem.PemCertificates;
import dev.countersign.pem.PemPrivateKey;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** HTTP/2 frames by hand over mutual TLS, because no client of grpc-java sends what an attacker does. */
final class RawHttp2 implements AutoCloseable {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CLOSED = -1;

  static final int END_STREAM = 1;
  static final int ACK = 1;
  static final int END_HEADERS = 4;
  static final int ENHANCE_YOUR_CALM = 11;
  static final int REFUSED_STREAM = 7;

  private static final int PATIENCE_MILLIS = 15_000;

  private final SSLSocket socket;
  private final DataInputStream in;
  private final ByteArrayOutputStream unsent = new ByteArrayOutputStream();
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false);

  /** One frame as it came. */
  static final class Frame {
    private final int type;
    private final int flags;
    private final int stream;
    private final byte[] payload;

    Frame(int type, int flags, int stream, byte[] payload) {
      this.type = type;
      this.flags = flags;
      this.stream = stream;
      this.payload = payload;
    }

    int type() {
      return type;
    }

    int flags() {
      return flags;
    }

    int stream() {
      return stream;
    }

    byte[] payload() {
      return payload;
    }

    int errorCode() {
      return ByteBuffer.wrap(payload).getInt(type == GOAWAY ? 4 : 0);
    }

    String debugText() {
      return new String(payload, 8, payload.length - 8, StandardCharsets.UTF_8);
    }

    /** The value of a setting; -1 if it is not among these. */
    long setting(int id) {
      for (ByteBuffer settings = ByteBuffer.wrap(payload); settings.remaining() >= 6; ) {
        int found = settings.getShort();
        int value = settings.getInt();
        if (found == id) {
          return Integer.toUnsignedLong(value);
        }
      }
      return -1;
    }
  }

  private RawHttp2(SSLSocket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(socket.getInputStream());
  }

  /** Handshake, preface and empty settings. */
  static RawHttp2 connect(int port, Path identity) throws Exception {
    SSLSocket socket = tls(port, identity);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2"});
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    RawHttp2 client = new RawHttp2(socket);
    client.unsent.writeBytes(
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    client.frame(SETTINGS, 0, 0, new byte[0]).send();
    return client;
  }

  /** A socket that has not begun its handshake. */
  static SSLSocket tls(int port, Path identity) throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    keys.setKeyEntry(
        "own",
        PemPrivateKey.parse("tls.key", SecretFile.read(identity.resolve("tls.key"))),
        new char[0],
        PemCertificates.parse("tls.crt", Files.readAllBytes(identity.resolve("tls.crt")))
            .toArray(X509Certificate[]::new));
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, new char[0]);
    return tls(port, managers.getKeyManagers());
  }

  static SSLSocket tls(int port, KeyManager[] own) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own, new TrustManager[] {new AnyServer()}, null);
    SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(PATIENCE_MILLIS);
    return socket;
  }

  /** Adds a frame to what {@link #send} will send. */
  RawHttp2 frame(int type, int flags, int stream, byte[] payload) {
    byte[] header = ByteBuffer.allocate(9)
        .putInt((payload.length << 8) | type)
        .put((byte) flags)
        .putInt(stream)
        .array();
    unsent.writeBytes(header);
    unsent.writeBytes(payload);
    return this;
  }

  /** Adds the headers of a gRPC request, and more, given as names and values. */
  RawHttp2 request(int stream, String path, String... more) {
    return headers(stream, block(path, "application/grpc", more));
  }

  RawHttp2 headers(int stream, byte[] block) {
    return frame(HEADERS, END_HEADERS, stream, block);
  }

  RawHttp2 reset(int stream) {
    return frame(RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
  }

  /** Adds one message and the end of the stream. */
  RawHttp2 message(int stream, byte[] text) {
    byte[] framed = ByteBuffer.allocate(5 + text.length)
        .put((byte) 0)
        .putInt(text.length)
        .put(text)
        .array();
    return frame(DATA, END_STREAM, stream, framed);
  }

  RawHttp2 send() throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(unsent.toByteArray());
    out.flush();
    unsent.reset();
    return this;
  }

  /** The next frame; settings are acknowledged. One of type {@link #CLOSED} stands for the end of the connection. */
  Frame next() throws IOException {
    int first = in.read();
    if (first < 0) {
      return new Frame(CLOSED, 0, 0, new byte[0]);
    }
    int length = (first << 16) | in.readUnsignedShort();
    int type = in.readUnsignedByte();
    int flags = in.readUnsignedByte();
    int stream = in.readInt();
    Frame frame = new Frame(type, flags, stream, in.readNBytes(length));
    if (type == SETTINGS && (flags & ACK) == 0) {
      frame(SETTINGS, ACK, 0, new byte[0]).send();
    }
    return frame;
  }

  /** The next frame of this type; fails at the end of the connection. */
  Frame next(int type) throws IOException {
    Frame frame = next();
    while (frame.type() != type) {
      if (frame.type() == CLOSED) {
        throw new IOException("the connection ended without a frame of type " + type);
      }
      frame = next();
    }
    return frame;
  }

  /** The status and message that end a stream, and every response header on the way. */
  Answer answer(int stream) throws Exception {
    Answer answer = new Answer("", "", "");
    while (true) {
      Frame frame = next();
      if (frame.type() == CLOSED) {
        throw new IOException("the connection ended before stream " + stream + " did");
      }
      if (frame.type() == HEADERS) {
        Http2Headers headers =
            decoder.decodeHeaders(frame.stream(), Unpooled.wrappedBuffer(frame.payload()));
        if (frame.stream() == stream) {
          answer = answer.with(headers);
        }
      }
      if (frame.stream() == stream
          && (frame.type() == RST_STREAM || (frame.flags() & END_STREAM) != 0)) {
        return answer;
      }
    }
  }

  /** How a stream ended. */
  record Answer(String httpStatus, String grpcStatus, String message) {
    private Answer with(Http2Headers headers) {
      return new Answer(
          text(headers, ":status", httpStatus),
          text(headers, "grpc-status", grpcStatus),
          text(headers, "grpc-message", message));
    }

    private static String text(Http2Headers headers, String name, String otherwise) {
      CharSequence value = headers.get(name);
      return value == null ? otherwise : value.toString();
    }
  }

  /** A header block in which every field is literal. */
  static byte[] block(String path, String contentType, String... more) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    literal(block, ":method", "POST");
    literal(block, ":scheme", "https");
    literal(block, ":path", path);
    literal(block, ":authority", "lab");
    literal(block, "content-type", contentType);
    literal(block, "te", "trailers");
    for (int i = 0; i < more.length; i += 2) {
      literal(block, more[i], more[i + 1]);
    }
    return block.toByteArray();
  }

  private static void literal(ByteArrayOutputStream block, String name, String value) {
    block.write(0);
    text(block, name);
    text(block, value);
  }

  private static void text(ByteArrayOutputStream block, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    int rest = bytes.length - 127;
    block.write(Math.min(bytes.length, 127));
    if (rest >= 0) {
      for (; rest >= 128; rest >>= 7) {
        block.write((rest & 127) | 128);
      }
      block.write(rest);
    }
    block.writeBytes(bytes);
  }

  Socket socket() {
    return socket;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /** Tests of a server's defences need no server's identity. */
  private static final class AnyServer extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket on) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket on) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine on) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine on) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
