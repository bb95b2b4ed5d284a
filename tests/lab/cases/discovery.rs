//! Neighbours who ask for the address inside the tunnel (CVE-2019-14899), and hosts behind the client.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::client::Client;
use crate::house::House;
use crate::leaks::Watch;
use crate::namespace::Namespace;
use crate::probes::MARK;
use crate::router::{Passage, Router};
use crate::run::eventually;
use crate::server::PASSWORD;

/// How often a neighbour asks.
const PROBES: u32 = 25;

#[test]
fn neighbours_do_not_find_the_address_inside_the_tunnel() {
    let router = Router::new(Passage::Plain);
    let _house = House::start(&router);
    let client = Client::new(&router, 10);

    let (resolved, resets) = look_for(&router, &client, &["--no-guard"]);
    assert!(resolved && resets > 0, "without a guard: resolved {resolved}, {resets} answers");
    println!("figure: without a guard {resets} answers to {PROBES} probes for the address inside the tunnel");

    let (resolved, resets) = look_for(&router, &client, &[]);
    assert!(!resolved && resets == 0, "guarded: resolved {resolved}, {resets} answers");
    println!("figure: guarded 0 answers to {PROBES} probes, and none to ARP");
    client.finish();
}

/// Whether ARP told a neighbour where the tunnel's address is, and how many of its segments were answered.
fn look_for(router: &Router, client: &Client, arguments: &[&str]) -> (bool, u64) {
    connect(client, arguments);
    let address = client.network().expect("connected").address;
    let bridge = Router::CLIENT_BRIDGE;
    router.outside().shell(&format!("ip route replace {address}/32 dev {bridge}"));
    probe(router, address);
    let known = router.outside().shell(&format!("ip neigh show {address} dev {bridge}"));
    let card = client.host().hardware_address("uplink").map(|octet| format!("{octet:02x}")).join(":");
    router.outside().shell(&format!("ip neigh replace {address} lladdr {card} dev {bridge} nud permanent"));
    let before = resets(client);
    (0..PROBES).for_each(|_| probe(router, address));
    let after = resets(client);
    router
        .outside()
        .shell(&format!("ip neigh del {address} dev {bridge}; ip route del {address}/32 dev {bridge}"));
    client.disconnect();
    (known.contains("lladdr"), after - before)
}

/// A segment to a port where nobody listens, which an ordinary host answers with a reset (RFC 9293 section 3.5.2).
fn probe(router: &Router, address: Ipv4Addr) {
    let to = SocketAddr::from((address, 81));
    // There is nobody: that it fails says nothing.
    router.outside().enter(|| drop(TcpStream::connect_timeout(&to, Duration::from_millis(40))));
}

/// How many resets the client's kernel has sent.
fn resets(client: &Client) -> u64 {
    let text = client.host().shell("cat /proc/net/snmp");
    let mut lines = text.lines().filter_map(|line| line.strip_prefix("Tcp: "));
    let (names, values) = (lines.next().expect("names"), lines.next().expect("values"));
    let at = names.split(' ').position(|name| name == "OutRsts").expect("a counter of resets");
    values.split(' ').nth(at).and_then(|value| value.parse().ok()).expect("a number")
}

#[test]
fn hosts_behind_the_client_obey_the_same_guard() {
    let router = Router::new(Passage::Plain);
    let mut house = House::start(&router);
    let client = Client::new(&router, 10);
    client.host().add_bridge("behind", "10.77.0.1/24");
    let container = Namespace::new();
    container.connect("inside", "10.77.0.2/24", client.host(), "behind");
    container.add_default_route(Ipv4Addr::new(10, 77, 0, 1));
    client.host().shell("sysctl -qw net.ipv4.ip_forward=1");
    let watch = Watch::start(router.outside(), client.host().hardware_address("uplink"));
    let try_it = || {
        let send = || {
            let socket = std::net::UdpSocket::bind("0.0.0.0:0").expect("a socket");
            for port in [9, 53] {
                // The network may say no.
                let _ = socket.send_to(MARK, (House::ELSEWHERE, port));
            }
        };
        (0..10).for_each(|_| container.enter(send));
    };

    try_it();
    assert!(!watch.take().is_empty(), "without a connection a container reaches others");
    connect(&client, &[]);
    watch.take();
    try_it();
    watch.assert_none("a container behind a connected client");
    house.kill();
    assert!(eventually(Duration::from_secs(30), || client.network().is_none()), "the loss is noticed");
    try_it();
    watch.assert_none("a container behind a client that has lost its tunnel");
    client.disconnect();
    try_it();
    assert!(!watch.take().is_empty(), "after the disconnect a container reaches others");
}

fn connect(client: &Client, arguments: &[&str]) {
    let run = client.connect_to(&House::SERVER.to_string(), PASSWORD, arguments);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
}
