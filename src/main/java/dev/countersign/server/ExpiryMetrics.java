package dev.countersign.server;

import dev.countersign.credentials.Credential;
import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.TrustAnchors;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import javax.security.auth.x500.X500Principal;

/**
 * How long everything that this server relies on still is valid: the certificates that it presents, the anchors that it
 * believes, the revocation lists; negative once it is not. The names are of the operator's own files.
 */
final class ExpiryMetrics {
  private static final AttributeKey<String> IDENTITY = AttributeKey.stringKey("identity");
  private static final AttributeKey<String> USE = AttributeKey.stringKey("use");
  private static final AttributeKey<String> SERIAL = AttributeKey.stringKey("serial");
  private static final AttributeKey<String> ISSUER = AttributeKey.stringKey("issuer");

  private final Set<KeyMaterial> materials;
  private final InstantSource clock;

  private ExpiryMetrics(Set<KeyMaterial> materials, InstantSource clock) {
    this.materials = Set.copyOf(materials);
    this.clock = clock;
  }

  static void observe(Set<KeyMaterial> materials, InstantSource clock, Meter meter) {
    ExpiryMetrics metrics = new ExpiryMetrics(materials, clock);
    meter
        .gaugeBuilder("countersign.certificate.expiry")
        .ofLongs()
        .setDescription("Time until a certificate in use expires, by the name that it proves")
        .setUnit("s")
        .buildWithCallback(metrics::certificates);
    meter
        .gaugeBuilder("countersign.crl.expiry")
        .ofLongs()
        .setDescription("Time until the next revocation list of an authority is due, without grace")
        .setUnit("s")
        .buildWithCallback(metrics::lists);
  }

  private void certificates(ObservableLongMeasurement measurement) {
    Instant now = clock.instant();
    for (KeyMaterial material : materials) {
      Credential credential = material.credential();
      List<X509Certificate> chain = credential.chain();
      record(measurement, now, chain.get(0), credential.names().get(0).name(), "leaf");
      chain
          .subList(1, chain.size())
          .forEach(each -> record(measurement, now, each, subject(each), "intermediate"));
      TrustAnchors anchors = material.trust().anchors();
      anchors.own().forEach(each -> record(measurement, now, each, subject(each), "anchor"));
      anchors
          .federated()
          .values()
          .forEach(others ->
              others.forEach(each -> record(measurement, now, each, subject(each), "anchor")));
    }
  }

  private static void record(
      ObservableLongMeasurement measurement,
      Instant now,
      X509Certificate certificate,
      String name,
      String use) {
    measurement.record(
        Duration.between(now, certificate.getNotAfter().toInstant()).toSeconds(),
        Attributes.of(
            IDENTITY, name, USE, use, SERIAL, certificate.getSerialNumber().toString(16)));
  }

  private static String subject(X509Certificate certificate) {
    return certificate.getSubjectX500Principal().getName(X500Principal.RFC2253);
  }

  private void lists(ObservableLongMeasurement measurement) {
    Instant now = clock.instant();
    for (KeyMaterial material : materials) {
      material
          .trust()
          .listsDue()
          .forEach((issuer, due) -> measurement.record(
              Duration.between(now, due).toSeconds(), Attributes.of(ISSUER, issuer)));
    }
  }
}
