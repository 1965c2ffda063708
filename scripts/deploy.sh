#!/usr/bin/env bash
# Puts an overlay of k8s/ into a cluster: renders it, shows the difference, asks, applies, waits for the rollout, runs "doctor" as
# the server and "assess" as the visitor inside the cluster, prints what they say. It goes back if one of these fails, if the
# visitor gets no answer, and if it is interrupted on the way: the former state is applied again, and what was not there before is
# removed.
#
#   scripts/deploy.sh OVERLAY [--dry-run]    dev, mtls-cert-manager, gke-alts, gke-managed-identity, or a folder of your own
#     --image REPOSITORY@sha256:DIGEST       what scripts/image.sh pushed (dev: countersign:dev, loaded into the cluster)
#     --trust-domain NAME                    in place of trust-domain.example
#     --project ID                           in place of my-project-id
#     --context NAME                         instead of kubectl's current context
#     --yes                                  do not ask
#     --dry-run                              print what would be applied; no cluster is touched or asked
# Exit: 0 deployed, 1 it failed and the former state was applied again, 2 usage, 3 environment; for 2 nothing was applied, and for 3
# at most the namespace and, in dev, the identities.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." >/dev/null && pwd -P)
namespace=countersign
# How many seconds each step may take.
patience=${COUNTERSIGN_DEPLOY_PATIENCE:-300}

fail() {
  local code=$1
  shift
  printf 'deploy: error: %s\n' "$1" >&2
  shift
  for hint in "$@"; do printf 'hint: %s\n' "$hint" >&2; done
  exit "$code"
}
say() { printf '%s\n' "$*" >&2; }

overlay='' image='' trust_domain='' project='' context='' yes='' dry_run=''
while [ $# -gt 0 ]; do
  case $1 in
    --dry-run) dry_run=yes ;;
    --yes) yes=yes ;;
    --image | --trust-domain | --project | --context)
      # An empty one would be taken for an absent one: for a context, whichever is current.
      [ -n "${2:-}" ] || fail 2 "$1 needs a value"
      case $1 in
        --image) image=$2 ;; --trust-domain) trust_domain=$2 ;; --project) project=$2 ;; --context) context=$2 ;;
      esac
      shift
      ;;
    -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit 0 ;;
    -*) fail 2 "unknown flag \"$1\"" "scripts/deploy.sh --help" ;;
    *) [ -z "$overlay" ] || fail 2 "one overlay at a time: found \"$overlay\" and \"$1\"" && overlay=$1 ;;
  esac
  shift
done
[ -n "$overlay" ] || fail 2 "an overlay is needed: dev, mtls-cert-manager, gke-alts or gke-managed-identity"
[[ $patience =~ ^[1-9][0-9]{0,4}$ ]] || fail 2 "COUNTERSIGN_DEPLOY_PATIENCE is no number of seconds: \"$patience\" (1 to 99999)"

# A name is one of ours if there is one, also as the shell completes it; everything else is a folder.
folder=$overlay
name=${overlay%/}
[[ ! $name =~ ^[a-z0-9-]+$ ]] || [ ! -d "$root/k8s/overlays/$name" ] || folder=$root/k8s/overlays/$name
[ -f "$folder/kustomization.yaml" ] || fail 2 "there is no overlay \"$overlay\""
folder=$(cd "$folder" && pwd -P)
# Where it is below k8s/, if it is; however it was written, one of ours has the name that it has there.
inside=''
case $folder in "$root/k8s/"*) inside=${folder#"$root/k8s/"} ;; esac
case $inside in overlays/*) overlay=${inside#overlays/} ;; esac
[ -n "$inside" ] || [ -z "$trust_domain$project" ] ||
  fail 2 "--trust-domain and --project are for folders below k8s/; one elsewhere says so itself"

# A value ends up in the middle of YAML and JSON: it must be what it claims to be, and nothing else.
shape() { # NAME VALUE PATTERN
  [ -z "$2" ] || [[ $2 =~ ^$3$ ]] || fail 2 "--$1 is not what it should be: \"$2\" ($3)"
}
shape trust-domain "$trust_domain" '[a-z0-9]([a-z0-9.-]*[a-z0-9])?'
shape project "$project" '[a-z][a-z0-9-]{4,28}[a-z0-9]'
if [ "$overlay" = dev ]; then
  shape image "$image" '[a-z0-9][a-zA-Z0-9._/:@-]*'
else
  shape image "$image" '[a-z0-9][a-zA-Z0-9._/:-]*@sha256:[0-9a-f]{64}'
fi
command -v kubectl >/dev/null || fail 3 "kubectl is not installed"

work=$(mktemp -d)
rendering=$work/rendering.yaml
locked='' unproved='' waiting=''

# However this ends: between the first change and the last check, the former state is applied again.
ends() {
  local code=$?
  trap - EXIT
  trap '' INT TERM
  [ -z "$waiting" ] || kill "$waiting" 2>/dev/null || true
  if [ -n "$unproved" ]; then
    (go_back) || say "deploy: error: going back failed too"
    code=1
  fi
  [ -z "$locked" ] || k delete configmap deploy-lock --namespace "$namespace" >&2 || say "hint: $unlock"
  rm -rf "$work"
  exit "$code"
}
trap ends EXIT
trap 'say "deploy: interrupted"; exit 130' INT TERM

# patiently COMMAND...: so that a signal is not heard only when it has ended.
patiently() {
  local code=0
  "$@" &
  waiting=$!
  wait "$waiting" || code=$?
  waiting=''
  return "$code"
}

# failed REASON: after something was applied.
failed() {
  say "deploy: $1"
  exit 1
}

# Is there an object KIND NAME in the rendering?
holds() {
  awk -v kind="$1" -v name="$2" '
    /^---/ { is = 0; within = 0 }
    /^[a-z]/ { within = ($0 == "metadata:") }
    $0 == "kind: " kind { is = 1 }
    within && is && $0 == "  name: " name { found = 1 }
    END { exit !found }' "$rendering"
}

# What is named on the command line goes into a copy of the sources, not into the rendering: a name with a hash has to follow.
render() {
  local none
  none=countersign@sha256:$(printf '0%.0s' {1..64})
  if [ -n "$inside" ]; then
    cp -r "$root/k8s" "$work/k8s"
    find "$work/k8s" -type f -exec sed -i -e "s|trust-domain\.example|${trust_domain:-trust-domain.example}|g" \
      -e "s|my-project-id|${project:-my-project-id}|g" {} +
    folder=$work/k8s/$inside
  fi
  kubectl kustomize "$folder" >"$work/as-written.yaml" || fail 3 "\"$overlay\" does not render"
  sed -e "s|image: $none\$|image: ${image:-$none}|" -e "s|image: countersign:dev\$|image: ${image:-countersign:dev}|" \
    "$work/as-written.yaml" >"$rendering"
  ! grep -q "$none" "$rendering" ||
    fail 2 "no image is named" "scripts/image.sh --push REPOSITORY:TAG prints the digest for --image REPOSITORY@sha256:DIGEST"
  ! grep -q 'trust-domain\.example' "$rendering" || fail 2 "no trust domain is named: --trust-domain NAME"
  ! grep -q 'my-project-id' "$rendering" || fail 2 "no project is named: --project ID"
  taken image "image: $image" "$image"
  taken trust-domain "//$trust_domain/" "$trust_domain"
  taken project "$project" "$project"
}

# taken NAME TEXT VALUE: what was named must be in the rendering, or it was named in vain.
taken() {
  [ -z "$3" ] || grep -qF -- "$2" "$rendering" || fail 2 "--$1 changes nothing in \"$overlay\": \"$3\" has no place there"
}

render
if [ -n "$dry_run" ]; then
  cat "$rendering"
  say "nothing was applied; $(grep -c '^kind: ' "$rendering") objects"
  exit 0
fi

: "${context:=$(kubectl config current-context 2>/dev/null || true)}"
[ -n "$context" ] || fail 3 "kubectl has no current context" "--context NAME"
k() { kubectl --context "$context" "$@"; }
printf -v by_hand 'kubectl --context %q --namespace %s' "$context" "$namespace"
unlock="\"$by_hand delete configmap deploy-lock\" lets the next one deploy"
k version >/dev/null 2>&1 || fail 3 "the cluster of context \"$context\" does not answer"

# What must be there before: the kinds that the overlay uses.
require_kinds() {
  local groups group known
  mapfile -t groups < <(sed -n 's|^apiVersion: \([a-z0-9.-]*\)/.*|\1|p' "$rendering" | sort -u)
  for group in "${groups[@]}"; do
    # It fails as well when some other group has nobody who answers for it; what it knows it prints all the same.
    known=$(k api-resources --api-group="$group" -o name 2>/dev/null) || true
    [ -n "$known" ] ||
      fail 3 "the cluster knows nothing of $group, which \"$overlay\" uses" "k8s/README.md says what each overlay needs"
  done
}
require_kinds

# Identities of the dev overlay: made here, kept under target/, put into Secrets.
dev_identities() {
  local out=$root/target/deploy-dev name
  [ -e "$out/ca/state" ] || "$root/scripts/countersign" certs init --dir "$out" --trust-domain dev.example >&2 || return
  "$root/scripts/countersign" certs apply "$folder/pki.yaml" --dir "$out" >&2 || return
  for name in route-guide visitor; do
    # On the server's side, so that no copy of the key is kept in an annotation.
    k create secret generic "$name-identity" --namespace "$namespace" --from-file="$out/$name/tls.crt" \
      --from-file="$out/$name/tls.key" --from-file="$out/$name/ca.crt" --dry-run=client -o yaml |
      k apply --server-side --force-conflicts -f - >&2 || return
  done
}

say "overlay $overlay, context $context"
difference=0
k diff -f "$rendering" >&2 || difference=$?
case $difference in
  0) say "no difference" ;;
  1) ;;
  *) say "no difference can be shown (the namespace may not exist yet); $(grep -c '^kind: ' "$rendering") objects are to be applied" ;;
esac
if [ -z "$yes" ]; then
  [ -t 0 ] || fail 2 "nobody can be asked here" "--yes applies without asking"
  read -r -p "apply this to \"$context\"? (yes) " answer
  [ "$answer" = yes ] || fail 2 "not applied"
fi

# One at a time: two would each take the other's half for the former state.
lock() {
  local there holder
  there=$(k get namespace "$namespace" --ignore-not-found -o name) || fail 3 "the namespace $namespace cannot be read"
  if [ -z "$there" ]; then
    awk 'BEGIN { RS = "---\n"; ORS = "" } /(^|\n)kind: Namespace\n/' "$rendering" >"$work/namespace.yaml"
    k apply -f "$work/namespace.yaml" >&2 || fail 3 "the namespace $namespace cannot be made"
  fi
  holder="$(id -un) on $(uname -n), process $$, since $(date -u +%Y-%m-%dT%H:%M:%SZ)"
  if k create configmap deploy-lock --namespace "$namespace" --from-literal=holder="$holder" >/dev/null 2>"$work/lock"; then
    locked=yes
  else
    holder=$(k get configmap deploy-lock --namespace "$namespace" --ignore-not-found -o 'jsonpath={.data.holder}') || true
    [ -n "$holder" ] || fail 3 "deployments cannot be kept apart: $(tail -n 1 "$work/lock")"
    fail 3 "somebody else deploys here: $holder" "if that one was cut off, $unlock"
  fi
}
lock

# What was applied before, as kubectl keeps it on each object: what to go back to. One object alone comes without a list.
# shellcheck disable=SC2016 # a template of kubectl
template='{{define "former"}}{{with .metadata.annotations}}{{with index . "kubectl.kubernetes.io/last-applied-configuration"}}---
{{.}}
{{end}}{{end}}{{end}}{{if .items}}{{range .items}}{{template "former" .}}{{end}}{{else}}{{template "former" .}}{{end}}'
k get -f "$rendering" --ignore-not-found -o go-template="$template" >"$work/before.yaml" ||
  fail 3 "what is deployed now cannot be read, so there would be no way back"
former=$(k get deployment route-guide --namespace "$namespace" --ignore-not-found -o name) ||
  fail 3 "what is deployed now cannot be read, so there would be no way back"
[ -z "$former" ] || grep '"kind":"Deployment"' "$work/before.yaml" | grep '"name":"route-guide"' >/dev/null ||
  fail 3 "a deployment route-guide is there that does not say how it was applied, so there would be no way back" \
    "\"$by_hand apply set-last-applied --create-annotation -f FILE\", with what it was made from"

# What was not there before. What cannot be read is not taken for absent.
mkdir "$work/objects"
awk -v folder="$work/objects" 'BEGIN { RS = "---\n" } { printf "%s", $0 >sprintf("%s/%03d.yaml", folder, NR) }' "$rendering"
for object in "$work"/objects/*.yaml; do
  [ -n "$former" ] || break
  there=$(k get -f "$object" --ignore-not-found -o name) ||
    fail 3 "what is deployed now cannot be read, so there would be no way back"
  [ -n "$there" ] || { printf -- '---\n' && cat "$object"; } >>"$work/added.yaml"
done

go_back() {
  k get pods --namespace "$namespace" -o wide >&2 || true
  k logs --namespace "$namespace" --selector app.kubernetes.io/name=route-guide --tail=20 >&2 || true
  if [ -n "$former" ]; then
    say "applying the former state again"
    k apply -f "$work/before.yaml" >&2 &&
      k rollout status --namespace "$namespace" deployment/route-guide --timeout="${patience}s" >&2 || return
    # Not sooner: pods of the failed deployment may use it.
    [ -s "$work/added.yaml" ] || return 0
    say "removing what was not there before"
    k delete -f "$work/added.yaml" --ignore-not-found --timeout="${patience}s" >&2
  else
    say "nothing was there before; \"kubectl --context $context delete namespace $namespace\" removes what is there now"
  fi
}

[ "$overlay" != dev ] || dev_identities || fail 3 "the identities could not be made"
unproved=yes
k apply -f "$rendering" >&2 || failed "the cluster refused an object"
for workload in route-guide visitor; do
  holds Deployment "$workload" || continue
  patiently kubectl --context "$context" rollout status --namespace "$namespace" "deployment/$workload" \
    --timeout="${patience}s" >&2 ||
    failed "$workload did not become ready"
done

# Nothing says that the visitor is ready but its answers; only those count that came since it was rolled out.
visited() {
  local begin=$SECONDS pod
  say "waiting for an answer to the visitor"
  while [ $((SECONDS - begin)) -lt "$patience" ]; do
    patiently sleep 1
    pod=$(k get pods --namespace "$namespace" --selector app.kubernetes.io/name=visitor \
      --sort-by=.metadata.creationTimestamp -o 'jsonpath={.items[-1:].metadata.name}') || true
    [ -n "$pod" ] || continue
    k logs --namespace "$namespace" "$pod" --since=$((SECONDS - begin))s >"$work/visits" 2>&1 || true
    # A call that failed is told as JSON too.
    if grep '^{' "$work/visits" | grep -v '^{"status":' >&2; then return; fi
  done
  tail -n 5 "$work/visits" >&2 || true
  return 1
}
if holds Deployment visitor; then
  visited || failed "the visitor got no answer within $patience s"
else
  say "no visitor in this overlay: whether calls are answered, nobody has tried"
fi

# check NAME: runs the template NAME as a Job, and prints what it says.
check() {
  local job state='' end
  job=$1-$(date -u +%Y%m%d-%H%M%S)-$$
  k create job "$job" --namespace "$namespace" --from="cronjob/$1" >&2 || failed "$1 could not be started"
  end=$((SECONDS + patience))
  # Other conditions come before these two.
  until [[ $state =~ Complete|Failed ]] || [ "$SECONDS" -ge "$end" ]; do
    patiently sleep 1
    state=$(k get job "$job" --namespace "$namespace" -o 'jsonpath={.status.conditions[?(@.status=="True")].type}') || true
  done
  printf '%s:\n' "$1"
  k logs --namespace "$namespace" "job/$job" || true
  case $state in
    *Complete*) say "$1: passed" ;;
    *) failed "$1 failed (${state:-it did not end within $patience s})" ;;
  esac
}
for name in doctor assess; do
  if holds CronJob "$name"; then check "$name"; else say "no $name in this overlay"; fi
done

unproved=''
say "deployed. To go back: git checkout the former commit and deploy it, or"
say "  $by_hand rollout undo deployment/route-guide"
