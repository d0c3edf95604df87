#!/usr/bin/env bash
# Installs Ardour (220 MB with its libraries) and a screen for it, for the test that opens a score in it.  A second run
# finds them in place and costs nothing.  Ends with 3 where they are missing and cannot be installed.
set -euo pipefail
exec </dev/null

packages=(ardour xvfb xauth)

is_there() {
  local name
  for name in ardour xvfb-run xauth; do
    command -v "$name" >/dev/null || return 1
  done
  compgen -G '/usr/bin/ardour*-lua' >/dev/null
}

is_there && exit 0
as_root=()
if [[ $EUID -ne 0 ]]; then
  sudo -n true 2>/dev/null || { printf 'ardour: installing it needs root\n' >&2; exit 3; }
  as_root=(sudo -n)
fi
command -v apt-get >/dev/null || { printf 'ardour: there is no apt here to install it with\n' >&2; exit 3; }
printf '\n== installing %s; they are large, the first time takes a minute or two\n' "${packages[*]}" >&2
"${as_root[@]}" apt-get update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}"
