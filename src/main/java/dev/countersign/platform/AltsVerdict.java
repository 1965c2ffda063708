package dev.countersign.platform;

import java.util.List;
import java.util.Optional;

/**
 * Whether ALTS works here, why, and everything that led to it.
 *
 * @param reason what decided
 * @param explanation the reason in words, as it continues {@code ALTS is ... because}
 * @param evidence what was looked at, in the order in which it counts
 * @param account who the handshaker says we are, if a handshake was completed
 * @param handshaker where the handshaker is, {@code HOST:PORT}
 * @param isEmulated whether an emulator takes Google's place, so that ALTS gives no security
 */
public record AltsVerdict(
    Reason reason,
    String explanation,
    List<Evidence> evidence,
    Optional<String> account,
    String handshaker,
    boolean isEmulated) {

  /** What decided. */
  public enum Reason {
    /** A complete handshake with ourselves succeeded; the only reason to use ALTS. */
    PROVED,
    /** Only Linux machines are looked at. */
    NOT_LINUX,
    /** Cloud Run, Cloud Functions and App Engine have no handshaker. */
    SERVERLESS,
    /** The variable {@code NO_GCE_CHECK} forbids asking the metadata server. */
    SWITCHED_OFF,
    /** There is no metadata server: its name or its port does not exist. */
    METADATA_ABSENT,
    /** The metadata address did not answer in time. */
    METADATA_SILENT,
    /** Something answers at the metadata address that does not say it is Google's. */
    METADATA_NOT_GOOGLE,
    /** The metadata address sends elsewhere, as a captive portal does. */
    METADATA_REDIRECTS,
    /** The metadata server answers with an error. */
    METADATA_FAILS,
    /** An emulator was asked for where the real metadata server answers. */
    METADATA_IS_REAL,
    /** No service account is attached to this workload. */
    NO_SERVICE_ACCOUNT,
    /** There is no DMI product name, as in some sandboxes; grpc-java's own gate refuses then. */
    DMI_MISSING,
    /** The DMI product name is empty. */
    DMI_EMPTY,
    /** The DMI product name is another one. */
    DMI_NOT_GOOGLE,
    /** The handshaker cannot be connected to, or refuses the handshake. */
    HANDSHAKER_REFUSED,
    /** The handshaker did not answer in time. */
    HANDSHAKER_SILENT,
    /** The handshaker answers, but not with a handshake that holds. */
    HANDSHAKE_BROKEN,
    /** The handshaker proves another account than the one this workload has. */
    OTHER_ACCOUNT
  }

  /** A verdict; the list is copied. */
  public AltsVerdict {
    evidence = List.copyOf(evidence);
  }

  /** Whether ALTS may be used. */
  public boolean works() {
    return reason == Reason.PROVED;
  }
}
