#!/usr/bin/env bash
# Runs a command in every module of the repository: .ci/each.sh COMMAND ARG...
# All modules are tried; the status is that of the first that failed.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
status=0
while read -r mod; do
  dir=$(dirname "$mod")
  [ "$dir" = . ] || echo "== $dir"
  cd "$root/$dir"
  "$@" </dev/null || { failed=$?; [ "$status" -ne 0 ] || status=$failed; echo "failed in module $dir: $*" >&2; }
done < <(git ls-files --cached --others --exclude-standard -- go.mod '*/go.mod' | grep -v '/testdata/' | sort)
exit "$status"
