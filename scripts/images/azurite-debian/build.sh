#!/usr/bin/env bash
# Builds an image of Azurite on Debian 12, from Debian's packages, npm's Azurite and the Node that runs this repository,
# with no image registry:
#
#   scripts/images/azurite-debian/build.sh <image> <value of the label holdfast.recipe>
#
# Like the official image it has `azurite` and `azurite-table` on its PATH, and /data to keep things in.
set -euo pipefail

image=$1
recipe=$2
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
work=$(mktemp -d /tmp/holdfast-image-XXXXXX)
trap 'rm -rf "$work"' EXIT

version=$(sed -n "s/^  azurite: //p" "$root/pnpm-workspace.yaml")
node=$(node "$root/scripts/run.mjs" exec node --print process.execPath)
npm install --silent --no-fund --no-audit --ignore-scripts --global --prefix "$work/npm" "azurite@$version"

# In a session of its own: on some failures mmdebstrap hangs up its whole process group.
setsid --wait mmdebstrap --quiet --variant=minbase --include=libstdc++6,libatomic1 \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --customize-hook="upload $node /usr/local/bin/node" \
  --customize-hook='chmod 755 "$1/usr/local/bin/node"' \
  --customize-hook="copy-in $work/npm/lib /usr/local" \
  --customize-hook="copy-in $work/npm/bin /usr/local" \
  --customize-hook='mkdir -p "$1/data"' \
  bookworm "$work/root.tar"

docker import \
  --change 'ENV PATH=/usr/local/bin:/usr/bin:/bin' \
  --change 'WORKDIR /data' \
  --change 'CMD ["azurite", "--location", "/data", "--tableHost", "0.0.0.0"]' \
  --change 'EXPOSE 10002' \
  --change "LABEL holdfast.recipe=$recipe" \
  "$work/root.tar" "$image" >/dev/null
