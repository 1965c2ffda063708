package dev.countersign.policy;

import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import javax.net.ssl.SSLSession;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A call as the transport hands it to an interceptor, by the holder of a certificate. */
public final class RecordedCall extends ServerCall<byte[], byte[]> {
  private final MethodDescriptor<byte[], byte[]> method;
  private final Attributes attributes;

  /** A call of {@code /package.Service/Method}. */
  public RecordedCall(X509Certificate peer, String path) {
    Bytes bytes = new Bytes();
    method = MethodDescriptor.newBuilder(bytes, bytes)
        .setType(MethodDescriptor.MethodType.UNARY)
        .setFullMethodName(path.substring(1))
        .build();
    attributes = Attributes.newBuilder()
        .set(Grpc.TRANSPORT_ATTR_SSL_SESSION, session(peer))
        .build();
  }

  /** A certificate with these names. */
  public static X509Certificate certificate(String subject, GeneralName... names) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    KeyPair keys = generator.generateKeyPair();
    X500Name name = new X500Name(subject);
    JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
        name,
        BigInteger.TEN,
        Date.from(Instant.EPOCH),
        Date.from(Instant.EPOCH.plusSeconds(60)),
        name,
        keys.getPublic());
    if (names.length > 0) {
      builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
    }
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
  }

  @Override
  public void request(int numMessages) {}

  @Override
  public void sendHeaders(Metadata headers) {}

  @Override
  public void sendMessage(byte[] message) {}

  @Override
  public void close(Status status, Metadata trailers) {}

  @Override
  public boolean isCancelled() {
    return false;
  }

  @Override
  public MethodDescriptor<byte[], byte[]> getMethodDescriptor() {
    return method;
  }

  @Override
  public Attributes getAttributes() {
    return attributes;
  }

  private static SSLSession session(X509Certificate peer) {
    return (SSLSession) Proxy.newProxyInstance(
        RecordedCall.class.getClassLoader(),
        new Class<?>[] {SSLSession.class},
        (proxy, called, arguments) -> {
          if (called.getName().equals("getPeerCertificates")) {
            return new Certificate[] {peer};
          }
          throw new UnsupportedOperationException(called.getName() + Arrays.toString(arguments));
        });
  }

  /** Messages as they are. */
  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      return new byte[0];
    }
  }
}
