//! Debian's pptpd and pppd in a guest of their own.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use culvert_tests::transfer::{self, Order};

use crate::guest::Guest;
use crate::router::Router;

/// The account that every server of the laboratory knows.
pub const USER: &str = "winston";
/// Its password.
pub const PASSWORD: &str = "Two-Minutes+1984";

/// The server's address outside the tunnel.
pub const OUTER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
/// The server's address inside the tunnel.
pub const INNER: Ipv4Addr = Ipv4Addr::new(10, 9, 0, 1);

const BOOT: Duration = Duration::from_secs(40);

/// pppd's options for one case, beside those that all cases share.
#[derive(Clone, Copy, Debug)]
pub struct Options(pub &'static str);

impl Options {
    /// What most servers in the field ask for.
    pub const STRONG: Self = Self("require-mschap-v2 require-mppe-128");
}

/// A running pptpd.
pub struct Pptpd {
    guest: Guest,
}

impl Pptpd {
    /// Boots a server behind `router` and waits until it answers.
    pub fn start(router: &Router, options: Options) -> Self {
        let guest = Guest::boot(router.outside(), Router::SERVER_PORT, &script(options));
        let mut server = Self { guest };
        server.wait_until_it_answers(router);
        server
    }

    /// Pulls the server's plug.
    pub fn kill(&mut self) {
        self.guest.kill();
    }

    /// Kills pptpd and pppd and leaves their machine running.
    pub fn kill_daemons(&self, router: &Router) {
        let order = Order::KillPptp.line();
        router.outside().enter(|| {
            let mut stream =
                TcpStream::connect((OUTER, transfer::PORT)).expect("the server's machine answers");
            stream.write_all(order.as_bytes()).expect("the order is taken");
        });
    }

    /// The transfer port opens after pptpd's own, and asking there leaves pptpd's first call to the case: that call
    /// has the id 0, which only a real client's first call should meet.
    fn wait_until_it_answers(&mut self, router: &Router) {
        let address = SocketAddr::from((OUTER, transfer::PORT));
        let deadline = Instant::now() + BOOT;
        let answers = || TcpStream::connect_timeout(&address, Duration::from_millis(250)).is_ok();
        while !router.outside().enter(answers) {
            assert!(self.guest.is_running(), "the guest ended by itself");
            assert!(Instant::now() < deadline, "the server did not answer within {BOOT:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Sets up and starts pptpd. 06BB is its port, 1723, as the kernel's table of sockets writes it.
fn script(Options(options): Options) -> String {
    let options = options.replace(' ', "\n");
    let peer = env!("CARGO_BIN_EXE_culvert-lab-peer");
    let gateway = Router::OUTSIDE;
    format!(
        r#"
ip address add {OUTER}/24 dev vec0
ip route add default via {gateway}
printf '%s * "%s" *\n' '{USER}' '{PASSWORD}' | tee /etc/ppp/chap-secrets > /etc/ppp/pap-secrets
cat > /etc/ppp/options.pptpd << END
name pptpd
auth
lock
nodefaultroute
nobsdcomp
nodeflate
novj
novjccomp
nologfd
logfile /dev/console
debug
mtu 1400
mru 1400
ms-dns {INNER}
lcp-echo-interval 20
lcp-echo-failure 3
{options}
END
cat > /run/pptpd.conf << END
option /etc/ppp/options.pptpd
localip {INNER}
remoteip 10.9.0.10-50
connections 20
stimeout 10
debug
END
pptpd -f -c /run/pptpd.conf &
for attempt in $(seq 100); do
    grep -q ':06BB .* 0A ' /proc/net/tcp && break
    sleep 0.05
done
'{peer}' &
"#
    )
}
