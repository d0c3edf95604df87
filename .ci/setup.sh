#!/usr/bin/env bash
# Puts the project's machine in order: system libraries, then .venv.  A second run finds all in place and costs nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# FluidSynth renders, JACK carries notes where there is no ALSA, Lua runs the REAPER script's tests, espeak-ng speaks in tests; the rest is what the wheels of opencv-python and PyQt6 link against, and a screen for tests.
packages=(
  libfluidsynth3 jackd2 lua5.4 lua-check espeak-ng
  libegl1 libgl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon-x11-0
  libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0
  libxcb-shape0 libxcb-xkb1 libxrender1 libxrandr2
  fonts-dejavu-core xvfb xauth xdotool
)

say() { printf '\n== %s\n' "$*" >&2; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# The first Python that the project supports.
find_python() {
  local name
  for name in python3.11 python3.12 python3 python; do
    if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  fail "no Python from 3.11 to 3.12 was found; install one, then run this again"
}

# Debian and Ubuntu renamed some libraries; libglib2.0-0 and libglib2.0-0t64 are one.
is_installed() {
  local name
  for name in "$1" "$1t64"; do
    [[ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null || true)" == installed ]] && return
  done
  return 1
}

install_system_packages() {
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    say "no apt here: install FluidSynth 2.3 or newer with this system's package manager"
    return
  fi
  local missing=() name
  for name in "$@"; do
    is_installed "$name" || missing+=("$name")
  done
  [[ ${#missing[@]} -eq 0 ]] && return
  local as_root=()
  if [[ $EUID -ne 0 ]]; then
    sudo -n true 2>/dev/null || fail "system libraries are missing; run this, then try again:
  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}"
    as_root=(sudo -n)
  fi
  say "installing ${#missing[@]} system packages: ${missing[*]}"
  "${as_root[@]}" apt-get update
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}

# The stamp holds what the environment is made from: this folder, this Python, and how pyproject.toml says to install.
wanted_stamp() {
  .venv/bin/python - <<'END'
import hashlib, os, pathlib, sys, tomllib
told = tomllib.loads(pathlib.Path("pyproject.toml").read_text(encoding="utf-8"))
made_from = [os.getcwd(), sys.version, told["build-system"], told["project"], told["tool"]["hatch"]]
print(hashlib.sha256(repr(made_from).encode()).hexdigest())
END
}

install_python_packages() {
  if [[ ! -x .venv/bin/python ]] || ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    say "making .venv with $1"
    "$1" -m venv .venv
  fi
  local stamp=.venv/setup.stamp
  [[ -f $stamp && "$(<"$stamp")" == "$(wanted_stamp)" ]] && return
  say "installing Python packages into .venv; torch is large, the first time takes some minutes"
  .venv/bin/python -m pip install --disable-pip-version-check -e '.[dev]'
  wanted_stamp >"$stamp"
}

python="$(find_python)"
"$python" -c 'import ensurepip, venv' 2>/dev/null || packages+=("$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')")
install_system_packages "${packages[@]}" </dev/null
install_python_packages "$python" </dev/null
