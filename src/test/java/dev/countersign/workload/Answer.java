package dev.countersign.workload;

import com.google.protobuf.CodedOutputStream;
import dev.countersign.pki.ForgedCertificate;
import java.io.ByteArrayOutputStream;
import java.security.cert.X509Certificate;
import java.util.List;

/** What an agent answers, on the wire; each part can be anything. */
public final class Answer {
  private final ByteArrayOutputStream message = new ByteArrayOutputStream();

  /** Writes fields. */
  @FunctionalInterface
  private interface Fields {
    void writeTo(CodedOutputStream out) throws Exception;
  }

  /** The bytes of one identity. */
  public static final class Parts {
    private final String id;
    private final byte[] certificates;
    private final byte[] key;
    private final byte[] bundle;

    /** Any bytes. */
    public Parts(String id, byte[] certificates, byte[] key, byte[] bundle) {
      this.id = id;
      this.certificates = certificates;
      this.key = key;
      this.bundle = bundle;
    }

    /** An identity as it should be, believed through an anchor. */
    public static Parts of(String id, ForgedCertificate leaf, ForgedCertificate... anchors)
        throws Exception {
      return new Parts(id, der(leaf.chain()), leaf.privateKey().getEncoded(), bundleOf(anchors));
    }

    /** Its certificates. */
    public byte[] certificates() {
      return certificates;
    }

    /** Its key. */
    public byte[] key() {
      return key;
    }

    /** Its bundle. */
    public byte[] bundle() {
      return bundle;
    }

    /** The same with other certificates. */
    public Parts certificates(byte[] der) {
      return new Parts(id, der, key, bundle);
    }

    /** The same with another key. */
    public Parts key(byte[] der) {
      return new Parts(id, certificates, der, bundle);
    }

    /** The same with another bundle. */
    public Parts bundle(byte[] der) {
      return new Parts(id, certificates, key, der);
    }
  }

  /** With an identity. */
  public Answer svid(Parts parts) throws Exception {
    byte[] svid = fields(out -> {
      out.writeString(1, parts.id);
      out.writeByteArray(2, parts.certificates);
      out.writeByteArray(3, parts.key);
      out.writeByteArray(4, parts.bundle);
      out.writeString(5, "a hint");
    });
    return field(1, svid);
  }

  /** With a revocation list. */
  public Answer revocationList(byte[] der) throws Exception {
    return field(2, der);
  }

  /** With the authorities of another trust domain. */
  public Answer federated(String trustDomain, byte[] bundle) throws Exception {
    return field(3, fields(out -> {
      out.writeString(1, trustDomain);
      out.writeByteArray(2, bundle);
    }));
  }

  /** With a field of some length that nobody knows, and one that is a number. */
  public Answer unknownFields() throws Exception {
    message.writeBytes(fields(out -> {
      out.writeInt64(90, 7);
      out.writeString(91, "later");
    }));
    return this;
  }

  private Answer field(int number, byte[] value) throws Exception {
    message.writeBytes(fields(out -> out.writeByteArray(number, value)));
    return this;
  }

  byte[] bytes() {
    return message.toByteArray();
  }

  /** Certificates as a bundle. */
  public static byte[] bundleOf(ForgedCertificate... anchors) throws Exception {
    ByteArrayOutputStream der = new ByteArrayOutputStream();
    for (ForgedCertificate anchor : anchors) {
      der.writeBytes(anchor.certificate().getEncoded());
    }
    return der.toByteArray();
  }

  private static byte[] der(List<X509Certificate> certificates) throws Exception {
    ByteArrayOutputStream der = new ByteArrayOutputStream();
    for (X509Certificate certificate : certificates) {
      der.writeBytes(certificate.getEncoded());
    }
    return der.toByteArray();
  }

  private static byte[] fields(Fields fields) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    fields.writeTo(out);
    out.flush();
    return bytes.toByteArray();
  }
}
