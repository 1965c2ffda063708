package dev.countersign.identity;

import dev.countersign.identity.IdentityException.Reason;
import dev.countersign.text.Quoted;
import java.util.regex.Pattern;

/**
 * A Google Cloud service account, such as {@code server@demo.iam.gserviceaccount.com}; only ALTS proves one. Lower
 * case, compared exactly: another spelling is another text and is refused, not folded.
 *
 * @param name the account's mail address
 */
public record ServiceAccount(String name) implements Principal {
  private static final int MAX_LENGTH = 320;
  private static final Pattern FORM = Pattern.compile(
      "[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?");

  /**
   * A service account from its mail address.
   *
   * @throws IdentityException if the text is not {@code name@domain} in lower case
   */
  public ServiceAccount {
    if (name.length() > MAX_LENGTH) {
      throw new IdentityException(
          Reason.TOO_LONG,
          "service account is too long: " + name.length() + " characters (at most " + MAX_LENGTH
              + ")");
    }
    if (!FORM.matcher(name).matches()) {
      throw new IdentityException(
          Reason.BAD_SERVICE_ACCOUNT,
          "service account " + Quoted.of(name) + " is not of the form name@domain in lower case");
    }
  }

  /**
   * Reads a service account.
   *
   * @throws IdentityException if it is not one
   */
  public static ServiceAccount parse(String text) {
    return new ServiceAccount(text);
  }

  @Override
  public String toString() {
    return name;
  }
}
