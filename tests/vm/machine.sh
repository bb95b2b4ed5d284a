# One start of the guest: what lies on its disk, its network, QEMU, and what was seen on the wire.

server=192.0.2.2
mac=52:54:00:12:34:56
last=$cache/vm-last

# Ends what this scenario started, whatever happened.
machine_end() {
    local pid
    trap - EXIT INT TERM
    for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
    ip netns delete "$space" 2>/dev/null || true
    rm -f "$logs/disk"
}

# machine_run SCENARIO: starts the guest and waits for its end. In a subshell, so that its trap is its own.
machine_run() (
    space=culvert-vm-$$ started=()
    share=$last/$1/share results=$last/$1/share/results logs=$last/$1 boot=0
    rm -rf "${last:?}/$1"
    mkdir -p "$share"
    trap machine_end EXIT
    trap 'exit 1' INT TERM
    # What a scenario does not say of itself.
    before() { :; }
    inside() { :; }
    judge() { :; }
    . "$here/guest/words.sh"
    . "$here/scenarios/$1"
    share_fill "$1"
    network_start
    : >"$results"
    pace >"$share/pace"
    cp --sparse=always "$cache/image/disk" "$logs/disk"
    while [ "$boot" -lt "${boots:-1}" ]; do
        boot=$((boot + 1))
        capture=$logs/frames-$boot.pcap
        echo "$boot" >"$share/boot"
        machine_start "${patience:-400}"
        grep -qsx "done $boot" "$share/state" || fail "start $boot did not come to its end: $logs"
    done
    judge
)

# share_fill SCENARIO: what the guest finds in /vm, with Culvert as its packages lay it down in /vm/tree.
share_fill() {
    local to=$share/tree unit
    cp -r "$here/guest" "$here/lib.sh" "$share"
    cp "$here/scenarios/$1" "$share/scenario"
    install -D -s -m 755 "$target/debug/culvertd" "$to/usr/sbin/culvertd"
    install -D -s -m 755 "$target/debug/culvert" "$to/usr/bin/culvert"
    install -D -s -m 755 "$target/debug/culvert-resolv-conf" "$to/usr/lib/culvert/culvert-resolv-conf"
    for unit in "$tree"/packaging/systemd/culvert*; do install -D -m 644 -t "$to/usr/lib/systemd/system" "$unit"; done
    install -D -m 644 -t "$to/usr/lib/systemd/network" "$tree/packaging/systemd/10-culvert.network"
    install -D -m 644 -t "$to/usr/lib/sysusers.d" "$tree/packaging/sysusers.d/culvert.conf"
    install -D -m 644 -t "$to/usr/lib/tmpfiles.d" "$tree/packaging/tmpfiles.d/culvert.conf"
    install -D -m 644 -t "$to/usr/share/polkit-1/actions" "$tree/packaging/polkit/org.culvert.policy"
    install -D -m 644 -t "$to/usr/share/polkit-1/rules.d" "$tree/packaging/polkit/culvert-dns.rules"
}

inside_space() { ip netns exec "$space" "$@"; }

# Without a function around it, so that what is started in the background is what `$!` names.
# A namespace with the guest's cable, a server, addresses that stand for the internet, names and DHCP.
network_start() {
    ip netns add "$space"
    inside_space ip link set lo up
    inside_space ip address add 203.0.113.9/32 dev lo
    inside_space ip -6 address add 2001:db8:9::9/128 dev lo
    inside_space ip tuntap add dev cable mode tap
    inside_space ip address add 192.0.2.1/24 dev cable
    inside_space ip address add $server/24 dev cable
    inside_space ip -6 address add 2001:db8:1::1/64 dev cable nodad
    inside_space ip link set cable up
    echo 'office:clientPass' >"$logs/users"
    ip netns exec "$space" "$target/debug/culvert-server" --users "$logs/users" --listen $server --dns 10.64.0.1 \
        >"$logs/server.log" 2>&1 &
    started+=($!)
    ip netns exec "$space" dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --bind-dynamic --no-resolv --no-hosts \
        --user=root --dhcp-leasefile="$logs/leases" --dhcp-range=192.0.2.100,192.0.2.200,1h --dhcp-option=3,192.0.2.1 \
        --dhcp-option=6,192.0.2.1 --address=/example.test/203.0.113.9 --log-queries --log-facility="$logs/names.log" &
    started+=($!)
}

# machine_start SECONDS: from power on to power off, with what every start before has left on the disk.
machine_start() {
    ip netns exec "$space" timeout --kill-after=10 "$1" qemu-system-x86_64 -machine q35,accel=tcg -cpu max -smp 2 -m 768 \
        -nodefaults -no-reboot -display none -serial "file:$logs/console-$boot.log" \
        -kernel "$cache/image/kernel" -initrd "$cache/image/initrd" \
        -append 'root=/dev/vda rw console=tty1 console=ttyS0 quiet loglevel=4 systemd.show_status=0 net.ifnames=0' \
        -drive "file=$logs/disk,if=virtio,format=raw,cache=unsafe" \
        -virtfs "local,path=$share,mount_tag=vm,security_model=none,multidevs=remap" \
        -netdev tap,id=cable,ifname=cable,script=no,downscript=no,vnet_hdr=off -device virtio-net-pci,netdev=cable,mac=$mac \
        -object "filter-dump,id=dump,netdev=cable,file=$capture" >"$logs/qemu-$boot.log" 2>&1 &
    started+=($!)
    wait $! || fail "the guest was ended after $1 s, or QEMU failed: $logs"
}

# What the guest may always send: ARP, its DHCP, and IPv6 neighbour discovery.
always='arp or (udp src port 68 and udp dst port 67) or (icmp6 and ip6[40] >= 133 and ip6[40] <= 136)'
# And to the server with a tunnel, or on the way to one.
outer="(dst host $server and (tcp dst port 1723 or proto 47))"

# frames_bytes FILTER: bytes that the guest sent and the filter of tcpdump matches.
frames_bytes() {
    tcpdump -nn -t -q -e -r "$capture" "ether src $mac and ($1)" 2>/dev/null |
        awk '{ for (i = 1; i < NF; i++) if ($i == "length") { sum += $(i + 1); break } } END { print sum + 0 }'
}

# probes FILTER [PHASE]: how many were seen in clear among what the guest sent and the filter matches.
probes() { tcpdump -nn -t -q -A -r "$capture" "ether src $mac and ($1)" 2>/dev/null | grep -c "CULVERT-PROBE-${2:-}" || true; }

# no_probe WHAT PHASE: none of that phase left in clear; some_probe: the control of that.
no_probe() {
    expect "$1: probes seen in clear" 0 "$(probes 'ip or ip6' "$2-")"
    expect "$1: attempts at a connection seen" 0 "$(frames_bytes "tcp dst port 4002")"
}
some_probe() { check "$1: $(probes 'ip or ip6' "$2-") probes were seen" test "$(probes 'ip or ip6' "$2-")" -gt 0; }

# no_leak WHAT ALLOWED: nothing left beside what is allowed.
no_leak() {
    local bytes probes
    bytes=$(frames_bytes "not ($2)") probes=$(probes "$2")
    if [ "$bytes" = 0 ] && [ "$probes" = 0 ]; then pass "$1: 0 bytes leaked"; else
        fail "$1: $bytes bytes leaked, and $probes probes within what is allowed"
        tcpdump -nn -r "$capture" "ether src $mac and not ($2)" 2>/dev/null | head -n 20 >"$logs/leaked"
    fi
}

# leaks WHAT FILTER: the control: there is something, so that the count counts.
leaks() {
    local bytes
    bytes=$(frames_bytes "$2")
    if [ "$bytes" -gt 0 ]; then pass "$1: $bytes bytes seen"; else fail "$1: nothing was seen, so the count counts nothing"; fi
}
