#!/usr/bin/env bash
# Renders every overlay and example of k8s/ and compares it with the rendering that is committed under k8s/rendered, which
# is what the tests of "mvn verify" read; then validates each against the schemas of Kubernetes and of the custom resources,
# rules included. Needs kustomize (or kubectl); kubectl-validate and the definitions of custom resources come through Go.
#
#   scripts/check-manifests.sh             compare and validate
#   scripts/check-manifests.sh --update    render anew into k8s/rendered; nothing else
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

kustomize_module=sigs.k8s.io/kustomize/kustomize/v5@v5.7.1
validate_module=sigs.k8s.io/kubectl-validate@v0.0.4
# Where the definitions of custom resources come from: a Go module, and a directory in it.
definitions=(
  github.com/cert-manager/cert-manager@v1.21.2:deploy/crds
  github.com/cert-manager/trust-manager@v0.25.0:deploy/crds
  sigs.k8s.io/gateway-api@v1.5.1:config/crd/standard
)
# The oldest that the manifests need (preStop sleep); the validator brings its schemas with it.
kubernetes=1.30
# The newest: the schemas of its source.
newest=k8s.io/kubernetes@v1.37.2:api/openapi-spec/v3

tools=$PWD/target/tools
work=target/manifests
passed=0
failed=0

good() { passed=$((passed + 1)) && printf '  ok    %s\n' "$1"; }
bad() { failed=$((failed + 1)) && printf '  FAIL  %s\n' "$1"; }

# tool NAME MODULE: prints where it is; installs it under target/tools first if it is not on the PATH.
tool() {
  command -v "$1" && return
  if [ ! -x "$tools/$1" ]; then
    command -v go >/dev/null || {
      printf 'check-manifests: error: neither %s nor go is installed\n' "$1" >&2
      exit 3
    }
    GOBIN=$tools go install "$2" >&2
  fi
  printf '%s\n' "$tools/$1"
}

if command -v kustomize >/dev/null || ! command -v kubectl >/dev/null; then
  kustomize=("$(tool kustomize "$kustomize_module")" build)
else
  kustomize=(kubectl kustomize)
fi

mkdir -p "$work" k8s/rendered
names=()
for folder in k8s/overlays/* k8s/examples/*; do
  name=$(basename "$folder")
  names+=("$name")
  if ! "${kustomize[@]}" "$folder" >"$work/$name.yaml" 2>"$work/$name.err" || [ -s "$work/$name.err" ]; then
    bad "$name does not render: $(head -n 3 "$work/$name.err")"
  elif [ "${1:-}" = --update ]; then
    cp "$work/$name.yaml" "k8s/rendered/$name.yaml"
    good "$name rendered"
  elif diff -u "k8s/rendered/$name.yaml" "$work/$name.yaml"; then
    good "$name renders as committed"
  else
    bad "$name renders differently: look at the change, then scripts/check-manifests.sh --update"
  fi
done

# in_module MODULE@VERSION:DIRECTORY: prints where that is.
in_module() {
  local directory
  directory=$(go mod download -json "${1%%:*}" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  [ -z "$directory" ] || printf '%s/%s' "$directory" "${1#*:}"
}

# newest_schemas: under the names that the validator looks for: apis__apps__v1_openapi.json is apis/apps/v1.json there.
newest_schemas() {
  local from file name
  from=$(in_module "$newest")
  [ -n "$from" ] || return 1
  rm -rf "$work/schemas"
  for file in "$from"/api__v1_openapi.json "$from"/apis__*__v*_openapi.json; do
    name=$(basename "$file" _openapi.json)
    mkdir -p "$work/schemas/$(dirname "${name//__//}")"
    install -m 644 "$file" "$work/schemas/${name//__//}.json"
  done
}

# agrees NAME VERSION FLAG...: the rendering with the schemas of one version.
agrees() {
  local name=$1 version=$2
  shift 2
  if "$validator" --version "$kubernetes" --local-crds "$work/definitions" "$@" "$work/$name.yaml" \
    >"$work/$name.out" 2>&1; then
    good "$name agrees with the schemas of $version ($(grep -c '^kind: ' "$work/$name.yaml") objects)"
  else
    bad "$name, $version: $(grep -v 'OK$' "$work/$name.out" | head -n 20)"
  fi
}

# finds NAME SED-COMMAND TEXT: the validator says TEXT about the rendering after the change, and has not before.
finds() {
  local name=$1 text=$3
  sed "$2" "$work/$name.yaml" >"$work/broken.yaml"
  "$validator" --version "$kubernetes" --local-crds "$work/definitions" "$work/broken.yaml" >"$work/broken.out" 2>&1 || true
  if grep -q "$text" "$work/broken.out" && ! grep -q "$text" "$work/$name.out"; then
    good "the mistake is found: $2"
  else
    bad "the mistake is not found: $2: $(head -n 3 "$work/broken.out")"
  fi
}

validate() {
  local entry directory name
  validator=$(tool kubectl-validate "$validate_module")
  rm -rf "$work/definitions"
  mkdir -p "$work/definitions"
  for entry in "${definitions[@]}"; do
    directory=$(in_module "$entry")
    [ -n "$directory" ] || {
      bad "${entry%%:*} cannot be downloaded"
      return
    }
    # Only definitions: a folder may hold policies of its own.
    grep -l '^kind: CustomResourceDefinition' "$directory"/*.yaml | while read -r file; do
      install -m 644 "$file" "$work/definitions/"
    done
  done
  # That of Managed Prometheus is our own, and narrow.
  install -m 644 scripts/manifests/pod-monitoring.yaml "$work/definitions/"
  newest_schemas || {
    bad "${newest%%:*} cannot be downloaded"
    return
  }
  newest_version=${newest#*@v}
  newest_version=${newest_version%%:*}
  for name in "${names[@]}"; do
    agrees "$name" "${newest_version}" --local-schemas "$work/schemas"
    agrees "$name" "$kubernetes"
  done
  # The validator itself: a misspelt field of each kind of schema, and a broken rule, must be found.
  finds dev 's/readOnlyRootFilesystem/readOnlyRootFileSystem/' readOnlyRootFileSystem
  finds mtls-cert-manager 's/rotationPolicy/rotationPolice/' rotationPolice
  finds all-components 's/interval: 30s/intervall: 30s/' intervall
  finds all-components 's/interval: 30s/interval: "30"/' 'spec.endpoints\[0\].interval'
  versions_differ
  finds all-components 's/mode: Terminate/mode: Passthrough/' 'tls mode must be Terminate for protocol HTTPS'
}

# A field of later than the oldest version: only the newest schemas know it, so both were asked.
versions_differ() {
  sed 's/^      enableServiceLinks: false$/&\n      hostnameOverride: x/' "$work/dev.yaml" >"$work/broken.yaml"
  if "$validator" --version "$kubernetes" --local-crds "$work/definitions" --local-schemas "$work/schemas" "$work/broken.yaml" \
    >"$work/broken.out" 2>&1 &&
    ! "$validator" --version "$kubernetes" --local-crds "$work/definitions" "$work/broken.yaml" >"$work/broken.out" 2>&1; then
    good "a field of Kubernetes 1.34 is known to $newest_version and not to $kubernetes"
  else
    bad "a field of Kubernetes 1.34: $(tail -n 3 "$work/broken.out")"
  fi
}

if [ "${1:-}" != --update ]; then
  validate
fi
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
