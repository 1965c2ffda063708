#!/usr/bin/env bash
# What scripts/deploy.sh and scripts/gke-setup.sh do, and in which order, with stand-ins for kubectl and gcloud that write down
# how they were called: there is no cluster here. Rendering is real. Ends with "N passed, N failed".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$PWD/target/check-deploy
rm -rf "$work"
mkdir -p "$work/bin"
export CALLS=$work/calls FAULT='' BEFORE='' CLUSTER='' REAL='' STATE=$work/state
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
  # As when some other group has nobody who answers for it.
  *" api-resources "*) echo something && exit 1 ;;
  *" version") [ "$FAULT" != no-cluster ] ;;
  *" diff "*) exit 1 ;;
  *" get namespace "*) [ -z "$BEFORE" ] || echo namespace/countersign ;;
  *" create configmap deploy-lock "*) [ "$FAULT" != locked ] ;;
  *" get configmap deploy-lock "*) echo 'somebody on elsewhere' ;;
  *" get -f "*objects/*" -o name"*)
    [ "$FAULT" != half-readable ] || exit 1
    if [ -n "$CLUSTER" ]; then exec $REAL --kubeconfig /dev/null --server "$CLUSTER" "${@:3}"; fi
    # Flags that changed have another name.
    grep -q '^  name: visitor-flags-' "$5" || echo something
    ;;
  *" get -f "*)
    [ "$FAULT" != unreadable ] || exit 1
    if [ -n "$CLUSTER" ]; then exec $REAL --kubeconfig /dev/null --server "$CLUSTER" "${@:3}"; fi
    [ -z "$BEFORE" ] || printf -- '---\n{"kind":"Deployment","metadata":{"name":"route-guide"}}\n'
    ;;
  *" get deployment route-guide "*) [ "$FAULT" != no-deployments ] && { [ -z "$BEFORE" ] || echo deployment.apps/route-guide; } ;;
  *" rollout status "*deployment/visitor*)
    [ "$FAULT" != interrupted ] || { touch "$STATE.waiting" && exec sleep 60; }
    [ "$FAULT" != visitor-not-ready ]
    ;;
  *" get pods "*--sort-by*) echo visitor-new ;;
  *" logs "*" visitor-new --since=0s"*) echo '{"name":"an answer of long ago"}' ;;
  *" logs "*" visitor-new --since="*)
    if [ "$FAULT" = no-answer ]; then echo '{"status":"UNAVAILABLE"}'; else echo '{"name":"Brandenburg Gate"}'; fi
    ;;
  # A Job as of Kubernetes 1.31, and one call that gets no answer.
  *" get job "*)
    case $(grep -c -- "$(sed 's/.* get job \([^ ]*\) .*/get job \1/' <<<"$*")" "$CALLS")$FAULT$* in
      1*" doctor-"*) exit 1 ;;
      2doctor*" doctor-"*) echo FailureTarget ;;
      2*" doctor-"*) echo SuccessCriteriaMet ;;
      *doctor*" doctor-"*) echo FailureTarget Failed ;;
      *) echo SuccessCriteriaMet Complete ;;
    esac
    ;;
  *" create secret "*) echo 'kind: Secret' ;;
  *" apply "*-) cat >/dev/null ;;
  *" apply -f "*before.yaml) cp "${@: -1}" "$STATE.before" ;;
  *" delete -f "*added.yaml" "*) cp "$5" "$STATE.added" ;;
  *" apply -f "*rendering.yaml) [ "$FAULT" != refused ] ;;
esac
STAND_IN
cat >"$work/bin/gcloud" <<'STAND_IN'
#!/usr/bin/env bash
echo "$*" >>"$CALLS"
# What is made has the fields that it should have, unless FAULT gives one of them another value: NAME=VALUE.
field() { if [[ $FAULT == "$1="* ]]; then echo "${FAULT#*=}"; else echo "$2"; fi; }
case "$*" in
  *" describe "*) grep -qxF -- "made $(sed 's/ describe / /; s/@[^ ]*//; s/ --.*//' <<<"$*")" "$STATE" || exit 1 ;;
  *" create "* | *" update "*) echo "made $(sed 's/ create / /; s/ update / /; s/ --.*//' <<<"$*")" >>"$STATE" ;;
esac
case "$*" in
  # The pool of a fleet comes with its cluster.
  *" clusters create "*--enable-fleet*) echo "made iam workload-identity-pools corp-project.svc.id.goog" >>"$STATE" ;;
  *"value(workloadIdentityConfig.workloadPool)") field workloadPool "$(grep -q 'made iam workload-identity-pools' "$STATE" && echo corp-project.svc.id.goog)" ;;
  *"value(fleet.project)") field fleet 123456789 ;;
  *"value(nodePools[].config.workloadMetadataConfig.mode)") field modes GKE_METADATA ;;
  *"value(config.workloadMetadataConfig.mode)") field mode GCE_METADATA ;;
  *"value(config.serviceAccount)") field account "$(sed 's/.*describe \([a-z-]*\) .*/\1/' <<<"$*")@corp-project.iam.gserviceaccount.com" ;;
  *"value(inlineCertificateIssuanceConfig.caPools)") field caPools '' ;;
  *"value(inlineCertificateIssuanceConfig.useDefaultSharedCa)") field shared "$(grep -c 'made iam workload-identity-pools' "$STATE" | sed 's/1//; s/2/True/')" ;;
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
dev=$work/dev.yaml
scripts/deploy.sh dev --dry-run >"$dev" 2>/dev/null
for way in dev/ k8s/overlays/dev ./k8s/overlays/../overlays/dev/; do
  exits 0 "$way" scripts/deploy.sh "$way" --image registry.example/countersign:1 --dry-run
  if sed 's|registry.example/countersign:1|countersign:dev|' "$work/out" | cmp -s - "$dev"; then good "  is dev"; else bad "  is not dev"; fi
done
exits 0 "the folder one is in" bash -c 'cd k8s/overlays/dev && ../../../scripts/deploy.sh . --dry-run'
if cmp -s "$work/out" "$dev"; then good "  is dev"; else bad "  is not dev"; fi
mkdir -p "$work/elsewhere"
cp k8s/base/* "$work/elsewhere/"
sed -i 's|image: countersign$|image: registry.example/another:1|' "$work/elsewhere/deployment.yaml"
exits 2 "a folder elsewhere says its trust domain itself" scripts/deploy.sh "$work/elsewhere" --trust-domain corp.example --dry-run

printf 'what is refused before a cluster is asked\n'
for words in "" "nowhere" "." "k8s/overlays" "mtls-cert-manager" "mtls-cert-manager --image $image" \
  "mtls-cert-manager --image registry.example/countersign:latest --trust-domain corp.example" \
  "mtls-cert-manager --image $image --trust-domain corp.example|bad" "gke-alts --image $image --trust-domain corp.example" \
  "gke-managed-identity --image $image --project X" "dev --nonsense" "dev dev" "dev --image" \
  "dev --trust-domain corp.example" "dev --project corp-project"; do
  # shellcheck disable=SC2086  # words
  exits 2 "deploy.sh $words" scripts/deploy.sh $words
  uncalled "  and no cluster is asked" .
done

exits 2 "an empty context, which would be the current one" "${corp[@]}" --yes --context ""
uncalled "  and no cluster is asked" .
exits 2 "an image that has no place" scripts/deploy.sh "$work/elsewhere" --image "$image" --dry-run
says "  and it says so" "--image changes nothing"
for patience in 0 ten 5m -1; do
  COUNTERSIGN_DEPLOY_PATIENCE=$patience exits 2 "a patience of $patience" "${corp[@]}" --yes
  uncalled "  and no cluster is asked" .
done

printf 'a deployment\n'
export COUNTERSIGN_DEPLOY_PATIENCE=20
unlocks() { called "nobody else is kept out any more" "create configmap deploy-lock" "delete configmap deploy-lock"; }
goes_back() {
  called "what was there before is applied again, and what was not is removed" "$@" "apply -f .*before" \
    "rollout status.*route-guide" "delete -f .*added" "delete configmap deploy-lock"
  if grep -q '"name":"route-guide"' "$STATE.before"; then good "all of it"; else bad "not all of it"; fi
}
exits 0 "all goes well" "${corp[@]}" --yes
called "shows, locks, keeps, applies, waits, is answered, examines, attacks, in this order" "context lab diff" \
  "create configmap deploy-lock" "get -f" "apply -f .*rendering" "rollout status.*route-guide" "rollout status.*visitor" \
  "logs .*visitor-new --since=[1-9]" "create job doctor" "logs.*job/doctor" "create job assess" "logs.*job/assess"
uncalled "nothing is applied twice or removed" "before.yaml\|delete -f"
unlocks
exits 2 "nobody to ask" "${corp[@]}"
uncalled "nothing is applied" " apply "
# refuses FAULT NAME TEXT: ends before anything is applied, and says TEXT.
refuses() {
  FAULT=$1 BEFORE=1 exits 3 "$2" "${corp[@]}" --yes
  uncalled "nothing is applied" " apply "
  says "it says so" "$3"
}
refuses no-cluster "a cluster that does not answer" "does not answer"
refuses no-cert-manager "a cluster without cert-manager" "nothing of cert-manager.io"
refuses locked "somebody else deploys" "somebody on elsewhere"
uncalled "theirs is left alone" "delete configmap"
refuses unreadable "a former state that cannot be read" "no way back"
unlocks
refuses no-deployments "deployments that cannot be read" "no way back"
unlocks

refuses half-readable "objects that cannot be read" "no way back"
unlocks

FAULT=refused BEFORE=1 exits 1 "an object that the cluster refuses" "${corp[@]}" --yes
goes_back "apply -f .*rendering"
if [ "$(sed -n 's/^  name: //p' "$STATE.added")" = "$(name_of_flags "$work/corp.yaml")" ]; then
  good "it is the visitor's flags of another name that are removed, and nothing else"
else
  bad "other objects are removed: $(sed -n 's/^  name: //p' "$STATE.added" | tr '\n' ' ')"
fi
FAULT=visitor-not-ready BEFORE=1 exits 1 "a workload that does not become ready" "${corp[@]}" --yes
goes_back "apply -f .*rendering" "rollout status.*visitor"
FAULT=no-answer BEFORE=1 COUNTERSIGN_DEPLOY_PATIENCE=3 exits 1 "a visitor without an answer" "${corp[@]}" --yes
goes_back "logs .*visitor-new"
uncalled "nothing is attacked" "create job"
says "its last calls are shown" '"status":"UNAVAILABLE"'
FAULT=doctor BEFORE=1 exits 1 "a doctor that finds something" "${corp[@]}" --yes
goes_back "create job doctor"
uncalled "nothing is attacked" "create job assess"
FAULT=doctor exits 1 "the same, the first time" "${corp[@]}" --yes
uncalled "there is nothing to go back to" "before.yaml\|delete -f"
says "how to remove it is said, and where" "kubectl --context lab delete namespace countersign"
called "the namespace was made first, for the lock" "apply -f .*namespace.yaml" "create configmap deploy-lock" "get -f"

# Not in the foreground: a signal has to find it waiting.
rm -f "$STATE.before"
: >"$CALLS"
FAULT=interrupted BEFORE=1 PATH=$work/bin:$PATH "${corp[@]}" --yes >"$work/out" 2>"$work/err" </dev/null &
interrupted=$!
until [ -e "$STATE.waiting" ] || ! kill -0 "$interrupted" 2>/dev/null; do sleep 0.1; done
kill "$interrupted"
code=0
wait "$interrupted" || code=$?
if [ "$code" = 1 ]; then good "an interruption: exit 1"; else bad "an interruption: exit $code"; fi
goes_back "rollout status.*visitor"
uncalled "nothing is examined" "create job"

if REAL=$(command -v kubectl); then
  # What kubectl's own templates make of objects that kubectl did not apply, or that somebody else annotated.
  python3 scripts/deploy/cluster.py "$work/cluster" &
  cluster=$!
  trap 'kill $cluster' EXIT
  until [ -s "$work/cluster" ] || ! kill -0 "$cluster" 2>/dev/null; do sleep 0.1; done
  rm -f "$STATE.before"
  BEFORE=1 FAULT=doctor CLUSTER=$(cat "$work/cluster")/all exits 1 "a former state with objects of other people's" "${corp[@]}" --yes
  goes_back "get -f"
  if grep -q 'no value\|untyped nil' "$STATE.before"; then bad "it holds what is none"; else good "it holds nothing else"; fi
  # The cluster has the namespace, a service account and the deployment.
  kinds() { grep '^kind: \(Namespace\|Deployment\|ServiceAccount\)' "$1" | sort | uniq -c | tr -s ' ' | tr '\n' ','; }
  if [ "$(kinds "$STATE.added")" = " 1 kind: Deployment, 1 kind: ServiceAccount," ]; then
    good "of what is removed, nothing was there before"
  else
    bad "what is removed: $(kinds "$STATE.added")"
  fi
  BEFORE=1 FAULT=doctor CLUSTER=$(cat "$work/cluster")/one exits 1 "a former state of one object" "${corp[@]}" --yes
  goes_back "get -f"
  BEFORE=1 CLUSTER=$(cat "$work/cluster")/unsaid exits 3 "a deployment that does not say how it was applied" "${corp[@]}" --yes
  uncalled "nothing is applied" " apply "
  BEFORE=1 CLUSTER=$(cat "$work/cluster")/broken exits 3 "a cluster that fails to say" "${corp[@]}" --yes
  uncalled "nothing is applied" " apply "
  kill "$cluster"
  trap - EXIT
else
  printf '  note  no kubectl here: its templates are not tried\n'
fi

exits 0 "dev, with identities made here" scripts/deploy.sh dev --yes
called "Secrets come before the pods that mount them" "create secret generic route-guide-identity" \
  "create secret generic visitor-identity" "apply -f .*rendering"
called "they are applied on the server's side" "apply --server-side"
uncalled "no key goes into an annotation" "apply -f -"

mkdir -p "$work/bare"
cat >"$work/bare/kustomization.yaml" <<'BARE'
resources: [../../../k8s/base, ../../../k8s/checks/doctor]
images: [{name: countersign, newName: registry.example/countersign, newTag: "1"}]
commonAnnotations: {example.org/a: a, example.org/b: b, example.org/c: c, example.org/d: d}
BARE
exits 0 "a folder without visitor and assess, with annotations" scripts/deploy.sh "$work/bare" --yes
called "its doctor is run" "create job doctor"
uncalled "nobody waits for a visitor" "rollout status.*visitor"
says "what is not there is said" "no assess in this overlay"

printf 'the project\n'
: >"$STATE"
setup=(scripts/gke-setup.sh alts --project corp-project --location europe-west1)
exits 0 "printing" "${setup[@]}"
uncalled "runs nothing" .
# The nodes that are made are those that the pods ask for.
grep -o -- '--node-labels [^ ]*' "$work/out" | sed 's/.* //; s/=/: /' | sort -u >"$work/made"
exits 0 "gke-alts" scripts/deploy.sh gke-alts --image "$image" --project corp-project --trust-domain corp.example --dry-run
grep -A 1 ' nodeSelector:' "$work/out" | sed -n 's/^ *\(countersign.dev.*\)/\1/p' | sort -u >"$work/asked"
if [ -s "$work/made" ] && cmp -s "$work/made" "$work/asked"; then
  good "its pods ask for the nodes that are made: $(tr '\n' ' ' <"$work/made")"
else
  bad "its pods ask for other nodes: $(tr '\n' ' ' <"$work/asked")"
fi
exits 0 "running" "${setup[@]}" --run
called "cluster, identities, their node pools" "container clusters create countersign" "service-accounts create route-guide" \
  "node-pools create route-guide.*--workload-metadata GCE_METADATA" "node-pools create visitor"
exits 0 "running again" "${setup[@]}" --run
uncalled "creates nothing" " create "
# differs FAULT TEXT COMMAND...: what is there and is something else is refused, and nothing is made or changed.
differs() {
  local fault=$1 text=$2
  shift 2
  FAULT=$fault exits 3 "$fault" "$@" --run
  says "it says so" "$text"
  uncalled "changes nothing" " create .*\(cluster\|pool\)\| update "
}
differs workloadPool=corp-project.svc.id.goog 'cluster countersign .*workloadPool: "corp-project' "${setup[@]}"
differs mode=GKE_METADATA 'node pool route-guide .*mode: "GKE_METADATA" (GCE_METADATA)' "${setup[@]}"
differs account=default 'node pool route-guide .*serviceAccount: "default"' "${setup[@]}"
: >"$STATE"
managed=(scripts/gke-setup.sh managed-identity --project corp-project --location europe-west1-b)
exits 0 "managed identity" "${managed[@]}" --run
called "a fleet, and its authority" "clusters create.*--workload-pool corp-project.svc.id.goog --enable-fleet" "--use-default-shared-ca"
exits 0 "running again" "${managed[@]}" --run
uncalled "creates and changes nothing" " create \| update "
differs workloadPool= 'cluster countersign .*workloadPool: "" (corp-project.svc.id.goog)' "${managed[@]}"
differs fleet= "cluster countersign .*project: \"\" (a fleet's project)" "${managed[@]}"
differs modes=GCE_METADATA 'cluster countersign .*mode: "GCE_METADATA"' "${managed[@]}"
differs caPools=europe-west1=projects/1/caPools/own 'authorities of its own.*caPools/own' "${managed[@]}"
FAULT=shared=False exits 0 "a shared authority that is switched off" "${managed[@]}" --run
called "is switched on" "--use-default-shared-ca"
for words in --help -h "alts --help"; do
  # shellcheck disable=SC2086  # words
  exits 0 "gke-setup.sh $words" scripts/gke-setup.sh $words
  if grep -q '^Exit: 0 done' "$work/out" && [ ! -s "$work/err" ]; then good "  and says how"; else bad "  and does not say how"; fi
done
exits 0 "zones of a region" scripts/gke-setup.sh alts --project corp-project --location europe-west1 \
  --node-locations europe-west1-b,europe-west1-c
if [ "$(grep -c -- '--num-nodes 1 --node-locations europe-west1-b.*,europe-west1-c' "$work/out")" = 3 ]; then
  good "the cluster and both pools have nodes there, and nowhere else"
else
  bad "nodes elsewhere"
fi
for words in "alts --project corp-project --location europe-west1 --node-locations europe-west4-a" \
  "alts --project corp-project --location europe-west1 --node-locations ,"; do
  # shellcheck disable=SC2086  # words
  exits 2 "gke-setup.sh $words" scripts/gke-setup.sh $words
done
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
while read -r line; do
  typed=$((typed + 1))
  # It looks only whether the natives are in the jar, once the words are read.
  exits 0 "$line" bash -c "${line} --check"
done < <(commands scripts/image.sh)
if [ "$typed" -ge 8 ]; then good "$typed commands were found"; else bad "only $typed commands were found"; fi
while read -r line; do
  # The archive must be the one that was made before it.
  if [ "$line" = "kind load image-archive $(commands scripts/image.sh | sed -n 's/.* --tar //p')" ]; then good "$line"; else bad "$line"; fi
done < <(commands kind)
# Whatever a block begins with must be one of those that are tried above.
# shellcheck disable=SC2016 # backquotes of the document
rest=$(sed -n '/^```sh$/,/^```$/p' k8s/README.md | sed '/^```/d; s/ && /\n/g' | grep -v '^\(scripts/\(image\|deploy\|gke-setup\)\.sh\|kind\|kubectl\|git revert\) ' || true)
if [ -z "$rest" ]; then good "no command is left over"; else bad "not tried: $rest"; fi
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
