package dev.countersign.pki;

import dev.countersign.identity.DnsName;
import dev.countersign.identity.TrustDomain;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What an authority remembers. Immutable.
 *
 * @param trustDomain whose identities it issues
 * @param dnsDomains the only DNS domains that it may certify; none for any
 * @param key the kind of its own keys
 * @param trusted the generations of roots that identities are told to trust
 * @param issuing the generation that issues
 * @param crlNumber the number of the last revocation list; 0 if there never was one
 * @param issued the leaves, oldest first
 */
record AuthorityState(
    TrustDomain trustDomain,
    List<DnsName> dnsDomains,
    KeyAlgorithm key,
    List<Integer> trusted,
    int issuing,
    long crlNumber,
    List<IssuedCertificate> issued) {
  /** How long an expired certificate is remembered, for people who look back. */
  private static final Duration MEMORY = Duration.ofDays(30);

  AuthorityState {
    dnsDomains = List.copyOf(dnsDomains);
    trusted = List.copyOf(trusted);
    issued = List.copyOf(issued);
  }

  /** The last certificate of an identity. */
  Optional<IssuedCertificate> latest(String name) {
    return issued.stream().filter(c -> c.name().equals(name)).reduce((older, newer) -> newer);
  }

  /** The last certificate of each identity, by name. */
  List<IssuedCertificate> latest() {
    Map<String, IssuedCertificate> latest = new LinkedHashMap<>();
    for (IssuedCertificate certificate : issued) {
      latest.put(certificate.name(), certificate);
    }
    return latest.values().stream()
        .sorted(Comparator.comparing(IssuedCertificate::name))
        .toList();
  }

  /** What a revocation list of a generation holds: an expired certificate need not be revoked any longer. */
  List<IssuedCertificate> revoked(int generation, Instant now) {
    return issued.stream()
        .filter(c -> c.generation() == generation && c.isRevoked() && !c.isExpired(now))
        .toList();
  }

  AuthorityState withIssued(IssuedCertificate certificate, Instant now) {
    List<IssuedCertificate> kept = new ArrayList<>();
    for (IssuedCertificate old : issued) {
      if (!old.isExpired(now.minus(MEMORY))) {
        kept.add(old);
      }
    }
    kept.add(certificate);
    return withAll(kept);
  }

  AuthorityState withRevoked(List<BigInteger> serials, Instant at) {
    UnaryOperator<IssuedCertificate> revoke =
        c -> serials.contains(c.serial()) && !c.isRevoked() ? c.revoked(at) : c;
    return withAll(issued.stream().map(revoke).toList());
  }

  private AuthorityState withAll(List<IssuedCertificate> all) {
    return new AuthorityState(trustDomain, dnsDomains, key, trusted, issuing, crlNumber, all);
  }

  AuthorityState withNextCrl() {
    return new AuthorityState(
        trustDomain, dnsDomains, key, trusted, issuing, crlNumber + 1, issued);
  }

  AuthorityState withGenerations(List<Integer> nowTrusted, int nowIssuing) {
    return new AuthorityState(
        trustDomain, dnsDomains, key, nowTrusted, nowIssuing, crlNumber, issued);
  }

  /** Whether there are revocation lists that identities are given. */
  boolean hasCrl() {
    return crlNumber > 0;
  }
}
