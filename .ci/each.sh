#!/usr/bin/env bash
# Runs a command in every module of the repository: .ci/each.sh COMMAND ARG...
# All modules are tried; the status is that of one that failed. EACH_AT_ONCE modules
# are tried at a time, one unless it is set; the output of each comes when it is over.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# one DIR COMMAND ARG...
one() {
  local dir=$1 status=0 output
  shift
  output=$results/of-$(tr / - <<<"$dir")
  (cd "$root/$dir" && "$@" </dev/null >"$output" 2>&1) || status=$?
  (
    flock 9
    [ "$dir" = . ] || echo "== $dir"
    cat "$output"
    [ "$status" -eq 0 ] || { echo "failed in module $dir: $*" >&2; echo "$status" >>"$results/failed"; }
  ) 9>"$results/lock"
}

# The root first: it takes the longest.
while read -r mod; do
  while [ "$(jobs -rp | wc -l)" -ge "${EACH_AT_ONCE:-1}" ]; do wait -n || true; done
  one "$(dirname "$mod")" "$@" &
done < <(git ls-files --cached --others --exclude-standard -- go.mod '*/go.mod' | grep -v '/testdata/' | awk '{ print gsub("/", "/"), $0 }' | sort | cut -d' ' -f2)
wait
[ ! -e "$results/failed" ] || exit "$(head -1 "$results/failed")"
