package dev.countersign.assessment;

import java.io.IOException;
import java.io.OutputStream;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;

/** Spoils one record of an ALTS connection that worked until then. */
final class SpoiledRecords extends Check {
  private static final int TAG_BYTES = 16;
  private static final int WRONG_TYPE = 7;
  private static final int BRIEFLY_MILLIS = 1000;
  private static final int PING_BYTES = 8;

  /** An HTTP/2 PING, which may be repeated: a call could not, whatever the records are. */
  private static final byte[] PING = {
    0, 0, PING_BYTES, Frame.PING, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8
  };

  private final Spoil spoil;

  /** Makes of the bytes of a call what is sent in their place. */
  private interface Spoil {
    byte[] of(AltsRecords records, byte[] call) throws IOException;
  }

  private SpoiledRecords(String name, Severity severity, String tries, Spoil spoil) {
    super(
        About.of(name, Group.ALTS, severity)
            .tries("A call over ALTS in " + tries + ", and a good call behind it.")
            .safe("Neither is answered; the connection ends.")
            .source("ALTS record protocol; grpc-java AltsFramingTest, AltsChannelCrypterTest")
            .remedy("End a connection at its first record that is not authentic."),
        Reach.ALTS);
    this.spoil = spoil;
  }

  static List<Check> all() {
    return List.of(
        new SpoiledRecords(
            "alts-flipped-bit",
            Severity.CRITICAL,
            "a record with one bit of its text changed",
            (records, call) -> {
              byte[] record = records.seal(call);
              return flipped(record, record.length - TAG_BYTES - 1);
            }),
        new SpoiledRecords(
            "alts-flipped-tag",
            Severity.CRITICAL,
            "a record with one bit of its tag changed",
            (records, call) -> {
              byte[] record = records.seal(call);
              return flipped(record, record.length - 1);
            }),
        new SpoiledRecords(
            "alts-replayed-record",
            Severity.CRITICAL,
            "a ping in a record that is sent twice",
            (records, call) -> {
              byte[] record = records.seal(PING);
              return join(record, record);
            }),
        new SpoiledRecords(
            "alts-dropped-record",
            Severity.CRITICAL,
            "a record before which one was dropped",
            (records, call) -> {
              records.seal(new byte[1]);
              return records.seal(call);
            }),
        new SpoiledRecords(
            "alts-reordered-records",
            Severity.CRITICAL,
            "two pings whose records change places",
            (records, call) -> {
              byte[] first = records.seal(PING);
              return join(records.seal(PING), first);
            }),
        new SpoiledRecords(
            "alts-reflected-record",
            Severity.CRITICAL,
            "a record as the server would seal it",
            AltsRecords::sealAsServer),
        new SpoiledRecords(
            "alts-wrong-type", Severity.MEDIUM, "a record of another type", (records, call) -> {
              byte[] record = records.seal(call);
              record[Integer.BYTES] = WRONG_TYPE;
              return record;
            }),
        new SpoiledRecords(
            "alts-short-record",
            Severity.MEDIUM,
            "a record shorter than its own type",
            (records, call) -> join(
                AltsRecords.record(AltsRecords.DATA, Integer.BYTES - 1, new byte[0]),
                records.seal(call))),
        new SpoiledRecords(
            "alts-negative-length",
            Severity.HIGH,
            "a record of negative length",
            (records, call) ->
                join(AltsRecords.record(AltsRecords.DATA, -1, new byte[0]), records.seal(call))),
        new SpoiledRecords(
            "alts-record-of-2-gib",
            Severity.HIGH,
            "a record that claims 2 GiB",
            (records, call) -> join(
                AltsRecords.record(AltsRecords.DATA, Integer.MAX_VALUE, new byte[0]),
                records.seal(call))),
        new SpoiledRecords(
            "alts-plaintext-inside",
            Severity.CRITICAL,
            "plain bytes between the records",
            (records, call) -> call),
        new SpoiledRecords(
            "alts-truncated-record",
            Severity.CRITICAL,
            "a record without the end of its tag",
            (records, call) -> {
              byte[] record = records.seal(call);
              return Arrays.copyOf(record, record.length - Integer.BYTES);
            }));
  }

  private static byte[] flipped(byte[] record, int at) {
    record[at] ^= 1;
    return record;
  }

  private static byte[] join(byte[] a, byte[] b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  @Override
  Outcome run(Attack attack) throws IOException, GeneralSecurityException, CannotRunException {
    AltsLink link = attack.alts().allowed();
    attack.track(link.socket());
    RawHttp2 connection = new RawHttp2(link.wire()).greet();
    Exchange before = attack.call(connection);
    if (!attack.judge(before).isAllowed()) {
      throw new CannotRunException("the connection did not work before: " + before);
    }
    int spoiled = connection.newStream();
    int good = connection.newStream();
    byte[] call =
        connection.request(spoiled, attack.path()).message(spoiled, new byte[0]).take();
    byte[] sent = spoil.of(link.records(), call);
    try {
      OutputStream out = link.socket().getOutputStream();
      out.write(sent);
      connection.request(good, attack.path()).message(good, new byte[0]).send();
      Exchange answer = answer(attack, link, connection, List.of(spoiled, good));
      return Outcome.finding("a call was answered on that connection: " + answer);
    } catch (SocketTimeoutException e) {
      return Outcome.finding("the connection is still open");
    } catch (ProtocolException e) {
      return Outcome.nothingLearned(e);
    } catch (IOException e) {
      return Outcome.passed("the connection ended: " + e.getMessage());
    }
  }

  /**
   * What comes back. Whoever reads several records at once may take a spoiled length for a record that is still to come,
   * and look at it only when something follows; so something follows.
   */
  private static Exchange answer(
      Attack attack, AltsLink link, RawHttp2 connection, List<Integer> streams) throws IOException {
    try {
      link.socket().setSoTimeout(BRIEFLY_MILLIS);
      return connection.exchange(streams, true);
    } catch (SocketTimeoutException e) {
      link.socket().setSoTimeout((int) attack.target().handshakePatience().toMillis());
      connection.frame(Frame.PING, 0, 0, new byte[PING_BYTES]).send();
      return connection.exchange(streams, true);
    }
  }
}
