#!/bin/bash
# Polycodec's GPU check: `bash polycodec-gpu-check.sh [options]`, `--help` tells which. The same file without a bundle behind
# its last line, as it lies in a checkout, runs the bundle that `node scripts/gpu-check/make.mjs` has left in `out/`.
set -eu
payload=$(grep -an '^# The bundle follows\.$' "$0" | tail -n 1 | cut -d: -f1)
if [ "$(tail -n +$((payload + 1)) "$0" | head -c 2 | od -An -tx1 | tr -d ' \n')" != 1f8b ]; then
  bundle="$(cd "$(dirname "$0")/../.." && pwd)/out/polycodec-gpu-check.sh"
  if [ -f "$bundle" ]; then exec bash "$bundle" "$@"; fi
  echo "There is no bundle. Make it with: node scripts/gpu-check/make.mjs" >&2
  exit 2
fi
folder=$(mktemp -d "${TMPDIR:-/tmp}/polycodec-gpu-check.XXXXXX")
trap 'rm -rf "$folder"' EXIT
tail -n +$((payload + 1)) "$0" | tar -xzf - -C "$folder"
node="$folder/bin/node"
if ! "$node" --version >/dev/null 2>"$folder/why"; then
  echo "The bundle's Node.js does not run here: $(head -n 1 "$folder/why")" >&2
  node=$(command -v node) || { echo "and there is no other in the path." >&2; exit 2; }
fi
status=0
"$node" "$folder/gpu-check/suite/main.mjs" "$@" || status=$?
exit $status
# The bundle follows.
