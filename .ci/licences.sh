#!/usr/bin/env bash
# Lists what the library and each program of each module are built from, on all systems that
# they are released for, with the licences. Fails on a licence that it does not know or that is
# not allowed. Tests are not asked: nobody gets what they need.
#   .ci/licences.sh                      the list
#   .ci/licences.sh texts DIR PACKAGE    the texts, which a released program has to bring
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
ours=github.com/wcskit/resthook
allowed=' Apache-2.0 BSD-2-Clause BSD-3-Clause ISC MIT MPL-2.0 '
declare -A known # the licences of a file

# sources PACKAGE...: path, version and directory of each module that is linked, and the
# directory of each of its packages that is.
sources() {
  for system in linux darwin windows; do
    CGO_ENABLED=0 GOOS=$system go list -deps -f '{{with .Module}}{{.Path}} {{.Version}} {{.Dir}} {{$.Dir}}{{end}}' "$@"
  done | awk -v ours="$ours" '$1 != ours && index($1, ours "/") != 1' | sort -u
}

# files: reads sources, prints path, version and each licence file that holds for a linked
# package: in its directory, or above it in its module; "none" for a module without one.
files() {
  local path version dir packages found file
  awk '{ key = $1 " " $2 " " $3; if (!(key in of)) order[++n] = key; of[key] = of[key] " " $4 "/" }
    END { for (i = 1; i <= n; i++) print order[i] of[order[i]] }' | while read -r path version dir packages; do
    found=
    while read -r file; do
      [[ " $packages" == *" ${file%/*}/"* ]] || continue
      found=1
      echo "$path $version $file"
    done < <(find "$dir" -type f -iregex '.*/\(licen[cs]e\|copying\)\([-.].*\)?' ! -name '*.go' | sort)
    [ -n "$found" ] || echo "$path $version none"
  done
}

# identify FILE: the licences in it go to known[FILE], by sentences that only they have.
identify() {
  local text found=
  [ -z "${known[$1]-}" ] || return 0
  text=$(tr -s '[:space:]' ' ' <"$1" | tr '[:upper:]' '[:lower:]')
  has() { [[ $text == *"$1"* ]]; }
  ! has 'mozilla public license, version 2.0' || found+=' MPL-2.0'
  ! has 'apache license version 2.0, january 2004' || found+=' Apache-2.0'
  ! has 'permission is hereby granted, free of charge, to any person obtaining a copy' || found+=' MIT'
  if has 'permission to use, copy, modify, and distribute this software for any purpose' ||
    has 'permission to use, copy, modify, and/or distribute this software for any purpose'; then
    found+=' ISC'
  fi
  if has 'redistribution and use in source and binary forms'; then
    if has 'to endorse or promote products'; then found+=' BSD-3-Clause'; else found+=' BSD-2-Clause'; fi
  fi
  # What these add stands below one of the above, or alone; the MPL speaks of the GNU licences too.
  ! has 'commons clause' && ! has 'business source license' && ! has 'server side public license' || found+=' restricted'
  if has 'gnu general public license version' || has 'gnu affero general public license version' || has 'gnu lesser general public license version'; then
    found+=' GNU'
  fi
  known[$1]=${found:- unknown}
}

check() { # TITLE PACKAGE...
  local title=$1 path version file last='' word
  local -A of=()
  local order=()
  shift
  while read -r path version file; do
    if [ "$file" = none ]; then known[none]=' none'; else identify "$file"; fi
    [ "$path" = "$last" ] || order+=("$path $version")
    last=$path
    for word in ${known[$file]}; do
      [[ " ${of[$path]-} " == *" $word "* ]] || of[$path]+=" $word"
      [[ $allowed == *" $word "* ]] || { echo "licences.sh: $title: $path: $word: $file" >&2; bad=1; }
    done
  done < <(sources "$@" | files)
  echo "$title"
  for word in "${order[@]}"; do
    printf '  %-50s %-26s%s\n' "${word% *}" "${word#* }" "${of[${word% *}]}"
  done
}

# texts PACKAGE: the licence of this program, and of all that is in it.
texts() {
  local path version file
  cat "$root/LICENSE"
  printf '\nThis program contains the modules below and the standard library of Go.\n'
  {
    echo "Go $(go env GOVERSION) $(go env GOROOT)/LICENSE"
    sources "$1" | files
    sources "$1" | awk '{ print $1, $2, $3 }' | sort -u | while read -r path version dir; do
      find "$dir" -maxdepth 1 -type f -iname 'notice*' | sed "s|^|$path $version |"
    done
  } | while read -r path version file; do
    printf '\n==== %s %s, %s\n\n' "$path" "$version" "${file##*/}"
    cat "$file"
  done
}

# packages: the import path of each program, and "library" with that of each other package that
# is nobody's inner one, in the module in the working directory.
packages() {
  go list -f '{{if eq .Name "main"}}{{.ImportPath}}{{else}}library{{end}} {{.ImportPath}}' ./... |
    awk '$2 !~ "/internal(/|$)"'
}

if [ "${1-}" = texts ]; then
  cd "$2"
  texts "$3"
  exit
fi

bad=0
while read -r mod; do
  cd "$root/$(dirname "$mod")"
  list=$(packages)
  mapfile -t library < <(awk '$1 == "library" { print $2 }' <<<"$list")
  [ "${#library[@]}" -eq 0 ] || check "the packages of $(go list -m)" "${library[@]}"
  while read -r program; do
    [ -z "$program" ] || check "the program $program" "$program"
  done < <(awk '$1 != "library" { print $2 }' <<<"$list")
done < <(git ls-files --cached --others --exclude-standard -- go.mod '*/go.mod' | grep -v '/testdata/' | sort)
exit "$bad"
