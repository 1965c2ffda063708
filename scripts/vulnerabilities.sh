#!/usr/bin/env bash
# Lists the known vulnerabilities of what is shipped: every dependency of the library and of the application, and what is
# packed into one of them, such as the second copy of Netty.
#   scripts/vulnerabilities.sh [--data DIRECTORY]
# The data are advisories in the format of OSV, one a file. Without --data they are the few in the repository, which hold
# the floor of the versions here and know nothing newer; for all that is known, unpack OSV's archive for the ecosystem
# Maven into a directory and name it. Nothing is fetched and nothing is told to anybody.
# Exit: 0 nothing known, 1 something is, 2 usage, 3 it could not look.
set -euo pipefail
data=src/test/resources/advisories
case ${1:-} in
  '') ;;
  --data)
    [ -d "${2:-}" ] || {
      printf 'vulnerabilities: error: "%s" is no directory\n' "${2:-}" >&2
      exit 2
    }
    data=$(cd "$2" && pwd)
    ;;
  *)
    sed -n '2,/^set /s/^# \{0,1\}//p' "$0" | sed '$d' >&2
    exit 2
    ;;
esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p target
mvn -q -B -ntp -DskipTests -Dspotless.check.skip test-compile \
  dependency:build-classpath -Dmdep.outputFile=target/advisories.classpath >&2 || exit 3
mvn -q -B -ntp dependency:list -DincludeScope=runtime -DoutputAbsoluteArtifactFilename=true -DoutputFile=target/shipped.txt >&2 || exit 3
exec java -cp "target/test-classes:$(cat target/advisories.classpath)" dev.countersign.advisories.Vulnerabilities \
  target/shipped.txt "$data"
