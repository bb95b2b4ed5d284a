//! Nobody beside the tunnel learns our address inside it (CVE-2019-14899).

use super::*;

/// What the server's computer hears when it looks for [`INSIDE`] on the wrong cable.
struct Heard {
    answers: usize,
    is_neighbour: bool,
}

fn probed(client: &Namespace, server: &Namespace) -> Heard {
    server.ip("neigh flush dev in0");
    let wire = client.capture();
    let knows = server.ip(&format!("neigh show {CLIENT}"));
    assert!(!knows.contains("REACHABLE") || !knows.is_empty());
    server.run(|| {
        let probe = |protocol: i32, bytes: &[u8]| {
            let socket = Socket::new(Domain::IPV4, Type::RAW, Some(protocol.into())).unwrap();
            socket.send_to(bytes, &SocketAddr::from((INSIDE, 0)).into()).ok();
        };
        for _ in 0..5 {
            // SYN and ACK from port 80 to port 50000, an echo request, a datagram.
            let mut segment =
                vec![0, 80, 0xc3, 0x50, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x12, 0xff, 0xff, 0, 0, 0, 0];
            let sum = checksum(&segment);
            segment[16..18].copy_from_slice(&sum.to_be_bytes());
            probe(6, &segment);
            probe(1, &[8, 0, 0xf7, 0xfe, 0, 0, 0, 1]);
            probe(17, &[0, 9, 0, 9, 0, 8, 0, 0]);
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    std::thread::sleep(Duration::from_millis(200));
    let answers = wire.packets().into_iter().filter(|(from, _, _)| *from == INSIDE).count();
    let neighbours = server.ip("neigh show");
    let line = neighbours.lines().find(|line| line.starts_with(&format!("{INSIDE} "))).unwrap_or_default();
    Heard { answers, is_neighbour: line.contains("lladdr") }
}

/// The checksum of a TCP segment from the server to [`INSIDE`].
fn checksum(segment: &[u8]) -> u16 {
    let pseudo = [&SERVER.octets()[..], &INSIDE.octets(), &[0, 6, 0, 20]].concat();
    let words = pseudo.chunks(2).chain(segment.chunks(2));
    let mut sum: u32 = words.map(|word| u32::from(u16::from_be_bytes([word[0], word[1]]))).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn probes_for_the_tunnels_address_get_no_answer() {
    let Net { client, server, office: _office } = Net::new();
    for device in ["all", "default", "out0"] {
        client.set_conf(&format!("{device}/rp_filter"), 0);
    }
    let mut kept = Kept::new(Ownership::Auto);
    let only = Scope::Only(vec!["10.9.0.0/16".parse().unwrap()]);
    let guards = [connected(), Guard { lan: true, ..connected() }, Guard { scope: only, ..connected() }];
    // By the client's own address, then by asking on the cable who has it.
    for by in ["via 198.51.100.2", "dev in0"] {
        server.ip(&format!("route replace {INSIDE}/32 {by} src {SERVER}"));
        let heard = probed(&client, &server);
        assert!(heard.answers > 0, "without a guard, {by}");
        assert_eq!(heard.is_neighbour, by == "dev in0", "without a guard, {by}");
        for guard in &guards {
            kept.apply(&client, guard).unwrap();
            let heard = probed(&client, &server);
            assert_eq!(heard.answers, 0, "{by} {guard:?}");
            assert!(!heard.is_neighbour, "{by} {guard:?}");
        }
        kept.remove(&client);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn nothing_bears_the_tunnels_address_on_another_cable() {
    let Net { client, server, office: _office } = Net::new();
    let from = From { source: Some(INSIDE.into()), ..From::ANYBODY };
    assert!(reaches(&client, &server, (NEIGHBOUR, 9), from), "without a guard");
    let mut kept = Kept::new(Ownership::Auto);
    for scope in [Scope::Everything, Scope::Only(vec!["10.9.0.0/16".parse().unwrap()])] {
        kept.apply(&client, &Guard { lan: true, scope, ..connected() }).unwrap();
        assert!(!reaches(&client, &server, (NEIGHBOUR, 9), from));
        assert!(reaches(&client, &server, (NEIGHBOUR, 9), From::ANYBODY));
    }
}
