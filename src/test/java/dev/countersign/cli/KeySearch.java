package dev.countersign.cli;

import static org.assertj.core.api.Assertions.catchThrowable;

import dev.countersign.pem.PemPrivateKey;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** Looks for secrets in what was written: a key as bytes, in hex, in Base64, as a number; and words. */
final class KeySearch {
  private static final int BYTES = 10;
  private static final int DIGITS = 14;

  /** What comes first in an encoded key says only of which kind it is, and of RSA its public numbers. */
  private static final int EC_PREFIX = 48;

  private static final int RSA_PREFIX = 600;

  /** Of what is longer only every so many bytes or digits begin what is searched for, or it would take too long. */
  private static final int LONG = 100;

  private static final int STEP = 16;

  private final Set<String> texts = new LinkedHashSet<>();

  KeySearch add(PrivateKey key) {
    if (key instanceof RSAPrivateCrtKey rsa) {
      for (BigInteger number : List.of(
          rsa.getPrivateExponent(),
          rsa.getPrimeP(),
          rsa.getPrimeQ(),
          rsa.getPrimeExponentP(),
          rsa.getPrimeExponentQ(),
          rsa.getCrtCoefficient())) {
        add(number);
      }
      addBase64(key.getEncoded(), RSA_PREFIX);
    } else {
      add(((ECPrivateKey) key).getS());
      // The public point is behind it.
      addBase64(Arrays.copyOf(key.getEncoded(), 66), EC_PREFIX);
    }
    return this;
  }

  private void add(BigInteger number) {
    byte[] bytes = number.toByteArray();
    add(bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes);
    texts.add(number.toString());
  }

  /** Bytes that are secret as they are. */
  KeySearch add(byte[] secret) {
    for (int i = 0; i + BYTES <= secret.length; i += secret.length > LONG ? STEP : 1) {
      byte[] part = Arrays.copyOfRange(secret, i, i + BYTES);
      texts.add(new String(part, StandardCharsets.ISO_8859_1));
      texts.add(HexFormat.of().formatHex(part));
      texts.add(HexFormat.ofDelimiter(":").formatHex(part));
      texts.add(HexFormat.ofDelimiter(" ").formatHex(part));
    }
    addBase64(secret, 0);
    return this;
  }

  private void addBase64(byte[] bytes, int from) {
    for (Base64.Encoder encoder : List.of(Base64.getEncoder(), Base64.getUrlEncoder())) {
      String base64 = encoder.encodeToString(bytes);
      for (int i = from; i + DIGITS <= base64.length(); i += bytes.length > LONG ? STEP : 1) {
        texts.add(base64.substring(i, i + DIGITS));
      }
    }
  }

  /** Every key below a directory, in a file whose name ends in {@code .key}, that is whole. */
  KeySearch addKeysBelow(Path directory) throws IOException {
    for (Path file : keyFiles(directory)) {
      Throwable unused =
          catchThrowable(() -> add(PemPrivateKey.parse(file.toString(), Files.readAllBytes(file))));
    }
    return this;
  }

  /** Where keys rightly are. */
  static List<Path> keyFiles(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.toString().endsWith(".key")).toList();
    }
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
}
