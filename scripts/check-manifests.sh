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
# The newest that this validator brings with it; the manifests need 1.30 (preStop sleep).
kubernetes=1.30

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

# finds NAME SED-COMMAND TEXT: the validator says TEXT about the rendering after the change, and has not before.
finds() {
  local name=$1 text=$3
  sed "$2" "$work/$name.known.yaml" >"$work/broken.yaml"
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
    directory=$(go mod download -json "${entry%%:*}" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
    [ -n "$directory" ] || {
      bad "${entry%%:*} cannot be downloaded"
      return
    }
    # Only definitions: a folder may hold policies of its own.
    grep -l '^kind: CustomResourceDefinition' "$directory/${entry#*:}"/*.yaml | while read -r file; do
      install -m 644 "$file" "$work/definitions/"
    done
  done
  for name in "${names[@]}"; do
    # Managed Prometheus publishes no module with its definition.
    awk -v RS='---\n' 'NR > 1 && kept { printf "---\n" } { kept = !/kind: PodMonitoring/ } kept' "$work/$name.yaml" \
      >"$work/$name.known.yaml"
    if "$validator" --version "$kubernetes" --local-crds "$work/definitions" "$work/$name.known.yaml" \
      >"$work/$name.out" 2>&1; then
      good "$name agrees with the schemas ($(grep -c '^kind: ' "$work/$name.known.yaml") objects)"
    else
      bad "$name: $(grep -v 'OK$' "$work/$name.out" | head -n 20)"
    fi
  done
  # The validator itself: a misspelt field of each kind of schema, and a broken rule, must be found.
  finds dev 's/readOnlyRootFilesystem/readOnlyRootFileSystem/' readOnlyRootFileSystem
  finds mtls-cert-manager 's/rotationPolicy/rotationPolice/' rotationPolice
  finds all-components 's/mode: Terminate/mode: Passthrough/' 'tls mode must be Terminate for protocol HTTPS'
}

if [ "${1:-}" != --update ]; then
  validate
fi
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
