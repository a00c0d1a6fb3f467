#!/bin/sh
# Sets up everything that `make bulletin` (setup.sh run) or `make test` (setup.sh test) needs:
# system libraries (as root; else it prints the command to type), a virtual environment, pinned packages.
set -eu
cd "$(dirname "$0")/.."
what=${1:-run}
venv=${VENV:-.venv}

libraries="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
[ "$what" = test ] && libraries="$libraries poppler-utils chromium"

find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    echo "reporter needs Python 3.11 or later: apt-get install python3 python3-venv" >&2
    exit 1
}

# installed, according to dpkg; where there is no dpkg nothing can be told, and `reporter doctor` will
missing() {
    command -v dpkg-query >/dev/null 2>&1 || return 0
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || printf '%s ' "$package"
    done
}

python=$(find_python)
wanted=$libraries
"$python" -c 'import ensurepip, venv' 2>/dev/null || wanted="$wanted python3-venv"
wanted=$(missing $wanted)
if [ -n "$wanted" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "installing $wanted" >&2
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $wanted >/dev/null
    else
        echo "not installed, needs root: apt-get install $wanted" >&2
    fi
fi

if [ ! -x "$venv/bin/python" ]; then
    "$python" -m venv "$venv"
fi
extras=
[ "$what" = test ] && extras="[test]"
stamp="$venv/.reporter-$what"
if [ ! -f "$stamp" ] || [ pyproject.toml -nt "$stamp" ] || [ constraints.txt -nt "$stamp" ]; then
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".$extras"
    touch "$stamp"
fi
