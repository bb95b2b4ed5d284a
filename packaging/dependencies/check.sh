#!/usr/bin/env bash
# Compares what the manifests say with the lists beside this file.
#
#   check.sh rooms       who imports whom, against rooms.txt
#   check.sh culvertd    every package inside culvertd, against culvertd.txt
#   check.sh licences    every licence in the house, against licences.txt
#   check.sh sources     every package comes from crates.io or from this repository
#   check.sh bites       the four above find what is forbidden
#   check.sh accept      writes culvertd.txt and licences.txt anew: read the difference before you commit it
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.."
lists=packaging/dependencies

tree() { cargo tree --locked --prefix none "$@"; }

# Lines "room: import import ...", of this repository's packages only.
imports() {
    local manifest room
    for manifest in src/*/Cargo.toml tests/Cargo.toml; do
        room=$(sed -n 's/^name = "\(culvert-[a-z]*\)"$/\1/p' "$manifest" | head -n 1)
        printf '%s:' "$room"
        tree -p "$room" --depth 1 -e normal,build,dev --all-features --target all --format '{p}' |
            sed -n '2,$ s/^\(culvert-[a-z]*\) .*/ \1/p' | sort -u | tr -d '\n'
        printf '\n'
    done
}

# Reads what imports() prints; names each import that rooms.txt does not allow.
forbidden_imports() {
    awk -v rules="$lists/rooms.txt" '
        BEGIN {
            while ((getline line < rules) > 0) {
                if (line ~ /^#/) continue
                count = split(line, words, /:? +|:$/)
                known[words[1]] = 1
                for (i = 2; i <= count; i++) allowed[words[1], words[i]] = 1
            }
        }
        {
            room = $1; sub(/:$/, "", room)
            if (!(room in known)) print room " is not in rooms.txt"
            for (i = 2; i <= NF; i++)
                if ($i != room && !((room, $i) in allowed)) print room " must not import " $i
        }'
}

packages_of_culvertd() { tree -p culvert-helper -e normal --target x86_64-unknown-linux-gnu --format '{p}' | cut -d ' ' -f 1 | sort -u; }

licences() { tree --workspace -e normal,build --all-features --target all --format '{l}' | sed 's/ (\*)$//' | sort -u | sed '/^$/d'; }

# Reads a Cargo.lock; names each source that is not crates.io.
foreign_sources() { sed -n 's/^source = "\(.*\)"$/\1/p' | sort -u | sed '/^registry+https:\/\/github.com\/rust-lang\/crates.io-index$/d'; }

# Nothing may come on standard input: it is printed, and makes the check fail.
nothing() {
    local found
    found=$(cat)
    [ -z "$found" ] || { printf '%s\n' "$found"; return 1; }
}

# What standard input and a list (without its comments) do not share; nothing where they are equal.
compare() { diff --label "$1" --label now -U 0 <(grep -v '^#' "$1") - || true; }

bites() {
    local failed=0
    expect() { # what was forged, what came of it
        if [ -n "$2" ]; then echo "found: $1: $2"; else echo "NOT FOUND: $1"; failed=1; fi
    }
    expect 'proto that imports policy' "$(echo 'culvert-proto: culvert-model culvert-policy' | forbidden_imports)"
    expect 'a tool that imports the helper' "$(echo 'culvert-cli: culvert-helper' | forbidden_imports)"
    expect 'a room that nobody knows' "$(echo 'culvert-cellar:' | forbidden_imports)"
    expect 'a new package in culvertd' "$({ grep -v '^#' $lists/culvertd.txt; echo zzz; } | compare $lists/culvertd.txt)"
    expect 'a new licence' "$({ grep -v '^#' $lists/licences.txt; echo zzz; } | compare $lists/licences.txt)"
    expect 'a package from elsewhere' "$(echo 'source = "git+https://example.org/x"' | foreign_sources)"
    [ -z "$(imports | forbidden_imports)" ] || echo '(and the house itself breaks a rule: see the check of the rooms)'
    return $failed
}

accept() {
    { sed -n '/^#/p' $lists/culvertd.txt; packages_of_culvertd; } >$lists/culvertd.new
    mv $lists/culvertd.new $lists/culvertd.txt
    { sed -n '/^#/p' $lists/licences.txt; licences; } >$lists/licences.new
    mv $lists/licences.new $lists/licences.txt
    git diff --stat -- $lists
}

case ${1:-} in
rooms) imports | forbidden_imports | nothing ;;
culvertd) packages_of_culvertd | compare $lists/culvertd.txt | nothing ;;
licences) licences | compare $lists/licences.txt | nothing ;;
sources) cat Cargo.lock tests/fuzz/Cargo.lock | foreign_sources | nothing ;;
bites) bites ;;
accept) accept ;;
*) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
