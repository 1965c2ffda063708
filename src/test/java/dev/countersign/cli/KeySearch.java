package dev.countersign.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Looks for secrets in what was written: an EC key as bytes, in hex, in Base64 at each offset, as a number; and words. */
final class KeySearch {
  private static final int BYTES = 10;

  private final List<String> texts = new ArrayList<>();

  KeySearch add(PrivateKey key) {
    byte[] scalar = fixed(((ECPrivateKey) key).getS().toByteArray());
    for (int i = 0; i + BYTES <= scalar.length; i++) {
      byte[] part = new byte[BYTES];
      System.arraycopy(scalar, i, part, 0, BYTES);
      texts.add(new String(part, StandardCharsets.ISO_8859_1));
      texts.add(HexFormat.of().formatHex(part));
      texts.add(HexFormat.ofDelimiter(":").formatHex(part));
      texts.add(HexFormat.ofDelimiter(" ").formatHex(part));
    }
    texts.add(((ECPrivateKey) key).getS().toString());
    for (byte[] whole : List.of(scalar, key.getEncoded())) {
      for (Base64.Encoder encoder : List.of(Base64.getEncoder(), Base64.getUrlEncoder())) {
        String base64 = encoder.encodeToString(whole);
        // What comes first in an encoded key says only of which kind it is.
        for (int i = whole == scalar ? 0 : 48; i + 14 <= Math.min(base64.length(), 88); i++) {
          texts.add(base64.substring(i, i + 14));
        }
      }
    }
    return this;
  }

  KeySearch add(String word) {
    texts.add(word);
    return this;
  }

  /** What of the secrets a text holds, in whichever case its hex is. */
  List<String> in(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return texts.stream()
        .filter(part -> text.contains(part) || lower.contains(part))
        .toList();
  }

  /** The files below a directory that hold a secret, but for those below these. */
  List<Path> below(Path directory, List<Path> allowed) throws IOException {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (allowed.stream().noneMatch(file::startsWith)
            && !in(Files.readString(file, StandardCharsets.ISO_8859_1)).isEmpty()) {
          found.add(file);
        }
      }
    }
    return found;
  }

  private static byte[] fixed(byte[] number) {
    return number.length > 32 ? java.util.Arrays.copyOfRange(number, 1, number.length) : number;
  }
}
