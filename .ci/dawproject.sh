#!/usr/bin/env bash
# Makes build/dawproject-reader, a reader of DAWproject files that others wrote (npm's dawproject-typescript), for the
# test that opens ours in it.  A second run finds it in place and costs nothing.  Ends with 3 where there is no Node.js.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null

from=tests/export/dawproject_reader
reader=build/dawproject-reader

[[ -f $reader/reread.cjs && -d $reader/node_modules ]] && diff -rq --exclude=node_modules $from $reader >/dev/null && exit 0
if ! command -v npm >/dev/null; then
  as_root=()
  [[ $EUID -ne 0 ]] && as_root=(sudo -n)
  command -v apt-get >/dev/null || { printf 'dawproject: install Node.js 18 or newer, then try again\n' >&2; exit 3; }
  "${as_root[@]}" apt-get update && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends nodejs npm || { printf 'dawproject: there is no Node.js\n' >&2; exit 3; }
fi
mkdir -p $reader
cp $from/* $reader/
npm ci --prefix $reader --no-audit --no-fund >&2
