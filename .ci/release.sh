#!/usr/bin/env bash
# Builds the commands of the last commit for the systems below: dist/NAME has each command with
# the licences of what is in it and SHA256SUMS. Builds everything twice, from two clones in
# different directories, the second with an empty build cache, and fails where a byte differs.
# Who has the same commit with its tags and the same Go gets the same bytes.
#   .ci/release.sh [SYSTEM/ARCHITECTURE...]
set -euo pipefail
cd "$(dirname "$0")/.."

targets=(linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64)
[ "$#" -eq 0 ] || targets=("$@")
commands=('resthook . ./cmd/resthook' 'resthook-queue durable ./cmd/resthook-queue') # name, module, package

work=$(mktemp -d)
trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT
[ -z "$(git status --porcelain)" ] || echo "note: the working tree has changes, which are not built: $(git rev-parse --short HEAD) is" >&2

# build SOURCE OUTPUT: nothing of this machine's settings counts.
build() {
  local target name module package system architecture suffix
  for target in "${targets[@]}"; do
    system=${target%/*} architecture=${target#*/} suffix=
    [ "$system" != windows ] || suffix=.exe
    while read -r name module package; do
      (cd "$1/$module" && env -u GOEXPERIMENT -u GOAMD64 -u GOARM64 -u GOFIPS140 -u GODEBUG \
        GOENV=off GOFLAGS= GOWORK=off CGO_ENABLED=0 GOOS="$system" GOARCH="$architecture" \
        go build -trimpath -buildvcs=true -ldflags='-s -w' -o "$2/$name/${name}_${system}_$architecture$suffix" "$package")
    done < <(printf '%s\n' "${commands[@]}")
  done
}

clone() { git clone -q --no-hardlinks . "$1" && git -C "$1" checkout -q --detach "$(git rev-parse HEAD)"; }

clone "$work/a"
build "$work/a" "$work/one"

clone "$work/b/another/directory"
GOCACHE=$work/cache build "$work/b/another/directory" "$work/two"
diff -r "$work/one" "$work/two" || { echo "two builds of the same commit differ" >&2; exit 1; }

rm -rf dist
mv "$work/one" dist
while read -r name module package; do
  "$work/a/.ci/licences.sh" texts "$module" "$package" >"dist/$name/LICENCES.txt"
  (cd "dist/$name" && sha256sum -- * >SHA256SUMS && cat SHA256SUMS)
  go version -m "dist/$name/${name}_"* | awk '$1 == "mod" { print $2, $3 }' | uniq
done < <(printf '%s\n' "${commands[@]}")
