package dev.countersign.credentials;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.countersign.pem.PemCertificates;
import dev.countersign.pem.PemException;
import dev.countersign.text.Quoted;
import java.io.IOException;
import java.math.BigInteger;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The X.509 authorities in a SPIFFE bundle: a JWK set (SPIFFE Trust Domain and Bundle section 4) whose {@code x5c} hold
 * one certificate each (X509-SVID section 6). Keys for another use are passed over; anything else that is wrong refuses
 * the bundle as a whole, as gRFC A87 does. {@code spiffe_sequence} says which of two is the newer. {@code
 * spiffe_refresh_hint} must be a number and is not used: the file is looked at anyway.
 */
final class SpiffeBundle {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
  private static final Set<String> KEY_TYPES = Set.of("EC", "RSA");
  private static final String X509_USE = "x509-svid";

  private final String source;
  private final JsonParser json;
  private final List<X509Certificate> anchors = new ArrayList<>();
  private @Nullable BigInteger sequence;
  private boolean keysSeen;

  private SpiffeBundle(String source, JsonParser json) {
    this.source = source;
    this.json = json;
  }

  /**
   * What a bundle, or a file in its place, says.
   *
   * @param anchors the authorities
   * @param sequence grows with every change (section 4.1.1), without a bound; null if the file does not say
   */
  record Authorities(
      List<X509Certificate> anchors, @Nullable BigInteger sequence) {}

  /** A bundle that cannot be used. */
  static final class BundleException extends Exception {
    private static final long serialVersionUID = 1;

    BundleException(String message) {
      super(message);
    }
  }

  /** Whether a file is meant to be a bundle: JSON begins with a brace, PEM and DER do not. */
  static boolean isJson(byte[] bytes) {
    for (byte b : bytes) {
      if (b != ' ' && b != '\t' && b != '\n' && b != '\r') {
        return b == '{';
      }
    }
    return false;
  }

  /**
   * The authorities, at least one.
   *
   * @param source what the bytes are, as an error names it
   * @throws BundleException if there is none or anything is wrong
   */
  static Authorities parse(String source, byte[] bytes) throws BundleException {
    try (JsonParser json = JSON.createParser(bytes)) {
      SpiffeBundle bundle = new SpiffeBundle(source, json);
      bundle.read();
      return new Authorities(List.copyOf(bundle.anchors), bundle.sequence);
    } catch (JsonProcessingException e) {
      throw new BundleException(source + ":" + e.getLocation().getLineNr() + ":"
          + e.getLocation().getColumnNr() + ": is not JSON: "
          + Quoted.of(e.getOriginalMessage()));
    } catch (IOException e) {
      throw new BundleException(source + " cannot be read as UTF-8");
    }
  }

  private void read() throws IOException, BundleException {
    require(json.nextToken() == JsonToken.START_OBJECT, "is not an object");
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      JsonToken value = json.nextToken();
      switch (field) {
        case "keys" -> readKeys(value);
        case "spiffe_sequence" -> sequence = number(field, value);
        case "spiffe_refresh_hint" -> {
          BigInteger unused = number(field, value);
        }
        default -> json.skipChildren();
      }
    }
    require(json.nextToken() == null, "goes on after its end");
    require(keysSeen, "has no keys");
    require(!anchors.isEmpty(), "holds 0 keys for use \"x509-svid\" (expected at least one)");
  }

  private void readKeys(JsonToken value) throws IOException, BundleException {
    keysSeen = true;
    require(value == JsonToken.START_ARRAY, "keys is not an array");
    for (int i = 0; json.nextToken() != JsonToken.END_ARRAY; i++) {
      String where = "keys[" + i + "]";
      require(json.currentToken() == JsonToken.START_OBJECT, where + " is not an object");
      Key key = readKey(where);
      require(key.type != null, where + " has no kty");
      if (X509_USE.equals(key.use)) {
        anchors.add(anchor(where, key));
      }
    }
  }

  /** What is read of a key. */
  private static final class Key {
    private @Nullable String type;
    private @Nullable String use;
    private @Nullable List<String> chain;
  }

  private Key readKey(String where) throws IOException, BundleException {
    Key key = new Key();
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      JsonToken value = json.nextToken();
      switch (field) {
        case "kty" -> key.type = text(where + ".kty", value);
        case "use" -> key.use = text(where + ".use", value);
        case "x5c" -> {
          require(value == JsonToken.START_ARRAY, where + ".x5c is not an array");
          List<String> chain = new ArrayList<>();
          while (json.nextToken() != JsonToken.END_ARRAY) {
            chain.add(text(where + ".x5c", json.currentToken()));
          }
          key.chain = chain;
        }
        default -> json.skipChildren();
      }
    }
    return key;
  }

  private X509Certificate anchor(String where, Key key) throws BundleException {
    require(
        KEY_TYPES.contains(String.valueOf(key.type)),
        where + ".kty is " + Quoted.of(String.valueOf(key.type)) + " (allowed: EC, RSA)");
    List<String> chain = key.chain;
    if (chain == null || chain.size() != 1) {
      throw wrong(where + ".x5c holds " + (chain == null ? 0 : chain.size())
          + " certificates (expected one)");
    }
    X509Certificate anchor = certificate(where, chain.get(0));
    PublicKey held = anchor.getPublicKey();
    require(
        held.getAlgorithm().equals(key.type),
        where + ".kty is " + key.type + ", but its certificate holds a key of kind "
            + Quoted.of(held.getAlgorithm()));
    return anchor;
  }

  private X509Certificate certificate(String where, String base64) throws BundleException {
    try {
      byte[] der = Base64.getDecoder().decode(base64);
      require(
          der.length > 0 && der[0] != '-', where + ".x5c is not base64 of a certificate in DER");
      return PemCertificates.parse(source + ": " + where + ".x5c", der).get(0);
    } catch (IllegalArgumentException e) {
      throw wrong(where + ".x5c is not base64");
    } catch (PemException e) {
      throw new BundleException(String.valueOf(e.getMessage()));
    }
  }

  private BigInteger number(String field, JsonToken value) throws IOException, BundleException {
    require(
        value == JsonToken.VALUE_NUMBER_INT && json.getBigIntegerValue().signum() >= 0,
        field + " is not a number of 0 or more");
    return json.getBigIntegerValue();
  }

  private String text(String where, JsonToken value) throws IOException, BundleException {
    require(value == JsonToken.VALUE_STRING, where + " is not a string");
    return json.getText();
  }

  private void require(boolean condition, String otherwise) throws BundleException {
    if (!condition) {
      throw wrong(otherwise);
    }
  }

  private BundleException wrong(String what) {
    return new BundleException(source + ": " + what);
  }
}
