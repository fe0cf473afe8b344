#!/usr/bin/env bash
# Builds an image of Debian 12's Redis 7 from Debian's packages, with no image registry:
#
#   scripts/images/redis-7-debian/build.sh <image> <value of the label holdfast.recipe>
#
# Like the official image it runs what it is told to, `redis-server` by default, and logs to standard output.
set -euo pipefail

image=$1
recipe=$2
work=$(mktemp -d /tmp/holdfast-image-XXXXXX)
trap 'rm -rf "$work"' EXIT

# In a session of its own: on some failures mmdebstrap hangs up its whole process group.
setsid --wait mmdebstrap --quiet --variant=minbase --include=redis-server \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  bookworm "$work/root.tar"

docker import \
  --change 'ENV PATH=/usr/local/bin:/usr/bin:/bin' \
  --change 'USER redis' \
  --change 'WORKDIR /var/lib/redis' \
  --change 'CMD ["redis-server"]' \
  --change 'EXPOSE 6379' \
  --change "LABEL holdfast.recipe=$recipe" \
  "$work/root.tar" "$image" >/dev/null
