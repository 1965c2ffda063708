#!/usr/bin/env bash
# What scripts/deploy.sh and scripts/gke-setup.sh do, and in which order, with stand-ins for kubectl and gcloud that write down
# how they were called: there is no cluster here. Rendering is real. Ends with "N passed, N failed".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$PWD/target/check-deploy
rm -rf "$work"
mkdir -p "$work/bin"
export CALLS=$work/calls FAULT='' STATE=$work/state
passed=0
failed=0

if command -v kubectl >/dev/null; then
  KUSTOMIZE="$(command -v kubectl) kustomize"
elif command -v kustomize >/dev/null; then
  KUSTOMIZE="$(command -v kustomize) build"
else
  KUSTOMIZE="$PWD/target/tools/kustomize build"
fi
export KUSTOMIZE

cat >"$work/bin/kubectl" <<'STAND_IN'
#!/usr/bin/env bash
if [ "$1" = kustomize ]; then exec $KUSTOMIZE "$2"; fi
echo "$*" >>"$CALLS"
case "$*" in
  "config current-context") echo lab ;;
  *" api-resources --api-group=cert-manager.io "*) [ "$FAULT" = no-cert-manager ] || echo certificates ;;
  *" api-resources "*) echo something ;;
  *" version") [ "$FAULT" != no-cluster ] ;;
  *" diff "*) exit 1 ;;
  *" get -f "*) [ -z "${BEFORE:-}" ] || printf -- '---\n{"kind":"Deployment","metadata":{"name":"route-guide"}}\n' ;;
  *" rollout status "*deployment/visitor*) [ "$FAULT" != visitor-not-ready ] ;;
  *" get job doctor-"*) if [ "$FAULT" = doctor ]; then echo Failed; else echo Complete; fi ;;
  *" get job "*) echo Complete ;;
  *" create secret "*) echo 'kind: Secret' ;;
  *" apply "*-) cat >/dev/null ;;
esac
STAND_IN
cat >"$work/bin/gcloud" <<'STAND_IN'
#!/usr/bin/env bash
echo "$*" >>"$CALLS"
case "$*" in
  *" describe "*) grep -qxF -- "made $(sed 's/ describe / /; s/@[^ ]*//; s/ --.*//' <<<"$*")" "$STATE" ;;
  *" create "*) echo "made $(sed 's/ create / /; s/ --.*//' <<<"$*")" >>"$STATE" ;;
esac
STAND_IN
chmod +x "$work/bin/kubectl" "$work/bin/gcloud"

good() { passed=$((passed + 1)) && printf '  ok    %s\n' "$1"; }
bad() { failed=$((failed + 1)) && printf '  FAIL  %s\n%s\n' "$1" "$(tail -n 4 "$work/err" | sed 's/^/          /')"; }

# exits CODE NAME COMMAND...: runs the command with the stand-ins and compares its exit code.
exits() {
  local expected=$1 name=$2 code=0
  shift 2
  : >"$CALLS"
  PATH=$work/bin:$PATH "$@" >"$work/out" 2>"$work/err" </dev/null || code=$?
  if [ "$code" -eq "$expected" ]; then good "$name: exit $code"; else bad "$name: exit $code instead of $expected"; fi
}

# called NAME PATTERN... : these calls were made, in this order. uncalled NAME PATTERN: no such call was made.
called() {
  local name=$1 line=0 found pattern
  shift
  for pattern in "$@"; do
    found=$(tail -n +$((line + 1)) "$CALLS" | grep -n -m 1 -- "$pattern" | cut -d: -f1) || true
    [ -n "$found" ] || {
      bad "$name: \"$pattern\" is missing or too early"
      return
    }
    line=$((line + found))
  done
  good "$name"
}
uncalled() { if grep -q -- "$2" "$CALLS"; then bad "$1: $(grep -m 1 -- "$2" "$CALLS")"; else good "$1"; fi; }
says() { if grep -q -- "$2" "$work/out" "$work/err"; then good "$1"; else bad "$1"; fi; }

image=registry.example/countersign@sha256:$(printf 'a%.0s' {1..64})
corp=(scripts/deploy.sh mtls-cert-manager --image "$image" --trust-domain corp.example)

printf 'dry run\n'
exits 0 "a dry run" "${corp[@]}" --dry-run
uncalled "asks no cluster" .
says "has the trust domain in place" 'spiffe://corp.example/ns/countersign/sa/visitor'
says "has the image in place" "image: $image"
cp "$work/out" "$work/corp.yaml"
exits 0 "another trust domain" scripts/deploy.sh mtls-cert-manager --image "$image" --trust-domain other.example --dry-run
name_of_flags() { sed -n 's/^  name: \(visitor-flags-.*\)/\1/p' "$1"; }
if [ "$(name_of_flags "$work/corp.yaml")" != "$(name_of_flags "$work/out")" ]; then
  good "has flags of another name, so that pods roll"
else
  bad "the flags have the name that they had"
fi
exits 0 "dev needs nothing named" scripts/deploy.sh dev --dry-run
exits 0 "a folder of one's own" scripts/deploy.sh k8s/examples/all-components --image "$image" --trust-domain corp.example --dry-run
says "has the trust domain in place" 'spiffe://corp.example/ns/countersign/sa/gateway'
mkdir -p "$work/elsewhere"
cp k8s/base/* "$work/elsewhere/"
exits 2 "a folder elsewhere says its trust domain itself" scripts/deploy.sh "$work/elsewhere" --trust-domain corp.example --dry-run

printf 'what is refused before a cluster is asked\n'
for words in "" "nowhere" "mtls-cert-manager" "mtls-cert-manager --image $image" \
  "mtls-cert-manager --image registry.example/countersign:latest --trust-domain corp.example" \
  "mtls-cert-manager --image $image --trust-domain corp.example|bad" "gke-alts --image $image --trust-domain corp.example" \
  "gke-managed-identity --image $image --project X" "dev --nonsense" "dev dev" "dev --image"; do
  # shellcheck disable=SC2086  # words
  exits 2 "deploy.sh $words" scripts/deploy.sh $words
  uncalled "  and no cluster is asked" .
done

printf 'a deployment\n'
exits 0 "all goes well" "${corp[@]}" --yes
called "shows, keeps, applies, waits, examines, attacks, in this order" "context lab diff" "get -f" "apply -f" \
  "rollout status.*route-guide" "rollout status.*visitor" "create job doctor" "logs.*job/doctor" "create job assess" "logs.*job/assess"
uncalled "nothing is applied twice" "before.yaml"
exits 2 "nobody to ask" "${corp[@]}"
uncalled "nothing is applied" " apply "
FAULT=no-cluster exits 3 "a cluster that does not answer" "${corp[@]}" --yes
uncalled "nothing is applied" " apply "
FAULT=no-cert-manager exits 3 "a cluster without cert-manager" "${corp[@]}" --yes
uncalled "nothing is applied" " apply "
says "it is named" "nothing of cert-manager.io"
FAULT=visitor-not-ready BEFORE=1 exits 1 "a workload that does not become ready" "${corp[@]}" --yes
called "what was there before is applied again" "apply -f .*rendering" "rollout status.*visitor" "apply -f .*before" "rollout status.*route-guide"
FAULT=doctor BEFORE=1 exits 1 "a doctor that finds something" "${corp[@]}" --yes
called "what was there before is applied again" "create job doctor" "apply -f .*before"
uncalled "nothing is attacked" "create job assess"
FAULT=doctor exits 1 "the same, the first time" "${corp[@]}" --yes
uncalled "there is nothing to go back to" "before.yaml"
export COUNTERSIGN_DEPLOY_PATIENCE=5
exits 0 "dev, with identities made here" scripts/deploy.sh dev --yes
called "Secrets come before the pods that mount them" "create secret generic route-guide-identity" \
  "create secret generic visitor-identity" "apply -f .*rendering"
called "they are applied on the server's side" "apply --server-side"
uncalled "no key goes into an annotation" "apply -f -"

printf 'the project\n'
: >"$STATE"
setup=(scripts/gke-setup.sh alts --project corp-project --location europe-west1)
exits 0 "printing" "${setup[@]}"
uncalled "runs nothing" .
exits 0 "running" "${setup[@]}" --run
called "cluster, identities, their node pools" "container clusters create countersign" "service-accounts create route-guide" \
  "node-pools create route-guide.*--workload-metadata GCE_METADATA" "node-pools create visitor"
exits 0 "running again" "${setup[@]}" --run
uncalled "creates nothing" " create "
: >"$STATE"
exits 0 "managed identity" scripts/gke-setup.sh managed-identity --project corp-project --location europe-west1-b --run
called "a fleet, and its authority" "clusters create.*--workload-pool corp-project.svc.id.goog --enable-fleet" "--use-default-shared-ca"
for words in "" "alts" "alts --project x --location europe-west1" "alts --project corp-project --location here" \
  "alts --project corp-project --location europe-west1 --cluster a;b"; do
  # shellcheck disable=SC2086  # words
  exits 2 "gke-setup.sh $words" scripts/gke-setup.sh $words
done

printf 'what k8s/README.md tells to type\n'
# Each command of its blocks, one a line; what comes after "&&" is one of its own.
# shellcheck disable=SC2016 # backquotes of the document
commands() { sed -n '/^```sh$/,/^```$/p' k8s/README.md | sed '/^```/d; s/ && /\n/g' | grep "^$1 "; }
export IMAGE=$image PROJECT=corp-project REPOSITORY=registry.example/countersign
typed=0
while read -r line; do
  typed=$((typed + 1))
  exits 0 "$line" bash -c "$line --dry-run"
done < <(commands scripts/deploy.sh)
while read -r line; do
  typed=$((typed + 1))
  exits 0 "$line" bash -c "${line% --run}"
done < <(commands scripts/gke-setup.sh)
if [ "$typed" -ge 6 ]; then good "$typed commands were found"; else bad "only $typed commands were found"; fi
if command -v kubectl >/dev/null; then
  while read -r line; do
    # Nobody listens there: a command that parses gets as far as that.
    KUBECONFIG=/dev/null bash -c "$line --server http://127.0.0.1:1 --request-timeout 1s" >"$work/out" 2>"$work/err" </dev/null || true
    if grep -q 'refused\|localhost:\|127.0.0.1:1' "$work/err" && ! grep -q 'unknown' "$work/err"; then good "$line"; else bad "$line"; fi
  done < <(commands kubectl)
else
  printf '  note  no kubectl here: its commands are not tried\n'
fi

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
