package dev.countersign.credentials;

import org.jspecify.annotations.Nullable;

/** The files of an identity as a source of key material. */
record FileSource(IdentityFiles files) implements MaterialSource {

  @Override
  public String certificateName() {
    return CredentialFiles.certificateName(files);
  }

  @Override
  public @Nullable Credential credential(LoadingProblems problems) {
    return new CredentialFiles(files, problems).read();
  }

  @Override
  public @Nullable TrustContent trust(TrustContent before, LoadingProblems problems) {
    return new TrustFiles(files, problems).read(before);
  }
}
