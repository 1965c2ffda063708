#!/usr/bin/env bash
# Puts an overlay of k8s/ into a cluster: renders it, shows the difference, asks, applies, waits for the rollout, runs "doctor" as
# the server and "assess" as the visitor inside the cluster, prints what they say, and goes back if one of these fails.
#
#   scripts/deploy.sh OVERLAY [--dry-run]    dev, mtls-cert-manager, gke-alts, gke-managed-identity, or a folder of your own
#     --image REPOSITORY@sha256:DIGEST       what scripts/image.sh pushed (dev: countersign:dev, loaded into the cluster)
#     --trust-domain NAME                    in place of trust-domain.example
#     --project ID                           in place of my-project-id
#     --context NAME                         instead of kubectl's current context
#     --yes                                  do not ask
#     --dry-run                              print what would be applied; no cluster is touched or asked
# Exit: 0 deployed, 1 it failed and the former state was applied again, 2 usage, 3 environment.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." >/dev/null && pwd -P)
namespace=countersign
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
      [ $# -gt 1 ] || fail 2 "$1 needs a value"
      case $1 in
        --image) image=$2 ;; --trust-domain) trust_domain=$2 ;; --project) project=$2 ;; --context) context=$2 ;;
      esac
      shift
      ;;
    -h | --help) sed -n '2,13s/^# \{0,1\}//p' "$0" && exit 0 ;;
    -*) fail 2 "unknown flag \"$1\"" "scripts/deploy.sh --help" ;;
    *) [ -z "$overlay" ] || fail 2 "one overlay at a time: found \"$overlay\" and \"$1\"" && overlay=$1 ;;
  esac
  shift
done
[ -n "$overlay" ] || fail 2 "an overlay is needed: dev, mtls-cert-manager, gke-alts or gke-managed-identity"

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

named=$root/k8s/overlays/$overlay
folder=$overlay
[ ! -d "$named" ] || folder=$named
[ -f "$folder/kustomization.yaml" ] || fail 2 "there is no overlay \"$overlay\""
# Where it is below k8s/, if it is.
inside=$(cd "$folder" && pwd -P)
case $inside in "$root/k8s/"*) inside=${inside#"$root/k8s/"} ;; *) inside='' ;; esac
[ -n "$inside" ] || [ -z "$trust_domain$project" ] ||
  fail 2 "--trust-domain and --project are for folders below k8s/; one elsewhere says so itself"
command -v kubectl >/dev/null || fail 3 "kubectl is not installed"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rendering=$work/rendering.yaml

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
k version >/dev/null 2>&1 || fail 3 "the cluster of context \"$context\" does not answer"

# What must be there before: the kinds that the overlay uses.
require_kinds() {
  local group
  sed -n 's|^apiVersion: \([a-z0-9.-]*\)/.*|\1|p' "$rendering" | sort -u | while read -r group; do
    k api-resources --api-group="$group" -o name 2>/dev/null | grep -q . ||
      fail 3 "the cluster knows nothing of $group, which \"$overlay\" uses" "k8s/README.md says what each overlay needs"
  done
}
require_kinds

# Identities of the dev overlay: made here, kept under target/, put into Secrets.
dev_identities() {
  local out=$root/target/deploy-dev name
  [ -e "$out/ca/state" ] || "$root/scripts/countersign" certs init --dir "$out" --trust-domain dev.example >&2
  "$root/scripts/countersign" certs apply "$folder/pki.yaml" --dir "$out" >&2
  k apply -f "$root/k8s/base/namespace.yaml" >&2
  for name in route-guide visitor; do
    # On the server's side, so that no copy of the key is kept in an annotation.
    k create secret generic "$name-identity" --namespace "$namespace" --from-file="$out/$name/tls.crt" \
      --from-file="$out/$name/tls.key" --from-file="$out/$name/ca.crt" --dry-run=client -o yaml |
      k apply --server-side --force-conflicts -f - >&2
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

# What was applied before, as kubectl keeps it on each object: what to go back to.
k get -f "$rendering" --ignore-not-found -o go-template='{{range .items}}---
{{index .metadata.annotations "kubectl.kubernetes.io/last-applied-configuration"}}
{{end}}' >"$work/before.yaml" 2>/dev/null || true

go_back() {
  say "deploy: $1"
  k get pods --namespace "$namespace" -o wide >&2 || true
  k logs --namespace "$namespace" --selector app.kubernetes.io/name=route-guide --tail=20 >&2 || true
  if grep -q '"kind":"Deployment"' "$work/before.yaml"; then
    say "applying the former state again"
    k apply -f "$work/before.yaml" >&2 || fail 1 "going back failed too"
    k rollout status --namespace "$namespace" deployment/route-guide --timeout="${patience}s" >&2 || fail 1 "going back failed too"
  else
    say "nothing was there before; \"kubectl delete namespace $namespace\" removes what is there now"
  fi
  exit 1
}

[ "$overlay" != dev ] || dev_identities
k apply -f "$rendering" >&2 || go_back "the cluster refused an object"
for workload in route-guide visitor; do
  k rollout status --namespace "$namespace" "deployment/$workload" --timeout="${patience}s" >&2 ||
    go_back "$workload did not become ready"
done

# check NAME: runs the template NAME as a Job, and prints what it says.
check() {
  local job state='' end
  job=$1-$(date -u +%Y%m%d-%H%M%S)
  k create job "$job" --namespace "$namespace" --from="cronjob/$1" >&2 || go_back "$1 could not be started"
  end=$((SECONDS + patience))
  until [ -n "$state" ] || [ "$SECONDS" -ge "$end" ]; do
    state=$(k get job "$job" --namespace "$namespace" -o 'jsonpath={.status.conditions[?(@.status=="True")].type}')
    [ -n "$state" ] || sleep 1
  done
  printf '%s:\n' "$1"
  k logs --namespace "$namespace" "job/$job" || true
  case $state in
    *Complete*) say "$1: passed" ;;
    *) go_back "$1 failed (${state:-it did not end within $patience s})" ;;
  esac
}
for name in doctor assess; do
  if grep -A4 '^kind: CronJob' "$rendering" | grep -q "app.kubernetes.io/name: $name\$"; then check "$name"; fi
done

say "the visitor's last calls:"
k logs --namespace "$namespace" deployment/visitor --tail=3 || true
say "deployed. To go back: git checkout the former commit and deploy it, or"
say "  kubectl --context $context --namespace $namespace rollout undo deployment/route-guide"
