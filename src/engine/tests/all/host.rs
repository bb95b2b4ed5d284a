use std::net::{Ipv4Addr, UdpSocket};
use std::time::{Duration, Instant};

use culvert_engine::host::dns::{DnsSystem, FileWriter};
use culvert_engine::host::{HostError, HostKeeper, apply, clean, is_in_place, undo};
use culvert_engine::tun::DeviceSlot;
use culvert_engine::{GreSocket, Tun, tcp};
use culvert_model::{DnsMethod, Network, Profile, Traffic};
use culvert_policy::{Domains, HostPlan, TunnelDns, TunnelPlan};
use culvert_proto::Packet;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::namespace::{CLIENT, Namespace, SERVER};

const INSIDE: Ipv4Addr = Ipv4Addr::new(10, 9, 8, 7);
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 9);

/// The plan for a server whose address inside the tunnel is the one outside.
fn plan(interface: &str, traffic: Traffic) -> TunnelPlan {
    let mut profile = Profile::new("vpn.example.com".parse().unwrap(), "user");
    profile.traffic = traffic;
    let network = Network {
        server: SERVER,
        address: INSIDE,
        peer: Some(SERVER),
        dns: vec![],
        nbns: vec![],
        mtu: 1396,
        cipher: None,
        auth: None,
        interface: Some(interface.to_owned()),
    };
    TunnelPlan::new(&profile, &network).unwrap()
}

fn tun(namespace: &Namespace) -> Tun {
    namespace.run(|| Tun::create("culvert%d").unwrap())
}

fn applied(namespace: &Namespace, plan: &TunnelPlan) -> Result<(), HostError> {
    let plan = plan.clone();
    namespace.block_on(|| async move { apply(&plan).await })
}

fn undone(namespace: &Namespace, plan: &TunnelPlan) -> Result<(), HostError> {
    let plan = plan.clone();
    namespace.block_on(|| async move { undo(&plan).await })
}

/// Sends one unmarked datagram to `to`.
fn send_datagram(namespace: &Namespace, to: Ipv4Addr) -> std::io::Result<usize> {
    namespace.run(move || UdpSocket::bind("0.0.0.0:0").unwrap().send_to(b"secret", (to, 53)))
}

async fn gre_answers(client: &GreSocket, server: &GreSocket, size: usize) -> usize {
    let mut request = Packet::with_capacity(4096);
    request.fill(&vec![1; size]);
    let mut answers = 0;
    for _ in 0..5 {
        assert_eq!(client.send(std::slice::from_ref(&request)).await, 1);
        let mut heard = [Packet::with_capacity(4096)];
        let second = Duration::from_secs(1);
        assert_eq!(timeout(second, server.receive(&mut heard)).await.unwrap().unwrap(), 1);
        assert!(heard[0].trim_front(20));
        assert_eq!(server.send_to(&heard, CLIENT).await, 1);
        if let Ok(count) = timeout(Duration::from_millis(500), client.receive(&mut heard)).await {
            answers += count.unwrap();
        }
    }
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn outer_packets_pass_under_every_reverse_path_filter() {
    for (rp_filter, src_valid_mark) in [(0, 0), (1, 0), (1, 1), (2, 0)] {
        let (client, server) = Namespace::pair();
        for device in ["all", "default", "out0"] {
            client.set_conf(&format!("{device}/rp_filter"), rp_filter);
            client.set_conf(&format!("{device}/src_valid_mark"), src_valid_mark);
        }
        let listener = server.block_on(|| async { TcpListener::bind((SERVER, 1723)).await.unwrap() });
        let mut early = client.block_on(|| tcp::connect(SERVER, 1723, Some(0x1723))).unwrap();
        let (mut early_peer, _) = listener.accept().await.unwrap();

        let tun = tun(&client);
        applied(&client, &plan(tun.name(), Traffic::All)).unwrap();

        let server_gre = server.run(|| GreSocket::listen(SERVER, None).unwrap());
        let client_gre = client.run(|| GreSocket::connect(SERVER, Some(0x1723)).unwrap());
        for size in [100, 3000] {
            let answers = gre_answers(&client_gre, &server_gre, size).await;
            assert_eq!(answers, 5, "rp_filter {rp_filter}, {size} bytes");
        }
        let mut late = client.block_on(|| tcp::connect(SERVER, 1723, Some(0x1723))).unwrap();
        let (mut late_peer, _) = listener.accept().await.unwrap();
        for (here, there) in [(&mut early, &mut early_peer), (&mut late, &mut late_peer)] {
            here.write_all(b"ping").await.unwrap();
            let mut bytes = [0; 4];
            there.read_exact(&mut bytes).await.unwrap();
            there.write_all(b"pong").await.unwrap();
            here.read_exact(&mut bytes).await.unwrap();
            assert_eq!(&bytes, b"pong", "rp_filter {rp_filter}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn nothing_unmarked_leaves_beside_the_tunnel() {
    let (client, server) = Namespace::pair();
    let tun = tun(&client);
    let plan = plan(tun.name(), Traffic::All);
    applied(&client, &plan).unwrap();
    let wire = server.capture();

    // Into the tunnel, even to the server's own address and to a neighbour on the cable.
    for to in [ELSEWHERE, SERVER, Ipv4Addr::new(198, 51, 100, 50)] {
        send_datagram(&client, to).unwrap();
        let mut batch = culvert_engine::tun::ReadBatch::new();
        timeout(Duration::from_secs(1), tun.read(&mut batch)).await.unwrap().unwrap();
        let packet = batch.packets_mut()[0].payload();
        assert_eq!(packet[12..16], INSIDE.octets());
        assert_eq!(packet[16..20], to.octets());
    }
    assert_eq!(wire.packets(), []);

    // A more specific route that somebody else adds does not beat the tunnel.
    client.ip(&format!("route add {ELSEWHERE}/32 via {SERVER}"));
    send_datagram(&client, ELSEWHERE).unwrap();
    assert_eq!(wire.packets(), []);

    // The device dies with its owner, and nothing finds another way.
    drop(tun);
    let dropped = Instant::now();
    while send_datagram(&client, ELSEWHERE).is_ok() {
        assert!(dropped.elapsed() < Duration::from_secs(5), "the device stays");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(send_datagram(&client, SERVER).is_err());
    assert_eq!(wire.packets(), []);

    // And the wire does carry what may leave: the capture can see.
    undone(&client, &plan).unwrap();
    send_datagram(&client, ELSEWHERE).unwrap();
    assert_eq!(wire.packets(), [(CLIENT, ELSEWHERE, 17)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn undoing_leaves_the_host_as_it_was() {
    let (client, _server) = Namespace::pair();
    client.ip("rule add from 192.0.2.0/24 lookup 100 priority 1000");
    client.ip("route add 192.0.2.0/24 dev out0 table 100");
    // Others may use our number as their originator, or our priority.
    client.ip("rule add from 192.0.2.1 lookup 100 priority 1000 protocol 173");
    client.ip("rule add from 192.0.2.2 lookup 100 priority 1723 protocol 99");
    let before = client.snapshot();
    let prefixes = ["10.0.0.0/8", "192.168.7.0/24", "10.1.0.0/16"].map(|text| text.parse().unwrap());
    for traffic in [Traffic::All, Traffic::only(prefixes), Traffic::only(vec![])] {
        let tun = tun(&client);
        let plan = plan(tun.name(), traffic);
        applied(&client, &plan).unwrap();
        assert_ne!(client.snapshot(), before);
        applied(&client, &plan).unwrap();
        undone(&client, &plan).unwrap();
        drop(tun);
        assert_eq!(client.snapshot(), before);
        undone(&client, &plan).unwrap();
        assert_eq!(client.snapshot(), before);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_crashed_run_is_cleaned_up_and_does_not_hinder_the_next() {
    let (client, _server) = Namespace::pair();
    let before = client.snapshot();
    let crash = |traffic| {
        let tun = tun(&client);
        applied(&client, &plan(tun.name(), traffic)).unwrap();
    };
    crash(Traffic::All);
    assert!(client.ip("route show table 1723").contains("unreachable"), "fails closed until cleaned");
    client.block_on(clean).unwrap();
    assert_eq!(client.snapshot(), before);

    crash(Traffic::All);
    let tun = tun(&client);
    let only = plan(tun.name(), Traffic::only(vec!["10.0.0.0/8".parse().unwrap()]));
    applied(&client, &only).unwrap();
    let routes = client.ip("route show table 1723");
    assert_eq!(routes.lines().count(), 2, "{routes}");
    assert!(!routes.contains("default"), "{routes}");
    undone(&client, &only).unwrap();
    drop(tun);
    assert_eq!(client.snapshot(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn another_plan_replaces_the_one_before() {
    let (client, _server) = Namespace::pair();
    let before = client.snapshot();
    let tun = tun(&client);
    let first = plan(tun.name(), Traffic::All);
    let mut second = first.clone();
    second.device.as_mut().unwrap().address = Ipv4Addr::new(10, 9, 8, 99);
    second.device.as_mut().unwrap().mtu = 1300;
    second.servers[0].address = Ipv4Addr::new(198, 51, 100, 3);
    applied(&client, &first).unwrap();
    applied(&client, &second).unwrap();
    let after = client.snapshot();
    for gone in ["10.9.8.7", "to 198.51.100.1 ", "mtu 1396"] {
        assert!(!after.contains(gone), "{gone} in {after}");
    }
    for there in ["10.9.8.99/32", "to 198.51.100.3 ipproto gre", "mtu 1300"] {
        assert!(after.contains(there), "{there} not in {after}");
    }
    undone(&client, &second).unwrap();
    drop(tun);
    assert_eq!(client.snapshot(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_plan_that_cannot_be_applied_leaves_nothing() {
    let (client, _server) = Namespace::pair();
    let before = client.snapshot();
    let error = applied(&client, &plan("culvert0", Traffic::All)).unwrap_err();
    assert!(matches!(error, HostError::NoDevice(_)), "{error}");
    assert_eq!(client.snapshot(), before);

    // The kernel takes no address like this, after it has taken the MTU.
    let tun = tun(&client);
    let before = client.snapshot();
    let mut impossible = plan(tun.name(), Traffic::All);
    impossible.device.as_mut().unwrap().mtu = 0;
    applied(&client, &impossible).unwrap_err();
    assert_eq!(client.snapshot(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn only_what_is_listed_goes_in() {
    let (client, server) = Namespace::pair();
    let tun = tun(&client);
    let listed = Traffic::only(vec!["203.0.113.0/24".parse().unwrap(), "198.51.100.0/24".parse().unwrap()]);
    applied(&client, &plan(tun.name(), listed)).unwrap();
    let wire = server.capture();
    let unlisted = Ipv4Addr::new(192, 0, 2, 1);
    for to in [unlisted, ELSEWHERE, SERVER] {
        send_datagram(&client, to).unwrap();
    }
    assert_eq!(wire.packets(), [(CLIENT, unlisted, 17)]);
    // The listed prefix holds the server itself: its outer packets still stay out.
    let gre = client.run(|| GreSocket::connect(SERVER, Some(0x1723)).unwrap());
    let mut packet = Packet::with_capacity(64);
    packet.fill(b"outer");
    gre.send(&[packet]).await;
    let seen = wire.packets();
    assert!(seen.contains(&(CLIENT, SERVER, 47)), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_others_change_is_seen() {
    let (client, _server) = Namespace::pair();
    let tun = tun(&client);
    let plan = plan(tun.name(), Traffic::All);
    let is_there = || {
        let plan = plan.clone();
        client.block_on(|| async move { is_in_place(&plan).await.unwrap() })
    };
    assert!(!is_there());
    let changes = [
        "rule flush".to_owned(),
        "route flush table 1723".to_owned(),
        "route add 192.0.2.0/24 dev out0 table 1723".to_owned(),
        format!("link set {} mtu 900", tun.name()),
        format!("link set {} down", tun.name()),
        format!("addr flush dev {}", tun.name()),
        format!("link del {}", tun.name()),
    ];
    for change in changes {
        applied(&client, &plan).unwrap();
        assert!(is_there());
        client.ip(&change);
        assert!(!is_there(), "{change}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn names_are_looked_up_in_the_tunnel_while_it_is_up() {
    let (client, _server) = Namespace::pair();
    let tun = tun(&client);
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("etc")).unwrap();
    let resolv_conf = root.path().join("etc/resolv.conf");
    std::fs::write(&resolv_conf, "nameserver 192.0.2.53\n").unwrap();
    let system = DnsSystem {
        root: root.path().to_owned(),
        bus: Some("unix:path=/nonexistent".to_owned()),
        state: root.path().to_owned(),
        writer: FileWriter::InProcess,
    };
    let mut up = HostPlan { tunnel: Some(plan(tun.name(), Traffic::All)), ..HostPlan::default() };
    up.tunnel.as_mut().unwrap().dns = Some(TunnelDns {
        interface: tun.name().to_owned(),
        servers: vec![Ipv4Addr::new(10, 9, 8, 1)],
        domains: Domains::All(vec![]),
    });
    client.block_on(|| async move {
        let read = || std::fs::read_to_string(&resolv_conf).unwrap();
        let mut keeper = HostKeeper::new(DeviceSlot::default(), Some(system));
        for _ in 0..2 {
            assert_eq!(keeper.apply(&up).await.unwrap().dns, Some(DnsMethod::File));
            assert!(read().ends_with("nameserver 10.9.8.1\n") && keeper.is_in_place().await);
            // Somebody else writes the file.
            std::fs::write(&resolv_conf, "nameserver 192.0.2.53\n").unwrap();
            assert!(!keeper.is_in_place().await);
        }
        assert_eq!(keeper.apply(&up).await.unwrap().dns, Some(DnsMethod::File));
        let down = up.tunnel.map(|tunnel| TunnelPlan { device: None, dns: None, ..tunnel });
        for tunnel in [down, None] {
            let plan = HostPlan { tunnel, ..HostPlan::default() };
            assert_eq!(keeper.apply(&plan).await.unwrap().dns, None);
            assert!(keeper.is_in_place().await);
            assert_eq!(read(), "nameserver 192.0.2.53\n");
        }
    });
}
