#!/usr/bin/env bash
# Installs from Debian's packages what the engines of the tests need and npm does not have: Redis, PgBouncer, and Java
# with Maven for the stand-in of MongoDB. As root.
set -euo pipefail

missing=()
command -v redis-server > /dev/null || missing+=(redis-server)
command -v pgbouncer > /dev/null || missing+=(pgbouncer)
command -v javac > /dev/null || missing+=(default-jdk-headless)
command -v mvn > /dev/null || missing+=(maven)
if ((${#missing[@]})); then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y "${missing[@]}" > /dev/null
fi
redis-server --version
pgbouncer --version
javac -version
mvn --quiet --version
