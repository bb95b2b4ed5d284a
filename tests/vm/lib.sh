# What every part of `run` says and bounds.

say() { printf '%s\n' "$*"; }
die() { say "$*" >&2; exit 1; }

# bounded SECONDS COMMAND...: ends it then.
bounded() { timeout --kill-after=10 "$@"; }

# Installs the Debian packages that are not there.
tools() {
    local missing=() package
    for package in qemu-system-x86 mmdebstrap e2fsprogs iproute2 tcpdump dnsmasq-base binutils; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} = 0 ] && return
    say "installing ${missing[*]}"
    { apt-get -qq update && DEBIAN_FRONTEND=noninteractive bounded 600 \
        apt-get -qq install -y --no-install-recommends "${missing[@]}"; } >/dev/null 2>&1 ||
        die "these packages can't be installed: ${missing[*]}"
}

# Builds the programs.
programs() {
    (cd "$tree" && bounded 3600 cargo build --quiet -p culvert-helper -p culvert-cli -p culvert-server -p culvert-engine --bins)
}

# tally FILE: prints the lines of a scenario and counts them.
tally() {
    local line
    [ -s "$1" ] || { say 'FAILED the guest said nothing'; failed=$((failed + 1)); return; }
    while read -r line; do
        say "$line"
        case $line in ok\ *) passed=$((passed + 1)) ;; FAILED\ *) failed=$((failed + 1)) ;; esac
    done <"$1"
}

# pass WHAT, fail WHAT: a line in the results. `results` names the file, on the host and in the guest.
pass() { printf 'ok %s\n' "$*" >>"$results"; }
fail() { printf 'FAILED %s\n' "$*" >>"$results"; }

# check WHAT COMMAND...: passes where the command succeeds; otherwise says the last that it said.
check() {
    local what=$1 said
    shift
    if said=$("$@" 2>&1); then pass "$what"; else fail "$what: $*: ${said##*$'\n'}"; fi
}

# expect WHAT WANTED FOUND: passes where they are equal.
expect() { if [ "$2" = "$3" ]; then pass "$1: $3"; else fail "$1: $3, not $2"; fi; }

# eventually SECONDS COMMAND...: tries until it succeeds.
eventually() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.2
    done
}
