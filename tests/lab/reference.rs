//! A client that is known to work: Debian's pptp and pppd, in a guest of their own.

use std::time::{Duration, Instant};

use crate::guest::Guest;
use crate::router::Router;
use crate::server::{self, INNER};

/// What the reference client's guest prints when the tunnel carries packets.
const SUCCESS: &str = "reference: reached";

/// The reference client, on its way.
pub struct ReferenceClient {
    guest: Guest,
}

impl ReferenceClient {
    /// Starts to connect from the clients' side of `router`, with these options for pppd.
    pub fn start(router: &Router, options: &str) -> Self {
        router.outside().shell(&format!(
            "ip tuntap add dev reference mode tap
             ip link set reference master {} up",
            Router::CLIENT_BRIDGE
        ));
        Self { guest: Guest::boot(router.outside(), "reference", &script(options)) }
    }

    /// Whether a packet came back through the tunnel in time.
    pub fn reaches_the_server_within(&mut self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline && self.guest.is_running() {
            if self.guest.console().contains(SUCCESS) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        false
    }

    /// What pppd said.
    pub fn console(&self) -> String {
        self.guest.console()
    }
}

fn script(options: &str) -> String {
    format!(
        r#"
ip address add 198.51.100.99/24 dev vec0
ip route add default via {gateway}
printf '%s * "%s" *\n' '{user}' '{password}' | tee /etc/ppp/chap-secrets > /etc/ppp/pap-secrets
pppd pty 'pptp {outer} --nolaunchpppd' name {user} remotename pptpd noauth nodetach \
    nobsdcomp nodeflate novj logfile /dev/console debug {options} &
for attempt in $(seq 120); do
    ping -c 1 -W 1 {INNER} > /dev/null 2>&1 && echo '{SUCCESS}' && break
    sleep 0.25
done
"#,
        gateway = Router::INSIDE,
        user = server::USER,
        password = server::PASSWORD,
        outer = server::OUTER,
    )
}
