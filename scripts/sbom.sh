#!/bin/sh
# Writes a CycloneDX list of everything requirements.lock pins, with hashes:
#   sh scripts/sbom.sh path/to/uv path/to/sbom.json
# The tool lives in .tools/sbom, from scripts/sbom.lock, and never beside the skill.
set -eu
cd "$(dirname "$0")/.."
uv=$1
out=$2
home=.tools/sbom

if ! cmp -s scripts/sbom.lock "$home/sbom.lock"; then
    "$uv" venv --quiet --clear --python 3.10 "$home"
    "$uv" pip sync --quiet --python "$home/bin/python" --require-hashes scripts/sbom.lock
    cp scripts/sbom.lock "$home/sbom.lock"
fi
mkdir -p "$(dirname "$out")"
# Validated against the strict schema of its version. Reproducible: no time and no serial number, so that two lists differ only where the lock does.
"$home/bin/cyclonedx-py" requirements requirements.lock --pyproject pyproject.toml \
    --mc-type application --validate --output-reproducible --spec-version 1.6 --output-format JSON --output-file "$out"
