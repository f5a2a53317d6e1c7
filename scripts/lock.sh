#!/bin/sh
# Pins what pyproject.toml asks for, with hashes and without naming a download host:
#   sh scripts/lock.sh path/to/uv [--upgrade]
# What is pinned already stays as it is; --upgrade takes the newest of all.
set -eu
cd "$(dirname "$0")/.."
uv=$1
upgrade=${2:-}
new=$(mktemp)
pin=$(mktemp)
trap 'rm -f "$new" "$pin"' EXIT

cp requirements.lock "$new"
"$uv" pip compile pyproject.toml $upgrade --group test --generate-hashes --python-version 3.10 \
    --no-emit-index-url --no-emit-find-links --no-header --quiet -o "$new"

# The installer itself is pinned here too. Its marker is never true, so that it stays out
# of .venv; rasa_project/launch/environment.py reads these lines for .tools.
echo "uv==$("$uv" --version | cut -d ' ' -f 2)" |
    "$uv" pip compile - --generate-hashes --python-version 3.8 \
        --no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet -o "$pin"
{
    echo "# Made by \`make lock\` from pyproject.toml."
    cat "$new"
    sed "1s/ \\\\\$/ ; python_version < '3' \\\\/" "$pin"
} > requirements.lock
