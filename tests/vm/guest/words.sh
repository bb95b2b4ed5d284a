# What scenarios say inside the guest.

# phase NAME: the probes name it in what they send.
phase() { echo "$1" >/run/phase; }

# connect [OPTIONS]: dials the server beside the guest.
connect() { timeout 60 culvert connect --server 192.0.2.2 --user office --password-stdin "$@" <<<clientPass; }

state() { culvert status --json | grep -o '"state":"[a-z]*"' | head -n 1 | cut -d '"' -f 4; }
