package dev.countersign.pem;

import dev.countersign.pem.PemException.Reason;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The text form of keys and certificates (RFC 7468). Reading takes any line ends and ignores text outside blocks;
 * inside a block everything must be right.
 */
public final class Pem {
  private static final String BEGIN = "-----BEGIN ";
  private static final String END = "-----END ";
  private static final String DASHES = "-----";
  private static final int LINE_LENGTH = 64;
  private static final int MAX_LABEL = 64;

  private Pem() {}

  /**
   * All blocks in the order of the text; none if it holds none.
   *
   * @param source what the text is, as an error names it, such as {@code certificate file "tls.crt"}
   * @throws PemException if a block does not end, ends under another label, or does not hold Base64
   */
  public static List<PemBlock> parse(String source, byte[] text) throws PemException {
    // One character a byte: what is not ASCII is then refused as Base64, or ignored outside.
    String[] lines = new String(text, StandardCharsets.ISO_8859_1).split("\r\n|\n|\r", -1);
    List<PemBlock> blocks = new ArrayList<>();
    int i = 0;
    while (i < lines.length) {
      String label = label(lines[i], BEGIN);
      if (label == null) {
        i++;
        continue;
      }
      int end = endOf(source, lines, i, label);
      blocks.add(new PemBlock(label, decode(source, lines, i, end, label), i + 1));
      i = end + 1;
    }
    return blocks;
  }

  /** One block with a line end after each line. */
  public static String write(String label, byte[] der) {
    Base64.Encoder encoder =
        Base64.getMimeEncoder(LINE_LENGTH, "\n".getBytes(StandardCharsets.US_ASCII));
    return BEGIN + label + DASHES + "\n" + encoder.encodeToString(der) + "\n" + END + label + DASHES
        + "\n";
  }

  /** Whether the bytes are text with at least one block in it, rather than DER. */
  static boolean isPem(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1).contains(BEGIN);
  }

  private static int endOf(String source, String[] lines, int begin, String label)
      throws PemException {
    for (int i = begin + 1; i < lines.length; i++) {
      String end = label(lines[i], END);
      if (end != null && !end.equals(label)) {
        throw new PemException(
            Reason.WRONG_END,
            source + " line " + (i + 1) + " ends \"" + end + "\" (line " + (begin + 1) + " began \""
                + label + "\")");
      }
      if (end != null) {
        return i;
      }
      if (label(lines[i], BEGIN) != null) {
        break;
      }
    }
    throw new PemException(
        Reason.NO_END,
        source + " line " + (begin + 1) + " begins \"" + label
            + "\" and does not end it; is the file cut off?");
  }

  private static byte[] decode(String source, String[] lines, int begin, int end, String label)
      throws PemException {
    StringBuilder base64 = new StringBuilder();
    for (int i = begin + 1; i < end; i++) {
      if (lines[i].startsWith("Proc-Type:") && lines[i].contains("ENCRYPTED")) {
        throw new PemException(
            Reason.ENCRYPTED_PRIVATE_KEY,
            source + " line " + (begin + 1) + " holds an encrypted private key (expected one"
                + " without a password); decrypt it with \"openssl pkey\"");
      }
      base64.append(lines[i].strip());
    }
    try {
      byte[] der = Base64.getDecoder().decode(base64.toString());
      if (der.length > 0) {
        return der;
      }
    } catch (IllegalArgumentException e) {
      // The decoder names the character it met, which may be part of a key.
    }
    throw new PemException(
        Reason.BAD_BASE64,
        source + " line " + (begin + 1) + ": block \"" + label + "\" does not hold Base64");
  }

  private static @Nullable String label(String line, String border) {
    String text = line.stripTrailing();
    if (!text.startsWith(border)
        || !text.endsWith(DASHES)
        || text.length() <= border.length() + DASHES.length()) {
      return null;
    }
    String label = text.substring(border.length(), text.length() - DASHES.length());
    boolean plain = label.length() <= MAX_LABEL && label.chars().allMatch(Pem::isLabelCharacter);
    return plain ? label : null;
  }

  private static boolean isLabelCharacter(int c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ' || c == '-' || c == '#';
  }
}
