#!/usr/bin/env bash
# Our server and our client with identities from SPIRE's own server and agent, over the Workload API: at the start, while SVIDs
# rotate under running calls, when the authority is replaced, and when the agent is killed and comes back. Everything listens on
# unix sockets, but for SPIRE's server (a loopback port). Ends with "N passed, N failed".
#
#   scripts/check-spire.sh
# Needs go and a C compiler (for SPIRE's database); the first run builds SPIRE, which takes minutes. What it makes lies under
# target/spire, and sockets in a temporary directory, because their paths may not be long.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=v1.13.3
work=$PWD/target/spire
bin=${SPIRE_BIN:-$work/bin}
domain=spire.example
server_id=spiffe://$domain/route-guide
caller_id=spiffe://$domain/caller
passed=0
failed=0

good() { passed=$((passed + 1)) && printf '  ok    %s\n' "$1"; }
bad() { failed=$((failed + 1)) && printf '  FAIL  %s\n' "$1"; }
say() { printf '%s\n' "$1"; }

# is NAME COMMAND...: whether the command succeeds is the result.
is() {
  local name=$1
  shift
  if "$@" >/dev/null 2>&1; then good "$name"; else bad "$name"; fi
}

# within SECONDS COMMAND...: waits until it succeeds.
within() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.2
  done
}

# exits CODE NAME COMMAND...
exits() {
  local expected=$1 name=$2 code=0
  shift 2
  "$@" >"$work/out" 2>"$work/err" </dev/null || code=$?
  if [ "$code" -eq "$expected" ]; then good "$name: exit $code"; else bad "$name: exit $code instead of $expected: $(tail -n 2 "$work/err")"; fi
}

# SPIRE's own server and agent, without the plugins for clouds, which are most of what would have to be compiled. Of each kind
# those stay that are used here; nothing else is changed.
build_spire() {
  local source=$work/source kept='(jointoken|disk|memory|unix|uniqueid)' from
  [ -x "$bin/spire-server" ] && [ -x "$bin/spire-agent" ] && return
  say "building SPIRE $version"
  mkdir -p "$work/empty"
  # Not in this folder, which is no module.
  from=$(cd "$work/empty" && go mod download -json "github.com/spiffe/spire@$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  [ -n "$from" ] || exit 3
  rm -rf "$source"
  cp -R "$from" "$source"
  chmod -R u+w "$source"
  find "$source"/pkg/server/catalog "$source"/pkg/agent/catalog -name '*.go' ! -name catalog.go ! -name '*_test.go' -exec \
    sed -i -E -e "/\/plugin\/[a-z]+\/$kept\"/b" -e '/spire\/pkg\/(server|agent)\/plugin\/[a-z]+\/[a-z0-9_]+"/d' \
    -e "/^[[:space:]]*$kept\.BuiltIn\(\)/b" -e '/^[[:space:]]*[a-z0-9_]+\.BuiltIn\(\),/d' {} +
  (cd "$source" && GOBIN=$bin go install -buildvcs=false -trimpath -ldflags '-s -w' ./cmd/spire-server ./cmd/spire-agent) \
    >"$work/build.log" 2>&1 || {
    tail -n 5 "$work/build.log" >&2
    exit 3
  }
}

sockets=$(mktemp -d)
declare -A running=()

# ends NAME [SIGNAL]
ends() {
  [ -n "${running[$1]:-}" ] || return 0
  kill -s "${2:-TERM}" "${running[$1]}" 2>/dev/null || true
  wait "${running[$1]}" 2>/dev/null || true
  unset "running[$1]"
}
clean() {
  for name in calls route-guide agent server; do ends "$name"; done
  rm -rf "$sockets"
}
trap clean EXIT

free_port() {
  local port
  # Below those that the system gives to clients.
  for ((port = 20000 + RANDOM % 12000; ; port++)); do
    (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { printf '%s' "$port" && return; }
  done
}

spire() { "$bin/spire-server" "$@" -socketPath "$sockets/server.sock"; }

start_server() {
  local port=$1
  cat >"$work/server.conf" <<CONF
server {
  bind_address = "127.0.0.1"
  bind_port = "$port"
  socket_path = "$sockets/server.sock"
  trust_domain = "$domain"
  data_dir = "$work/data/server"
  ca_ttl = "6h"
}
plugins {
  DataStore "sql" { plugin_data { database_type = "sqlite3" connection_string = "$work/data/server.sqlite3" } }
  NodeAttestor "join_token" { plugin_data {} }
  KeyManager "memory" { plugin_data {} }
}
CONF
  cat >"$work/agent.conf" <<CONF
agent {
  server_address = "127.0.0.1"
  server_port = "$port"
  socket_path = "$sockets/agent.sock"
  trust_domain = "$domain"
  trust_bundle_path = "$work/bundle.pem"
  data_dir = "$work/data/agent"
}
plugins {
  NodeAttestor "join_token" { plugin_data {} }
  KeyManager "disk" { plugin_data { directory = "$work/data/agent" } }
  WorkloadAttestor "unix" { plugin_data {} }
}
CONF
  "$bin/spire-server" run -config "$work/server.conf" >"$work/server.log" 2>&1 &
  running[server]=$!
  within 60 spire healthcheck || { tail -n 5 "$work/server.log" && exit 3; }
  spire bundle show >"$work/bundle.pem"
}

# start_agent [FLAG...]
start_agent() {
  "$bin/spire-agent" run -config "$work/agent.conf" "$@" >>"$work/agent.log" 2>&1 &
  running[agent]=$!
  within 60 "$bin/spire-agent" healthcheck -socketPath "$sockets/agent.sock" || { tail -n 5 "$work/agent.log" && exit 3; }
}

# entry ID FLAG...: whoever is this user is ID, for half a minute at a time.
entry() {
  spire entry create -parentID "spiffe://$domain/node" -spiffeID "$1" -selector "unix:uid:$(id -u)" -x509SVIDTTL 30 "${@:2}" |
    sed -n 's/^Entry ID *: //p'
}

serve=(scripts/countersign serve --listen mtls=127.0.0.1:0 --admin 127.0.0.1:0 --policy "$work/policy.json"
  --ready-file "$work/ready.json" --workload-api "unix:$sockets/agent.sock" --spiffe-id "$server_id")
# calling ID FLAG...: a call with the identity ID, as words in call.
calling() {
  call=(scripts/countersign call --target "mtls=$address" --workload-api "unix:$sockets/agent.sock" --spiffe-id "$1"
    --expect-server "$server_id" --deadline 20s --json '{"latitude":525162746,"longitude":133777041}' "${@:2}"
    routeguide.RouteGuide/GetFeature)
}
by() { calling "$@" && "${call[@]}"; }
ready() { scripts/countersign probe --admin "$admin"; }
not_ready_because() { ! ready >"$work/readiness" 2>&1 && grep -q -- "$1" "$work/readiness"; }
told() { grep -c -- "$1" "$work/route-guide.log" || true; }
told_more_than() { [ "$(told "$1")" -gt "$2" ]; }
answered() { wc -l <"$work/calls.out"; }
answered_more_than() { [ "$(answered)" -gt "$1" ]; }
failures() { grep -c '"status"' "$work/calls.err" || true; }

# unharmed WHAT: the running calls go on, and none has failed.
unharmed() {
  if within 30 answered_more_than $(($(answered) + 20)) && [ "$(failures)" -eq 0 ]; then
    good "$1: no call failed ($(answered) made)"
  else
    bad "$1: $(failures) calls failed of $(answered): $(grep '"status"' "$work/calls.err" | tail -n 1)"
  fi
}

mkdir -p "$work"
build_spire
rm -rf "$work/data" "$work"/*.log "$work/ready.json"
mkdir -p "$work/data/server" "$work/data/agent"
scripts/countersign --version >/dev/null
cat >"$work/policy.json" <<POLICY
{"name": "spire", "allow_rules": [{"name": "callers",
  "source": {"principals": ["$caller_id"]},
  "request": {"paths": ["/routeguide.RouteGuide/GetFeature"]}}]}
POLICY

say "no agent, and an agent that does not know us"
exits 3 "the server without an agent" "${serve[@]}"
is "it says so" grep -q "the Workload API at unix:$sockets/agent.sock does not answer" "$work/err"
start_server "$(free_port)"
token=$(spire token generate -spiffeID "spiffe://$domain/node" | sed -n 's/^Token: //p')
start_agent -joinToken "$token"
exits 3 "the server without an entry" "${serve[@]}"
is "it says so" grep -q 'has no identity for this process (PERMISSION_DENIED' "$work/err"

say "identities from SPIRE"
server_entry=$(entry "$server_id")
entry "$caller_id" >/dev/null
entry "spiffe://$domain/stranger" >/dev/null
# The agent hears of entries every few seconds.
both_known() { scripts/countersign doctor --listen mtls=127.0.0.1:0 --policy "$work/policy.json" \
  --workload-api "unix:$sockets/agent.sock" --spiffe-id "$1"; }
for id in "$server_id" "$caller_id" "spiffe://$domain/stranger"; do
  is "doctor sees $id" within 60 both_known "$id"
done
"${serve[@]}" >"$work/route-guide.out" 2>"$work/route-guide.log" &
running[route-guide]=$!
within 60 test -s "$work/ready.json" || { tail -n 5 "$work/route-guide.log" && exit 3; }
address=$(sed 's/.*"address" *: *"\([^"]*\)".*/\1/' "$work/ready.json")
admin=$(sed 's/.*"admin" *: *"\([^"]*\)".*/\1/' "$work/ready.json")
exits 0 "the caller is served" by "$caller_id"
exits 1 "another identity of the same user is not" by "spiffe://$domain/stranger"
is "because of the policy" grep -q PERMISSION_DENIED "$work/err"

say "SVIDs of 30 s rotate while calls run"
calling "$caller_id" --every=50ms
"${call[@]}" >"$work/calls.out" 2>"$work/calls.err" &
running[calls]=$!
is "the server took up three" within 120 told_more_than 'took up new key material' 2
unharmed "three rotations"

say "the authority is replaced"
before=$(told 'took up new')
next=$(spire localauthority x509 prepare | sed -n 's/^ *Authority ID: //p' | tail -n 1)
is "the new anchor is taken up" within 60 told_more_than 'took up new' "$before"
spire localauthority x509 activate -authorityID "$next" >/dev/null
is "the next SVID is taken up" within 90 told_more_than 'took up new key material' $(($(told 'took up new key material')))
unharmed "the new authority"

say "the agent is killed and comes back"
ends agent KILL
is "the server says so" within 30 told_more_than 'does not answer (' 0
is "it stays ready" ready
unharmed "without an agent"
start_agent
is "the server says that the agent is back, or takes up what it has" \
  within 60 told_more_than 'the agent is back\|took up new key material' "$(told 'the agent is back\|took up new key material')"
is "it is ready" within 30 ready
unharmed "with the agent again"

say "the server's identity is taken back, and given again"
ends calls
spire entry delete -entryID "$server_entry" >/dev/null
is "it is not ready, and says why" within 60 not_ready_because 'taken back by the agent'
entry "$server_id" >/dev/null
is "it is ready again" within 60 ready
exits 0 "the caller is served again" by "$caller_id"

say "the end"
ends route-guide
is "the caller made its calls" answered_more_than 200
is "no stack trace in the server's log" sh -c "! grep -q 'Exception' '$work/route-guide.log'"
is "and no key" sh -c "! grep -q 'PRIVATE KEY' '$work/route-guide.log'"

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
