package dev.countersign.credentials;

import org.jspecify.annotations.Nullable;

/** Where key material is read, in two halves, either of which can be used without the other. */
interface MaterialSource {

  /** What an error calls the certificate's place, such as {@code certificate file "tls.crt"}. */
  String certificateName();

  /** What we present, shown to belong together but not to be of any use; null if it cannot be read, and it is noted why. */
  @Nullable
  Credential credential(LoadingProblems problems);

  /**
   * Whom we believe; null if not all of it can be used, and then it is noted why.
   *
   * @param before what is in use
   */
  @Nullable
  TrustContent trust(TrustContent before, LoadingProblems problems);
}
