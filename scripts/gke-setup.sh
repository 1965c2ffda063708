#!/usr/bin/env bash
# Prints the gcloud commands that a project needs before scripts/deploy.sh, in order; with --run, runs those whose result is
# not there yet. Doing it again changes nothing; what is there and is something else is refused, not changed. Nothing here was
# run on Google Cloud by its authors: read what it prints.
#
#   scripts/gke-setup.sh alts --project ID --location PLACE [--node-locations ZONE,...] [--cluster NAME] [--run]
#       a cluster without Workload Identity; for each identity a service account and a tainted node pool in metadata mode
#       GCE_METADATA, because every pod of a node has the node's service account
#   scripts/gke-setup.sh managed-identity --project ID --location PLACE [--node-locations ZONE,...] [--cluster NAME] [--run]
#       a cluster with Workload Identity in the project's fleet; the default authority bound to the fleet's trust domain
# PLACE is a zone (europe-west1-b: one node in each pool) or a region (europe-west1: one node in each pool and each zone, three as a
# rule, and as many to pay for; --node-locations names those that are to have some).
# Exit: 0 done, 2 usage, 3 environment.
set -euo pipefail

fail() {
  printf 'gke-setup: error: %s\n' "$2" >&2
  exit "$1"
}
usage() { sed -n '2,/^set /s/^# \{0,1\}//p' "$0"; }

way=${1:-}
[ $# -eq 0 ] || shift
project='' location='' zones='' cluster=countersign run=''
while [ $# -gt 0 ]; do
  case $1 in
    --run) run=yes ;;
    --project | --location | --node-locations | --cluster)
      [ $# -gt 1 ] || fail 2 "$1 needs a value"
      case $1 in --project) project=$2 ;; --location) location=$2 ;; --node-locations) zones=$2 ;; --cluster) cluster=$2 ;; esac
      shift
      ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done
case $way in
  alts | managed-identity) ;;
  -h | --help) usage && exit 0 ;;
  *) usage >&2 && exit 2 ;;
esac
[[ $project =~ ^[a-z][a-z0-9-]{4,28}[a-z0-9]$ ]] || fail 2 "--project is not a project id: \"$project\""
[[ $location =~ ^[a-z]+-[a-z]+[0-9]+(-[a-z])?$ ]] || fail 2 "--location is not a region or a zone: \"$location\""
region=${location%-[a-z]}
[[ $zones =~ ^($region-[a-z](,$region-[a-z])*)?$ ]] || fail 2 "--node-locations are not zones of $region: \"$zones\""
[[ $cluster =~ ^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$ ]] || fail 2 "--cluster is not a name: \"$cluster\""
[ -z "$run" ] || command -v gcloud >/dev/null || fail 3 "gcloud is not installed"

# ensure WHAT LOOK -- COMMAND...: prints the command; with --run it is run unless LOOK finds that it was, which is remembered.
ensure() {
  local what=$1 look=$2
  shift 3
  was_there=''
  printf '\n# %s\n' "$what"
  printf '%q ' "$@"
  printf '\n'
  [ -n "$run" ] || return 0
  if [ -n "$look" ] && bash -c "$look" >/dev/null 2>&1; then
    printf '# is there already\n'
    was_there=yes
  else
    "$@"
  fi
}

# field LOOK NAME: one field of what LOOK describes.
field() { bash -c "$1 --format 'value($2)'" || fail 3 "what is there cannot be read: $1"; }

# must_be SUBJECT LOOK NAME PATTERN ALLOWED: what was there before must be of use.
must_be() {
  local found
  [ -n "$was_there" ] || return 0
  found=$(field "$2" "$3")
  # shellcheck disable=SC2053 # a pattern
  [[ $found == $4 ]] || fail 3 "$1 is there, but has another ${3##*.}: \"$found\" ($5)"
}

here=(--project "$project")
there=(--location "$location" --project "$project")
# One node of each pool in each of these.
nodes=(--num-nodes 1)
[ -z "$zones" ] || nodes+=(--node-locations "$zones")

ensure "the interfaces that are used" "" -- \
  gcloud services enable container.googleapis.com artifactregistry.googleapis.com iam.googleapis.com privateca.googleapis.com "${here[@]}"
ensure "a place for images" "gcloud artifacts repositories describe countersign --location $region --project $project" -- \
  gcloud artifacts repositories create countersign --repository-format docker --location "$region" "${here[@]}"

# service_account NAME: for a node pool: what a node must do, and read access to images.
service_account() {
  local account=$1@$project.iam.gserviceaccount.com role
  ensure "the identity $account" "gcloud iam service-accounts describe $account --project $project" -- \
    gcloud iam service-accounts create "$1" --display-name "countersign: $1" "${here[@]}"
  for role in roles/container.defaultNodeServiceAccount roles/artifactregistry.reader; do
    # Adding what is there changes nothing.
    ensure "what a node of it may do: $role" "" -- \
      gcloud projects add-iam-policy-binding "$project" --member "serviceAccount:$account" --role "$role" --condition None
  done
}

node_pool() {
  local account=$1@$project.iam.gserviceaccount.com look
  look="gcloud container node-pools describe $1 --cluster $cluster --location $location --project $project"
  ensure "nodes that are $1 and nothing else" "$look" -- \
    gcloud container node-pools create "$1" --cluster "$cluster" "${there[@]}" "${nodes[@]}" \
    --service-account "$account" --workload-metadata GCE_METADATA \
    --node-labels "countersign.dev/identity=$1" --node-taints "countersign.dev/identity=$1:NoSchedule"
  must_be "node pool $1" "$look" config.workloadMetadataConfig.mode GCE_METADATA GCE_METADATA
  must_be "node pool $1" "$look" config.serviceAccount "$account" "$account"
}

# Naming the shared authority would take the place of authorities of one's own, and with them everybody's trust.
default_authority() {
  local pool=$project.svc.id.goog look shared own
  look="gcloud iam workload-identity-pools describe $pool --location global --project $project"
  if [ -n "$run" ]; then
    own=$(field "$look" inlineCertificateIssuanceConfig.caPools)
    [ -z "$own" ] || fail 3 "the pool $pool has authorities of its own, which are left alone: \"$own\" (none)"
    shared=$(field "$look" inlineCertificateIssuanceConfig.useDefaultSharedCa)
  fi
  ensure "certificates from the authority that Google runs for all its customers" \
    "[[ '${shared:-}' == [Tt]rue ]]" -- \
    gcloud iam workload-identity-pools update "$pool" --location global --use-default-shared-ca "${here[@]}"
}

cluster_is_there="gcloud container clusters describe $cluster --location $location --project $project"
if [ "$way" = alts ]; then
  ensure "a cluster whose network policies are enforced (Dataplane V2), without Workload Identity" "$cluster_is_there" -- \
    gcloud container clusters create "$cluster" "${there[@]}" --release-channel regular --enable-dataplane-v2 "${nodes[@]}"
  must_be "cluster $cluster" "$cluster_is_there" workloadIdentityConfig.workloadPool '' "none, for ALTS"
  for identity in route-guide visitor; do
    service_account "$identity"
    node_pool "$identity"
  done
else
  ensure "a cluster with Workload Identity, in the fleet of the project (1.33.0-gke.2248000 or later)" "$cluster_is_there" -- \
    gcloud container clusters create "$cluster" "${there[@]}" --release-channel regular --enable-dataplane-v2 "${nodes[@]}" \
    --workload-pool "$project.svc.id.goog" --enable-fleet --fleet-project "$project"
  must_be "cluster $cluster" "$cluster_is_there" workloadIdentityConfig.workloadPool "$project.svc.id.goog" "$project.svc.id.goog"
  must_be "cluster $cluster" "$cluster_is_there" fleet.project '?*' "a fleet's project"
  must_be "cluster $cluster" "$cluster_is_there" 'nodePools[].config.workloadMetadataConfig.mode' '*GKE_METADATA*' \
    "GKE_METADATA in at least one node pool"
  default_authority
fi
ensure "kubectl's access to the cluster" "" -- gcloud container clusters get-credentials "$cluster" "${there[@]}"

printf '\n# then\n'
if [ "$way" = alts ]; then
  printf '# install cert-manager and trust-manager in the cluster (their own documentation says how), for the fallback, and\n'
  printf '# scripts/deploy.sh gke-alts --project %q --trust-domain NAME --image REPOSITORY@sha256:DIGEST\n' "$project"
else
  printf '# scripts/deploy.sh gke-managed-identity --project %q --image REPOSITORY@sha256:DIGEST\n' "$project"
fi
