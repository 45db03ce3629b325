#!/usr/bin/env bash
# Runs the two commands that README.md opens with, as it shows them.
set -euo pipefail
cd "$(dirname "$0")/.."

for command in 'go run ./examples/quickstart' 'go test ./...'; do
  # In a fenced block, on a line of its own, perhaps with a comment behind it.
  if ! awk -v want="$command" '
    /^```/ { fenced = !fenced; next }
    fenced { sub(/^\$ /, ""); sub(/[ \t]+#.*$/, ""); sub(/[ \t]+$/, ""); if ($0 == want) found = 1 }
    END { exit !found }' README.md; then
    echo "README.md does not show: $command" >&2
    exit 1
  fi
  echo "$ $command"
  read -ra words <<<"$command"
  timeout 540 "${words[@]}" </dev/null
done
