#!/usr/bin/env bash
# Writes requirements.lock anew from pyproject.toml: every package that `make` installs, runtime
# and development, with hashes, for Linux (x86-64, arm64) and macOS (arm64).
# Versions already locked stay, unless --upgrade or --upgrade-package NAME is given.
# Needs uv (any recent one) on PATH or in $UV; installing from the lock needs only pip.
set -euo pipefail
cd "$(dirname "$0")/.."

"${UV:-uv}" pip compile pyproject.toml \
  --extra orientation --extra samples --group dev \
  --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
  --output-file requirements.lock "$@"
