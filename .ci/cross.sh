#!/usr/bin/env bash
# Type-checks the library, tests included, for systems that this machine is not:
# another kernel, and 32 bits. The nested modules are for this one.
set -euo pipefail
cd "$(dirname "$0")/.."

for target in windows/amd64 linux/386; do
  echo "$target"
  CGO_ENABLED=0 GOOS=${target%/*} GOARCH=${target#*/} go vet ./...
done
