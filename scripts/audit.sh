#!/bin/sh
# Audits requirements.lock (see audit.py):
#   sh scripts/audit.sh path/to/uv
# pip-audit lives in .tools/audit, from scripts/audit.lock, and never beside the skill.
set -eu
cd "$(dirname "$0")/.."
uv=$1
home=.tools/audit

if ! cmp -s scripts/audit.lock "$home/audit.lock"; then
    "$uv" venv --quiet --clear --python 3.10 "$home"
    "$uv" pip sync --quiet --python "$home/bin/python" --require-hashes scripts/audit.lock
    cp scripts/audit.lock "$home/audit.lock"
fi
.venv/bin/python scripts/audit.py "$uv" "$home/bin/pip-audit"
