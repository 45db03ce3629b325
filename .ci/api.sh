#!/usr/bin/env bash
# Compares the exported API of each module that others import with its last tag: vX.Y.Z of the
# library, durable/vX.Y.Z of the module durable. Without a tag there is nothing to compare.
#
# While the major version is 0, a name may change or go, if CHANGELOG.md says so: it has to
# stand in backquotes above the section of the last tag. From 1 on it may not. New names may come
# at any time. Not compared: internal/, programs, and what a name does.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
old=$(mktemp -d)
trap 'rm -rf "$old"' EXIT

# apidiff: what it does not look at is no news.
# With -trimpath, what is built of the old files is found in the cache next time.
apidiff() { GOFLAGS=-trimpath GOWORK=off "$root/.bin/apidiff" -m "$@" 2> >(grep -v '^Ignoring internal package' >&2); }

# news VERSION: what CHANGELOG.md says above the section of a version.
news() { awk -v heading="## [${1#v}]" 'index($0, heading) == 1 { exit } { print }' CHANGELOG.md; }

# unsaid VERSION: of the lines of apidiff ("- Client.Notify: removed", "- ./hooktest.Socket.Addr: ..."),
# those whose name, or the last part of it, stands in no backquotes there.
unsaid() {
  local said line name
  said=$(news "$1" | grep -o '`[^`]*`' | tr -c '[:alnum:]_' '\n' | sort -u || true)
  grep '^ *- ' | while read -r line; do
    name=${line#- } name=${name%%:*} name=${name%%,*} name=${name##*[./)]}
    grep -q -x -F -- "$name" <<<"$said" || echo "$line"
  done
}

compare() { # DIRECTORY
  local dir=$1 prefix tag version module changes missing
  prefix=${dir#.} prefix=${prefix:+$prefix/}
  tag=$(git describe --tags --abbrev=0 --match "${prefix}v[0-9]*" 2>/dev/null) ||
    { echo "$dir: no tag ${prefix}vX.Y.Z, nothing to compare with"; return 0; }
  version=${tag#"$prefix"}
  git archive "$tag" | tar -x -C "$old"
  module=$(cd "$dir" && go list -m)
  (cd "$old/$dir" && apidiff -w "$old/old.api" "$module") || return 1 # no errexit below ||
  changes=$(cd "$dir" && apidiff -incompatible "$old/old.api" "$module") || return 1
  rm -rf "${old:?}"/*
  [ -n "$changes" ] || { echo "$dir: nothing of $tag has changed or gone"; return 0; }
  if [[ $version == v0.* ]]; then
    missing=$(unsaid "$version" <<<"$changes")
    [ -n "$missing" ] || { printf '%s: changed since %s, as CHANGELOG.md says:\n%s\n' "$dir" "$tag" "$changes"; return 0; }
    printf '%s: changed since %s, and CHANGELOG.md does not name it:\n%s\n' "$dir" "$tag" "$missing" >&2
  else
    printf '%s: changed since %s, which a major version of %s does not allow:\n%s\n' "$dir" "$tag" "${version%%.*}" "$changes" >&2
  fi
  return 1
}

status=0
for dir in . durable otelhook otelhook/oteldurable; do
  [ ! -e "$dir/go.mod" ] || compare "$dir" || status=1
done
exit "$status"
