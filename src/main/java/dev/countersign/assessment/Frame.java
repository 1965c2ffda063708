package dev.countersign.assessment;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** One HTTP/2 frame as it came (RFC 9113 section 4.1). */
public final class Frame {
  /** Bytes of a stream. */
  public static final int DATA = 0;
  /** A header block, or its beginning. */
  public static final int HEADERS = 1;
  /** Whom a stream depends on; deprecated. */
  public static final int PRIORITY = 2;
  /** The end of a stream before its time. */
  public static final int RST_STREAM = 3;
  /** What a peer can take. */
  public static final int SETTINGS = 4;
  /** A question whether the peer is there. */
  public static final int PING = 6;
  /** The last word on a connection. */
  public static final int GOAWAY = 7;
  /** Leave to send more. */
  public static final int WINDOW_UPDATE = 8;
  /** More of a header block. */
  public static final int CONTINUATION = 9;
  /** Not of HTTP/2: the end of the connection. */
  public static final int CLOSED = -1;

  /** The flag of a stream's last frame. */
  public static final int END_STREAM = 1;
  /** The flag of an answer to settings or a ping. */
  public static final int ACK = 1;
  /** The flag of a header block's last frame. */
  public static final int END_HEADERS = 4;

  /** The flag of a frame with padding. */
  public static final int PADDED = 8;

  /** A stream was not looked at. */
  public static final int REFUSED_STREAM = 7;
  /** A peer is more than a nuisance. */
  public static final int ENHANCE_YOUR_CALM = 11;

  private final int type;
  private final int flags;
  private final int stream;
  private final byte[] payload;

  Frame(int type, int flags, int stream, byte[] payload) {
    this.type = type;
    this.flags = flags;
    this.stream = stream;
    this.payload = payload.clone();
  }

  /** Its type. */
  public int type() {
    return type;
  }

  /** Its flags. */
  public int flags() {
    return flags;
  }

  /** The stream that it belongs to; 0 for the connection. */
  public int stream() {
    return stream;
  }

  /** What it carries. */
  public byte[] payload() {
    return payload.clone();
  }

  public boolean endsStream() {
    return type == RST_STREAM || ((type == DATA || type == HEADERS) && (flags & END_STREAM) != 0);
  }

  /** The error code of a RST_STREAM or GOAWAY frame. */
  public int errorCode() {
    return ByteBuffer.wrap(payload).getInt(type == GOAWAY ? 4 : 0);
  }

  /** What a GOAWAY frame says to people. */
  public String debugText() {
    return new String(payload, 8, payload.length - 8, StandardCharsets.UTF_8);
  }

  /** The value of a setting; -1 if it is not among these. */
  public long setting(int id) {
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
