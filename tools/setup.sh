#!/bin/sh
# Sets up everything that `make bulletin` (setup.sh run) or `make test` (setup.sh test) needs:
# system libraries (as root; else it prints the command to type), a virtual environment, pinned packages.
set -eu
cd "$(dirname "$0")/.."
what=${1:-run}
venv=${VENV:-.venv}

find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    echo "reporter needs Python 3.11 or later, with its venv module (Debian 12, Ubuntu 24.04 or later have it)" >&2
    exit 1
}

# Yields which of the packages dpkg does not know as installed; where there is no dpkg, nothing can be told.
missing() {
    command -v dpkg-query >/dev/null 2>&1 || return 0
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' ok installed' || printf '%s ' "$package"
    done
}

has_venv() { "$python" -c 'import ensurepip, venv' 2>/dev/null; }

python=$(find_python)
wanted="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
[ "$what" = test ] && wanted="$wanted poppler-utils mupdf-tools qpdf chromium chromium-driver postgresql\
 spamassassin libmail-dkim-perl ripmime tidy"
wanted=$(missing $wanted)
# one machine has one mail server: where there is another, it stays, and tests that need Postfix are skipped
[ "$what" != test ] || [ -e /usr/sbin/sendmail ] || wanted="$wanted$(missing postfix)"
has_venv || wanted="$wanted$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
if [ -n "$wanted" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "installing $wanted" >&2
        apt-get update -qq || true # one broken source need not stop us: the next line tells
        case $wanted in *postfix*) # without settings of its own it is not started; tests start theirs
            echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections ;;
        esac
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $wanted >/dev/null
    else
        echo "not installed, needs root: apt-get install $wanted" >&2
    fi
fi
has_venv || { echo "without its venv module $python cannot go on" >&2; exit 1; }

# An environment is bound to its folder, its Python and the checkout installed in it: of others, a new one is made.
home="$(pwd) $(cd "$(dirname "$venv")" && pwd)/$(basename "$venv") $("$python" -V)"
if [ "$(cat "$venv/.made-for" 2>/dev/null)" != "$home" ]; then
    "$python" -m venv --clear "$venv"
    echo "$home" >"$venv/.made-for"
fi
extras=
[ "$what" = test ] && extras="[test]"
packages="$(cksum pyproject.toml constraints.txt)"
if [ "$(cat "$venv/.installed-$what" 2>/dev/null)" != "$packages" ]; then
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".$extras"
    # only the script axe.min.js in it is used, not the browser driver that it depends on
    [ "$what" != test ] || "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
        -c constraints.txt axe-playwright-python
    echo "$packages" >"$venv/.installed-$what"
fi

# judges of the mail, from the npm registry; node itself is one of the packages above
judges=tests/post/judges
pins="$(cksum $judges/package-lock.json)"
if [ "$what" = test ] && [ "$(cat $judges/node_modules/.installed 2>/dev/null)" != "$pins" ]; then
    if PATH="$(cd "$venv/bin" && pwd):$PATH" npm ci --prefix $judges --ignore-scripts --omit=optional --silent; then
        echo "$pins" >$judges/node_modules/.installed
    else
        echo "the npm registry cannot be reached: tests that need $judges are skipped" >&2
    fi
fi
