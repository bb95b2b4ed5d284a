//! Devices without a client of their own go through the tunnel or nowhere.

use std::net::{IpAddr, TcpListener, TcpStream};

use culvert_engine::host::guard::remove_all;
use culvert_policy::Gateway;
use socket2::Socket;

use super::*;

const ROUTER: Ipv4Addr = Ipv4Addr::new(192, 168, 5, 1);
const DEVICE: Ipv4Addr = Ipv4Addr::new(192, 168, 5, 7);
const INSIDE: Ipv4Addr = Ipv4Addr::new(10, 9, 8, 7);
const OFFICE: Ipv4Addr = Ipv4Addr::new(10, 9, 0, 1);
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 9);
const TUNNEL: &str = "culvert0";

/// A client with a way to the server, with a device behind it, and with a cable to the office for a tunnel.
struct Net {
    client: Namespace,
    server: Namespace,
    office: Namespace,
    device: Namespace,
}

impl Net {
    fn new() -> Self {
        let (client, server) = Namespace::pair();
        let (office, device) = (Namespace::new(), Namespace::new());
        client.join("lan0", &device, "eth0");
        client.ip(&format!("addr add {ROUTER}/24 dev lan0"));
        device.ip(&format!("addr add {DEVICE}/24 dev eth0"));
        device.ip(&format!("route add default via {ROUTER}"));
        let net = Self { client, server, office, device };
        net.connect();
        net.office.ip(&format!("addr add {OFFICE}/24 dev tunnel0"));
        net.office.ip(&format!("addr add {ELSEWHERE}/32 dev lo"));
        net.office.ip(&format!("route add {INSIDE}/32 dev tunnel0"));
        // The way back around the tunnel stands open: what does not come back did not leave.
        net.server.ip(&format!("addr add {ELSEWHERE}/32 dev lo"));
        net.server.ip(&format!("route add {DEVICE}/32 via {CLIENT}"));
        net
    }

    /// The tunnel comes up: everything goes into it.
    fn connect(&self) {
        self.client.join(TUNNEL, &self.office, "tunnel0");
        self.client.ip(&format!("addr add {INSIDE}/32 dev {TUNNEL}"));
        self.client.ip(&format!("route add {OFFICE}/32 dev {TUNNEL}"));
        self.client.ip(&format!("route add {ELSEWHERE}/32 via {OFFICE} dev {TUNNEL} metric 1"));
    }

    /// Where a datagram of the device for somewhere else comes out, and from whom it seems to come.
    fn comes_out(&self) -> Option<(&'static str, IpAddr)> {
        let listen = |place: &Namespace| {
            let socket = place.run(|| UdpSocket::bind((ELSEWHERE, 9)).unwrap());
            socket.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
            socket
        };
        let (there, around) = (listen(&self.office), listen(&self.server));
        // It may be refused at once.
        self.device.run(|| UdpSocket::bind("0.0.0.0:0").unwrap().send_to(b"hello", (ELSEWHERE, 9)).ok());
        let heard = |socket: UdpSocket| socket.recv_from(&mut [0; 16]).ok().map(|(_, from)| from.ip());
        heard(there).map(|from| ("tunnel", from)).or_else(|| heard(around).map(|from| ("around", from)))
    }

    fn forwards(&self, device: &'static str) -> bool {
        let path = format!("/proc/sys/net/ipv4/conf/{device}/forwarding");
        self.client.run(move || std::fs::read_to_string(path).unwrap().trim() == "1")
    }
}

fn gateway() -> Guard {
    Guard { gateway: Some(Gateway { interface: "lan0".to_owned() }), lan: true, ..connected() }
}

fn apply(net: &Net, mut keeper: GuardKeeper, guard: Option<Guard>) -> GuardKeeper {
    net.client.block_on(move || async move {
        keeper.apply(guard.as_ref()).await.unwrap();
        keeper
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn devices_go_through_the_tunnel_or_nowhere() {
    for ownership in [Ownership::Auto, Ownership::Plain] {
        let net = Net::new();
        assert_eq!(net.comes_out(), None, "nothing forwards yet");
        let keeper = apply(&net, GuardKeeper::new(ownership), Some(gateway()));
        assert_eq!(net.comes_out(), Some(("tunnel", INSIDE.into())), "masqueraded, {ownership:?}");

        let closed = Guard { tunnel: None, ..gateway() };
        let keeper = apply(&net, keeper, Some(closed.clone()));
        assert!(!net.forwards("lan0") && !net.forwards(TUNNEL));
        assert_eq!(net.comes_out(), None, "the tunnel is down");
        // Whatever else on this computer forwards, and wherever the routes lead.
        net.client.set_conf("all/forwarding", 1);
        net.client.ip(&format!("link del {TUNNEL}"));
        assert_eq!(net.comes_out(), None, "the tunnel is gone");
        let keeper = apply(&net, keeper, Some(Guard { portal: Some(page(ELSEWHERE)), ipv6: true, ..closed }));
        assert_eq!(net.comes_out(), None, "what this computer may do is not for the devices");

        let _keeper = apply(&net, keeper, None);
        net.client.set_conf("all/forwarding", 1);
        assert_eq!(net.comes_out(), Some(("around", DEVICE.into())), "the control: without a guard");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_gateway_announces_segments_as_small_as_the_tunnel_carries() {
    let net = Net::new();
    net.client.ip(&format!("link set {TUNNEL} mtu 1300"));
    let _keeper = apply(&net, GuardKeeper::new(Ownership::Auto), Some(gateway()));
    let listener = net.office.run(|| TcpListener::bind((ELSEWHERE, 80)).unwrap());
    let _ours = net.device.run(|| TcpStream::connect((ELSEWHERE, 80)).unwrap());
    let mss = Socket::from(listener.accept().unwrap().0).tcp_mss().unwrap();
    assert!(mss <= 1260, "{mss}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_forwarded_before_is_what_forwards_after() {
    for (was_on, crashes) in [(false, false), (false, true), (true, false), (true, true)] {
        let net = Net::new();
        net.client.set_conf("lan0/forwarding", was_on.into());
        let keeper = apply(&net, GuardKeeper::new(Ownership::Auto), Some(gateway()));
        let keeper = apply(&net, keeper, Some(Guard { refusal: Refuse::Silently, ..gateway() }));
        assert!(net.forwards("lan0") && net.forwards(TUNNEL));
        if crashes {
            drop(keeper);
            net.client.block_on(|| async { remove_all().await.unwrap() });
        } else {
            apply(&net, keeper, None);
        }
        assert_eq!(net.forwards("lan0"), was_on, "crashes: {crashes}");
        assert!(!net.forwards(TUNNEL));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn forwarding_that_others_switch_off_is_noticed() {
    let net = Net::new();
    let keeper = apply(&net, GuardKeeper::new(Ownership::Auto), Some(gateway()));
    net.client.set_conf("lan0/forwarding", 0);
    net.client.block_on(move || async move { assert!(!keeper.is_in_place().await.unwrap()) });
}

/// What a guest of this computer gets through to a neighbour that has this address: ports of UDP.
fn reaches(net: &Net, neighbour: Ipv4Addr) -> Vec<u16> {
    let ports = [9, 53, 853, 1723];
    let sockets =
        ports.map(|port| (port, net.server.run(move || UdpSocket::bind((neighbour, port)).unwrap())));
    net.device.run(move || {
        let guest = UdpSocket::bind("0.0.0.0:0").unwrap();
        for port in ports {
            // It may be refused at once.
            guest.send_to(b"hello", (neighbour, port)).ok();
        }
    });
    let arrived = |socket: &UdpSocket| {
        socket.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        socket.recv_from(&mut [0; 16]).is_ok()
    };
    sockets.iter().filter(|(_, socket)| arrived(socket)).map(|(port, _)| *port).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn guests_reach_neighbours_but_neither_their_name_servers_nor_the_server() {
    const NEIGHBOUR: Ipv4Addr = Ipv4Addr::new(192, 168, 9, 8);
    const CONCENTRATOR: Ipv4Addr = Ipv4Addr::new(192, 168, 9, 9);
    let net = Net::new();
    for address in [NEIGHBOUR, CONCENTRATOR] {
        net.server.ip(&format!("addr add {address}/32 dev lo"));
        net.client.ip(&format!("route add {address}/32 via {SERVER}"));
    }
    net.client.set_conf("all/forwarding", 1);
    for address in [NEIGHBOUR, CONCENTRATOR] {
        assert_eq!(reaches(&net, address), [9, 53, 853, 1723], "the control: without a guard");
    }
    let servers = vec![ServerException { address: CONCENTRATOR, port: 1723 }];
    for tunnel in [connected().tunnel, None] {
        let guard = Guard { lan: true, tunnel, servers: servers.clone(), ..connected() };
        let _keeper = apply(&net, GuardKeeper::new(Ownership::Auto), Some(guard));
        assert_eq!(reaches(&net, NEIGHBOUR), [9, 1723], "no names");
        assert!(reaches(&net, CONCENTRATOR).is_empty(), "the server is for the helper alone");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn guests_do_not_reach_the_server_beside_listed_routes_either() {
    let net = Net::new();
    net.client.set_conf("all/forwarding", 1);
    let calls = || {
        let _listener = net.server.run(|| TcpListener::bind((SERVER, 1723)).unwrap());
        let patience = Duration::from_millis(500);
        net.device.run(move || TcpStream::connect_timeout(&(SERVER, 1723).into(), patience).is_ok())
    };
    assert!(calls(), "the control: without a guard");
    let listed = Scope::Only(vec!["10.9.0.0/16".parse().unwrap()]);
    let _keeper =
        apply(&net, GuardKeeper::new(Ownership::Auto), Some(Guard { scope: listed, ..connected() }));
    assert!(!calls(), "the server is for the helper alone");
}
