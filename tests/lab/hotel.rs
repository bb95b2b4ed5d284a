//! A network that wants a person to sign in: the router answers every web page itself, and lets nothing through.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::house::House;
use crate::name_server::NameServer;
use crate::namespace::Namespace;
use crate::router::Router;
use crate::run::eventually;
use crate::web::{ONLINE, Web};

const LOGIN: &str =
    "HTTP/1.1 302 Found\r\nLocation: http://login.hotel.example/\r\nContent-Length: 0\r\n\r\n";
const GATE: &str = "
table ip gate {
    chain forward {
        type filter hook forward priority filter
        iifname clients ip protocol tcp reject with tcp reset
        iifname clients drop
    }
}
";
const DESK: &str = "
table ip desk {
    chain prerouting {
        type nat hook prerouting priority dstnat
        iifname clients tcp dport 80 redirect to :80
    }
}
";

/// The router's portal, its name server and its gate.
pub struct Hotel<'a> {
    network: &'a Namespace,
    is_signed_in: Arc<AtomicBool>,
    _desk: Web,
    _names: NameServer,
}

impl<'a> Hotel<'a> {
    /// A hotel at the router whose gate is still open.
    pub fn start(router: &'a Router) -> Self {
        let network = router.outside();
        network.load_rules(DESK);
        let is_signed_in = Arc::new(AtomicBool::new(true));
        let signed_in = Arc::clone(&is_signed_in);
        let desk = Web::start(network, move |request| {
            if request.starts_with(b"GET /sign-in") {
                signed_in.store(true, Ordering::Relaxed);
            }
            if signed_in.load(Ordering::Relaxed) { ONLINE } else { LOGIN }
        });
        // Every name has one address.
        let names = [
            format!("--address=/#/{}", House::ELSEWHERE),
            format!("--host-record=login.hotel.example,{}", Router::INSIDE),
        ];
        let names = NameServer::start(network, &names);
        let hotel = Self { network, is_signed_in, _desk: desk, _names: names };
        let answers = || network.enter(|| TcpStream::connect((Router::INSIDE, 53)).is_ok());
        assert!(eventually(Duration::from_secs(10), answers), "dnsmasq does not answer");
        hotel
    }

    /// Lets nobody through who has not signed in.
    pub fn close(&self) {
        self.is_signed_in.store(false, Ordering::Relaxed);
        self.network.load_rules(GATE);
    }

    /// Lets everybody through if somebody has signed in.
    pub fn let_in(&self) {
        assert!(self.is_signed_in.load(Ordering::Relaxed), "nobody has signed in");
        self.network.shell("nft delete table ip gate");
    }
}

/// A person at a browser on `host`, who gets to the sign-in page and signs in; whether that worked.
pub fn sign_in(host: &Namespace) -> bool {
    let visit = || {
        let mut stream =
            TcpStream::connect_timeout(&(Router::INSIDE, 80).into(), Duration::from_secs(2)).ok()?;
        stream.write_all(b"GET /sign-in HTTP/1.1\r\nHost: login.hotel.example\r\n\r\n").ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        (stream.read(&mut [0; 16]).ok()? > 0).then_some(())
    };
    host.enter(visit).is_some()
}
