#!/usr/bin/env bash
# Makes build/bpy-venv, an environment of its own that holds Blender as a Python module (1 GB), for the test of the
# Blender extension.  A second run finds it in place and costs nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null

wanted="bpy==4.5.*"
venv=build/bpy-venv
stamp="$venv/setup.stamp"

# Blender 4.5 is built for Python 3.11 and no other.
find_python() {
  local name
  for name in .venv/bin/python python3.11 python3; do
    if "$name" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
      printf '%s' "$name"
      return
    fi
  done
  printf 'bpy: Blender 4.5 needs Python 3.11; install it, or set V2M_SKIP_BPY=1 to leave its test out\n' >&2
  exit 1
}

[[ -f $stamp && "$(<"$stamp")" == "$wanted" && -x $venv/bin/python ]] && exit 0
python="$(find_python)"
printf '\n== installing %s into %s; it is large, the first time takes a minute or two\n' "$wanted" "$venv" >&2
"$python" -m venv --clear "$venv"
"$venv/bin/python" -m pip install --disable-pip-version-check "$wanted"
printf '%s\n' "$wanted" >"$stamp"
