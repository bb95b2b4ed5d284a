#!/usr/bin/env bash
# That every test which docs/security.md names exists.
#
#   packaging/docs/check.sh          looks; says which are missing
#   packaging/docs/check.sh bites    that it finds one that is missing
set -euo pipefail
cd "$(dirname "$0")/../.."

# missing FILE: the tests that it names and nobody wrote.
missing() {
    local name found=0
    while read -r name; do
        found=$((found + 1))
        [ -f "tests/vm/scenarios/$name" ] || grep -rqE --include='*.rs' "fn $name\(" src tests || echo "$name"
    done < <(grep -oE '`[a-z0-9]+(_[a-z0-9]+){2,}`' "$1" | tr -d '`' | sort -u)
    [ "$found" -gt 20 ] || echo "$1 names only $found tests"
}

case ${1:-} in
'') lacking=$(missing docs/security.md) ;;
bites)
    copy=$(mktemp)
    trap 'rm -f "$copy"' EXIT
    { cat docs/security.md; echo '`a_test_that_''nobody_wrote`'; } >"$copy"
    [ "$(missing "$copy")" = a_test_that_''nobody_wrote ] && lacking= || lacking='the check does not bite'
    ;;
*) sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
[ -z "$lacking" ] || { printf 'docs/security.md: no such test\n%s\n' "$lacking"; exit 1; }
