#!/usr/bin/env bash
# Runs the image as the Deployment says (user, read-only root, no capabilities, no new privileges, seccomp, memory), with podman:
# two replicas behind one name, and a client that goes on calling while replicas are replaced, certificates are renewed, one
# replica drains and one is killed. Counts the calls that failed. Ends with "N passed, N failed".
#
#   scripts/check-container.sh [ARCHIVE]     an archive of scripts/image.sh; made first if none is named
# Needs root and podman with runc (installed where apt can); uses only containers and a network of its own.
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

install_podman() {
  command -v podman >/dev/null && command -v runc >/dev/null && return
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    podman runc netavark aardvark-dns catatonit iptables >/dev/null
}

pod() { podman --runtime "$(command -v runc)" "$@"; }
# What the Deployment says about every container, as podman has it. A pod has no limit of its own on files and processes.
restrictions=(--read-only --user 65532:65532 --cap-drop=ALL --security-opt=no-new-privileges
  --tmpfs "/tmp:rw,exec,size=64m,mode=1777" --ulimit nofile=20000:20000 --ulimit nproc=2000:2000)

clean() {
  pod rm -f -t 0 "$id-a" "$id-b" "$id-c" "$id-d" "$id-e" "$id-doctor" "$id-assess" "$id-visitor" >/dev/null 2>&1 || true
  pod network rm -f "$id" >/dev/null 2>&1 || true
}
trap clean EXIT

# mount NAME: puts the identity NAME where a pod would find it, in the way of the kubelet: a folder of its own, and one link
# that is exchanged.
mount_identity() {
  local volume=$work/volumes/$1 fresh
  mkdir -p "$volume"
  fresh=$(mktemp -d "$volume/..XXXXXX")
  cp "$work/certs/$1/tls.crt" "$work/certs/$1/tls.key" "$work/certs/$1/ca.crt" "$fresh/"
  chown -R 0:65532 "$fresh"
  chmod 755 "$fresh"
  chmod 440 "$fresh"/*
  ln -s "$(basename "$fresh")" "$volume/..next"
  mv -T "$volume/..next" "$volume/..data"
  for file in tls.crt tls.key ca.crt; do [ -e "$volume/$file" ] || ln -s "..data/$file" "$volume/$file"; done
}

# run NAME PODMAN-FLAG... -- ARGUMENT...: a container under the restrictions of the Deployment.
run() {
  local name=$1 flags=()
  shift
  while [ "$1" != -- ]; do flags+=("$1") && shift; done
  shift
  pod run -d --name "$id-$name" --network "$id" "${restrictions[@]}" "${limits[@]}" "${flags[@]}" \
    "$image" "$@" >/dev/null
}

# serve NAME PODMAN-FLAG...
serve() {
  run "$@" --network-alias route-guide-pods --env-file k8s/overlays/dev/server.env --env COUNTERSIGN_ADMIN=:8081 \
    --env COUNTERSIGN_POLICY=/etc/countersign/policy/policy.json --env COUNTERSIGN_DRAIN=45s \
    -v "$work/volumes/route-guide:/var/run/countersign/identity:ro" -v "$work/policy:/etc/countersign/policy:ro" -- serve
  within 60 ready "$1" || bad "replica $1 is not ready: $(pod logs "$id-$1" 2>&1 | tail -n 3)"
}

address() { pod inspect -f "{{(index .NetworkSettings.Networks \"$id\").IPAddress}}" "$id-$1"; }
ready() { curl -fsS -m 2 "http://$(address "$1"):8081/readyz"; }
process() { pod inspect -f '{{.State.Pid}}' "$id-$1"; }
status() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$(process "$1")/status"; }
answered() { pod logs "$id-$1" 2>/dev/null | grep -c '"authorized":true' || true; }
answers_more_than() { [ "$(answered "$1")" -gt "$2" ]; }
visits() { pod logs "$id-visitor" 2>/dev/null | grep -c Brandenburg || true; }
failures() { pod logs "$id-visitor" 2>&1 | grep -c '"status"' || true; }
visits_more_than() { [ "$(visits)" -gt "$1" ]; }
streaming() { pod logs "$id-a" 2>/dev/null | grep -q 'RouteChat.*"authorized":true'; }

# unharmed WHAT FAILURES-BEFORE: no call of the visitor has failed since, and it is still calling.
unharmed() {
  local now
  if within 20 visits_more_than "$(visits)" && now=$(failures) && [ "$now" -eq "$2" ]; then
    good "$1: no call failed ($(visits) made)"
  else
    bad "$1: $((now - $2)) calls failed: $(pod logs "$id-visitor" 2>&1 | grep '"status"' | tail -n 2)"
  fi
}

# lost_at_most_one FAILURES-BEFORE: the visitor makes one call at a time.
lost_at_most_one() {
  local lost=$(($(failures) - $1))
  if [ "$lost" -le 1 ]; then
    good "at most the call in flight was lost ($lost)"
  else
    bad "$lost calls were lost: $(pod logs "$id-visitor" 2>&1 | grep '"status"' | tail -n 2)"
  fi
}

install_podman
[ -f "$archive" ] || scripts/image.sh --tar "$archive" >/dev/null
rm -rf "$work"
mkdir -p "$work/policy"
image=$(pod load -q -i "$archive" | sed -n 's/^Loaded image: //p' | tail -n 1)
pod network create "$id" >/dev/null

say "identities and the policy of the dev overlay"
scripts/countersign certs init --dir "$work/certs" --trust-domain dev.example >/dev/null
scripts/countersign certs apply k8s/overlays/dev/pki.yaml --dir "$work/certs" >/dev/null
# The overlay's policy, and a rule for the stream.
sed 's|  "allow_rules": \[|&\n    {"name": "chatter", "source": {"principals": ["spiffe://dev.example/chatter"]},\n      "request": {"paths": ["/routeguide.RouteGuide/RouteChat"]}},|' \
  k8s/overlays/dev/policy.json >"$work/policy/policy.json"
scripts/countersign certs issue --dir "$work/certs" --name chatter --profile client --spiffe spiffe://dev.example/chatter >/dev/null
chmod 755 "$work" "$work/policy"
mount_identity route-guide
mount_identity visitor

limits=(--memory 512m)
pod run --rm "${restrictions[@]}" "${limits[@]}" --network=none "$image" --version >/dev/null 2>&1 || {
  say "  note  no memory limit: this machine gives podman no memory controller"
  limits=()
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
is "its user is 65532" test "$(pod inspect -f '{{.Config.User}}' "$image")" = 65532:65532
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
pod run --rm --network=none --read-only --read-only-tmpfs=false --user 65532:65532 --cap-drop=ALL --ulimit nofile=20000:20000 \
  --ulimit nproc=2000:2000 --env-file k8s/overlays/dev/server.env --env COUNTERSIGN_POLICY=/etc/countersign/policy/policy.json \
  -v "$work/volumes/route-guide:/var/run/countersign/identity:ro" -v "$work/policy:/etc/countersign/policy:ro" \
  "$image" serve >"$work/no-tmp" 2>&1 && bad "it started"
is "it refuses to start instead of taking another TLS" grep -q 'BoringSSL does not load' "$work/no-tmp"

say "two replicas and a visitor"
serve a
serve b
run visitor --env-file k8s/overlays/dev/visitor.env -v "$work/volumes/visitor:/var/run/countersign/identity:ro" -- \
  call --every=20ms --deadline=5s '--json={"latitude":525162746,"longitude":133777041}' routeguide.RouteGuide/GetFeature
is "replica a answers" within 60 answers_more_than a 20
is "replica b answers too: calls are spread" within 60 answers_more_than b 20
is "the process is user 65532" test "$(status a Uid | cut -f1)" = 65532
is "it has no capabilities" test "$(status a CapEff)" = 0000000000000000
is "it can get no new privileges" test "$(status a NoNewPrivs)" = 1
is "a seccomp filter is on" test "$(status a Seccomp)" = 2
is "its root cannot be written" grep -q ' / / ro[, ]\| / ro[, ]' "/proc/$(process a)/mountinfo"
is "it runs on BoringSSL" grep -q tcnative "/proc/$(process a)/maps"
is "the admin port is ready" ready a
before=$(failures)
if [ "$before" -eq 0 ]; then good "no call failed"; else bad "$before calls failed: $(pod logs "$id-visitor" 2>&1 | grep '"status"' | head -n 2)"; fi

say "the checks that scripts/deploy.sh runs in the cluster, with the words of their manifests"
# job NAME IDENTITY FLAGS PODMAN-FLAG...: waits for its end; FLAGS is the overlay's file of environment variables.
job() {
  local words
  mapfile -t words < <(sed -n '/ args:$/,/ env:$/s/^ *- //p' "k8s/checks/$1/cron-job.yaml" | sed 's|=route-guide:|=route-guide-pods:|')
  run "$1" --env-file "k8s/overlays/dev/$3" "${@:4}" -v "$work/volumes/$2:/var/run/countersign/identity:ro" -- "${words[@]}"
  code=$(pod wait "$id-$1")
}
job doctor route-guide server.env --env COUNTERSIGN_POLICY=/etc/countersign/policy/policy.json -v "$work/policy:/etc/countersign/policy:ro"
if [ "$code" = 0 ]; then good "doctor finds no problem"; else bad "doctor: exit $code: $(pod logs "$id-doctor" 2>&1 | tail -n 3)"; fi
job assess visitor visitor.env --env COUNTERSIGN_TRANSPORT=mtls
if [ "$code" = 0 ]; then good "assess finds nothing"; else bad "assess: exit $code: $(pod logs "$id-assess" 2>&1 | tail -n 5)"; fi
is "the visitor goes on calling" within 60 visits_more_than $(($(visits) + 50))
before=$(failures)

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
pod stop -t 75 "$id-a" >/dev/null
took=$((SECONDS - begin))
if [ "$took" -lt 60 ]; then good "a drained and ended in $took s"; else bad "a took $took s to end"; fi
if wait "$stream"; then good "the open stream ended as it wanted to"; else bad "the open stream was cut: $(tail -n 1 "$work/stream.out")"; fi
is "a ended by itself" test "$(pod inspect -f '{{.State.ExitCode}}' "$id-a")" -ne 137
is "c answers" within 90 answers_more_than c 20
serve d
pod stop -t 75 "$id-b" >/dev/null
is "d answers" within 90 answers_more_than d 20
unharmed "after the rolling restart" "$before"

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
within 30 visits_more_than $(($(visits) + 100)) || true
unharmed "after the renewal" "$before"

say "one replica is killed"
# It has memory enough to serve, and not for all the notes that travellers may leave, which are 40 MB. A visitor looks for others
# when one goes.
serve e --env JAVA_TOOL_OPTIONS=-Xmx24m
pod kill -s KILL "$id-c" >/dev/null
is "the visitor goes on with the others" within 60 visits_more_than $(($(visits) + 200))
lost_at_most_one "$before"

say "one replica runs out of memory while it is called"
is "e is called" within 90 answers_more_than e 20
before=$(failures)
python3 - >"$work/notes" <<'NOTES'
for place in range(1000):
    for _ in range(20):
        print('{"location":{"latitude":%d,"longitude":1},"message":"%s"}' % (place, "\u20ac" * 1024))
NOTES
timeout 300 scripts/countersign call --target "mtls=$(address e):8443" --identity "$work/certs/chatter" \
  --expect-server spiffe://dev.example/ns/countersign/sa/route-guide routeguide.RouteGuide/RouteChat \
  <"$work/notes" >/dev/null 2>"$work/notes.err" || true
is "e ended" test "$(timeout 60 podman wait "$id-e")" = 3
is "because it ran out of memory, and not half alive" sh -c "podman logs '$id-e' 2>&1 | grep -q 'Terminating due to java.lang.OutOfMemoryError'"
is "the visitor goes on with the other" within 60 visits_more_than $(($(visits) + 200))
lost_at_most_one "$before"

say "the visitor ends when it is told to"
pod stop -t 20 "$id-visitor" >/dev/null
printf '  %s\n' "$(pod logs "$id-visitor" 2>&1 | grep ' calls, ' | tail -n 1)"
is "it says what it did" sh -c "podman logs '$id-visitor' 2>&1 | grep -q ' calls, '"

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
