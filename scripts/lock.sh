#!/usr/bin/env bash
# Writes the locks anew from pyproject.toml, with hashes, for Linux (x86-64, arm64) and macOS
# (arm64): requirements.lock is what `make demo` installs, runtime and development;
# requirements-engines.lock adds the in-process models, which only tests and their users need.
# torch is in neither: which build of it is right depends on the machine.
# Versions already locked stay, unless --upgrade or --upgrade-package NAME is given.
# Needs uv (any recent one) on PATH or in $UV; installing from the locks needs only pip.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() {
  "${UV:-uv}" pip compile --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-header --no-annotate "$@"
}

compile pyproject.toml --extra orientation --extra samples --group dev \
  --output-file requirements.lock

# What the first lock has, and torch with what it brings, is left out here.
apart=$(mktemp -d)
trap 'rm -rf "$apart"' EXIT
sed -e 's/ \\$//' -e '/^    --hash/d' requirements.lock >"$apart/pins.txt"
cp requirements-engines.lock "$apart/all.lock" 2>/dev/null || true
compile pyproject.toml --extra qwen --extra openvino --group engines \
  --constraint "$apart/pins.txt" --output-file "$apart/all.lock" "$@"
python3 scripts/lock_rest.py requirements.lock "$apart/all.lock" >requirements-engines.lock
