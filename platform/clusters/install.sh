#!/usr/bin/env bash
# Install s4mcl and the Ray that it is pinned to into ~/s4mcl-env. Every kind of cluster runs this on every node.
#
#     install.sh PACKAGE CONSTRAINTS [REQUIREMENT...]
#
# PACKAGE is s4mcl's wheel or a checkout. PYTHON chooses an interpreter, S4MCL_ENV another folder.
set -euo pipefail

if [ $# -lt 2 ] || [ ! -e "$1" ] || [ ! -f "$2" ] || [[ $2 == *.whl ]]; then
    echo "install.sh: '${1-}' and '${2-}' are not a package and a file of constraints." >&2
    echo "Cure: install.sh PACKAGE CONSTRAINTS, where PACKAGE is one wheel of s4mcl or its checkout." >&2
    exit 2
fi
package=$(realpath "$1")
constraints=$(realpath "$2")
shift 2
folder=${S4MCL_ENV:-$HOME/s4mcl-env}
python=${PYTHON:-python3.11}

if [ ! -x "$folder/bin/python" ]; then
    if ! command -v "$python" >/dev/null; then
        echo "install.sh: there is no $python on $(hostname)." >&2
        echo "Cure: Debian 12, Ubuntu 22.04: apt-get install python3.11 python3.11-venv" >&2
        echo "      Amazon Linux 2023, Red Hat 9: dnf install python3.11; elsewhere: uv python install 3.11" >&2
        exit 2
    fi
    "$python" -m venv "$folder"
fi
found=$("$folder/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
if [ "$found" != 3.11 ]; then # Ray's processes understand each other only with one Python on all nodes
    echo "install.sh: $folder on $(hostname) is of Python $found, all nodes need 3.11." >&2
    echo "Cure: remove $folder and run this again with PYTHON=python3.11" >&2
    exit 2
fi

# torch comes first, so that no other package chooses a build of it; the build backend too, so that its pins hold.
install=("$folder/bin/python" -m pip install --quiet --disable-pip-version-check --constraint "$constraints")
"${install[@]}" torch
"${install[@]}" hatchling editables
"${install[@]}" "ray[default,tune]==2.60.0" "$@"
"${install[@]}" --no-build-isolation "${package}[postgres]"
# The same version may hold other code than yesterday.
"${install[@]}" --no-build-isolation --no-deps --force-reinstall "$package"
"$folder/bin/s4mcl" --help >/dev/null
echo "s4mcl is in $folder"
