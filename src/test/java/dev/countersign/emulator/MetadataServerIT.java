package dev.countersign.emulator;

import static dev.countersign.emulator.TwoSides.CLIENT;
import static dev.countersign.emulator.TwoSides.SERVER;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MetadataServerIT {
  private final HttpClient http = HttpClient.newHttpClient();
  private final AltsEmulator emulator = AltsEmulator.builder()
      .workload(SERVER, "127.0.0.2:0")
      .workload(CLIENT, "127.0.0.3:0")
      .metadata("127.0.0.1:0")
      .metadata(CLIENT + "=127.0.0.3:0")
      .cluster("fleet")
      .start();

  @AfterEach
  void close() {
    emulator.close();
  }

  @ParameterizedTest
  @CsvSource({
    "project/project-id, demo",
    "project/numeric-project-id, 100000000000",
    "instance/id, 1000000000000000000",
    "instance/zone, projects/100000000000/zones/us-central1-a",
    "instance/attributes/cluster-name, fleet",
    "instance/service-accounts/default/email, server@demo.iam.gserviceaccount.com",
    "instance/service-accounts/server@demo.iam.gserviceaccount.com/email, server@demo.iam.gserviceaccount.com",
  })
  void answersWithItsMarkAndGooglesFlavor(String path, String text) throws Exception {
    HttpResponse<String> response = get(emulator.metadataAddress(), path, "Google");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo(text);
    assertThat(response.headers().firstValue("Metadata-Flavor")).hasValue("Google");
    assertThat(response.headers().firstValue("X-Countersign-Emulator")).hasValue("1");
  }

  @Test
  void knowsWhoAsksByTheAddressThatWasAsked() throws Exception {
    String path = "instance/service-accounts/default/email";

    assertThat(get(emulator.metadataAddress(SERVER), path, "Google").body())
        .isEqualTo(SERVER.name());
    assertThat(get(emulator.metadataAddress(CLIENT), path, "Google").body())
        .isEqualTo(CLIENT.name());
  }

  @Test
  void describesAnAccountInOneAnswer() throws Exception {
    String path = "instance/service-accounts/default/?recursive=true";

    assertThat(get(emulator.metadataAddress(), path, "Google").body())
        .isEqualTo("{\"aliases\":[\"default\"],\"email\":\"" + SERVER + "\",\"scopes\":[]}");
  }

  @Test
  void refusesRequestsWithoutTheHeader() throws Exception {
    assertThat(get(emulator.metadataAddress(), "instance/id", "Google").statusCode())
        .isEqualTo(200);

    assertThat(get(emulator.metadataAddress(), "instance/id", "None").statusCode())
        .isEqualTo(403);
  }

  @Test
  void refusesForwardedRequests() throws Exception {
    HttpRequest.Builder direct = HttpRequest.newBuilder(
            URI.create("http://" + emulator.metadataAddress() + "/computeMetadata/v1/instance/id"))
        .header("Metadata-Flavor", "Google");
    HttpRequest forwarded = direct.copy().header("X-Forwarded-For", "10.0.0.1").build();

    assertThat(http.send(direct.build(), HttpResponse.BodyHandlers.ofString()).statusCode())
        .isEqualTo(200);
    assertThat(http.send(forwarded, HttpResponse.BodyHandlers.ofString()).statusCode())
        .isEqualTo(403);
  }

  @Test
  void hasNoTokensAndNoClusterThatItWasNotTold() throws Exception {
    assertThat(get(emulator.metadataAddress(), "instance/service-accounts/default/token", "Google")
            .statusCode())
        .isEqualTo(404);
    try (AltsEmulator plain =
        AltsEmulator.builder().workload(SERVER, "127.0.0.2:0").start()) {
      assertThat(get(plain.metadataAddress(), "instance/attributes/cluster-name", "Google")
              .statusCode())
          .isEqualTo(404);
    }
  }

  private HttpResponse<String> get(LoopbackAddress address, String path, String flavor)
      throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(
            URI.create("http://" + address + "/computeMetadata/v1/" + path))
        .header("Metadata-Flavor", flavor)
        .build();
    return http.send(request, HttpResponse.BodyHandlers.ofString());
  }
}
