package dev.countersign.pki;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;

/**
 * One root and the intermediate below it that issues.
 *
 * @param generation which of the authority's roots this is, counted from 1
 */
record Authority(int generation, Holder root, Holder intermediate) {
  /** A certificate and its key. */
  record Holder(X509Certificate certificate, PrivateKey key) {
    @Override
    public String toString() {
      return certificate.getSubjectX500Principal().getName();
    }
  }
}
