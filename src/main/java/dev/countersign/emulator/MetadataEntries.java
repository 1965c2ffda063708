package dev.countersign.emulator;

import dev.countersign.identity.ServiceAccount;
import java.net.URI;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the metadata server knows about one workload, by path. Access and identity tokens are not among it. */
final class MetadataEntries {
  private static final String ROOT = "/computeMetadata/v1/";
  private static final String PROJECT_NUMBER = "100000000000";
  private static final String LOCATION = "us-central1";
  private static final Pattern USER_ACCOUNT =
      Pattern.compile("[^@]+@(?<project>[^.]+)\\.iam\\.gserviceaccount\\.com");

  private final Map<String, String> texts = new TreeMap<>();

  MetadataEntries(ServiceAccount account, @Nullable String cluster) {
    String project = project(account);
    texts.put("/", "computeMetadata/\n");
    put("project/project-id", project);
    put("project/numeric-project-id", PROJECT_NUMBER);
    put("instance/id", "1000000000000000000");
    put("instance/name", "emulated");
    put("instance/hostname", "emulated." + LOCATION + "-a.c." + project + ".internal");
    put("instance/zone", "projects/" + PROJECT_NUMBER + "/zones/" + LOCATION + "-a");
    put("instance/service-accounts/", "default/\n" + account + "/\n");
    putAccount("default", account);
    putAccount(account.name(), account);
    if (cluster != null) {
      put("instance/attributes/cluster-name", cluster);
      put("instance/attributes/cluster-location", LOCATION);
    }
  }

  /** What stands at a path, or null. */
  @Nullable
  String find(URI uri) {
    String query = uri.getRawQuery();
    boolean recursive = query != null && query.contains("recursive=true");
    return texts.get(recursive ? uri.getPath() + "?recursive=true" : uri.getPath());
  }

  private void putAccount(String alias, ServiceAccount account) {
    String directory = "instance/service-accounts/" + alias + "/";
    put(directory, "aliases\nemail\nscopes\n");
    put(directory + "email", account.name());
    put(directory + "aliases", "default\n");
    put(directory + "scopes", "");
    put(
        directory + "?recursive=true",
        "{\"aliases\":[\"default\"],\"email\":\"" + account + "\",\"scopes\":[]}");
  }

  private void put(String path, String text) {
    texts.put(ROOT + path, text);
  }

  private static String project(ServiceAccount account) {
    Matcher matcher = USER_ACCOUNT.matcher(account.name());
    return matcher.matches() ? matcher.group("project") : "emulated-project";
  }
}
