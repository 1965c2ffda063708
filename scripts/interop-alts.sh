#!/usr/bin/env bash
# Unmodified gRPC programs of other languages against this project over ALTS with their default APIs: each of their
# clients to our server, our channel to each of their servers. Ends with "N passed, N failed"; exits 1 if anything failed.
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: interop-alts.sh [--every-pair] [python] [go] [java] [cpp]      default: all of them

"java" is an unmodified grpc-java. Checked for each pair: all four kinds of calls, 100 MB each way and small round
trips; the server takes the client for the right service account; a server that is no target is refused. For our
server also: the audit line names the right account, and a stranger is denied. At last "countersign serve" and "call".

Runs in namespaces of its own (see gce-lab.sh), as root or where user namespaces are allowed. As root on a system with
apt it installs what is missing; C++ is left out, with the reason, where libgrpc++-dev cannot be installed. What is
downloaded and built goes to target/interop-alts. ROUND_TRIPS is how many small round trips each client makes (default
100; more than 65536 goes past the change of the record key).

  --every-pair   their clients to their servers too
USAGE
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$root/target/interop-alts
server_account=server@demo.iam.gserviceaccount.com
client_account=client@demo.iam.gserviceaccount.com
stranger_account=stranger@demo.iam.gserviceaccount.com
other_account=other@demo.iam.gserviceaccount.com
round_trips=${ROUND_TRIPS:-100}
patience=120

say() { printf '\n== %s\n' "$*"; }

die() {
  printf 'interop-alts: error: %s\n' "$*" >&2
  exit 3
}

# --- Outside the lab, where there is a network: bring the peers. ---

lacks() { # LANGUAGE: prints the packages that it needs and that are not there
  case $1 in
    python)
      command -v python3 >/dev/null || printf 'python3 '
      python3 -c 'import ensurepip' 2>/dev/null || printf 'python3-venv '
      ;;
    go) command -v go >/dev/null || printf 'golang-go ' ;;
    java)
      command -v javac >/dev/null || printf 'openjdk-17-jdk-headless '
      command -v mvn >/dev/null || printf 'maven '
      ;;
    cpp)
      command -v "${CXX:-g++}" >/dev/null || printf 'g++ '
      command -v pkg-config >/dev/null || printf 'pkg-config '
      command -v protoc >/dev/null || printf 'protobuf-compiler '
      command -v grpc_cpp_plugin >/dev/null || printf 'protobuf-compiler-grpc '
      pkg-config --exists grpc++ 2>/dev/null || printf 'libgrpc++-dev '
      pkg-config --exists protobuf 2>/dev/null || printf 'libprotobuf-dev '
      ;;
  esac
}

install_for() { # LANGUAGE
  local -a missing
  read -r -a missing <<<"$(lacks "$1")"
  ((${#missing[@]})) || return 0
  if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
    printf 'not installed: %s\n' "${missing[*]}" >&2
    return 1
  fi
  printf 'installing: %s\n' "${missing[*]}"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

prepare_python() {
  [[ -x $work/venv/bin/python ]] || python3 -m venv "$work/venv"
  "$work/venv/bin/python" -c 'import grpc_tools' 2>/dev/null ||
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check \
      --requirement "$root/scripts/interop/alts/python/requirements.txt"
  mkdir -p "$work/python"
  "$work/venv/bin/python" -m grpc_tools.protoc --proto_path="$root/src/main/proto/routeguide" \
    --python_out="$work/python" --grpc_python_out="$work/python" route_guide.proto
}

prepare_go() {
  mkdir -p "$work/go"
  (cd "$root/scripts/interop/alts/go" && go build -o "$work/go/" ./...)
}

prepare_java() {
  (cd "$root" && mvn --quiet --batch-mode --no-transfer-progress -Dspotless.check.skip test-compile \
    dependency:build-classpath -Dmdep.outputFile="$work/classpath")
  "$root/scripts/countersign" --version >/dev/null
}

prepare_cpp() {
  local unit sources=$root/scripts/interop/alts/cpp
  local -a objects=()
  mkdir -p "$work/cpp"
  protoc --proto_path="$root/src/main/proto/routeguide" --cpp_out="$work/cpp" --grpc_out="$work/cpp" \
    --plugin=protoc-gen-grpc="$(command -v grpc_cpp_plugin)" route_guide.proto
  for unit in "$work"/cpp/*.pb.cc "$sources"/{server,client}.cc; do
    objects+=("$work/cpp/$(basename "$unit" .cc).o")
    # shellcheck disable=SC2046  # flags are words
    "${CXX:-g++}" -std=c++17 -O1 -I"$work/cpp" $(pkg-config --cflags grpc++ protobuf) -c "$unit" -o "${objects[-1]}"
  done
  for unit in server client; do
    # shellcheck disable=SC2046
    "${CXX:-g++}" "$work/cpp/$unit.o" "$work"/cpp/*.pb.o -o "$work/cpp/$unit" $(pkg-config --libs grpc++ protobuf)
  done
}

prepare() { # LANGUAGE...
  local language
  mkdir -p "$work"
  say "our own server and channel"
  install_for java || die "a JDK and Maven are needed"
  prepare_java
  for language in "$@"; do
    say "peers: $language"
    if [[ $language == java ]]; then
      printf 'built with ours\n'
    elif install_for "$language"; then
      "prepare_$language"
    elif [[ $language == cpp && -z $asked ]]; then
      printf 'left out: C++ (its packages cannot be installed here)\n'
      continue
    else
      die "$language lacks what it needs"
    fi
    peers+=("$language")
  done
}

# --- Inside: clients against servers. ---

peer() { # LANGUAGE server|client ARGUMENT...
  local language=$1 role=$2 main=GuideMain
  shift 2
  case $language in
    python) exec env PYTHONPATH="$work/python" "$work/venv/bin/python" "$root/scripts/interop/alts/python/$role.py" "$@" ;;
    go | cpp) exec "$work/$language/$role" "$@" ;;
    countersign) main=CountersignGuideMain ;;
  esac
  exec java -XX:+UseSerialGC -cp "$root/target/test-classes:$root/target/classes:$(<"$work/classpath")" \
    "dev.countersign.emulator.$main" "$role" "$@"
}

as() { # ACCOUNT COMMAND [ARGUMENT]...
  exec timeout "$patience" "$root/scripts/gce-lab.sh" --as "$@"
}

serve() { # COMMAND [ARGUMENT]...
  exec "$root/scripts/gce-lab.sh" --as "$server_account" "$@"
}

await_file() { # FILE PID
  until [[ -s $1 ]]; do
    kill -0 "$2" 2>/dev/null || return 1
    sleep 0.1
  done
}

passed=0
failed=0

verdict() { # STATUS WHAT DETAIL
  if (($1 == 0)); then
    passed=$((passed + 1))
    printf 'ok      %s\n' "$2"
  else
    failed=$((failed + 1))
    printf 'FAILED  %s: %s\n' "$2" "$3"
  fi
}

refusals() { grep -c 'is not a target service account' "$GCE_LAB/emulator.log" || true; }

audited() { # PRINCIPAL true|false: how many decisions about it our server has logged
  grep -F "\"principal\":\"$1\"" "$GCE_LAB/countersign.log" | grep -cF "\"authorized\":$2" || true
}

check_pair() { # SERVER CLIENT PORT
  local pair="$2 client, $1 server" log=$GCE_LAB/$2-to-$1 caller before status=0
  caller=$(as "$client_account" "$0" --peer "$2" client "$3" "$server_account" "$round_trips" 2>"$log") || status=$?
  [[ $caller == "$client_account" ]] || status=1
  verdict "$status" "$pair: all kinds of calls, taken for $client_account" "\"$caller\" $(tail -n 3 "$log")"

  before=$(refusals)
  status=0
  (as "$client_account" "$0" --peer "$2" client "$3" "$other_account" 1 >/dev/null 2>"$log") && status=1
  (($(refusals) > before)) || status=1
  verdict "$status" "$pair: refused, because it is not $other_account" "$(tail -n 3 "$log")"
}

audited_more() { # ACCOUNT AUTHORIZED COUNT
  (($(audited "$1" "$2") > $3))
}

wrote_of_the_client() { # FILE
  grep -F "\"principal\":\"$client_account\"" "$1" | grep -cF '"authorized":true' >/dev/null
}

# Within ten seconds: audit records are written by a thread of their own.
in_time() { # COMMAND...
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    if "$@"; then return; fi
    sleep 0.1
  done
  return 1
}

check_policy() { # CLIENT PORT
  local pair="$1 client, countersign server" log=$GCE_LAB/$1-stranger status=0
  in_time audited_more "$client_account" true "$before_calls" || status=1
  verdict "$status" "$pair: the audit line names $client_account" "$(tail -n 3 "$GCE_LAB/countersign.log")"

  status=0
  (as "$stranger_account" "$0" --peer "$1" client "$2" "$server_account" 1 >/dev/null 2>"$log") && status=1
  in_time audited_more "$stranger_account" false "$before_denials" || status=1
  verdict "$status" "$pair: $stranger_account is denied, and audited" "$(tail -n 3 "$log")"
}

check_server() { # SERVER CLIENT...
  local server=$1 client pid port before_calls before_denials
  shift
  serve "$0" --peer "$server" server "$GCE_LAB/$server.port" >"$GCE_LAB/$server.log" 2>&1 &
  pid=$!
  if await_file "$GCE_LAB/$server.port" "$pid"; then
    port=$(<"$GCE_LAB/$server.port")
    for client in "$@"; do
      if [[ $server == countersign ]]; then
        before_calls=$(audited "$client_account" true)
        before_denials=$(audited "$stranger_account" false)
      fi
      check_pair "$server" "$client" "$port"
      [[ $server != countersign ]] || check_policy "$client" "$port"
    done
  else
    verdict 1 "$server server starts" "$(tail -n 3 "$GCE_LAB/$server.log")"
  fi
  kill "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
}

# The command line, which is told nothing: it looks where it is.
check_commands() {
  local countersign=$root/scripts/countersign dir=$GCE_LAB/commands pid target status reply
  "$countersign" certs init --dir "$dir/certs" --trust-domain example.org >/dev/null
  "$countersign" certs issue --dir "$dir/certs" --name server --spiffe spiffe://example.org/server --profile server >/dev/null
  printf '{"name":"lab","allow_rules":[{"name":"client","source":{"principals":["%s"]}}],%s}' "$client_account" \
    '"audit_logging_options":{"audit_condition":"ON_DENY_AND_ALLOW","audit_loggers":[{"name":"stdout_logger"}]}' >"$dir/policy.json"
  # It decides within two seconds; on a busy machine a JVM that has just started may need more than one try.
  for _ in 1 2 3 4; do
    status=0
    serve "$countersign" serve --listen auto=127.0.0.1:0 --admin 127.0.0.1:0 --identity "$dir/certs/server" \
      --policy "$dir/policy.json" --ready-file "$dir/ready" >"$dir/out" 2>"$dir/err" &
    pid=$!
    await_file "$dir/ready" "$pid" || status=1
    ! grep -q '"transport":"alts"' "$dir/ready" || break
    status=1
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    rm -f "$dir/ready"
  done
  verdict "$status" "serve --listen auto= chooses ALTS" "$(tail -n 3 "$dir/err")"

  target=$(sed 's/.*"alts","address":"\([^"]*\)".*/\1/' "$dir/ready" || true)
  status=0
  reply=$(as "$client_account" "$countersign" call --target "alts=$target" --expect-server "$server_account" \
    --json '{}' grpc.health.v1.Health/Check 2>"$dir/call") || status=$?
  [[ $reply == '{"status":"SERVING"}' ]] || status=1
  in_time wrote_of_the_client "$dir/out" || status=1
  verdict "$status" "call --target alts= is answered, and audited as $client_account" "$(tail -n 3 "$dir/call")"
  kill "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
}

inside() { # EVERY_PAIR LANGUAGE...
  local every=$1 server
  shift
  say "our server"
  check_server countersign countersign "$@"
  for server in "$@"; do
    say "$server server"
    if ((every)); then
      check_server "$server" countersign "$@"
    else
      check_server "$server" countersign
    fi
  done
  say "the command line"
  check_commands
  printf '\n%d passed, %d failed\n' "$passed" "$failed"
  ((failed == 0))
}

every_pair=0
peers=()
case ${1:-} in
  -h | --help) usage && exit 0 ;;
  --peer) shift && peer "$@" ;;
  --inside)
    shift
    inside "$@"
    exit
    ;;
  --every-pair) every_pair=1 && shift ;;
esac
asked=$*
for language in "$@"; do
  [[ $language =~ ^(python|go|java|cpp)$ ]] || { usage >&2 && exit 2; }
done
[[ -n $asked ]] || set -- python go java cpp
prepare "$@"
exec "$root/scripts/gce-lab.sh" --workload "$server_account" --workload "$client_account" \
  --workload "$stranger_account" "$0" --inside "$every_pair" "${peers[@]}"
