//! The local network beside the tunnel: what it may be told, and what it may not.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use crate::house::House;
use crate::leaks::Watch;
use crate::probes::MARK;
use crate::router::Router;

use super::guard::Play;

/// A second card, on a network with private addresses, where something listens that answers for names too.
const HOME: Ipv4Addr = Ipv4Addr::new(192, 168, 7, 1);

/// Lays a cable to the home network.
fn home(play: &Play) -> Watch {
    play.router.outside().add_bridge("home", &format!("{HOME}/24"));
    let host = play.client.host();
    host.connect("second", "192.168.7.10/24", play.router.outside(), "home");
    Watch::start(play.router.outside(), host.hardware_address("second"))
}

/// Sends a datagram to each, ten times over; the network may say no.
fn say(play: &Play, to: &[SocketAddr]) {
    play.client.host().enter(|| {
        let socket = UdpSocket::bind("0.0.0.0:0").expect("a socket");
        for _ in 0..10 {
            to.iter().for_each(|to| drop(socket.send_to(MARK, to)));
        }
    });
}

/// Tries to open a connection to each.
fn call(play: &Play, to: &[SocketAddr]) {
    play.client.host().enter(|| {
        for to in to {
            if let Ok(mut stream) = TcpStream::connect_timeout(to, Duration::from_millis(200)) {
                let _ = stream.write_all(MARK);
            }
        }
    });
}

#[test]
fn names_are_asked_of_nobody_but_the_tunnel() {
    let play = Play::new();
    let beside = home(&play);
    let resolvers = [HOME, Router::INSIDE, House::ELSEWHERE].map(|address| SocketAddr::from((address, 53)));
    let ask = || {
        say(&play, &resolvers);
        call(&play, &resolvers);
    };
    ask();
    assert!(!beside.take().is_empty(), "the control: without a tunnel everybody is asked");
    for arguments in [&[][..], &["--lan"]] {
        play.connect(arguments);
        beside.take();
        ask();
        beside.assert_none(&format!("names asked of the home network with {arguments:?}"));
        play.watch.assert_none(&format!("names asked of anybody with {arguments:?}"));
        play.client.disconnect();
    }
}

/// A hostile network says that half of the world is local (TunnelCrack, CVE-2023-36672).
#[test]
fn local_is_what_has_a_private_address_and_nothing_else() {
    let play = Play::new();
    let beside = home(&play);
    let host = play.client.host();
    host.shell("ip address add 203.0.113.200/24 dev second noprefixroute");
    host.shell("ip route add 203.0.113.9/32 dev second; ip route add 192.0.2.0/24 dev second");
    let targets =
        [House::ELSEWHERE, Ipv4Addr::new(192, 0, 2, 9)].map(|address| SocketAddr::from((address, 9)));
    // So that nobody waits for an address before something is sent.
    let neighbour = play.router.outside().hardware_address("home");
    let neighbour = neighbour.map(|octet| format!("{octet:02x}")).join(":");
    for target in &targets {
        host.shell(&format!("ip neighbour replace {} lladdr {neighbour} dev second", target.ip()));
    }
    say(&play, &targets);
    assert!(!beside.take().is_empty(), "the control: without a tunnel it is believed");
    play.connect(&["--lan"]);
    beside.take();
    say(&play, &targets);
    beside.assert_none("what a hostile network calls local");
    say(&play, &[(HOME, 9).into()]);
    assert!(!beside.take().is_empty(), "what is local is reached");
    play.watch.assert_none("connected with --lan");
    play.client.disconnect();
}

/// Whoever lies about the server's name leads past the tunnel what goes to that address (CVE-2023-36673).
#[test]
fn what_goes_to_the_servers_own_address_goes_through_the_tunnel_or_nowhere() {
    let play = Play::new();
    let targets = [9, 22, 53, 80, 443, 1723].map(|port| SocketAddr::from((House::SERVER, port)));
    let try_all = || {
        say(&play, &targets);
        call(&play, &targets);
    };
    try_all();
    assert!(!play.watch.take().is_empty(), "the control: without a tunnel it leaves");
    for arguments in [&[][..], &["--lan", "--ipv6", "leave"]] {
        play.connect(arguments);
        play.client.ping(House::INSIDE);
        play.watch.take();
        try_all();
        let leaked = play.watch.take();
        let leaked: Vec<_> = leaked.keys().filter(|kind| !kind.starts_with("IPv6")).collect();
        println!("figure: to the server's own address with {arguments:?}: {} packets leaked", leaked.len());
        assert!(leaked.is_empty(), "with {arguments:?}: {leaked:?}");
        play.client.disconnect();
    }
}
