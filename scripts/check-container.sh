#!/usr/bin/env bash
# Runs the image with podman as the rendered Deployment says: scripts/container/pod.py makes flags of its user, read-only root,
# capabilities, privileges, seccomp, memory, mounts, environment and arguments, and refuses what it knows no flag for. Two replicas
# behind one name, and two clients that go on calling while replicas are replaced, certificates are renewed, one replica drains, one
# is killed, one runs out of heap, and one is killed by the kernel for its memory: the visitor of the manifest, which makes a lost
# call again, and a control that does not. Counts the calls that failed. Ends with "N passed, N failed".
#
#   scripts/check-container.sh [ARCHIVE]     an archive of scripts/image.sh; made first if none is named
# Needs root, podman with runc and PyYAML (installed where apt can); uses only containers and a network of its own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
archive=${1:-target/countersign-image.tar}
work=$PWD/target/container
id=countersign-$$
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

# same NAME EXPECTED FOUND
same() { if [ "$2" = "$3" ]; then good "$1: $2"; else bad "$1: \"$3\" (\"$2\")"; fi; }

# What the parts list says of itself and of BoringSSL.
parts() {
  python3 - "$work/sbom.json" <<'PARTS'
import json
import re
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    it = json.load(file)
tls = [each for each in it["components"] if each["name"] == "netty-tcnative-boringssl-static"]
kinds = sorted({match[1] for each in tls if (match := re.search(r"classifier=linux-(\w+)", each["purl"]))})
own = it["metadata"]["component"]
print(f"{own['name']} {own['version']}, {'/'.join({each['version'] for each in tls})}: {' '.join(kinds)}")
PARTS
}

# within SECONDS COMMAND...: waits until it succeeds.
within() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.3
  done
}

install_tools() {
  command -v podman >/dev/null && command -v runc >/dev/null && python3 -c 'import yaml' 2>/dev/null && return
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    podman runc netavark aardvark-dns catatonit iptables python3 python3-yaml >/dev/null
}

pod() { podman --runtime "$(command -v runc)" "$@"; }
rendering=k8s/rendered/dev.yaml
# as_rendered KIND NAME PART: what the manifest says of it, in the words of podman.
as_rendered() { python3 scripts/container/pod.py "$rendering" "$1" "$2" "$work/volumes" "$3"; }
# flags_of KIND NAME: into the array "flags". A pod has no limit of its own on files and processes.
flags_of() {
  as_rendered "$1" "$2" flags >"$work/flags" && as_rendered "$1" "$2" memory >"$work/memory"
  mapfile -t flags <"$work/flags"
  flags+=(--ulimit nofile=20000:20000 --ulimit nproc=2000:2000)
  [ -z "$limited" ] || mapfile -t -O "${#flags[@]}" flags <"$work/memory"
}

clean() {
  pod rm -f -t 0 "$id-a" "$id-b" "$id-c" "$id-d" "$id-e" "$id-f" "$id-doctor" "$id-assess" "$id-visitor" "$id-control" >/dev/null 2>&1 || true
  pod network rm -f "$id" >/dev/null 2>&1 || true
}
trap clean EXIT

# mount_identity NAME: puts the identity NAME where a pod would find it, in the way of the kubelet: a folder of its own, and one link
# that is exchanged.
mount_identity() {
  local volume=$work/volumes/$1-identity fresh
  mkdir -p "$volume"
  chmod 1777 "$volume"
  fresh=$(mktemp -d "$volume/..XXXXXX")
  cp "$work/certs/$1/tls.crt" "$work/certs/$1/tls.key" "$work/certs/$1/ca.crt" "$fresh/"
  chown -R 0:65532 "$fresh"
  chmod 755 "$fresh"
  chmod 440 "$fresh"/*
  ln -s "$(basename "$fresh")" "$volume/..next"
  mv -T "$volume/..next" "$volume/..data"
  for file in tls.crt tls.key ca.crt; do [ -e "$volume/$file" ] || ln -s "..data/$file" "$volume/$file"; done
}

# run NAME KIND WORKLOAD PODMAN-FLAG... -- ARGUMENT...: a container as the workload's manifest says; what is named here wins.
run() {
  local name=$1 flags
  flags_of "$2" "$3"
  shift 3
  while [ "$1" != -- ]; do flags+=("$1") && shift; done
  shift
  # Not here: conmon leaves a file where it was started when the kernel kills for memory.
  (cd "$work" && pod run -d --name "$id-$name" --network "$id" "${flags[@]}" "$image" "$@" >/dev/null)
}

# serve NAME PODMAN-FLAG...
serve() {
  run "$1" Deployment route-guide --network-alias route-guide --network-alias route-guide-pods "${@:2}" -- "${server_words[@]}"
  within 60 ready "$1" || bad "replica $1 is not ready: $(pod logs "$id-$1" 2>&1 | tail -n 3)"
}

address() { pod inspect -f "{{(index .NetworkSettings.Networks \"$id\").IPAddress}}" "$id-$1"; }
ready() { curl -fsS -m 2 "http://$(address "$1"):8081/readyz"; }
process() { pod inspect -f '{{.State.Pid}}' "$id-$1"; }
status() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$(process "$1")/status"; }
answered() { pod logs "$id-$1" 2>/dev/null | grep -c '"authorized":true' || true; }
answers_more_than() { [ "$(answered "$1")" -gt "$2" ]; }
visits() { pod logs "$id-$1" 2>/dev/null | grep -c Brandenburg || true; }
failures() { pod logs "$id-$1" 2>&1 | grep -c '"status"' || true; }
last_failures() { pod logs "$id-$1" 2>&1 | grep '"status"' | tail -n 2; }
visits_more_than() { [ "$(visits "$1")" -gt "$2" ]; }
go_on() { within 60 visits_more_than control $(($(visits control) + 200)) && within 60 visits_more_than visitor $(($(visits visitor) + 100)); }
# Who ends before its input does would fail the pipe.
streaming() { [ "$(pod logs "$id-a" 2>/dev/null | grep -c 'RouteChat.*"authorized":true')" -gt 0 ]; }

# unharmed WHAT: no call of either client has failed, and both are still calling.
unharmed() {
  local each lost
  for each in control visitor; do
    lost=$(failures "$each")
    if within 20 visits_more_than "$each" "$(visits "$each")" && [ "$lost" -eq 0 ]; then
      good "$1: no call of the $each failed ($(visits "$each") made)"
    else
      bad "$1: $lost calls of the $each failed: $(last_failures "$each")"
    fi
  done
}

# Both make one call at a time, and a replica that stands still answers none.
stand_still() {
  local control visitor
  control=$(visits control) visitor=$(visits visitor)
  sleep 1
  [ "$(visits control) $(visits visitor)" = "$control $visitor" ]
}

# lost_by_the_control FAILURES-BEFORE AT-LEAST: one call at most, and none of the visitor's.
lost_by_the_control() {
  local lost=$(($(failures control) - $1)) visitor
  if [ "$lost" -le 1 ] && [ "$lost" -ge "$2" ]; then
    good "without retries no more than the call in flight was lost ($lost)"
  else
    bad "without retries $lost calls were lost: $(last_failures control)"
  fi
  visitor=$(failures visitor)
  if [ "$visitor" -eq 0 ]; then good "with retries none was"; else bad "with retries $visitor calls were lost: $(last_failures visitor)"; fi
}

install_tools
[ -f "$archive" ] || scripts/image.sh --tar "$archive" >/dev/null
rm -rf "$work"
policy=$work/volumes/route-guide-policy
mkdir -p "$policy"
limited=yes
image=$(pod load -q -i "$archive" | sed -n 's/^Loaded image: //p' | tail -n 1)
pod network create "$id" >/dev/null

say "identities and the policy of the dev overlay"
scripts/countersign certs init --dir "$work/certs" --trust-domain dev.example >/dev/null
scripts/countersign certs apply k8s/overlays/dev/pki.yaml --dir "$work/certs" >/dev/null
# The overlay's policy, and a rule for the stream.
sed 's|  "allow_rules": \[|&\n    {"name": "chatter", "source": {"principals": ["spiffe://dev.example/chatter"]},\n      "request": {"paths": ["/routeguide.RouteGuide/RouteChat"]}},|' \
  k8s/overlays/dev/policy.json >"$policy/policy.json"
scripts/countersign certs issue --dir "$work/certs" --name chatter --profile client --spiffe spiffe://dev.example/chatter >/dev/null
chmod 755 "$work" "$work/volumes"
# The kubelet gives the folder of a ConfigMap these rights, and mounts it read-only.
chmod 777 "$policy"
mount_identity route-guide
mount_identity visitor

say "the flags are the manifest's"
mapfile -t server_words < <(as_rendered Deployment route-guide words)
mapfile -t visitor_words < <(as_rendered Deployment visitor words)
user=$(as_rendered Deployment route-guide user)
grace=$(as_rendered Deployment route-guide grace)
flags_of Deployment route-guide
restrictions=("${flags[@]}")
# changes SED-COMMAND FLAG: the change of the manifest takes the flag away.
changes() {
  sed "$1" "$rendering" >"$work/changed.yaml"
  if grep -q -- "^$2\$" "$work/flags" && ! rendering=$work/changed.yaml as_rendered Deployment route-guide flags | grep -q -- "^$2\$"; then
    good "$2 is there because of the manifest"
  else
    bad "$2 does not follow the manifest"
  fi
}
changes 's/readOnlyRootFilesystem: true/readOnlyRootFilesystem: false/' --read-only
changes 's/allowPrivilegeEscalation: false/allowPrivilegeEscalation: true/' --security-opt=no-new-privileges
changes 's/^\( *\)- ALL$/\1- CHOWN/' --cap-drop=ALL
changes 's/runAsUser: 65532/runAsUser: 65533/' --user=65532:65532
sed 's/^\( *\)readOnlyRootFilesystem: true/&\n\1privileged: true/' "$rendering" >"$work/changed.yaml"
rendering=$work/changed.yaml as_rendered Deployment route-guide flags >/dev/null 2>"$work/unknown" && bad "a field without a flag is left out"
is "a field that it knows no flag for is refused" grep -q 'has privileged, which no flag' "$work/unknown"

pod run --rm "${restrictions[@]}" --network=none "$image" --version >"$work/limited" 2>&1 || {
  say "  note  no memory limit: this machine gives podman no memory controller: $(tail -n 1 "$work/limited")"
  limited=''
  flags_of Deployment route-guide
  restrictions=("${flags[@]}")
}

say "the image"
mapfile -t entry < <(pod inspect -f '{{range .Config.Entrypoint}}{{println .}}{{end}}' "$image" | sed '/^$/d')
strict=()
for word in "${entry[@]:1}"; do
  case $word in -XX:AOTCache=*) strict+=(-XX:AOTMode=on "$word") ;; *) strict+=("$word") ;; esac
done
is "the AOT cache is used inside it (AOTMode=on)" grep -q AOTMode <(printf '%s\n' "${strict[@]}")
is "it starts under AOTMode=on" pod run --rm --network=none "${restrictions[@]}" \
  --entrypoint "${entry[0]}" "$image" "${strict[@]}" --version
is "its user is the manifest's" test "$(pod inspect -f '{{.Config.User}}' "$image")" = "$user:$user"
listing=$(pod create --network=none "$image") && pod export "$listing" | tar -t >"$work/files"
is "it has no shell and no package manager" sh -c "! grep -E '(^|/)(sh|bash|dash|busybox|apt|apk|dpkg|curl|wget)\$' '$work/files'"
is "it has its licence" grep -qx app/LICENSE "$work/files"
pod cp "$listing:/app/sbom.json" "$work/sbom.json"
pod rm "$listing" >/dev/null
label() { pod inspect -f "{{index .Config.Labels \"org.opencontainers.image.$1\"}}" "$image"; }
version=$(sed -n 's|^  <version>\(.*\)</version>|\1|p' pom.xml)
same "its label has the version" "$version" "$(label version)"
same "its label has the commit" "$(git rev-parse HEAD)" "$(label revision)"
same "its label has the licence" Apache-2.0 "$(label licenses)"
same "its parts list is of this version, and has BoringSSL as it is in the jar, for both processors" \
  "countersign $version, $(sed -n 's|^    <tcnative.version>\(.*\)</tcnative.version>|\1|p' pom.xml): aarch_64 x86_64" "$(parts)"

say "without a /tmp that it can run from"
no_tmp=()
for flag in "${restrictions[@]}"; do case $flag in --tmpfs=/tmp:*) ;; *) no_tmp+=("$flag") ;; esac; done
pod run --rm --network=none "${no_tmp[@]}" "$image" "${server_words[@]}" >"$work/no-tmp" 2>&1 && bad "it started"
is "it refuses to start instead of taking another TLS" grep -q 'BoringSSL does not load' "$work/no-tmp"

say "two replicas and a visitor"
serve a
serve b
# Oftener than every 5 s, or little would be in flight; and a call may wait for a replica that stands still until that is killed.
visitor_words=("${visitor_words[@]/#--every=*/--every=20ms}")
visitor_words=("${visitor_words[@]/#--deadline=*/--deadline=60s}")
control_words=()
for word in "${visitor_words[@]}"; do [ "$word" = --retry ] || control_words+=("$word"); done
is "the manifest's visitor makes lost calls again" test "${#control_words[@]}" -lt "${#visitor_words[@]}"
run visitor Deployment visitor -- "${visitor_words[@]}"
run control Deployment visitor -- "${control_words[@]}"
is "replica a answers" within 60 answers_more_than a 20
is "replica b answers too: calls are spread" within 60 answers_more_than b 20
is "the process is the user of the manifest" test "$(status a Uid | cut -f1)" = "$user"
is "it has no capabilities" test "$(status a CapEff)" = 0000000000000000
is "it can get no new privileges" test "$(status a NoNewPrivs)" = 1
is "a seccomp filter is on" test "$(status a Seccomp)" = 2
is "its root cannot be written" grep -q ' / / ro[, ]\| / ro[, ]' "/proc/$(process a)/mountinfo"
is "it runs on BoringSSL" grep -q tcnative "/proc/$(process a)/maps"
is "the admin port is ready" ready a
unharmed "at the start"

say "the checks that scripts/deploy.sh runs in the cluster, as their manifests say"
# job NAME: waits for its end.
job() {
  local words
  mapfile -t words < <(as_rendered CronJob "$1" words)
  run "$1" CronJob "$1" -- "${words[@]}"
  code=$(pod wait "$id-$1")
}
job doctor
if [ "$code" = 0 ]; then good "doctor finds no problem"; else bad "doctor: exit $code: $(pod logs "$id-doctor" 2>&1 | tail -n 3)"; fi
job assess
if [ "$code" = 0 ]; then good "assess finds nothing"; else bad "assess: exit $code: $(pod logs "$id-assess" 2>&1 | tail -n 5)"; fi
is "both clients go on calling" go_on

say "a rolling restart: c for a, then d for b"
serve c
# A stream that is open when the signal comes, and says its last word seconds later.
{
  printf '{"location":{"latitude":1,"longitude":1},"message":"first"}\n'
  sleep 8
  printf '{"location":{"latitude":1,"longitude":1},"message":"second"}\n'
} | scripts/countersign call --target "mtls=$(address a):8443" --identity "$work/certs/chatter" \
  --expect-server spiffe://dev.example/ns/countersign/sa/route-guide routeguide.RouteGuide/RouteChat >"$work/stream.out" 2>&1 &
stream=$!
within 30 streaming || bad "the stream did not begin"
begin=$SECONDS
pod stop -t "$grace" "$id-a" >/dev/null
took=$((SECONDS - begin))
if [ "$took" -lt 60 ]; then good "a drained and ended in $took s"; else bad "a took $took s to end"; fi
if wait "$stream"; then good "the open stream ended as it wanted to"; else bad "the open stream was cut: $(tail -n 1 "$work/stream.out")"; fi
is "a ended by itself" test "$(pod inspect -f '{{.State.ExitCode}}' "$id-a")" -ne 137
is "c answers" within 90 answers_more_than c 20
serve d
pod stop -t "$grace" "$id-b" >/dev/null
is "d answers" within 90 answers_more_than d 20
unharmed "after the rolling restart"

say "certificates are renewed while calls run"
for name in route-guide visitor; do
  old=$(sha256sum <"$work/certs/$name/tls.crt")
  scripts/countersign certs renew --dir "$work/certs" --name "$name" >/dev/null
  [ "$old" != "$(sha256sum <"$work/certs/$name/tls.crt")" ] || bad "$name was not renewed"
  mount_identity "$name"
done
serial=$(openssl x509 -in "$work/certs/route-guide/tls.crt" -noout -serial | cut -d= -f2)
shows_new() {
  openssl s_client -connect "$(address "$1"):8443" -cert "$work/certs/visitor/tls.crt" -key "$work/certs/visitor/tls.key" \
    </dev/null 2>/dev/null | openssl x509 -noout -serial | grep -q "$serial"
}
is "c shows its new certificate" within 30 shows_new c
is "d shows its new certificate" within 30 shows_new d
is "both clients go on calling" go_on
unharmed "after the renewal"

say "one replica is killed while it has a call of each client"
# It has memory enough to serve, and not for all the notes that travellers may leave, which are 40 MB. A visitor looks for others
# when one goes.
serve e --env JAVA_TOOL_OPTIONS=-Xmx24m
before=$(failures control)
# First it stands still, so that it has them.
pod kill -s STOP "$id-c" >/dev/null
is "both wait for an answer" within 30 stand_still
pod kill -s KILL "$id-c" >/dev/null
is "both go on with the others" go_on
lost_by_the_control "$before" 1

say "one replica runs out of heap while it is called"
is "e is called" within 90 answers_more_than e 20
before=$(failures control)
python3 - >"$work/notes" <<'NOTES'
for place in range(1000):
    for _ in range(20):
        print('{"location":{"latitude":%d,"longitude":1},"message":"%s"}' % (place, "\u20ac" * 1024))
NOTES
# out_of_memory NAME PROCESS: says podman, or the kernel's log; podman does not hear of it everywhere.
out_of_memory() {
  [ "$(pod inspect -f '{{.State.OOMKilled}}' "$id-$1")" = true ] && return
  dmesg >"$work/kernel" 2>&1 || {
    say "  note  podman says nothing of it, and the kernel's log cannot be read here: $(tail -n 1 "$work/kernel")"
    return
  }
  grep "Memory cgroup out of memory: Killed process $2 (java)" "$work/kernel"
}
# send_notes NAME: until they are all there, or the replica is not.
send_notes() {
  timeout 300 scripts/countersign call --target "mtls=$(address "$1"):8443" --identity "$work/certs/chatter" \
    --expect-server spiffe://dev.example/ns/countersign/sa/route-guide routeguide.RouteGuide/RouteChat \
    <"$work/notes" >/dev/null 2>"$work/notes.err" || true
}
send_notes e
is "e ended" test "$(timeout 60 podman wait "$id-e")" = 3
is "because it ran out of memory, and not half alive" sh -c "podman logs '$id-e' 2>&1 | grep -q 'Terminating due to java.lang.OutOfMemoryError'"
is "both go on with the other" go_on
lost_by_the_control "$before" 0

say "the kernel kills one replica for its memory while it is called"
if [ -n "$limited" ]; then
  # A heap that is larger than the limit, most of it young: every call takes memory anew, and nothing is given back before the limit.
  serve f --memory 300m --memory-swap 300m --env JAVA_TOOL_OPTIONS="-Xms900m -Xmx900m -Xmn700m"
  pid=$(process f)
  is "f is called" within 90 answers_more_than f 20
  before=$(failures control)
  send_notes f
  same "f ended by signal 9" 137 "$(timeout 60 podman wait "$id-f")"
  is "and the kernel did it, for its memory" out_of_memory f "$pid"
  is "both go on with the other" go_on
  lost_by_the_control "$before" 0
else
  say "  note  not tried: no memory limit here"
fi

say "the visitor ends when it is told to"
pod stop -t 20 "$id-visitor" >/dev/null
printf '  %s\n' "$(pod logs "$id-visitor" 2>&1 | grep ' calls, ' | tail -n 1)"
is "it says what it did, and that nothing was lost" sh -c "podman logs '$id-visitor' 2>&1 | grep -q ' calls, 0 failed'"

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
