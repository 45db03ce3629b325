#!/usr/bin/env bash
# Type-checks the library, tests included, for systems that this machine is not:
# another kernel, and 32 bits. The nested modules are for this one.
set -euo pipefail
cd "$(dirname "$0")/.."

target=windows/386 # both at once
echo "$target"
CGO_ENABLED=0 GOOS=${target%/*} GOARCH=${target#*/} go vet ./...
