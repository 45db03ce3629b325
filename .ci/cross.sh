#!/usr/bin/env bash
# Type-checks every module, tests included, for systems that this machine is
# not: another kernel, and 32 bits.
set -euo pipefail
cd "$(dirname "$0")/.."

for target in windows/amd64 linux/386; do
  echo "$target"
  CGO_ENABLED=0 GOOS=${target%/*} GOARCH=${target#*/} .ci/each.sh go vet ./...
done
