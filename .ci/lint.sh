#!/usr/bin/env bash
# The static checks of every module: go vet, staticcheck, golangci-lint and
# go.mod. With arguments, only those named: .ci/lint.sh vet tidy
set -euo pipefail
cd "$(dirname "$0")/.."

[ "$#" -gt 0 ] || set -- vet staticcheck golangci tidy
for check; do
  case $check in
    vet) .ci/each.sh go vet ./... ;;
    staticcheck) .ci/each.sh "$PWD/.bin/staticcheck" ./... ;;
    golangci) .ci/each.sh "$PWD/.bin/golangci-lint" run ;;
    tidy) .ci/each.sh go mod tidy -diff ;;
    *) echo "lint.sh: unknown check $check" >&2; exit 2 ;;
  esac
done
