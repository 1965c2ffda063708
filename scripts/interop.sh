#!/usr/bin/env bash
# Unmodified gRPC of other languages against this project: Python, Go and Node clients against our server, our client
# against Python and Go servers, all over mutual TLS. Ends with "N passed, N failed"; exits 1 if anything failed.
#   scripts/interop.sh [PLACES]      PLACES: a places file for our server, instead of three places in Berlin
# Needs python3 (with venv), go, node and npm beside what the project needs. What it makes lies under target/interop.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
peers=$root/scripts/interop
out=$root/target/interop
countersign=$root/scripts/countersign
domain=example.org
places=$out/places.json

say() { printf '\n== %s\n' "$*"; }

die() {
  printf 'interop: error: %s\n' "$*" >&2
  exit 3
}

# ---- the peers ----

build_peers() {
  local tool
  for tool in python3 go node npm; do
    command -v "$tool" >/dev/null || die "$tool is not installed (needed: python3 with venv, go, node, npm)"
  done
  mkdir -p "$out"
  build_python
  build_go
  build_node
}

build_python() {
  say "Python peers ($(python3 --version))"
  if ! cmp -s "$peers/python/requirements.txt" "$out/venv/requirements.txt"; then
    rm -rf "$out/venv"
    python3 -m venv "$out/venv"
    "$out/venv/bin/pip" install --quiet --disable-pip-version-check -r "$peers/python/requirements.txt"
    cp "$peers/python/requirements.txt" "$out/venv/requirements.txt"
  fi
  rm -rf "$out/python"
  mkdir -p "$out/python"
  cp "$peers"/python/*.py "$out/python/"
  protoc --python_out="$out/python" --grpc_python_out="$out/python"
  touch "$out/python/routeguide/__init__.py"
}

build_go() {
  say "Go peers ($(go version))"
  mkdir -p "$out/go"
  cp -R "$peers/go/." "$out/go/"
  (
    cd "$out/go"
    GOBIN=$out/bin GOFLAGS=-mod=mod go install google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12
    GOBIN=$out/bin GOFLAGS=-mod=mod go install google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2
    package=countersign.invalid/interop/routeguide
    mkdir -p routeguide
    protoc --plugin="$out/bin/protoc-gen-go" --plugin="$out/bin/protoc-gen-go-grpc" \
      --go_out=. --go_opt=module=countersign.invalid/interop --go_opt=Mrouteguide/route_guide.proto=$package \
      --go-grpc_out=. --go-grpc_opt=module=countersign.invalid/interop --go-grpc_opt=Mrouteguide/route_guide.proto=$package
    go build -o "$out/bin/go-client" ./client
    go build -o "$out/bin/go-server" ./server
  )
}

build_node() {
  say "Node peer ($(node --version))"
  mkdir -p "$out/node"
  if ! cmp -s "$peers/node/package.json" "$out/node/package.json"; then
    cp "$peers/node/package.json" "$out/node/"
    (cd "$out/node" && npm install --silent --no-package-lock --no-audit --no-fund)
  fi
  cp "$peers/node/client.js" "$out/node/"
}

# The compiler that comes with grpcio-tools, on the one service that the peers speak.
protoc() {
  "$out/venv/bin/python" -m grpc_tools.protoc -I "$root/src/main/proto" "$@" routeguide/route_guide.proto
}

# ---- identities, policy, places ----

make_material() {
  say "identities"
  rm -rf "$out/certs" "$out/rogue"
  issue_in "$out/certs" server --spiffe "spiffe://$domain/ns/demo/sa/server" --dns localhost --profile server
  issue_in "$out/certs" operator --spiffe "spiffe://$domain/ns/demo/sa/operator" --profile client
  issue_in "$out/certs" viewer --spiffe "spiffe://$domain/ns/demo/sa/viewer" --profile client
  issue_in "$out/rogue" operator --spiffe "spiffe://$domain/ns/demo/sa/operator" --profile client

  # The operator's certificate from a CA that the server does not trust; it believes both, so only the server can refuse.
  mkdir -p "$out/certs/impostor"
  cp -p "$out/rogue/operator/tls.crt" "$out/rogue/operator/tls.key" "$out/certs/impostor/"
  cat "$out/rogue/operator/ca.crt" "$out/certs/operator/ca.crt" >"$out/certs/impostor/ca.crt"
  # The operator, trusting another CA: it must not talk to the server.
  mkdir -p "$out/certs/misled"
  cp -p "$out/certs/operator/tls.crt" "$out/certs/operator/tls.key" "$out/certs/misled/"
  cp -p "$out/rogue/operator/ca.crt" "$out/certs/misled/"
  # Nobody: the right anchors and no certificate.
  mkdir -p "$out/certs/nobody"
  cp -p "$out/certs/operator/ca.crt" "$out/certs/nobody/"

  cat >"$out/policy.json" <<JSON
{
  "name": "interop",
  "allow_rules": [
    {
      "name": "operators-use-the-route-guide",
      "source": {"principals": ["spiffe://$domain/ns/demo/sa/operator"]},
      "request": {"paths": ["/routeguide.RouteGuide/*"]}
    }
  ]
}
JSON
  cat >"$out/places.json" <<'JSON'
{
  "feature": [
    {"name": "Brandenburger Tor, Berlin", "location": {"latitude": 525162746, "longitude": 133777041}},
    {"name": "Fernsehturm, Berlin", "location": {"latitude": 525208180, "longitude": 134094020}},
    {"name": "", "location": {"latitude": 525000000, "longitude": 134000000}}
  ]
}
JSON
}

# issue_in CA_DIRECTORY NAME FLAG...
issue_in() {
  local dir=$1 name=$2
  shift 2
  [ -d "$dir/ca" ] || "$countersign" certs init --dir "$dir" --trust-domain "$domain" --dns-domain localhost
  "$countersign" certs issue --dir "$dir" --name "$name" "$@"
}

# ---- running and counting ----

passed=0
failed=0
started=()

stop_all() {
  local pid
  for pid in "${started[@]}"; do
    kill "$pid" 2>/dev/null || true
  done
  for pid in "${started[@]}"; do
    wait "$pid" 2>/dev/null || true
  done
  started=()
}
trap stop_all EXIT

pass() {
  passed=$((passed + 1))
  printf '  ok    %s\n' "$1"
}

fail() {
  failed=$((failed + 1))
  printf '  FAIL  %s: %s\n' "$1" "$2"
}

# start NAME COMMAND...: runs a server with a ready file and sets port.
start() {
  local name=$1 ready=$out/$1.ready pid deadline=$((SECONDS + 180))
  shift
  rm -f "$ready"
  "$@" --ready-file "$ready" >"$out/$name.log" 2>&1 &
  pid=$!
  started+=("$pid")
  until [ -s "$ready" ]; do
    kill -0 "$pid" 2>/dev/null || die "$name ended before it served: $(tail -n 3 "$out/$name.log")"
    [ "$SECONDS" -lt "$deadline" ] || die "$name was not ready within 180 s: $(tail -n 3 "$out/$name.log")"
    sleep 0.1
  done
  # The listeners come first in the file; the admin port is not one of them.
  port=$(grep -o '"address" *: *"127\.0\.0\.1:[0-9]*"' "$ready" | head -n 1 | grep -o '[0-9]*"$' | tr -d '"')
  [ -n "$port" ] || die "$name wrote no address into its ready file: $(cat "$ready")"
}

# peer NAME IDENTITY EXPECT COMMAND...: a client of another language, which prints one line for each kind of call.
peer() {
  local name=$1 identity=$2 expect=$3 line lines=0
  shift 3
  "$@" --target "localhost:$port" --identity "$out/certs/$identity" --features "$places" --expect "$expect" \
    >"$out/client.log" 2>"$out/client.err" || true
  while IFS= read -r line; do
    lines=$((lines + 1))
    case $line in
      *'onnection refused'* | *ECONNREFUSED*) fail "$name as $identity: $expect" "nobody listens: $line" ;;
      *'"ok":true'*) pass "$name as $identity: $expect ($(check_of "$line"))" ;;
      *) fail "$name as $identity: $expect" "$line" ;;
    esac
  done <"$out/client.log"
  [ "$lines" -eq 4 ] || fail "$name as $identity" "$lines answers (4 expected): $(tail -n 3 "$out/client.err")"
}

check_of() { printf '%s' "$1" | sed 's/.*"check":"\([A-Za-z]*\)".*/\1/'; }

# our_call NAME IDENTITY SERVER METHOD REQUESTS: our client; sets code, and fills call.out and call.err.
our_call() {
  code=0
  printf '%s\n' "$4" | "$countersign" call --target "mtls=127.0.0.1:$port" --authority localhost \
    --identity "$out/certs/$1" --expect-server "$2" --deadline 20s "routeguide.RouteGuide/$3" \
    >"$out/call.out" 2>"$out/call.err" || code=$?
}

# answered NAME PATTERN LINES: the last call ended well, with so many answers, and they hold the pattern.
answered() {
  local lines
  lines=$(wc -l <"$out/call.out")
  if [ "$code" -eq 0 ] && [ "$lines" -eq "$3" ] && grep -q "$2" "$out/call.out"; then
    pass "$1"
  else
    fail "$1" "exit $code, $lines lines (0 and $3 expected): $(tail -n 2 "$out/call.out" "$out/call.err" | tr '\n' ' ')"
  fi
}

# turned_down NAME: the last call ended without an answer, because a side refused the other and not by a deadline.
turned_down() {
  if [ "$code" -eq 1 ] && [ ! -s "$out/call.out" ] && tail -n 1 "$out/call.err" | grep -q '"status" *: *"\(UNAVAILABLE\|UNAUTHENTICATED\)"'; then
    pass "$1"
  else
    fail "$1" "exit $code: $(tail -n 2 "$out/call.err" | tr '\n' ' ')"
  fi
}

# ---- the two directions ----

their_clients() {
  local name=$1
  shift
  peer "$name" operator OK "$@"
  peer "$name" nobody refused "$@"
  peer "$name" impostor refused "$@"
  peer "$name" misled refused "$@"
  # Last, because it shows that the server is still there.
  peer "$name" viewer PERMISSION_DENIED "$@"
}

our_client() {
  local name=$1 server=spiffe://$domain/ns/demo/sa/server
  local known='{"latitude":525162746,"longitude":133777041}' other='{"latitude":525208180,"longitude":134094020}'
  our_call operator "$server" GetFeature "$known"
  answered "our client, $name: GetFeature" 'Brandenburger Tor' 1
  our_call operator "$server" ListFeatures \
    '{"lo":{"latitude":-900000000,"longitude":-1800000000},"hi":{"latitude":900000000,"longitude":1800000000}}'
  answered "our client, $name: ListFeatures" 'Fernsehturm' 2
  our_call operator "$server" RecordRoute "$known"$'\n'"$other"
  answered "our client, $name: RecordRoute" 'distance' 1
  our_call operator "$server" RouteChat \
    "{\"location\":$known,\"message\":\"first\"}"$'\n'"{\"location\":$known,\"message\":\"second\"}"
  answered "our client, $name: RouteChat" 'first' 1
  our_call operator "spiffe://$domain/ns/demo/sa/another" GetFeature "$known"
  turned_down "our client, $name: another server expected"
  our_call ../rogue/operator "$server" GetFeature "$known"
  turned_down "our client, $name: server of a CA that it does not trust"
  our_call impostor "$server" GetFeature "$known"
  turned_down "our client, $name: certificate of a CA that the server does not trust"
  our_call operator "$server" GetFeature "$known"
  answered "our client, $name: still there" 'Brandenburger Tor' 1
}

python() { "$out/venv/bin/python" "$out/python/$1.py" "${@:2}"; }

main() {
  if [ $# -gt 0 ]; then
    [ -r "$1" ] || die "places file \"$1\" cannot be read"
    places=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
  fi
  build_peers
  [ -x "$countersign" ] || die "scripts/countersign is missing"
  make_material

  say "clients of other languages against our server"
  start countersign "$countersign" serve --listen mtls=127.0.0.1:0 --admin 127.0.0.1:0 \
    --identity "$out/certs/server" --policy "$out/policy.json" --features "$places"
  their_clients "Python" python client
  their_clients "Python asyncio" python client_asyncio
  their_clients "Go" "$out/bin/go-client"
  their_clients "Node" node "$out/node/client.js" --proto "$root/src/main/proto"
  stop_all

  say "our client against servers of other languages"
  start python "$out/venv/bin/python" "$out/python/server.py" --identity "$out/certs/server" --features "$out/places.json"
  our_client "Python server"
  start python-asyncio "$out/venv/bin/python" "$out/python/server_asyncio.py" --identity "$out/certs/server" --features "$out/places.json"
  our_client "Python asyncio server"
  start go "$out/bin/go-server" --identity "$out/certs/server" --features "$out/places.json"
  our_client "Go server"
  stop_all

  printf '\n%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ]
}

# Sourced, it only defines.
if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  main "$@"
fi
