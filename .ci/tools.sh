#!/usr/bin/env bash
# Puts the tools of tools.txt (name, package, version) into .bin. A tool that
# is there already in that version, or elsewhere on this machine, is not built
# again.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=$PWD/.bin
mkdir -p "$bin"

# is FILE PACKAGE VERSION: the program was built from that package and version.
is() {
  [ -x "$1" ] && go version -m "$1" 2>/dev/null | awk -v package="$2" -v version="$3" '
    $1 == "path" { path = $2 }
    $1 == "mod" { mod = $3 }
    END { exit !(path == package && mod == version) }'
}

while read -r name package version; do
  for found in "$bin/$name" "$(type -P "$name" || true)" "$(go env GOPATH)/bin/$name"; do
    if is "$found" "$package" "$version"; then
      [ "$found" = "$bin/$name" ] || ln -sf "$found" "$bin/$name"
      echo "$name $version: present"
      continue 2
    fi
  done
  echo "$name $version: building"
  rm -f "$bin/$name"
  GOBIN=$bin GOFLAGS='' go install "$package@$version"
done <.ci/tools.txt
