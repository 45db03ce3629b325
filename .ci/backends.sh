#!/usr/bin/env bash
# Installs what the tests run against, where it is missing: real backends (php,
# Apache httpd, Python), a browser, ffmpeg and Prometheus from Debian, and what a committed
# package.json names (Express) from npm. Starts no service. Without Debian or the right to
# install, it says so: those tests are then skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
PATH=$PATH:/usr/sbin
type -P php >/dev/null || missing+=(php-cli)
type -P apache2 >/dev/null || type -P httpd >/dev/null || missing+=(apache2)
type -P python3 >/dev/null || missing+=(python3)
type -P node >/dev/null || missing+=(nodejs)
type -P npm >/dev/null || missing+=(npm)
type -P chromium >/dev/null || missing+=(chromium)
type -P chromedriver >/dev/null || missing+=(chromium-driver)
type -P ffmpeg >/dev/null || missing+=(ffmpeg)
type -P prometheus >/dev/null && type -P promtool >/dev/null || missing+=(prometheus)

as_root=(env)
[ "$(id -u)" -eq 0 ] || as_root=(sudo -n env)

if [ "${#missing[@]}" -eq 0 ]; then
  echo "php, apache2, python3, node, chromium, ffmpeg, prometheus: present"
elif ! type -P apt-get >/dev/null || ! "${as_root[@]}" true 2>/dev/null; then
  echo "cannot install ${missing[*]} here: tests that need them are skipped" >&2
else
  # Debian starts a service when it installs one, unless this file says no.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    trap '"${as_root[@]}" rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
  fi
  debian=("${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0)
  "${debian[@]}" update
  "${debian[@]}" install -y --no-install-recommends "${missing[@]}" >/dev/null
  echo "installed ${missing[*]}"
fi

type -P npm >/dev/null || exit 0
while read -r manifest; do
  dir=$(dirname "$manifest")
  install=(install --no-package-lock)
  [ ! -e "$dir/package-lock.json" ] || install=(ci)
  npm "${install[@]}" --prefix "$dir" --no-audit --no-fund --loglevel=error </dev/null
done < <(git ls-files --cached --others --exclude-standard -- package.json '*/package.json')
