#!/usr/bin/env bash
# Fuzzes every target of the module in the working directory, FUZZTIME each: a
# time, or a number of inputs such as 1000x (50000x): .ci/each.sh .ci/fuzz.sh
# At the end of a time, go test fails now and then with "context deadline
# exceeded" although nothing was found (golang/go#75804); a number has no such end.
set -euo pipefail

targets=$(go test -list '^Fuzz' ./... | awk '
  /^Fuzz/ { name[++n] = $1 }
  $1 == "ok" { for (i = 1; i <= n; i++) print $2, name[i] }
  !/^Fuzz/ { n = 0 }')
[ -n "$targets" ] || { echo "no fuzz targets"; exit 0; }

# The default minimiser stalls where coverage depends on goroutines: 20x.
while read -r package name; do
  echo "$package $name"
  go test -run '^$' -fuzz "^$name\$" -fuzztime "${FUZZTIME:-50000x}" -fuzzminimizetime 20x "$package" </dev/null
done <<<"$targets"
