package dev.countersign.credentials;

import static dev.countersign.credentials.HandClock.START;

import dev.countersign.credentials.KeyMaterialException.Reason;
import dev.countersign.pem.Pem;
import dev.countersign.pki.CertificateDraft;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.pki.ForgedCrl;
import dev.countersign.workload.Answer;
import dev.countersign.workload.Answer.Parts;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/** Answers of an agent that are wrong in one thing. */
final class AgentAnswers {
  private AgentAnswers() {}

  /** Makes an answer; the good one would be made of these parts. */
  @FunctionalInterface
  interface Maker {
    Answer make(Zoo zoo, Parts good) throws Exception;
  }

  record Unusable(String name, Reason reason, String inMessage, Maker maker) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Unusable> unusable() {
    return List.of(
        new Unusable("empty", Reason.CONTENT, "holds no identity", (zoo, good) -> new Answer()),
        parts(
            "no certificate",
            Reason.CONTENT,
            "0 certificates",
            (zoo, good) -> good.certificates(new byte[0])),
        parts(
            "half a certificate",
            Reason.CONTENT,
            "does not parse",
            (zoo, good) -> good.certificates(half(good.certificates()))),
        parts(
            "rubbish after the chain",
            Reason.CONTENT,
            "does not parse",
            (zoo, good) -> good.certificates(followed(good.certificates(), "rubbish"))),
        parts(
            "PEM for DER",
            Reason.CONTENT,
            "does not parse",
            (zoo, good) -> good.certificates(
                text(Pem.write("CERTIFICATE", zoo.good().certificate().getEncoded())))),
        parts(
            "half a key",
            Reason.CONTENT,
            "private key that does not parse",
            (zoo, good) -> good.key(half(good.key()))),
        parts(
            "no key",
            Reason.CONTENT,
            "private key that does not parse",
            (zoo, good) -> good.key(new byte[0])),
        parts(
            "key of another",
            Reason.KEY_MISMATCH,
            "is not the key of",
            (zoo, good) -> good.key(zoo.good().privateKey().getEncoded())),
        parts(
            "certificate of another id",
            Reason.NOT_TRUSTED,
            "certificate for another",
            (zoo, good) -> Parts.of("spiffe://example.org/other", zoo.good(), zoo.root)),
        parts(
            "certificate without an id",
            Reason.NOT_TRUSTED,
            "certificate for another",
            (zoo, good) -> of(zoo, zoo.forge.leaf().dns("server.example.org").clientAndServer())),
        leaf("expired", Reason.EXPIRED, "expired", leaf -> leaf.notAfter(START.minusSeconds(1))),
        leaf(
            "not yet valid",
            Reason.NOT_YET_VALID,
            "2031-05-01T12:00:01Z",
            leaf -> leaf.notBefore(START.plusSeconds(1))),
        parts(
            "for clients only",
            Reason.WRONG_USE,
            "extended key usage",
            (zoo, good) -> of(zoo, zoo.forge.leaf().spiffe(Zoo.ID.name()).client())),
        parts(
            "bundle of strangers",
            Reason.NOT_TRUSTED,
            "is not trusted",
            (zoo, good) -> Parts.of(Zoo.ID.name(), zoo.good(), zoo.partner)),
        parts(
            "no bundle", Reason.CONTENT, "0 certificates", (zoo, good) -> good.bundle(new byte[0])),
        parts(
            "half a bundle",
            Reason.CONTENT,
            "does not parse",
            (zoo, good) -> good.bundle(half(good.bundle()))),
        parts(
            "leaf in the bundle",
            Reason.ANCHORS,
            "may not issue certificates",
            (zoo, good) -> good.bundle(Answer.bundleOf(zoo.root, zoo.good()))),
        new Unusable(
            "our own domain, federated",
            Reason.ANCHORS,
            "cannot be federated",
            (zoo, good) -> new Answer()
                .svid(good)
                .federated("spiffe://example.org", Answer.bundleOf(zoo.root))),
        new Unusable(
            "federation without a bundle",
            Reason.CONTENT,
            "partner.example",
            (zoo, good) ->
                new Answer().svid(good).federated("spiffe://partner.example", new byte[0])),
        new Unusable(
            "two bundles for one domain",
            Reason.CONTENT,
            "has two bundles",
            (zoo, good) -> new Answer()
                .svid(good)
                .federated("spiffe://partner.example", Answer.bundleOf(zoo.partner))
                .federated("partner.example", Answer.bundleOf(zoo.root))),
        new Unusable(
            "federation of nobody",
            Reason.CONTENT,
            "trust domain",
            (zoo, good) ->
                new Answer().svid(good).federated("spiffe://a b", Answer.bundleOf(zoo.partner))),
        new Unusable(
            "broken revocation list",
            Reason.CONTENT,
            "revocation list",
            (zoo, good) -> new Answer().svid(good).revocationList(text("list"))),
        new Unusable("revoked", Reason.REVOKED, "was revoked", (zoo, good) -> {
          ForgedCertificate revoked = zoo.good();
          return new Answer()
              .svid(Parts.of(Zoo.ID.name(), revoked, zoo.root))
              .revocationList(text(ForgedCrl.of(zoo.root, START)))
              .revocationList(text(ForgedCrl.of(zoo.issuing, START, revoked.certificate())));
        }));
  }

  /** Makes the parts of the one identity in an answer. */
  @FunctionalInterface
  private interface PartsMaker {
    Parts make(Zoo zoo, Parts good) throws Exception;
  }

  private static Unusable parts(String name, Reason reason, String inMessage, PartsMaker maker) {
    return new Unusable(
        name, reason, inMessage, (zoo, good) -> new Answer().svid(maker.make(zoo, good)));
  }

  private static Unusable leaf(
      String name, Reason reason, String inMessage, UnaryOperator<CertificateDraft> change) {
    return parts(name, reason, inMessage, (zoo, good) -> of(zoo, change.apply(zoo.leaf())));
  }

  private static Parts of(Zoo zoo, CertificateDraft leaf) throws Exception {
    return Parts.of(Zoo.ID.name(), leaf.issuedBy(zoo.issuing), zoo.root);
  }

  static byte[] half(byte[] bytes) {
    return Arrays.copyOf(bytes, bytes.length / 2);
  }

  private static byte[] followed(byte[] bytes, String text) {
    byte[] more = Arrays.copyOf(bytes, bytes.length + text.length());
    System.arraycopy(text(text), 0, more, bytes.length, text.length());
    return more;
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
