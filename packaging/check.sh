#!/usr/bin/env bash
# The one test command. Needs Rust and Debian's package manager, and installs the rest.
#
#   packaging/check.sh            everything, in a few minutes beside the builds
#   packaging/check.sh --full     the same with more mutations, seeds, cycles and kills, and fuzz targets for two minutes
#   packaging/check.sh --help     this
#
# A part that fails does not end the run: its log is shown, what failed is named again at the end, and the last line
# counts.
set -euo pipefail
cd "$(dirname "$0")/.."

fuzz_seconds=10
usage() { sed -n '2,9s/^# \{0,1\}//p' "$0"; }

case ${1:-} in
'') ;;
-h | --help) usage; exit ;;
--full)
    export CULVERT_FLOOD=100000 CULVERT_MUTATIONS=2000000 CULVERT_SEEDS=30000
    export CULVERT_CYCLES=50 CULVERT_KILLS=200 CULVERT_RECONNECTS=200 CULVERT_FLOOD_SECONDS=60
    fuzz_seconds=120
    ;;
*) usage >&2; exit 2 ;;
esac

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
passed=0 failed=0
export CARGO_TERM_COLOR=never RUST_BACKTRACE=0
members=$(grep -hm 1 '^name = ' src/*/Cargo.toml | cut -d '"' -f 2)

heading() { printf '\n== %s\n' "$*"; }

# Says which part runs now, on a terminal; its result takes the place of the line.
announce() { [ ! -t 1 ] || printf '...     %s\r' "$1"; }

# part NAME COMMAND...: one thing that passes or fails; prints its log where it fails.
part() {
    local name=$1 begin=$SECONDS
    shift
    announce "$name"
    if "$@" >"$logs/log" 2>&1 </dev/null; then
        passed=$((passed + 1))
        printf 'ok      %s (%s s)\n' "$name" $((SECONDS - begin))
        sed -n 's/^figure: /        /p' "$logs/log"
    else
        failed=$((failed + 1))
        printf 'FAILED  %s (%s s)\n' "$name" $((SECONDS - begin))
        tail -n 200 "$logs/log" | sed 's/^/    | /'
        remember "$name"
    fi
}

# skip NAME WHY: one thing that could not even be tried, which is a failure.
skip() { failed=$((failed + 1)); printf 'FAILED  %s: not tried, because %s\n' "$1" "$2" | tee -a "$logs/failed"; }

# remember NAME: what failed, with the tests and where they panicked if the log names any, for the end of the output.
remember() {
    {
        printf 'FAILED  %s\n' "$1"
        grep -E '^test .* FAILED$' "$logs/log" | sed 's/^/        /'
        grep -A 3 "^thread '.*' .*panicked at " "$logs/log" | cut -c -300 | sed 's/^/        /'
    } >>"$logs/failed" || true
}

# sum WORD: what the log's "test result:" lines add up to.
sum() { awk -v word="$1" '/^test result:/ { for (i = 2; i <= NF; i++) if ($i ~ "^" word) n += $(i - 1) } END { print n + 0 }' "$logs/log"; }

# tests NAME COMMAND...: many things that pass or fail, counted as libtest counts them.
tests() {
    local name=$1 begin=$SECONDS bad good word=ok status=0
    shift
    announce "$name"
    "$@" >"$logs/log" 2>&1 </dev/null || status=$?
    good=$(sum passed) bad=$(sum failed)
    # Tests that did not build, or that died, count once.
    if [ $status != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
    [ "$bad" = 0 ] || word=FAILED
    passed=$((passed + good)) failed=$((failed + bad))
    printf '%-7s %s: %s passed, %s failed (%s s)\n' $word "$name" "$good" "$bad" $((SECONDS - begin))
    if [ "$bad" != 0 ]; then
        # First why, for a log that somebody cuts.
        grep -E '^test .* FAILED$' "$logs/log" | sed 's/^/    | /'
        grep -A 5 "^thread '.*' .*panicked at " "$logs/log" | head -n 60 | sed 's/^/    | /'
        grep -v '^test .* ok$' "$logs/log" | tail -n 400 | sed 's/^/    | /'
        remember "$name"
    fi
    sed -n 's/^figure: /        /p' "$logs/log"
}

# What the checks need beside Rust: a compiler and linker for crates in C, the laboratory, the fuzz targets.
packages='dbus dnsmasq-base e2fsprogs gcc g++ gnome-keyring imagemagick libc6-dev libsecret-tools libxcursor1 libxi6 libxkbcommon-x11-0 iproute2 iputils-ping kmod mount nftables openbox ppp pptp-linux pptpd procps strace systemd user-mode-linux util-linux weston x11-utils xdotool xvfb'

missing_packages() {
    local package
    for package in $packages; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
    done
}

as_root=
[ "$(id -u)" = 0 ] || as_root=sudo

install_packages() {
    local missing
    missing=$(missing_packages | tr '\n' ' ')
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null || { echo "This is no Debian. Install by hand: $missing"; return 1; }
    if [ -n "$as_root" ] && ! command -v sudo >/dev/null; then
        echo "You are not root and there is no sudo. Have somebody install: $missing"
        return 1
    fi
    echo "installing $missing"
    # Debian starts a service as soon as it is installed. The laboratory wants pptpd's files, not a server here.
    local brake=/usr/sbin/policy-rc.d
    if [ -e $brake ]; then brake=; else printf '#!/bin/sh\nexit 101\n' | $as_root tee $brake >/dev/null; $as_root chmod +x $brake; fi
    local status=0
    $as_root apt-get -qq update || true
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends $missing || status=$?
    [ -z "$brake" ] || $as_root rm -f $brake
    if [[ " $missing " == *' pptpd '* ]] && [ -d /run/systemd/system ]; then $as_root systemctl disable pptpd; fi
    return $status
}

# What Cargo.toml asks for; a distribution's own Rust is often older.
has_rust() {
    local wanted found
    wanted=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
    found=$(rustc --version 2>/dev/null | cut -d ' ' -f 2)
    if [ "$(printf '%s\n%s\n' "$wanted" "${found:-0}" | sort -V | head -n 1)" != "$wanted" ]; then
        echo "Rust $wanted or later is needed; here is ${found:-none}. Get it with rustup: https://rustup.rs"
        return 1
    fi
}

# Containers often have neither; without them nearly every test of the network would fail by itself.
has_tun_and_namespaces() {
    local status=0
    [ -c /dev/net/tun ] || { echo 'There is no /dev/net/tun. Try: modprobe tun'; status=1; }
    unshare --net true 2>/dev/null || unshare --user --map-root-user --net true || {
        echo 'Network namespaces can not be made here. Run the checks as root, or in a container with CAP_SYS_ADMIN.'
        status=1
    }
    return $status
}

has_rust_tools() {
    cargo fmt --version && cargo clippy --version && return
    command -v rustup >/dev/null || { echo 'There is no rustfmt or clippy: install them the way Rust was installed.'; return 1; }
    rustup component add rustfmt clippy
}

build_for_the_laboratory() {
    cargo build --locked -p culvert-helper -p culvert-cli -p culvert-gui -p culvert-server &&
        cargo test --locked -p culvert-tests --features lab --test lab --no-run
}

# The laboratory alone runs as root: cargo hands its program to sudo.
laboratory() {
    local triple
    if [ -n "$as_root" ] && ! command -v sudo >/dev/null; then
        echo 'The laboratory makes network namespaces of its own and needs root. You are not root, and there is no sudo.'
        return 1
    fi
    triple=$(rustc -vV | sed -n 's/^host: //p' | tr 'a-z-' 'A-Z_')
    [ -z "$as_root" ] || export "CARGO_TARGET_${triple}_RUNNER=sudo --preserve-env"
    local log=$logs/laboratory late
    if cases --test-threads=4 >"$log" 2>&1; then
        cat "$log"
        return
    fi
    mapfile -t late < <(sed -n 's/^test \(.*\) \.\.\. FAILED$/\1/p' "$log")
    if [ ${#late[@]} = 0 ] || [ ${#late[@]} -gt 2 ]; then
        cat "$log"
        return 1
    fi
    # A busy computer makes a case or two late. What fails by itself too has failed; what does not is named.
    sed 's/; [0-9]* failed;/; 0 failed;/' "$log"
    printf 'figure: failed beside the others, and tried again alone: %s\n' "${late[*]}"
    cases --test-threads=1 --exact "${late[@]}"
}

cases() { cargo test --locked -p culvert-tests --features lab --test lab -- --show-output "$@"; }

heading 'What the checks need'
part 'Rust' has_rust
if [ $failed != 0 ]; then printf '\n%s passed, %s failed\n' $passed $failed; exit 1; fi
part 'tun and namespaces' has_tun_and_namespaces
part 'Debian packages' install_packages
lacking=$(missing_packages | paste -sd ' ')
part 'rustfmt and clippy' has_rust_tools

heading 'Form'
part 'fmt' cargo fmt --all --check
part 'fmt fuzz targets' cargo fmt --manifest-path tests/fuzz/Cargo.toml --check
for member in $members; do part "clippy $member" cargo clippy --locked -p "$member" --all-targets -- -D warnings; done
part 'clippy culvert-tests' cargo clippy --locked -p culvert-tests --all-features --all-targets -- -D warnings
part 'docs' env RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps
part 'docs/security.md names tests that exist' packaging/docs/check.sh
part 'this check finds one that does not' packaging/docs/check.sh bites

heading 'Dependencies'
part 'who imports whom' packaging/dependencies/check.sh rooms
part 'what is inside culvertd' packaging/dependencies/check.sh culvertd
part 'licences' packaging/dependencies/check.sh licences
part 'sources' packaging/dependencies/check.sh sources
part 'these checks find what is forbidden' packaging/dependencies/check.sh bites
if cargo deny --version >/dev/null 2>&1; then part 'cargo deny' cargo deny --offline check bans licenses sources; fi

heading 'Units of systemd'
part 'systemd understands them' packaging/systemd/check.sh verify
part 'none is too much exposed' packaging/systemd/check.sh exposure
part 'these checks find what is wrong' packaging/systemd/check.sh bites

heading 'Tests'
for member in $members; do tests "$member" cargo test --locked -p "$member" -- --show-output; done
tests 'simulated network' cargo test --locked -p culvert-tests

heading 'Hostile bytes'
if [ -z "$lacking" ]; then
    part 'fuzz targets' tests/fuzz/run "$fuzz_seconds"
else
    skip 'fuzz targets' "these packages are missing: $lacking"
fi

heading 'Laboratory'
if [ -z "$lacking" ]; then
    part 'build' build_for_the_laboratory
    tests 'a real server, and routers between' laboratory
else
    skip 'a real server, and routers between' "these packages are missing: $lacking"
fi

if [ -s "$logs/failed" ]; then
    heading 'What failed'
    cat "$logs/failed"
fi
printf '\n%s minutes and %s seconds, builds included\n' $((SECONDS / 60)) $((SECONDS % 60))
printf '%s passed, %s failed\n' $passed $failed
[ $failed = 0 ]
