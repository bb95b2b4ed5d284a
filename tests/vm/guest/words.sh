# What scenarios say inside the guest.

# phase NAME: the probes name it in what they send.
phase() { echo "$1" >/run/phase; }

# connect: dials the server beside the guest. Where the host is busy, what the guest waits for can be too slow for once.
connect() { thrice connect_once; }
connect_once() { timeout 60 culvert connect --server 192.0.2.2 --user office --password-stdin <<<clientPass; }

# thrice COMMAND...: until it succeeds.
thrice() { "$@" || { sleep 3 && "$@"; } || { sleep 3 && "$@"; }; }

# is_state NAME: of the only connection.
is_state() { culvert status --json | grep -q "\"state\":{\?\"$1\""; }

tunnel_device() { ip -o link show type tun | grep -o '[0-9]*: culvert[^:]*'; }

# What systemd-resolved asks for the tunnel.
tunnel_dns() { resolvectl dns "$(tunnel_device | cut -d ' ' -f 2)" | sed 's/.*: *//'; }

# monotonic UNIT PROPERTY: milliseconds since the start of the kernel.
monotonic() { echo $(($(systemctl show -P "$2" "$1") / 1000)); }

# When the guard stood, and when the network was let begin, and began.
beginnings() {
    echo "$(monotonic culvert-early ExecMainExitTimestampMonotonic) ms," \
        "$(monotonic network-pre.target ActiveEnterTimestampMonotonic) ms," \
        "$(monotonic systemd-networkd ExecMainStartTimestampMonotonic) ms"
}

guarded_first() {
    local guard before network
    read -r guard before network < <(beginnings | tr -d ms,)
    [ "$guard" -gt 0 ] && [ "$guard" -le "$before" ] && [ "$before" -le "$network" ]
}

# crash_loop TIMES: kills the service as soon as systemd has started it again.
crash_loop() {
    local killed=0 old=0
    while [ "$killed" -lt "$1" ]; do
        eventually 30 is_new_service "$old" || break
        old=$(systemctl show -P MainPID culvertd)
        # Now early in its start, now later.
        sleep "0.$((killed % 4 * 2))"
        kill -KILL "$old" && killed=$((killed + 1))
    done
    expect 'times that the service was killed' "$1" "$killed"
    check 'it is back' eventually 30 systemctl -q is-active culvertd
}

is_new_service() {
    local pid
    pid=$(systemctl show -P MainPID culvertd)
    [ "$pid" != 0 ] && [ "$pid" != "$1" ]
}

# How many milliseconds one loop takes: the emulation is slower than the host by as much.
pace() { perl -MTime::HiRes=time -e '$t = time; for ($i = 0; $i < 2e6; $i++) { $s += $i } printf "%d\n", 1000 * (time - $t) + 1'; }

# What the log says of system calls that a unit does not allow.
denied_calls() { journalctl --boot --no-pager | grep -E 'type=1326|SIGSYS|status=31/SYS'; }
