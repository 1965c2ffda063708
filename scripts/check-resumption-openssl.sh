#!/usr/bin/env bash
# An unmodified OpenSSL client keeps its TLS session, is revoked, and comes back with the session: the server must take the
# session before the revocation and refuse the client afterwards. TLS 1.2 and 1.3. Ends with 1 if anything is otherwise.
#
#   scripts/check-resumption-openssl.sh [COUNTERSIGN]      the command to test, scripts/countersign by default
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." >/dev/null && pwd -P)
countersign=${1:-$root/scripts/countersign}
command -v openssl >/dev/null || {
  printf 'error: openssl is not installed\n' >&2
  exit 3
}
work=$(mktemp -d)
server=
trap 'if [[ -n $server ]]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi; rm -rf "$work"' EXIT

fail() {
  printf 'FAILED: %s\n' "$1" >&2
  sed 's/^/  server: /' "$work/server.log" >&2
  exit 1
}

# wait_for SECONDS COMMAND...
wait_for() {
  local until=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < until)) || return 1
    sleep 0.2
  done
}

# connect VERSION CLIENT OPTION... : what the client prints; it stays long enough to be sent a session, by a server that is cold
connect() {
  local version=$1 client=$work/certs/$2
  shift 2
  sleep 3 | openssl s_client -connect "$address" "-$version" -alpn h2 -CAfile "$work/certs/server/ca.crt" \
    -cert "$client/tls.crt" -cert_chain "$client/issuers.crt" -key "$client/tls.key" "$@" 2>&1 || true
}

"$countersign" certs init --dir "$work/certs" --trust-domain example.org >/dev/null
"$countersign" certs issue --dir "$work/certs" --name server --spiffe spiffe://example.org/server >/dev/null
for client in tls1_2 tls1_3; do
  "$countersign" certs issue --dir "$work/certs" --name "$client" --spiffe "spiffe://example.org/$client" >/dev/null
  # The option of s_client takes what comes behind the leaf.
  awk '/BEGIN CERTIFICATE/ { n++ } n > 1' "$work/certs/$client/tls.crt" >"$work/certs/$client/issuers.crt"
done
"$countersign" certs crl --dir "$work/certs" >/dev/null
cat >"$work/policy.json" <<'JSON'
{"name": "all", "allow_rules": [{"name": "all", "source": {"principals": ["spiffe://example.org/*"]}}]}
JSON

"$countersign" serve --listen mtls=127.0.0.1:0 --admin 127.0.0.1:0 --identity "$work/certs/server" \
  --policy "$work/policy.json" --tls-min 1.2 --reload-every 200ms --drain 1s --ready-file "$work/ready" \
  >"$work/server.log" 2>&1 &
server=$!
wait_for 60 test -s "$work/ready" || fail "the server did not start"
address=$(sed -n 's/.*"transport":"mtls","address":"\([^"]*\)".*/\1/p' "$work/ready")

for version in tls1_2 tls1_3; do
  session=$work/$version.session
  connect "$version" "$version" -sess_out "$session" >"$work/$version.first"
  grep -q '^New, TLSv1' "$work/$version.first" || fail "$version: no handshake"
  test -s "$session" || fail "$version: the server gave no session"
  connect "$version" "$version" -sess_in "$session" -sess_out "$session" >"$work/$version.second"
  grep -q '^Reused, TLSv1' "$work/$version.second" || fail "$version: the server did not take its own session"
  printf '%s: a session is resumed while the client is trusted\n' "$version"

  before=$(grep -c 'REVOKED' "$work/server.log" || true)
  taken=$(grep -c 'took up' "$work/server.log" || true)
  "$countersign" certs revoke --dir "$work/certs" --name "$version" >/dev/null
  taken_up() { (($(grep -c 'took up' "$work/server.log") > taken)); }
  wait_for 10 taken_up || fail "$version: the revocation was not taken up"
  connect "$version" "$version" -sess_in "$session" >"$work/$version.third"
  refused() { (($(grep -c 'REVOKED' "$work/server.log") > before)); }
  wait_for 10 refused || fail "$version: the revoked client was not refused"
  printf '%s: it is refused once the client is revoked\n' "$version"
done
