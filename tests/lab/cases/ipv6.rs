//! IPv6, of which the tunnel carries none: whatever a network offers, nothing leaves by it.

use std::net::{Ipv6Addr, SocketAddrV6, UdpSocket};
use std::time::Duration;

use rustix::net::{AddressFamily, SendFlags, SocketFlags, SocketType, ipproto, sendto, socket_with, sockopt};

use crate::house::House;
use crate::namespace::Namespace;
use crate::probes::MARK;
use crate::router::Router;
use crate::run::eventually;

use super::guard::Play;

/// The prefix that a router announces late.
const PREFIX: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 0);
/// The router by that prefix.
const NEAR: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 1);

#[test]
fn nothing_leaves_by_an_address_that_comes_late_or_comes_back() {
    let play = Play::new();
    let host = play.client.host();
    play.router.outside().shell(&format!("ip address add {NEAR}/64 dev clients nodad"));
    play.connect(&[]);
    announce(play.router.outside(), Router::CLIENT_BRIDGE);
    let has_address = || host.shell("ip -6 address show dev uplink").contains("2001:db8:1:");
    assert!(eventually(Duration::from_secs(10), has_address), "{}", host.shell("ip -6 address"));
    let targets = [SocketAddrV6::new(NEAR, 9, 0, 0), link_local(&play)];
    say(host, &targets);
    play.watch.assert_none("a router announced itself while connected");

    host.shell("ip link set uplink down; sleep 1; ip link set uplink up");
    host.shell(&format!("ip route replace default via {} dev uplink", Router::INSIDE));
    let comes_back = || {
        announce(play.router.outside(), Router::CLIENT_BRIDGE);
        has_address()
    };
    assert!(eventually(Duration::from_secs(10), comes_back), "{}", host.shell("ip -6 address"));
    say(host, &targets);
    play.is_back();
    say(host, &targets);
    play.watch.assert_none("the address came back after the link was down");

    play.client.disconnect();
    play.watch.take();
    say(host, &targets);
    let leaves = || play.watch.take().keys().any(|kind| kind == "IPv6, next header 17");
    assert!(eventually(Duration::from_secs(5), leaves), "the control: without a tunnel it leaves");
    play.connect(&["--ipv6", "leave"]);
    play.watch.take();
    say(host, &targets);
    assert!(eventually(Duration::from_secs(5), leaves), "and with a tunnel where that was asked for");
    play.client.ping(House::INSIDE);
}

/// The router's own address on the cable, which every router has.
fn link_local(play: &Play) -> SocketAddrV6 {
    let index = |namespace: &Namespace, device| {
        let line = namespace.shell(&format!("ip -o link show dev {device}"));
        line.split(':').next().and_then(|number| number.trim().parse().ok()).expect("a number")
    };
    let router = play.router.outside().shell("ip -6 -o address show dev clients scope link");
    let address = router.split_whitespace().nth(3).and_then(|address| address.split('/').next());
    let address = address.and_then(|address| address.parse().ok()).expect("an address");
    SocketAddrV6::new(address, 53, 0, index(play.client.host(), "uplink"))
}

/// Sends a datagram to each, ten times over; the network may say no.
fn say(host: &Namespace, to: &[SocketAddrV6]) {
    host.enter(|| {
        let socket = UdpSocket::bind("[::]:0").expect("a socket");
        for _ in 0..10 {
            to.iter().for_each(|to| drop(socket.send_to(MARK, to)));
        }
    });
}

/// Tells everybody on `bridge` of a prefix and of a way to everywhere (RFC 4861 section 4.2).
fn announce(router: &Namespace, bridge: &str) {
    let line = router.shell(&format!("ip -o link show dev {bridge}"));
    let scope = line.split(':').next().and_then(|number| number.trim().parse().ok()).expect("a number");
    let mut message = vec![134, 0, 0, 0, 64, 0, 0x07, 0x08, 0, 0, 0, 0, 0, 0, 0, 0];
    // The prefix: 64 bits of it, on this cable and for addresses, for two hours.
    message.extend([3, 4, 64, 0xc0, 0, 0, 0x1c, 0x20, 0, 0, 0x0e, 0x10, 0, 0, 0, 0]);
    message.extend(PREFIX.octets());
    router.enter(|| {
        let raw =
            socket_with(AddressFamily::INET6, SocketType::RAW, SocketFlags::CLOEXEC, Some(ipproto::ICMPV6));
        let socket = raw.expect("a raw socket");
        // A router is believed only from the same cable.
        sockopt::set_ipv6_multicast_hops(&socket, 255).expect("hops");
        let all_nodes = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
        sendto(&socket, &message, SendFlags::empty(), &SocketAddrV6::new(all_nodes, 0, 0, scope))
            .expect("an announcement");
    });
}
