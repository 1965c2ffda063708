package dev.countersign.pki;

import dev.countersign.identity.DnsName;
import dev.countersign.identity.SpiffeId;
import dev.countersign.pki.PkiException.Reason;
import dev.countersign.text.Quoted;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.util.IPAddress;

/**
 * What a certificate is asked for. Equal to another that would lead to the same certificate, but for its key and time.
 *
 * @param name the directory of the identity: 1 to 64 of {@code a-z 0-9 . _ -}, first a letter or digit, not {@code ca}
 * @param spiffeId the workload's id, if it has one
 * @param dnsNames the hosts that it serves
 * @param addresses the addresses that it serves
 * @param profile what it is used for
 * @param key the kind of its key
 * @param validFor how long it is valid from now on: 1 minute to 397 days
 */
public record IdentityRequest(
    String name,
    Optional<SpiffeId> spiffeId,
    List<DnsName> dnsNames,
    List<InetAddress> addresses,
    Profile profile,
    KeyAlgorithm key,
    Duration validFor) {
  /** How long a certificate is valid unless asked otherwise. */
  public static final Duration DEFAULT_LIFETIME = Duration.ofHours(24);

  private static final Duration SHORTEST = Duration.ofMinutes(1);
  private static final Duration LONGEST = Duration.ofDays(397);
  private static final int MAX_NAME = 64;
  private static final String RESERVED = "ca";

  /** A request; the lists are copied. */
  public IdentityRequest {
    dnsNames = List.copyOf(dnsNames);
    addresses = List.copyOf(addresses);
  }

  /** A request for a peer with the default key and lifetime, and no names yet. */
  public static IdentityRequest named(String name) {
    return new IdentityRequest(
        name,
        Optional.empty(),
        List.of(),
        List.of(),
        Profile.PEER,
        KeyAlgorithm.ECDSA_P256,
        DEFAULT_LIFETIME);
  }

  /** The same for this workload. */
  public IdentityRequest withSpiffeId(SpiffeId id) {
    return new IdentityRequest(name, Optional.of(id), dnsNames, addresses, profile, key, validFor);
  }

  /** The same for these hosts. */
  public IdentityRequest withDnsNames(List<DnsName> hosts) {
    return new IdentityRequest(name, spiffeId, hosts, addresses, profile, key, validFor);
  }

  /** The same for these addresses. */
  public IdentityRequest withAddresses(List<InetAddress> hosts) {
    return new IdentityRequest(name, spiffeId, dnsNames, hosts, profile, key, validFor);
  }

  /** The same for this use. */
  public IdentityRequest withProfile(Profile use) {
    return new IdentityRequest(name, spiffeId, dnsNames, addresses, use, key, validFor);
  }

  /** The same with a key of this kind. */
  public IdentityRequest withKey(KeyAlgorithm kind) {
    return new IdentityRequest(name, spiffeId, dnsNames, addresses, profile, kind, validFor);
  }

  /** The same for so long. */
  public IdentityRequest withValidFor(Duration lifetime) {
    return new IdentityRequest(name, spiffeId, dnsNames, addresses, profile, key, lifetime);
  }

  /**
   * Reads an IPv4 or IPv6 address; a host name is not looked up.
   *
   * @throws PkiException if it is not an address
   */
  public static InetAddress parseAddress(String text) throws PkiException {
    try {
      if (IPAddress.isValid(text)) {
        return InetAddress.getByName(text);
      }
    } catch (UnknownHostException e) {
      // Not an address after all; said below.
    }
    throw new PkiException(
        Reason.BAD_ADDRESS, "address " + Quoted.of(text) + " is not an IPv4 or IPv6 address");
  }

  /**
   * This request, if its name and lifetime are possible and it names somebody.
   *
   * @throws PkiException if not
   */
  IdentityRequest requireComplete() throws PkiException {
    requireName(name);
    if (validFor.compareTo(SHORTEST) < 0 || validFor.compareTo(LONGEST) > 0) {
      throw new PkiException(
          Reason.BAD_LIFETIME,
          "lifetime of identity \"" + name + "\" is out of range: " + validFor
              + " (1 minute to 397 days)");
    }
    if (spiffeId.isEmpty() && dnsNames.isEmpty()) {
      throw new PkiException(
          Reason.NO_NAMES,
          "identity \"" + name + "\" names nobody (expected a SPIFFE id or a DNS name)");
    }
    return this;
  }

  static void requireName(String name) throws PkiException {
    boolean plain = !name.isEmpty()
        && name.length() <= MAX_NAME
        && Character.isLetterOrDigit(name.charAt(0))
        && name.chars().allMatch(IdentityRequest::isNameCharacter);
    if (!plain || name.equals(RESERVED)) {
      throw new PkiException(
          Reason.BAD_NAME,
          "identity name " + Quoted.of(name) + " cannot be a directory (allowed: 1 to 64 of a-z 0-9"
              + " . _ -, first a letter or digit, not \"ca\")");
    }
  }

  private static boolean isNameCharacter(int c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  }
}
