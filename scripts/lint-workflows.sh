#!/usr/bin/env bash
# Checks the GitHub workflows with actionlint and zizmor. A tool that cannot be installed here is reported as not run,
# which is no failure: the workflows do not run here either.
set -euo pipefail
cd "$(dirname "$0")/.."

actionlint_version=1.7.12
zizmor_version=1.32.0
tools=$PWD/.toolchain/workflow-linters
mkdir -p "$tools"

if [ ! -x "$tools/bin/actionlint" ]; then
  GOBIN=$tools/bin go install "github.com/rhysd/actionlint/cmd/actionlint@v$actionlint_version" \
    > "$tools/log" 2>&1 || true
fi
if [ -x "$tools/bin/actionlint" ]; then
  # shellcheck is not asked for: it is there on some machines and not on others.
  "$tools/bin/actionlint" -shellcheck= -pyflakes=
  echo 'actionlint: no findings'
else
  echo 'actionlint: not run (it needs Go to be installed)'
fi

if [ ! -x "$tools/venv/bin/zizmor" ]; then
  { python3 -m venv "$tools/venv" && "$tools/venv/bin/pip" install --quiet "zizmor==$zizmor_version"; } \
    >> "$tools/log" 2>&1 || true
fi
if [ -x "$tools/venv/bin/zizmor" ]; then
  # Offline: the audits that ask GitHub whether a pinned commit belongs to its repository stay out.
  "$tools/venv/bin/zizmor" --offline --quiet --persona=pedantic .github/workflows
else
  echo 'zizmor: not run (it needs Python with venv)'
fi
