#!/usr/bin/env bash
# Runs a program as if on Google Compute Engine, with an ALTS handshaker and a metadata server of its own.
# Only that program and its children see it: everything is mounted in a private mount namespace.
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: gce-lab.sh [--isolated] [--workload ACCOUNT]... [--fault FAULT]... [--as ACCOUNT] COMMAND [ARGUMENT]...
       gce-lab.sh --as ACCOUNT COMMAND [ARGUMENT]...        inside a lab: as another of its workloads

Runs COMMAND where /sys/class/dmi/id/product_name says "Google Compute Engine" and metadata.google.internal is
Countersign's emulator, so that gRPC programs of any language use ALTS unchanged. It gives no security.

  --workload ACCOUNT   a service account that the lab knows; the first is who COMMAND is
                       (default: lab@emulator.iam.gserviceaccount.com)
  --as ACCOUNT         who COMMAND is instead
  --fault FAULT        a fault to start with, such as delay=500ms (see: countersign emulate-gce --help)
  --isolated           with a network namespace that holds nothing but the loopback interface

Example: a server and a client with identities of their own
  gce-lab.sh --workload server@p.iam.gserviceaccount.com --workload client@p.iam.gserviceaccount.com bash -c '
    gce-lab.sh --as server@p.iam.gserviceaccount.com python3 server.py &
    gce-lab.sh --as client@p.iam.gserviceaccount.com python3 client.py'

COUNTERSIGN names the command that has "emulate-gce" (default: countersign beside this script). It is run inside the
lab: with --isolated it cannot download anything, so build it before.
Exit: the status of COMMAND; 2 usage; 3 the lab cannot be made here without touching the machine.
USAGE
}

die() {
  local status=$1
  shift
  printf 'gce-lab: error: %s\n' "$*" >&2
  exit "$status"
}

self=$(readlink -f "${BASH_SOURCE[0]}")
countersign=${COUNTERSIGN:-$(dirname "$self")/countersign}
handshaker_port=8080

mount_namespace() { readlink /proc/self/ns/mnt; }

# --- Outside: decide, and enter the namespaces. ---

address_of() { # LAB ACCOUNT
  awk -v account="$2" '$1 == account { print $2; found = 1 } END { exit !found }' "$1/workloads" ||
    die 2 "account \"$2\" is not a workload of this lab (workloads: $(cut -d' ' -f1 "$1/workloads" | paste -sd' '))"
}

require_tools() { # ISOLATED
  [[ $(uname -s) == Linux ]] || die 3 "namespaces need Linux (found: $(uname -s))"
  local tool
  local -a tools=(unshare mount awk)
  ((!$1)) || tools+=(ip)
  for tool in "${tools[@]}"; do
    command -v "$tool" >/dev/null || die 3 "\"$tool\" is not installed, and the lab cannot be made without it"
  done
}

new_lab() { # ISOLATED ACCOUNT...
  local isolated=$1 lab network account number=0
  shift
  lab=$(mktemp -d "${TMPDIR:-/tmp}/gce-lab.XXXXXX")
  # All of 127.0.0.0/8 is loopback; a lab that shares the network takes addresses that hardly anybody else does.
  network="127.$((64 + $$ / 250 % 128)).$((1 + $$ % 250))"
  ((isolated)) && network=127.0.0
  for account in "$@"; do
    number=$((number + 1))
    printf '%s %s.%d\n' "$account" "$network" "$number" >>"$lab/workloads"
  done
  printf 'Google Compute Engine\n' >"$lab/product_name"
  printf '%s' "$lab"
}

enter() { # LAB ISOLATED JOIN ACCOUNT COMMAND...
  local -a flags=(--mount --propagation private)
  ((EUID == 0)) || flags+=(--map-root-user)
  (($2 && !$3)) && flags+=(--net)
  unshare "${flags[@]}" true 2>/dev/null ||
    die 3 "this machine does not let us make a private mount namespace (unshare ${flags[*]})"
  GCE_LAB_FROM=$(mount_namespace)
  export GCE_LAB_FROM
  exec unshare "${flags[@]}" -- "$self" --inside "$@"
}

outside() {
  local isolated=0 account="" lab
  local -a workloads=() faults=()
  while (($#)); do
    case $1 in
      --isolated) isolated=1 && shift ;;
      --workload | --as | --fault)
        (($# > 1)) || die 2 "$1 has no value"
        case $1 in
          --workload) workloads+=("$2") ;;
          --as) account=$2 ;;
          --fault) faults+=("$2") ;;
        esac
        shift 2
        ;;
      -h | --help) usage && exit 0 ;;
      --) shift && break ;;
      -*) die 2 "option \"$1\" is not known" ;;
      *) break ;;
    esac
  done
  (($#)) || { usage >&2 && exit 2; }
  require_tools "$isolated"
  if [[ -n ${GCE_LAB:-} && -f $GCE_LAB/workloads ]]; then
    ((${#workloads[@]} + ${#faults[@]} + isolated == 0)) || die 2 "inside a lab only --as is allowed"
    [[ -n $account ]] || die 2 "inside a lab --as is required"
    address_of "$GCE_LAB" "$account" >/dev/null
    enter "$GCE_LAB" 0 1 "$account" "$@"
  fi
  ((${#workloads[@]})) || workloads=("${account:-lab@emulator.iam.gserviceaccount.com}")
  lab=$(new_lab "$isolated" "${workloads[@]}")
  # shellcheck disable=SC2064  # the lab of now
  trap "rm -rf '$lab'" EXIT
  ((${#faults[@]} == 0)) || printf '%s\n' "${faults[@]}" >"$lab/faults"
  account=${account:-${workloads[0]}}
  address_of "$lab" "$account" >/dev/null
  enter "$lab" "$isolated" 0 "$account" "$@"
}

# --- Inside: make it look like Compute Engine. ---

require_private() {
  [[ -n ${GCE_LAB_FROM:-} && $(mount_namespace) != "$GCE_LAB_FROM" ]] ||
    die 3 "this is the machine's own mount namespace; nothing was mounted"
  if awk '{ for (i = 7; $i != "-"; i++) if ($i ~ /^shared:/) exit 1 }' /proc/self/mountinfo; then :; else
    die 3 "mounts made here would be shared with the machine; nothing was mounted"
  fi
}

mount_product_name() { # LAB
  local lab=$1 file=/sys/class/dmi/id/product_name
  if [[ -e $file ]]; then
    mount --bind "$lab/product_name" "$file"
  else
    mkdir -p "$lab/class/dmi/id"
    cp "$lab/product_name" "$lab/class/dmi/id/"
    mount -t overlay overlay -o "lowerdir=$lab/class:/sys/class" /sys/class 2>/dev/null ||
      mount --bind "$lab/class" /sys/class
  fi
  [[ $(<"$file") == "Google Compute Engine" ]] || die 3 "$file could not be replaced"
}

mount_hosts() { # LAB ADDRESS
  local hosts=$1/hosts.$2
  # With and without the dot: C-core, the JVM and cgo ask for the name with it.
  {
    printf '%s metadata.google.internal metadata.google.internal.\n' "$2"
    grep -v 'metadata\.google\.internal' "$1/hosts.before" || true
  } >"$hosts"
  mount --bind "$hosts" /etc/hosts
}

metadata_port() { # ISOLATED
  if (($1)) || [[ $(</proc/sys/net/ipv4/ip_unprivileged_port_start) -le 80 ]] ||
    grep -q '^ *0 *0 *4294967295$' /proc/self/uid_map && ((EUID == 0)); then
    printf 80
  else
    printf 8079
  fi
}

start_emulator() { # LAB
  local lab=$1 account address fault
  local -a flags=(--ready-file "$lab/ready")
  while read -r account address; do
    flags+=(--workload "$account=$address:$handshaker_port" --metadata "$account=$address:$(<"$lab/metadata-port")")
  done <"$lab/workloads"
  if [[ -f $lab/faults ]]; then
    while read -r fault; do flags+=(--fault "$fault"); done <"$lab/faults"
  fi
  "$countersign" emulate-gce "${flags[@]}" >"$lab/emulator.log" 2>&1 </dev/null &
  emulator=$!
  until [[ -s $lab/ready ]]; do
    kill -0 "$emulator" 2>/dev/null ||
      die 3 "the emulator did not start: $(tail -n 5 "$lab/emulator.log")"
    sleep 0.1
  done
  printf 'gce-lab: emulated, no security: %s\n' "$(cut -d' ' -f1 "$lab/workloads" | paste -sd' ')" >&2
}

leave() { # LAB
  trap - EXIT INT TERM
  if [[ -n ${emulator:-} ]]; then
    kill "$emulator" 2>/dev/null || true
    wait "$emulator" 2>/dev/null || true
  fi
  rm -rf "$1"
}

run() { # COMMAND...
  if [[ -t 0 ]]; then
    "$@" # in the foreground, so that it has the terminal
    return
  fi
  "$@" <&0 &
  local command=$! status=0
  trap 'kill "$command" 2>/dev/null || true' INT TERM
  wait "$command" || status=$?
  if kill -0 "$command" 2>/dev/null; then # a signal ended the wait and was passed on
    wait "$command" || status=$?
  fi
  return "$status"
}

inside() { # LAB ISOLATED JOIN ACCOUNT COMMAND...
  local lab=$1 isolated=$2 join=$3 account=$4 address
  shift 4
  require_private
  unset GCE_LAB_FROM
  # shellcheck disable=SC2064  # the lab of now
  ((join)) || trap "leave '$lab'" EXIT
  address=$(address_of "$lab" "$account")
  if ((!join)); then
    ((!isolated)) || ip link set lo up
    cp /etc/hosts "$lab/hosts.before"
    metadata_port "$isolated" >"$lab/metadata-port"
    mount_product_name "$lab"
    start_emulator "$lab"
  fi
  mount_hosts "$lab" "$address"
  export GCE_LAB=$lab
  if [[ $(<"$lab/metadata-port") != 80 ]]; then
    GCE_METADATA_HOST=$address:$(<"$lab/metadata-port")
    export GCE_METADATA_HOST
  fi
  # The libraries would ask a proxy for the handshaker.
  export no_proxy="metadata.google.internal,metadata.google.internal.,127.0.0.0/8,localhost${no_proxy:+,$no_proxy}"
  export NO_PROXY=$no_proxy
  if ((join)); then
    exec "$@"
  fi
  run "$@"
}

if [[ ${1:-} == --inside ]]; then
  shift
  inside "$@"
else
  outside "$@"
fi
