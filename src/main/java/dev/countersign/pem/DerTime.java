package dev.countersign.pem;

import dev.countersign.pem.DerValue.MalformedDerException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/** An instant in the two forms that certificates use, in seconds and UTC (RFC 5280 section 4.1.2.5). */
final class DerTime {
  private static final int UTC_LENGTH = 13;
  private static final int GENERALIZED_LENGTH = 15;

  private DerTime() {}

  static Instant read(DerValue value) throws MalformedDerException {
    boolean utc = value.is(DerValue.UTC_TIME);
    if (!utc) {
      value.require(DerValue.GENERALIZED_TIME);
    }
    byte[] text = value.contentBytes();
    if (text.length != (utc ? UTC_LENGTH : GENERALIZED_LENGTH) || text[text.length - 1] != 'Z') {
      throw new MalformedDerException("bad time at offset " + value.offset());
    }
    int rest = utc ? 2 : 4;
    int year = number(text, 0, rest);
    if (utc) {
      year += year < 50 ? 2000 : 1900;
    }
    try {
      return LocalDateTime.of(
              year,
              number(text, rest, 2),
              number(text, rest + 2, 2),
              number(text, rest + 4, 2),
              number(text, rest + 6, 2),
              number(text, rest + 8, 2))
          .toInstant(ZoneOffset.UTC);
    } catch (DateTimeException e) {
      throw new MalformedDerException("no such time at offset " + value.offset());
    }
  }

  private static int number(byte[] text, int from, int digits) throws MalformedDerException {
    int number = 0;
    for (int i = from; i < from + digits; i++) {
      if (text[i] < '0' || text[i] > '9') {
        throw new MalformedDerException("bad digit in a time");
      }
      number = number * 10 + text[i] - '0';
    }
    return number;
  }
}
