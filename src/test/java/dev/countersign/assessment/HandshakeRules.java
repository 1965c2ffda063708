package dev.countersign.assessment;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Passes a TLS client's records on until its first protected one, by rules that a careful server has. One of them may be
 * missing. The time of the hello ends with its first record, so that what a missing rule lets in is not ended by time.
 */
final class HandshakeRules implements Front.Reception {
  /** How long a check has to wait to see that something was not ended by time. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final int HANDSHAKE = 22;
  private static final int PROTECTED = 23;
  private static final int MAX_RECORD = (16 << 10) + 256;
  private static final int MAX_MESSAGE = 64 << 10;
  private static final int MAX_RECORDS = 100;
  private static final int RECORD_HEADER = 5;
  private static final int MESSAGE_HEADER = 4;
  private static final long TIME_NANOS = TimeUnit.SECONDS.toNanos(3);

  private final Optional<Rule> missing;

  /** What ends a connection. */
  enum Rule {
    /** A message claims to be larger than one should be, in its first record. */
    MESSAGE_SIZE,
    /** A message comes in more records than one should need. */
    RECORDS_OF_A_MESSAGE,
    /** A record holds nothing. */
    EMPTY_RECORD,
    /** A record claims to be larger than one may be, or is of a kind that has no place there. */
    RECORD_KIND,
    /** The first record is not there in time. */
    TIME_OF_HELLO,
    /** The first protected record, with the client's certificate, is not there in time. */
    TIME_OF_CERTIFICATE
  }

  private HandshakeRules(Optional<Rule> missing) {
    this.missing = missing;
  }

  static HandshakeRules allBut(Rule missing) {
    return new HandshakeRules(Optional.of(missing));
  }

  private boolean has(Rule rule) {
    return !missing.equals(Optional.of(rule));
  }

  @Override
  public Optional<InputStream> hear(Socket client) {
    return Optional.of(new Heard(client));
  }

  private final class Heard extends InputStream {
    private final Socket client;
    private ByteBuffer passed = ByteBuffer.allocate(0);
    private boolean greeted;
    private boolean free;

    private Heard(Socket client) {
      this.client = client;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (!passed.hasRemaining()) {
        if (free) {
          return client.getInputStream().read(bytes, offset, length);
        }
        passed = ByteBuffer.wrap(greeted ? certificate() : hello());
        greeted = true;
      }
      int count = Math.min(length, passed.remaining());
      passed.get(bytes, offset, count);
      return count;
    }

    private byte[] hello() throws IOException {
      ByteArrayOutputStream records = new ByteArrayOutputStream();
      ByteArrayOutputStream message = new ByteArrayOutputStream();
      long deadline = has(Rule.TIME_OF_HELLO) ? System.nanoTime() + TIME_NANOS : Long.MAX_VALUE;
      for (int count = 1; !isWhole(message.toByteArray()); deadline = Long.MAX_VALUE) {
        byte[] header = bytes(RECORD_HEADER, deadline);
        if (header[0] != HANDSHAKE || length(header) > MAX_RECORD) {
          demand(!has(Rule.RECORD_KIND));
          client.getInputStream().skip(client.getInputStream().available());
          continue;
        }
        byte[] content = bytes(length(header), deadline);
        demand(content.length > 0 || !has(Rule.EMPTY_RECORD));
        if (content.length > 0) {
          boolean begins = message.size() == 0;
          message.writeBytes(content);
          demand(!begins || claim(content) <= MAX_MESSAGE || !has(Rule.MESSAGE_SIZE));
          demand(count++ <= MAX_RECORDS || !has(Rule.RECORDS_OF_A_MESSAGE));
          records.writeBytes(header);
          records.writeBytes(content);
        }
      }
      return records.toByteArray();
    }

    /** One more record, in time as long as none was protected. */
    private byte[] certificate() throws IOException {
      long deadline =
          has(Rule.TIME_OF_CERTIFICATE) ? System.nanoTime() + TIME_NANOS : Long.MAX_VALUE;
      byte[] header = bytes(RECORD_HEADER, deadline);
      byte[] content = bytes(length(header), deadline);
      free = header[0] == PROTECTED;
      if (free) {
        client.setSoTimeout(0);
      }
      return ByteBuffer.allocate(header.length + content.length)
          .put(header)
          .put(content)
          .array();
    }

    private byte[] bytes(int count, long deadline) throws IOException {
      byte[] bytes = new byte[count];
      for (int at = 0; at < count; ) {
        client.setSoTimeout(left(deadline));
        int more = client.getInputStream().read(bytes, at, count - at);
        if (more < 0) {
          throw new EOFException("the client went away");
        }
        at += more;
      }
      return bytes;
    }
  }

  private static int left(long deadline) throws SocketTimeoutException {
    if (deadline == Long.MAX_VALUE) {
      return 0;
    }
    long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    if (left <= 0) {
      throw new SocketTimeoutException("the client is too slow");
    }
    return (int) left;
  }

  private static void demand(boolean kept) throws ProtocolException {
    if (!kept) {
      throw new ProtocolException("a rule is broken");
    }
  }

  private static int length(byte[] header) {
    return Short.toUnsignedInt(ByteBuffer.wrap(header).getShort(3));
  }

  private static boolean isWhole(byte[] message) {
    return message.length >= MESSAGE_HEADER && message.length >= MESSAGE_HEADER + claim(message);
  }

  /** What the message says of its length, if its header is there. */
  private static int claim(byte[] message) {
    return message.length < MESSAGE_HEADER ? 0 : ByteBuffer.wrap(message).getInt() & 0xffffff;
  }
}
