#!/usr/bin/env bash
# Holds the units beside this file against systemd's own judgement, without a running systemd.
#
#   check.sh verify      systemd understands every line
#   check.sh exposure    no service is more exposed than exposure.txt says, nor than 2.0
#   check.sh bites       the two above find what is wrong
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")"
most=2.0

command -v systemd-analyze >/dev/null || { echo 'There is no systemd-analyze: install the package systemd.'; exit 1; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Reads a directory of units. Programs that are not installed here are replaced by one that is.
verify() {
    local copies unit instance names=()
    copies=$(mktemp -d -p "$scratch")
    for unit in "$1"/*.service "$1"/*.socket; do
        instance=$(basename "$unit")
        sed 's|^ExecStart=/usr/[^ ]*|ExecStart=/bin/true|' "$unit" >"$copies/$instance"
        case $instance in *@.*) instance=${instance/@./@0.} ;; esac
        names+=("$instance")
    done
    # Names what it does not like on standard error, with an exit status only for the worst.
    (cd "$copies" && SYSTEMD_UNIT_PATH="$copies:" systemd-analyze verify --man=no --recursive-errors=no "${names[@]}" 2>&1) |
        sed -n "s|^.*$copies/||p" || true
}

# The figure of one unit.
figure() { systemd-analyze security --offline=true "$1" 2>/dev/null | sed -n 's/^.*Overall exposure level for [^ ]*: \([0-9.]*\) .*$/\1/p'; }

# Reads a directory of units; names each that is too much exposed.
exposed() {
    local unit now name committed
    for unit in "$1"/*.service; do
        name=$(basename "$unit") now=$(figure "$unit")
        committed=$(sed -n "s/^$name //p" exposure.txt)
        awk -v name="$name" -v now="${now:-unknown}" -v committed="${committed:-none}" -v most=$most '
            BEGIN { if (now !~ /^[0-9]/ || committed !~ /^[0-9]/ || now > committed + 0.05 || now > most + 0) print name ": " now ", committed: " committed ", at most " most }'
    done
}

nothing() {
    local found
    found=$(cat)
    [ -z "$found" ] || { printf '%s\n' "$found"; return 1; }
}

bites() {
    local failed=0
    # forged WHAT FILE EXPRESSION CHECK
    forged() {
        local copies found
        copies=$(mktemp -d -p "$scratch")
        cp -- *.service *.socket "$copies"
        sed -i "$3" "$copies/$2"
        found=$("$4" "$copies")
        if [ -n "$found" ]; then echo "found: $1: $found"; else echo "NOT FOUND: $1"; failed=1; fi
    }
    forged 'a word that systemd does not know' culvertd.service 's/^WatchdogSec=/WatchDogSec=/' verify
    forged 'a mode that is none' culvertd.socket 's/^SocketMode=.*/SocketMode=everybody/' verify
    forged 'a service that may gain privileges' culvertd.service '/^NoNewPrivileges=/d' exposed
    forged 'one more capability' culvertd.service 's/^\(CapabilityBoundingSet=.*\)/\1 CAP_SYS_ADMIN/' exposed
    forged 'a service with every system call' culvert-early.service '/^SystemCallFilter=/d' exposed
    return $failed
}

case ${1:-} in
verify) verify . | nothing ;;
exposure)
    for unit in *.service; do echo "figure: $unit: exposure $(figure "$unit") of at most $most"; done
    exposed . | nothing
    ;;
bites) bites ;;
*) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
