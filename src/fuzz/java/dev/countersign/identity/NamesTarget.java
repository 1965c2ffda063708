package dev.countersign.identity;

import dev.countersign.fuzz.Claims;
import dev.countersign.fuzz.Target;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The readers of names: each accepts what a second description of its form accepts, keeps the spelling, and no text is a
 * name of two kinds.
 */
public final class NamesTarget implements Target {
  private static final Pattern TRUST_DOMAIN = Pattern.compile("[a-z0-9._-]{1,255}");
  private static final Pattern SPIFFE_ID =
      Pattern.compile("spiffe://[a-z0-9._-]{1,255}(?:/(?!\\.{1,2}(?:/|$))[a-zA-Z0-9._-]+)*");
  private static final int LONGEST = 2048;

  @Override
  public void read(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    TrustDomain domain = read(TrustDomain::new, text);
    Claims.same(domain != null, TRUST_DOMAIN.matcher(text).matches(), "a trust domain's form");
    SpiffeId id = read(SpiffeId::parse, text);
    boolean isId = text.length() <= LONGEST && SPIFFE_ID.matcher(text).matches();
    Claims.same(id != null, isId, "a SPIFFE id's form");
    if (id != null) {
      Claims.same("spiffe://" + id.trustDomain() + id.path(), text, "an id is put together again");
    }
    int kinds = kind(id, SpiffeId::parse, text)
        + kind(read(UriName::parse, text), UriName::parse, text)
        + kind(read(ServiceAccount::parse, text), ServiceAccount::parse, text)
        + kind(read(DnsName::parse, text), DnsName::parse, text.toLowerCase(Locale.ROOT));
    SubjectName subject = read(SubjectName::new, text);
    kinds += kind(subject, SubjectName::new, text);
    Claims.that(kinds <= 1, "no text is a name of two kinds");
    SubjectName parsed = read(SubjectName::parse, text);
    if (parsed != null) {
      Claims.same(SubjectName.parse(parsed.name()), parsed, "a subject's form is its own");
    }
    Principal principal = read(Principal::parse, text);
    if (principal != null) {
      Claims.same(Principal.parse(principal.name()), principal, "a principal comes back");
    }
  }

  private static int kind(
      @Nullable Principal read, Function<String, Principal> parser, String spelling) {
    if (read == null) {
      return 0;
    }
    Claims.same(read.name(), spelling, "a name keeps its spelling");
    Claims.same(parser.apply(read.name()), read, "a name comes back");
    Claims.visible(read.name());
    return 1;
  }

  private static <T> @Nullable T read(Function<String, T> parser, String text) {
    try {
      return parser.apply(text);
    } catch (IdentityException e) {
      Claims.message(e.getMessage());
      return null;
    }
  }

  @Override
  public List<byte[]> seeds() {
    return Claims.inputs(
        "spiffe://example.org/ns/demo/sa/server",
        "spiffe://example.org",
        "spiffe://example.org/a/../b",
        "SPIFFE://example.org/%2e",
        "https://example.org/a?x=y",
        "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "server@demo.iam.gserviceaccount.com",
        "xn--bcher-kva.example",
        "CN=billing,O=Example",
        "CN=a\\,b+2.5.4.5=#0c0131,DC=example",
        "example.org");
  }
}
