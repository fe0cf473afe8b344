#!/usr/bin/env bash
# Builds an image of Debian 12's PostgreSQL 15 from Debian's packages, with no image registry:
#
#   scripts/images/postgres-15-debian/build.sh <image> <value of the label holdfast.recipe>
set -euo pipefail

image=$1
recipe=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d /tmp/holdfast-image-XXXXXX)
trap 'rm -rf "$work"' EXIT

# In a session of its own: on some failures mmdebstrap hangs up its whole process group.
setsid --wait mmdebstrap --quiet --variant=minbase --include=postgresql-15 \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --essential-hook='mkdir -p "$1/etc/postgresql-common"' \
  --essential-hook='echo create_main_cluster = false >"$1/etc/postgresql-common/createcluster.conf"' \
  --customize-hook="upload $here/docker-entrypoint.sh /usr/local/bin/docker-entrypoint.sh" \
  --customize-hook='chmod 755 "$1/usr/local/bin/docker-entrypoint.sh"' \
  bookworm "$work/root.tar"

docker import \
  --change 'ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/bin:/usr/bin:/bin' \
  --change 'ENV PGDATA=/var/lib/postgresql/data' \
  --change 'ENV LANG=C.UTF-8' \
  --change 'ENTRYPOINT ["docker-entrypoint.sh"]' \
  --change 'CMD ["postgres"]' \
  --change 'EXPOSE 5432' \
  --change "LABEL holdfast.recipe=$recipe" \
  "$work/root.tar" "$image" >/dev/null
