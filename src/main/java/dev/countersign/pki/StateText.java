package dev.countersign.pki;

import dev.countersign.identity.DnsName;
import dev.countersign.identity.SpiffeId;
import dev.countersign.identity.TrustDomain;
import dev.countersign.pki.PkiException.Reason;
import java.math.BigInteger;
import java.net.InetAddress;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The text form of {@link AuthorityState}: a head of {@code key TAB value} lines, then one line for each certificate.
 * One file, so that it is replaced in one step; lines, so that people can look into it with any tool.
 */
final class StateText {
  private static final String FIRST = "countersign-authority\t1";
  private static final String ISSUED = "issued";
  private static final String NONE = "-";
  private static final int ISSUED_FIELDS = 14;
  private static final int HEAD_LINES = 7;

  private StateText() {}

  static String write(AuthorityState state) {
    StringBuilder out = new StringBuilder();
    line(out, FIRST);
    line(out, "trust-domain", state.trustDomain().name());
    line(out, "dns-domains", list(state.dnsDomains()));
    line(out, "key", state.key().label());
    line(out, "trusted", list(state.trusted()));
    line(out, "issuing", Integer.toString(state.issuing()));
    line(out, "crl-number", Long.toString(state.crlNumber()));
    for (IssuedCertificate certificate : state.issued()) {
      IdentityRequest request = certificate.request();
      line(
          out,
          ISSUED,
          certificate.serialHex(),
          request.name(),
          Integer.toString(certificate.generation()),
          certificate.notBefore().toString(),
          certificate.notAfter().toString(),
          certificate.revokedAt().map(Instant::toString).orElse(NONE),
          certificate.keyElsewhere() ? "csr" : "here",
          request.profile().label(),
          request.key().label(),
          request.validFor().toString(),
          request.spiffeId().map(SpiffeId::name).orElse(NONE),
          list(request.dnsNames()),
          list(request.addresses().stream().map(InetAddress::getHostAddress).toList()));
    }
    return out.toString();
  }

  /**
   * Reads it back.
   *
   * @throws PkiException if anything in it is not as it was written, with the line
   */
  static AuthorityState read(String source, String text) throws PkiException {
    String[] lines = text.split("\n", -1);
    int at = 0;
    try {
      if (lines.length <= HEAD_LINES || !lines[0].equals(FIRST)) {
        throw new IllegalArgumentException("not the file of an authority of this version");
      }
      at = 1;
      TrustDomain trustDomain = new TrustDomain(value(lines[at], "trust-domain"));
      List<DnsName> dnsDomains =
          items(value(lines[++at], "dns-domains")).stream().map(DnsName::parse).toList();
      KeyAlgorithm key = KeyAlgorithm.parse(value(lines[++at], "key"));
      List<Integer> trusted =
          items(value(lines[++at], "trusted")).stream().map(Integer::valueOf).toList();
      int issuing = Integer.parseInt(value(lines[++at], "issuing"));
      if (!trusted.contains(issuing)) {
        throw new IllegalArgumentException("the issuing generation is not a trusted one");
      }
      long crlNumber = Long.parseLong(value(lines[++at], "crl-number"));
      List<IssuedCertificate> issued = new ArrayList<>();
      for (at = HEAD_LINES; at < lines.length - 1; at++) {
        issued.add(issued(lines[at].split("\t", -1)));
      }
      if (!lines[at].isEmpty()) {
        throw new IllegalArgumentException("the last line is cut off");
      }
      return new AuthorityState(trustDomain, dnsDomains, key, trusted, issuing, crlNumber, issued);
    } catch (PkiException | IllegalArgumentException | DateTimeException e) {
      throw new PkiException(
          Reason.BAD_STATE, source + " line " + (at + 1) + " cannot be read: " + e.getMessage());
    }
  }

  private static IssuedCertificate issued(String[] fields) throws PkiException {
    if (fields.length != ISSUED_FIELDS || !fields[0].equals(ISSUED)) {
      throw new IllegalArgumentException(
          fields.length + " fields (expected " + ISSUED_FIELDS + " after \"" + ISSUED + "\")");
    }
    List<InetAddress> addresses = new ArrayList<>();
    for (String address : items(fields[13])) {
      addresses.add(IdentityRequest.parseAddress(address));
    }
    IdentityRequest request = new IdentityRequest(
        fields[2],
        optional(fields[11]).map(SpiffeId::parse),
        items(fields[12]).stream().map(DnsName::parse).toList(),
        addresses,
        Profile.parse(fields[8]),
        KeyAlgorithm.parse(fields[9]),
        Duration.parse(fields[10]));
    IdentityRequest.requireName(request.name());
    return new IssuedCertificate(
        new BigInteger(fields[1], 16),
        request,
        Instant.parse(fields[4]),
        Instant.parse(fields[5]),
        Integer.parseInt(fields[3]),
        fields[7].equals("csr"),
        optional(fields[6]).map(Instant::parse));
  }

  private static String value(String line, String key) {
    int tab = line.indexOf('\t');
    if (tab < 0 || !line.substring(0, tab).equals(key)) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "expected \"%s\", a tab and a value", key));
    }
    return line.substring(tab + 1);
  }

  private static Optional<String> optional(String field) {
    return field.equals(NONE) ? Optional.empty() : Optional.of(field);
  }

  private static List<String> items(String field) {
    return field.equals(NONE) ? List.of() : Arrays.asList(field.split(","));
  }

  private static String list(List<?> items) {
    return items.isEmpty()
        ? NONE
        : items.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  private static void line(StringBuilder out, String... fields) {
    out.append(String.join("\t", fields)).append('\n');
  }
}
