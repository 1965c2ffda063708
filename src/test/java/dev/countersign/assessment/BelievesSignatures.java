package dev.countersign.assessment;

import java.io.Closeable;
import java.security.InvalidKeyException;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Security;
import java.security.SignatureSpi;

/** A security provider that takes every signature for good, for as long as it is installed. */
final class BelievesSignatures implements Closeable {
  private static final String NAME = "BelievesSignatures";

  private BelievesSignatures() {}

  static BelievesSignatures install() {
    Security.insertProviderAt(new Careless(), 1);
    return new BelievesSignatures();
  }

  @Override
  public void close() {
    Security.removeProvider(NAME);
  }

  private static final class Careless extends Provider {
    private static final long serialVersionUID = 1;

    Careless() {
      super(NAME, "1", "takes every signature for good");
      put("Signature.SHA256withECDSA", Any.class.getName());
    }
  }

  /** Verifies nothing, and cannot sign, so that others do. */
  public static final class Any extends SignatureSpi {
    /** For the provider. */
    public Any() {}

    @Override
    protected void engineInitVerify(PublicKey key) {}

    @Override
    protected void engineInitSign(PrivateKey key) throws InvalidKeyException {
      throw new InvalidKeyException("it cannot sign");
    }

    @Override
    protected void engineUpdate(byte b) {}

    @Override
    protected void engineUpdate(byte[] bytes, int offset, int length) {}

    @Override
    protected byte[] engineSign() {
      return new byte[0];
    }

    @Override
    protected boolean engineVerify(byte[] signature) {
      return true;
    }

    @Override
    @Deprecated
    protected void engineSetParameter(String name, Object value) {}

    @SuppressWarnings("InlineMeSuggester") // Nobody calls it.
    @Override
    @Deprecated
    protected Object engineGetParameter(String name) {
      return name;
    }
  }
}
