#!/usr/bin/env bash
# Shows that unmodified gRPC programs of several languages complete ALTS handshakes with each other through the
# emulator: every client against every server, all kinds of calls, and a wrong target account that must fail.
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: interop-alts.sh [countersign] [python] [go] [java] [cpp]      default: countersign python go java

"countersign" is our own guarded server and our own channel, "java" an unmodified grpc-java.

Runs in a lab (see gce-lab.sh). Python needs python3 with venv, Go the go command, Java Maven, C++ the packages
libgrpc++-dev and protobuf-compiler-grpc; what they download and build goes to target/interop-alts. ROUND_TRIPS is how many small round trips each client makes (default 100; more than
65536 goes past the change of the record key).
USAGE
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$root/target/interop-alts
server_account=server@demo.iam.gserviceaccount.com
client_account=client@demo.iam.gserviceaccount.com
other_account=other@demo.iam.gserviceaccount.com
round_trips=${ROUND_TRIPS:-100}

# --- Outside the lab, where there is a network: bring the peers. ---

prepare_python() {
  [[ -x $work/venv/bin/python ]] || python3 -m venv "$work/venv"
  "$work/venv/bin/python" -c 'import grpc_tools' 2>/dev/null ||
    "$work/venv/bin/pip" install --quiet --requirement "$root/scripts/interop/alts/python/requirements.txt"
  mkdir -p "$work/python"
  "$work/venv/bin/python" -m grpc_tools.protoc --proto_path="$root/src/main/proto/routeguide" \
    --python_out="$work/python" --grpc_python_out="$work/python" route_guide.proto
}

prepare_go() {
  mkdir -p "$work/go"
  (cd "$root/scripts/interop/alts/go" && go build -o "$work/go/" ./...)
}

prepare_java() {
  (cd "$root" && mvn --quiet --batch-mode --no-transfer-progress test-compile \
    dependency:build-classpath -Dmdep.outputFile="$work/classpath")
}

prepare_cpp() {
  local role sources=$root/scripts/interop/alts/cpp
  mkdir -p "$work/cpp"
  protoc --proto_path="$root/src/main/proto/routeguide" --cpp_out="$work/cpp" --grpc_out="$work/cpp" \
    --plugin=protoc-gen-grpc="$(command -v grpc_cpp_plugin)" route_guide.proto
  for role in server client; do
    # shellcheck disable=SC2046  # flags are words
    "${CXX:-g++}" -std=c++17 -O1 -I"$work/cpp" "$sources/$role.cc" "$work"/cpp/*.pb.cc \
      -o "$work/cpp/$role" $(pkg-config --cflags --libs grpc++ protobuf)
  done
}

# --- Inside: every client against every server. ---

peer() { # LANGUAGE server|client ARGUMENT...
  local language=$1 role=$2
  shift 2
  case $language in
    python) exec env PYTHONPATH="$work/python" "$work/venv/bin/python" "$root/scripts/interop/alts/python/$role.py" "$@" ;;
    go | cpp) exec "$work/$language/$role" "$@" ;;
    countersign)
      exec java -cp "$root/target/test-classes:$root/target/classes:$(<"$work/classpath")" \
        dev.countersign.emulator.CountersignGuideMain "$role" "$@"
      ;;
    java)
      exec java -cp "$root/target/test-classes:$root/target/classes:$(<"$work/classpath")" \
        dev.countersign.emulator.GuideMain "$role" "$@"
      ;;
  esac
}

as() { # ACCOUNT LANGUAGE ROLE ARGUMENT...
  local account=$1
  shift
  exec "$root/scripts/gce-lab.sh" --as "$account" "$0" --peer "$@"
}

await_file() { # FILE PID
  until [[ -s $1 ]]; do
    kill -0 "$2" 2>/dev/null || return 1
    sleep 0.1
  done
}

refusals() { grep -c 'is not a target service account' "$GCE_LAB/emulator.log" || true; }

check_pair() { # SERVER CLIENT PORT
  local pair="$2 client, $1 server" log=$GCE_LAB/$2-to-$1 caller before
  if ! caller=$(as "$client_account" "$2" client "$3" "$server_account" "$round_trips" 2>"$log"); then
    printf 'FAILED  %s: %s\n' "$pair" "$(tail -n 3 "$log")"
    return 1
  fi
  if [[ $caller != "$client_account" ]]; then
    printf 'FAILED  %s: the server took the client for "%s"\n' "$pair" "$caller"
    return 1
  fi
  before=$(refusals)
  if (as "$client_account" "$2" client "$3" "$other_account" 1 >/dev/null 2>"$log"); then
    printf 'FAILED  %s: a server that is no target was accepted\n' "$pair"
    return 1
  fi
  if (($(refusals) <= before)); then
    printf 'FAILED  %s: a wrong target failed for another reason: %s\n' "$pair" "$(tail -n 3 "$log")"
    return 1
  fi
  printf 'ok      %s: %s, and refused as %s\n' "$pair" "$caller" "$other_account"
}

check_all() { # LANGUAGE...
  local server client pid failed=0
  for server in "$@"; do
    as "$server_account" "$server" server "$GCE_LAB/$server.port" >"$GCE_LAB/$server.log" 2>&1 &
    pid=$!
    if await_file "$GCE_LAB/$server.port" "$pid"; then
      for client in "$@"; do
        check_pair "$server" "$client" "$(<"$GCE_LAB/$server.port")" || failed=1
      done
    else
      printf 'FAILED  %s server: %s\n' "$server" "$(tail -n 3 "$GCE_LAB/$server.log")"
      failed=1
    fi
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  return "$failed"
}

case ${1:-} in
  -h | --help) usage ;;
  --peer) shift && peer "$@" ;;
  --inside) shift && check_all "$@" ;;
  *)
    (($#)) || set -- countersign python go java
    mkdir -p "$work"
    for language in "$@"; do
      case $language in
        countersign) prepare_java ;;
        python | go | java | cpp) "prepare_$language" ;;
        *) usage >&2 && exit 2 ;;
      esac
    done
    exec "$root/scripts/gce-lab.sh" --workload "$server_account" --workload "$client_account" "$0" --inside "$@"
    ;;
esac
