#!/usr/bin/env bash
# Fuzzes every target of the module in the working directory, FUZZTIME each
# (10s): .ci/each.sh .ci/fuzz.sh
set -euo pipefail

targets=$(go test -list '^Fuzz' ./... | awk '
  /^Fuzz/ { name[++n] = $1 }
  $1 == "ok" { for (i = 1; i <= n; i++) print $2, name[i] }
  !/^Fuzz/ { n = 0 }')
[ -n "$targets" ] || { echo "no fuzz targets"; exit 0; }

# The default minimiser stalls where coverage depends on goroutines: 20x.
while read -r package name; do
  echo "$package $name"
  go test -run '^$' -fuzz "^$name\$" -fuzztime "${FUZZTIME:-10s}" -fuzzminimizetime 20x "$package" </dev/null
done <<<"$targets"
