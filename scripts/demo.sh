#!/usr/bin/env bash
# Shows the whole path once, with real calls over loopback: certificates, mutual TLS, identity, policy, audit. Needs a JDK
# (17 or later) and Maven. Exits 0 only if everything that should work did and everything that should be refused was.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." >/dev/null && pwd -P)
countersign=$root/scripts/countersign
work=$root/target/demo
server_id=spiffe://example.org/ns/demo/sa/server
server=
wrong=0

say() { printf '\n%s\n' "$*"; }
ok() { printf '   ok: %s\n' "$*"; }
bad() {
  printf '   WRONG: %s\n' "$*"
  tail -n 5 "$work"/*.log 2>/dev/null | cut -c1-300 || true
  wrong=$((wrong + 1))
}

stop() {
  [ -n "$server" ] || return 0
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=
}
trap stop EXIT

# call IDENTITY METHOD [REQUEST...]: fills $work/out, $work/err and $code.
call() {
  local identity=$1 method=$2 request
  shift 2
  code=0
  for request in "$@"; do printf '%s\n' "$request"; done |
    "$countersign" call --target "mtls=$address" --identity "$work/certs/$identity" --expect-server "$server_id" \
      "$method" >"$work/out" 2>"$work/err" || code=$?
}

shorten() { cut -c1-110 "$1" | sed 's/^/      /' | head -n "$2"; }

# answers WHAT PATTERN: the last call was answered, and the answer holds the pattern.
answers() {
  if [ "$code" -eq 0 ] && grep -q -- "$2" "$work/out"; then
    ok "$1"
    shorten "$work/out" 3
  else
    bad "$1: exit $code: $(tail -n 1 "$work/err")"
  fi
}

# refused WHAT STATUS: the last call ended with this status and without an answer.
refused() {
  if [ "$code" -eq 1 ] && [ ! -s "$work/out" ] && tail -n 1 "$work/err" | grep -q "\"status\":\"$2\""; then
    ok "$1: $2"
  else
    bad "$1: exit $code, $(wc -l <"$work/out") answers: $(tail -n 1 "$work/err")"
  fi
}

# logged WHAT PATTERN FILE: the server wrote such a line, at the latest within ten seconds.
logged() {
  local tries=0 line
  until line=$(grep -m 1 -- "$2" "$3"); do
    tries=$((tries + 1))
    if [ "$tries" -gt 100 ]; then
      bad "$1: no such line in $3"
      return
    fi
    sleep 0.1
  done
  ok "$1"
  printf '      %s\n' "$line" | cut -c1-220
}

all_four() {
  local identity=$1 check=$2 expected=$3
  local gate='{"latitude":525162746,"longitude":133777041}'
  call "$identity" routeguide.RouteGuide/GetFeature "$gate"
  "$check" "GetFeature (one request, one response)" "$expected"
  call "$identity" routeguide.RouteGuide/ListFeatures \
    '{"lo":{"latitude":-900000000,"longitude":-1800000000},"hi":{"latitude":900000000,"longitude":1800000000}}'
  "$check" "ListFeatures (a stream of responses)" "$expected"
  call "$identity" routeguide.RouteGuide/RecordRoute "$gate" '{"latitude":488583701,"longitude":22944813}'
  "$check" "RecordRoute (a stream of requests)" "${4:-$expected}"
  call "$identity" routeguide.RouteGuide/RouteChat \
    "{\"location\":$gate,\"message\":\"first\"}" "{\"location\":$gate,\"message\":\"second\"}"
  "$check" "RouteChat (streams both ways)" "${5:-$expected}"
}

mkdir -p "$work"
rm -rf "$work/certs" "$work/stranger" "$work/ready.json"

say "1. Build"
"$countersign" --version | sed 's/^/   /'

say "2. A certificate authority and four identities, from certs/pki.yaml"
"$root/scripts/certs.sh" "$work/certs" | sed 's/^/   /'

say "3. The server, on mutual TLS, guarded by a policy"
policy=$root/src/main/resources/dev/countersign/demo/policy.json
places=$root/src/main/resources/dev/countersign/demo/places.json
"$countersign" serve --listen mtls=127.0.0.1:0 --admin 127.0.0.1:0 --identity "$work/certs/server" \
  --policy "$policy" --features "$places" --ready-file "$work/ready.json" \
  >"$work/audit.log" 2>"$work/server.log" &
server=$!
until [ -s "$work/ready.json" ]; do
  kill -0 "$server" 2>/dev/null || {
    cat "$work/server.log" >&2
    exit 3
  }
  sleep 0.1
done
address=$(sed 's/.*"address" *: *"\([^"]*\)".*/\1/' "$work/ready.json")
ok "listening on $address, policy $(basename "$policy")"

say "4. The operator may use the route guide: every kind of call is answered"
all_four operator answers name pointCount first

say "5. The viewer proves who it is just as well, but no rule allows it these calls"
all_four viewer refused PERMISSION_DENIED

say "6. A client without a certificate does not get as far as a call"
jar=$(ls "$root"/target/countersign-*-app.jar)
code=0
"${JAVA_HOME:+$JAVA_HOME/bin/}java" -cp "$jar" "$root/scripts/demo/NoCertificate.java" "$address" \
  "$work/certs/server/ca.crt" >"$work/out" 2>"$work/err" || code=$?
refused "GetFeature" UNAVAILABLE
logged "the server's log says why" 'NO_CERTIFICATE' "$work/server.log"

say "7. Nor does one with the operator's name from another authority"
"$countersign" certs init --dir "$work/stranger" --trust-domain example.org >/dev/null
"$countersign" certs issue --dir "$work/stranger" --name operator --profile client \
  --spiffe spiffe://example.org/ns/demo/sa/operator >/dev/null
mkdir -p "$work/certs/stranger"
cp "$work/stranger/operator/tls.crt" "$work/stranger/operator/tls.key" "$work/certs/stranger/"
# It believes both authorities, so that only the server can refuse.
cat "$work/stranger/operator/ca.crt" "$work/certs/operator/ca.crt" >"$work/certs/stranger/ca.crt"
call stranger routeguide.RouteGuide/GetFeature '{}'
refused "GetFeature" UNAVAILABLE
logged "the server's log says why" 'UNTRUSTED_ISSUER' "$work/server.log"

say "8. A device speaks for itself, and for no other"
report=countersign.demo.device.v1.DeviceController/ReportTelemetry
call thermostat "$report" '{"deviceId":"thermostat","metric":"celsius","value":21.5}'
answers "thermostat reports for thermostat" accepted
call thermostat "$report" '{"deviceId":"boiler","metric":"celsius","value":99}'
refused "thermostat reports for boiler" PERMISSION_DENIED

say "9. What the auditor reads: one line for each decision"
logged "allowed, with the rule that allowed it" '"principal":"spiffe://example.org/ns/demo/sa/operator".*"authorized":true' "$work/audit.log"
logged "denied" '"principal":"spiffe://example.org/ns/demo/sa/viewer".*"authorized":false' "$work/audit.log"

stop
if [ "$wrong" -gt 0 ]; then
  say "$wrong of these did not do what they should; the server's log is $work/server.log"
  exit 1
fi
say "All of it did what it should. Everything that was started has ended."
