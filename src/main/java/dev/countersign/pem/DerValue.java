package dev.countersign.pem;

import java.math.BigInteger;
import java.util.Arrays;

/**
 * One value of DER (X.690) in a larger array, read without copying: definite lengths in their shortest form, tags below
 * 31. Anything else throws {@link MalformedDerException}.
 */
final class DerValue {
  static final int BOOLEAN = 0x01;
  static final int INTEGER = 0x02;
  static final int BIT_STRING = 0x03;
  static final int OCTET_STRING = 0x04;
  static final int OBJECT_IDENTIFIER = 0x06;
  static final int UTC_TIME = 0x17;
  static final int GENERALIZED_TIME = 0x18;
  static final int SEQUENCE = 0x30;

  private static final int MAX_LENGTH_BYTES = 4;

  private final byte[] bytes;
  private final int offset;
  private final int content;
  private final int end;

  private DerValue(byte[] bytes, int offset, int content, int end) {
    this.bytes = bytes;
    this.offset = offset;
    this.content = content;
    this.end = end;
  }

  /** Bytes that are not the DER that was expected. */
  static final class MalformedDerException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedDerException(String message) {
      super(message);
    }
  }

  /** The one value that fills an array. */
  static DerValue only(byte[] bytes) throws MalformedDerException {
    DerValue value = at(bytes, 0, bytes.length);
    if (value.end != bytes.length) {
      throw new MalformedDerException("trailing bytes");
    }
    return value;
  }

  /** The value that begins at an offset and ends before a limit. */
  static DerValue at(byte[] bytes, int offset, int limit) throws MalformedDerException {
    if (limit - offset < 2 || (bytes[offset] & 0x1f) == 0x1f) {
      throw new MalformedDerException("no value at offset " + offset);
    }
    int first = bytes[offset + 1] & 0xff;
    int content = offset + 2;
    long length = first;
    if (first >= 0x80) {
      int count = first & 0x7f;
      if (count == 0 || count > MAX_LENGTH_BYTES || limit - content < count) {
        throw new MalformedDerException("bad length at offset " + offset);
      }
      length = 0;
      for (int i = 0; i < count; i++) {
        length = (length << 8) | (bytes[content + i] & 0xff);
      }
      if (length < 0x80 || (length >>> (8 * (count - 1))) == 0) {
        throw new MalformedDerException("length is not in its shortest form at offset " + offset);
      }
      content += count;
    }
    if (length > limit - content) {
      throw new MalformedDerException("value at offset " + offset + " is cut off");
    }
    return new DerValue(bytes, offset, content, content + (int) length);
  }

  int tag() {
    return bytes[offset] & 0xff;
  }

  boolean is(int tag) {
    return tag() == tag;
  }

  DerValue require(int tag) throws MalformedDerException {
    if (!is(tag)) {
      throw new MalformedDerException(
          "tag " + tag() + " at offset " + offset + " (expected " + tag + ")");
    }
    return this;
  }

  int offset() {
    return offset;
  }

  int content() {
    return content;
  }

  int end() {
    return end;
  }

  int length() {
    return end - content;
  }

  /** The values inside. */
  Cursor open() {
    return new Cursor(bytes, content, end);
  }

  byte[] contentBytes() {
    return Arrays.copyOfRange(bytes, content, end);
  }

  /** Tag, length and content. */
  byte[] encoded() {
    return Arrays.copyOfRange(bytes, offset, end);
  }

  BigInteger integer() throws MalformedDerException {
    require(INTEGER).requireShortestInteger();
    return new BigInteger(bytes, content, length());
  }

  DerValue requireShortestInteger() throws MalformedDerException {
    boolean padded = length() > 1
        && ((bytes[content] == 0 && bytes[content + 1] >= 0)
            || (bytes[content] == -1 && bytes[content + 1] < 0));
    if (length() == 0 || padded) {
      throw new MalformedDerException("number is not in its shortest form at offset " + offset);
    }
    return this;
  }

  boolean isTrue() throws MalformedDerException {
    require(BOOLEAN);
    if (length() != 1 || (bytes[content] != 0 && bytes[content] != -1)) {
      throw new MalformedDerException("bad boolean at offset " + offset);
    }
    return bytes[content] != 0;
  }

  /** The values of a constructed value, one after the other. */
  static final class Cursor {
    private final byte[] bytes;
    private final int limit;
    private int position;

    private Cursor(byte[] bytes, int position, int limit) {
      this.bytes = bytes;
      this.position = position;
      this.limit = limit;
    }

    boolean hasNext() {
      return position < limit;
    }

    boolean nextIs(int tag) {
      return hasNext() && (bytes[position] & 0xff) == tag;
    }

    DerValue next() throws MalformedDerException {
      DerValue value = at(bytes, position, limit);
      position = value.end;
      return value;
    }

    DerValue next(int tag) throws MalformedDerException {
      return next().require(tag);
    }

    void requireEnd() throws MalformedDerException {
      if (hasNext()) {
        throw new MalformedDerException("more than expected at offset " + position);
      }
    }
  }
}
