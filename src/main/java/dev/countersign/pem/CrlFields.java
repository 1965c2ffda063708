package dev.countersign.pem;

import dev.countersign.pem.CompactCrl.Scope;
import dev.countersign.pem.DerValue.MalformedDerException;
import dev.countersign.pem.PemException.Reason;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/** What a revocation list says, read in one pass over its DER (RFC 5280 section 5.1). */
final class CrlFields {
  /** RFC 5280 section 4.1.2.2 says at most 20; a sign byte and some bad authorities are let pass. */
  private static final int MAX_SERIAL_BYTES = 32;

  private static final int EXTENSIONS = 0xa0;
  private static final String NUMBER = "551d14";
  private static final String AUTHORITY_KEY_ID = "551d23";
  private static final String DELTA = "551d1b";
  private static final String ISSUING_DISTRIBUTION_POINT = "551d1c";
  private static final String ENTRY_REASON = "551d15";
  private static final String ENTRY_INVALIDITY_DATE = "551d18";
  private static final String ENTRY_ISSUER = "551d1d";
  private static final int KEY_ID = 0x80;

  final String source;
  int signedFrom;
  int signedTo;
  byte[] signature = {};
  SignatureAlgorithm algorithm = SignatureAlgorithm.NONE;
  X500Principal issuer = new X500Principal("");
  Instant thisUpdate = Instant.EPOCH;

  @Nullable
  Instant nextUpdate;

  @Nullable
  BigInteger number;

  byte[] authorityKeyId = {};
  Scope scope = Scope.ALL;

  SerialIndex entries = new SerialIndex(new byte[0], new int[0], 0);

  private CrlFields(String source) {
    this.source = source;
  }

  static CrlFields read(String source, byte[] der) throws PemException {
    CrlFields fields = new CrlFields(source);
    try {
      fields.readList(der);
      return fields;
    } catch (MalformedDerException | IllegalArgumentException e) {
      throw new PemException(
          Reason.BAD_CRL,
          source + " holds a revocation list that does not parse: " + e.getMessage());
    }
  }

  static Instant revocationTime(byte[] der, int serialOffset) {
    try {
      int next = serialOffset + 2 + der[serialOffset + 1];
      return DerTime.read(DerValue.at(der, next, der.length));
    } catch (MalformedDerException e) {
      throw new IllegalStateException("every entry was read when the list was parsed", e);
    }
  }

  private void readList(byte[] der) throws MalformedDerException, PemException {
    DerValue.Cursor outer = DerValue.only(der).require(DerValue.SEQUENCE).open();
    DerValue signed = outer.next(DerValue.SEQUENCE);
    DerValue outerAlgorithm = outer.next(DerValue.SEQUENCE);
    byte[] bits = outer.next(DerValue.BIT_STRING).contentBytes();
    outer.requireEnd();
    if (bits.length < 2 || bits[0] != 0) {
      throw new MalformedDerException("bad signature bits");
    }
    signature = Arrays.copyOfRange(bits, 1, bits.length);
    signedFrom = signed.offset();
    signedTo = signed.end();

    DerValue.Cursor list = signed.open();
    boolean versionTwo = list.nextIs(DerValue.INTEGER);
    if (versionTwo && !list.next().integer().equals(BigInteger.ONE)) {
      throw new MalformedDerException("unknown version");
    }
    DerValue innerAlgorithm = list.next(DerValue.SEQUENCE);
    if (!Arrays.equals(innerAlgorithm.encoded(), outerAlgorithm.encoded())) {
      throw new MalformedDerException("two different signature algorithms");
    }
    algorithm = SignatureAlgorithm.read(source, innerAlgorithm);
    issuer = new X500Principal(list.next(DerValue.SEQUENCE).encoded());
    thisUpdate = DerTime.read(list.next());
    if (list.nextIs(DerValue.UTC_TIME) || list.nextIs(DerValue.GENERALIZED_TIME)) {
      nextUpdate = DerTime.read(list.next());
    }
    if (list.nextIs(DerValue.SEQUENCE)) {
      readEntries(list.next(), der, versionTwo);
    }
    if (versionTwo && list.nextIs(EXTENSIONS)) {
      readExtensions(list.next().open().next(DerValue.SEQUENCE).open());
    }
    list.requireEnd();
  }

  private void readEntries(DerValue list, byte[] der, boolean versionTwo)
      throws MalformedDerException, PemException {
    // The smallest entry: a serial of one byte and a UTC time.
    int[] found = new int[list.length() / 20 + 1];
    int count = 0;
    for (DerValue.Cursor cursor = list.open(); cursor.hasNext(); ) {
      DerValue.Cursor entry = cursor.next(DerValue.SEQUENCE).open();
      DerValue serial = entry.next(DerValue.INTEGER).requireShortestInteger();
      if (serial.length() > MAX_SERIAL_BYTES) {
        throw new MalformedDerException("serial of " + serial.length() + " bytes");
      }
      DerTime.read(entry.next());
      if (versionTwo && entry.hasNext()) {
        readEntryExtensions(entry.next(DerValue.SEQUENCE).open());
      }
      entry.requireEnd();
      found[count++] = serial.offset();
    }
    entries = new SerialIndex(der, found, count);
  }

  private void readEntryExtensions(DerValue.Cursor extensions)
      throws MalformedDerException, PemException {
    while (extensions.hasNext()) {
      Extension extension = Extension.read(extensions.next());
      switch (extension.id) {
        case ENTRY_ISSUER -> throw indirect();
        case ENTRY_REASON, ENTRY_INVALIDITY_DATE -> {
          // Revoked is revoked, whatever for and since when.
        }
        default -> extension.refuseCritical(source);
      }
    }
  }

  private void readExtensions(DerValue.Cursor extensions)
      throws MalformedDerException, PemException {
    while (extensions.hasNext()) {
      Extension extension = Extension.read(extensions.next());
      switch (extension.id) {
        case NUMBER -> number = DerValue.only(extension.value()).integer();
        case AUTHORITY_KEY_ID -> {
          DerValue.Cursor fields =
              DerValue.only(extension.value()).require(DerValue.SEQUENCE).open();
          authorityKeyId = fields.nextIs(KEY_ID) ? fields.next().contentBytes() : authorityKeyId;
        }
        case DELTA ->
          throw new PemException(
              Reason.DELTA_CRL, source + " is a delta revocation list (expected a complete one)");
        case ISSUING_DISTRIBUTION_POINT ->
          readScope(DerValue.only(extension.value()).require(DerValue.SEQUENCE).open());
        default -> extension.refuseCritical(source);
      }
    }
  }

  private void readScope(DerValue.Cursor point) throws MalformedDerException, PemException {
    while (point.hasNext()) {
      DerValue field = point.next();
      switch (field.tag()) {
        case 0xa0 -> {
          // The name of the distribution point.
        }
        case 0x81 -> scope = flag(field) ? only(Scope.LEAVES) : scope;
        case 0x82 -> scope = flag(field) ? only(Scope.AUTHORITIES) : scope;
        case 0x83 -> throw partial("some reasons");
        case 0x84 -> {
          if (flag(field)) {
            throw indirect();
          }
        }
        case 0x85 -> {
          if (flag(field)) {
            throw partial("attribute certificates");
          }
        }
        default -> throw new MalformedDerException("unknown field of the distribution point");
      }
    }
  }

  private Scope only(Scope part) throws MalformedDerException {
    if (scope != Scope.ALL) {
      throw new MalformedDerException("two different scopes");
    }
    return part;
  }

  private static boolean flag(DerValue field) throws MalformedDerException {
    byte[] content = field.contentBytes();
    if (content.length != 1) {
      throw new MalformedDerException("bad boolean at offset " + field.offset());
    }
    return content[0] != 0;
  }

  private PemException indirect() {
    return new PemException(
        Reason.INDIRECT_CRL,
        source + " is an indirect revocation list (expected one about its signer's certificates)");
  }

  private PemException partial(String part) {
    return new PemException(
        Reason.PARTIAL_CRL,
        source + " is a revocation list for " + part + " only (expected a complete one)");
  }

  /** One extension; its identifier as the hex of its DER content. */
  private record Extension(String id, boolean critical, DerValue holder) {
    static Extension read(DerValue value) throws MalformedDerException {
      DerValue.Cursor fields = value.require(DerValue.SEQUENCE).open();
      String id =
          HexFormat.of().formatHex(fields.next(DerValue.OBJECT_IDENTIFIER).contentBytes());
      boolean critical = fields.nextIs(DerValue.BOOLEAN) && fields.next().isTrue();
      DerValue holder = fields.next(DerValue.OCTET_STRING);
      fields.requireEnd();
      return new Extension(id, critical, holder);
    }

    byte[] value() {
      return holder.contentBytes();
    }

    void refuseCritical(String source) throws PemException {
      if (critical) {
        throw new PemException(
            Reason.UNKNOWN_CRITICAL_EXTENSION,
            source + " has a critical extension that is not known here: DER " + id);
      }
    }
  }
}
