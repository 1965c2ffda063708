package dev.countersign.pki;

import dev.countersign.pki.PkiException.Reason;
import dev.countersign.text.Quoted;
import java.util.List;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.KeyPurposeId;

/** What a leaf may be used for in TLS; the profile alone decides its extensions. */
public enum Profile {
  /** To serve. */
  SERVER("server"),
  /** To call. */
  CLIENT("client"),
  /** To serve and to call. */
  PEER("peer");

  private final String label;

  Profile(String label) {
    this.label = label;
  }

  /** The name that a person writes. */
  public String label() {
    return label;
  }

  /**
   * The profile with this label.
   *
   * @throws PkiException if there is none
   */
  public static Profile parse(String label) throws PkiException {
    for (Profile profile : values()) {
      if (profile.label.equals(label)) {
        return profile;
      }
    }
    throw new PkiException(
        Reason.UNKNOWN_PROFILE,
        "profile " + Quoted.of(label) + " is unknown (server, client or peer)");
  }

  ExtendedKeyUsage extendedKeyUsage() {
    List<KeyPurposeId> uses = switch (this) {
      case SERVER -> List.of(KeyPurposeId.id_kp_serverAuth);
      case CLIENT -> List.of(KeyPurposeId.id_kp_clientAuth);
      case PEER -> List.of(KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth);
    };
    return new ExtendedKeyUsage(uses.toArray(KeyPurposeId[]::new));
  }
}
