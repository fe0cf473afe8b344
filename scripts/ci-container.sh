#!/usr/bin/env bash
# Proves the container way on a machine without a Docker engine and without an image registry.
#
#   scripts/ci-container.sh [command ...]
#   scripts/ci-container.sh npm run conformance -- postgres redis table-storage --quick
#
# Run as root on Debian. Installs a Docker engine where none is, starts it where none answers,
# builds the images below from Debian's packages, runs the container tests of the testbed and then
# the command with HOLDFAST_<ENGINE>_IMAGE set to them, checks that no container is left, and stops
# the engine if it started it. The images are kept: a second run takes seconds.
#
# HOLDFAST_DOCKER_ROOT  where the engine started here keeps its images [/var/cache/holdfast/docker]
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

declare -A recipes=([POSTGRES]=postgres-15-debian [REDIS]=redis-7-debian [TABLE_STORAGE]=azurite-debian)
docker_root=${HOLDFAST_DOCKER_ROOT:-/var/cache/holdfast/docker}
# The containers of a killed test process are removed by one more container, testcontainers' Ryuk,
# whose image only a registry has. Here the check at the end stands in for it.
export TESTCONTAINERS_RYUK_DISABLED=true

say() { printf '[%4ds] %s\n' "$SECONDS" "$*"; }
fail() { say "$*" >&2; exit 1; }
answers() { docker info >/dev/null 2>&1; }

install_missing() {
  local missing=()
  command -v docker >/dev/null && { answers || command -v dockerd >/dev/null; } || missing+=(docker.io)
  command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
  ((${#missing[@]})) || return 0
  [[ $(id -u) == 0 ]] || fail "not root, and these packages are missing: ${missing[*]}"
  say "installing ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# The engine's processes, its socket and its logs live and go with this script. In a session of its
# own, so that an interrupt from the terminal does not stop it before the containers.
start_engine() {
  [[ $(id -u) == 0 ]] || fail 'no Docker engine answers, and only root can start one'
  run=$(mktemp -d /tmp/holdfast-docker-XXXXXX)
  export DOCKER_HOST=unix://$run/docker.sock
  unset DOCKER_CONTEXT
  # In what looks like a container, testcontainers would look for the ports on the bridge.
  export TESTCONTAINERS_HOST_OVERRIDE=127.0.0.1
  # Without rules in the machine's packet filter: containers need no way out, and the ports that
  # they publish are forwarded by a process.
  setsid dockerd --host "$DOCKER_HOST" --data-root "$docker_root" --exec-root "$run/exec" \
    --pidfile "$run/pid" --iptables=false --ip6tables=false --userland-proxy=true \
    >"$run/log" 2>&1 &
  engine=$!
  local _
  for _ in $(seq 300); do
    answers && return
    kill -0 "$engine" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 30 "$run/log" >&2
  fail 'the Docker engine does not start'
}

clean_up() {
  local status=$?
  if [[ -n ${engine:-} ]]; then
    kill "$engine" 2>/dev/null || true
    wait "$engine" || say "the Docker engine ended with status $?"
    rm -rf "$run"
    say 'stopped the Docker engine'
  fi
  exit "$status"
}

# build_image RECIPE IMAGE: unless it is there, made from the recipe as it is now.
build_image() {
  local recipe=scripts/images/$1 image=$2 key built
  key=$(cat "$recipe"/* pnpm-workspace.yaml | sha256sum | cut -c 1-16)
  built=$(docker image inspect --format '{{ index .Config.Labels "holdfast.recipe" }}' "$image" 2>/dev/null || true)
  if [[ $built == "$key" ]]; then
    say "$image is here"
    return
  fi
  [[ $(id -u) == 0 ]] || fail "only root can build $image"
  say "building $image"
  [[ -z $built ]] || docker image rm "$image" >/dev/null
  "$recipe/build.sh" "$image" "$key"
}

containers() { docker ps --all --quiet --no-trunc --filter label=org.testcontainers=true | sort; }

install_missing
trap clean_up EXIT
trap 'exit 130' INT TERM
answers || start_engine
say "Docker engine $(docker version --format '{{ .Server.Version }}')"
for engine_name in "${!recipes[@]}"; do
  image=holdfast/${recipes[$engine_name]}
  build_image "${recipes[$engine_name]}" "$image"
  export "HOLDFAST_${engine_name}_IMAGE=$image"
done

before=$(containers)
status=0
say 'testing the container way'
node scripts/run.mjs exec vitest run packages/testbed/test/container.test.ts || status=$?
if (($#)) && ((status == 0)); then
  say "running $*"
  "$@" || status=$?
fi

left=$(comm -13 <(printf '%s\n' "$before") <(containers))
if [[ -n $left ]]; then
  say "containers were left behind:" >&2
  docker ps --all --filter label=org.testcontainers=true >&2
  docker rm --force --volumes $left >/dev/null
  status=1
fi
say "$([[ $status == 0 ]] && echo passed || echo "failed with status $status")"
exit "$status"
