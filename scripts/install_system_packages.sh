#!/usr/bin/env bash
# Installs, on Debian and its kin and as root, the programs the tests use and which are not there yet.
# It starts none of them.
set -euo pipefail

missing=()
command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null || command -v google-chrome >/dev/null ||
    missing+=(chromium-headless-shell)
command -v mariadbd >/dev/null || [ -x /usr/sbin/mariadbd ] || missing+=(mariadb-server)
compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || missing+=(postgresql)

if [ ${#missing[@]} -eq 0 ]; then
    exit 0
fi
if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
    echo "missing: ${missing[*]}; they can be installed by root with apt-get only" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
# Where the browser without windows is not packaged, the whole one.
apt-cache show chromium-headless-shell >/dev/null 2>&1 || missing=("${missing[@]/#chromium-headless-shell/chromium}")
apt-get install -q -y --no-install-recommends "${missing[@]}"
