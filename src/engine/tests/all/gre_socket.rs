use std::net::Ipv4Addr;
use std::time::Duration;

use culvert_engine::GreSocket;
use culvert_engine::gre_socket::BATCH;
use culvert_proto::Packet;
use tokio::time::timeout;

use crate::namespace::{CLIENT, Namespace, SERVER};

const MARK: u32 = 0x1723;

fn filled(bytes: &[u8]) -> Packet {
    let mut packet = Packet::with_capacity(4096);
    packet.fill(bytes);
    packet
}

fn empty(count: usize) -> Vec<Packet> {
    (0..count).map(|_| Packet::with_capacity(4096)).collect()
}

/// What comes within a second, without the IPv4 headers.
async fn received(socket: &GreSocket, count: usize) -> Vec<Vec<u8>> {
    let (mut all, mut packets) = (Vec::new(), empty(BATCH));
    while all.len() < count {
        let Ok(result) = timeout(Duration::from_secs(1), socket.receive(&mut packets)).await else { break };
        let filled = packets[..result.unwrap()].iter();
        all.extend(filled.map(|packet| packet.payload()[20..].to_vec()));
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn batches_go_both_ways_in_order_and_the_empty_are_skipped() {
    let (client, server) = Namespace::pair();
    let client = client.run(|| GreSocket::connect(SERVER, Some(MARK)).unwrap());
    let server = server.run(|| GreSocket::listen(Ipv4Addr::UNSPECIFIED, None).unwrap());

    let mut packets: Vec<_> = (0..150_u16).map(|number| filled(&number.to_be_bytes())).collect();
    packets[0].clear();
    packets[64].clear();
    packets[149].clear();
    assert_eq!(client.send(&packets).await, 147);
    let wanted: Vec<_> = packets.iter().filter(|p| !p.is_empty()).map(|p| p.payload().to_vec()).collect();
    assert_eq!(received(&server, 147).await, wanted);

    assert_eq!(server.send_to(&packets, CLIENT).await, 147);
    assert_eq!(received(&client, 147).await, wanted);
    assert_eq!(client.try_receive(&mut empty(1)).unwrap(), 0);
    assert_eq!(client.send(&empty(3)).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_client_hears_its_server_alone() {
    let (client, server) = Namespace::pair();
    let stranger = Ipv4Addr::new(198, 51, 100, 77);
    server.ip(&format!("addr add {stranger}/24 dev in0"));
    let client = client.run(|| GreSocket::connect(SERVER, None).unwrap());
    let other = server.run(move || GreSocket::listen(stranger, None).unwrap());
    let server = server.run(|| GreSocket::listen(SERVER, None).unwrap());

    assert_eq!(other.send_to(&[filled(b"stranger")], CLIENT).await, 1);
    assert_eq!(server.send_to(&[filled(b"server")], CLIENT).await, 1);
    assert_eq!(received(&client, 2).await, [b"server"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn large_packets_are_fragmented_and_come_whole_or_empty() {
    let (client, server) = Namespace::pair();
    let client = client.run(|| GreSocket::connect(SERVER, None).unwrap());
    let server = server.run(|| GreSocket::listen(Ipv4Addr::UNSPECIFIED, None).unwrap());
    assert_eq!(client.path_mtu(), Some(1500));

    let large = [7; 3000];
    assert_eq!(client.send(&[filled(&large), filled(&large)]).await, 2);
    let mut packets = [Packet::with_capacity(1000), Packet::with_capacity(4096)];
    let mut count = 0;
    while count < 2 {
        count += server.receive(&mut packets[count..]).await.unwrap();
    }
    assert!(packets[0].is_empty(), "cut short");
    assert_eq!(packets[1].payload()[20..], large);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_refusal_by_the_network_does_not_end_the_socket() {
    let (client, server) = Namespace::pair();
    let socket = client.run(|| GreSocket::connect(SERVER, None).unwrap());
    // Nobody listens: "protocol unreachable" comes back.
    for _ in 0..3 {
        socket.send(&[filled(b"hello")]).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let server = server.run(|| GreSocket::listen(Ipv4Addr::UNSPECIFIED, None).unwrap());
    assert_eq!(socket.send(&[filled(b"again")]).await, 1);
    assert_eq!(received(&server, 1).await, [b"again"]);
    assert_eq!(server.send_to(&[filled(b"answer")], CLIENT).await, 1);
    assert_eq!(received(&socket, 1).await, [b"answer"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn icmp_errors_come_with_their_sender_and_what_they_quote() {
    let (client, server) = Namespace::pair();
    let forbidden = Ipv4Addr::new(203, 0, 113, 1);
    server.set_conf("all/forwarding", 1);
    server.ip(&format!("route add prohibit {forbidden}"));
    let packet = [0x30, 0x01, 0x88, 0x0B, 0, 2, 0, 7, 0, 0, 0, 1, 0xAA, 0xBB];
    for (to, code) in [(SERVER, 2), (forbidden, 13)] {
        let socket = client.run(move || GreSocket::connect(to, None).unwrap());
        socket.send(&[filled(&packet)]).await;
        let rejection = timeout(Duration::from_secs(1), socket.rejected()).await.unwrap().unwrap();
        assert_eq!((rejection.from, rejection.kind, rejection.code), (SERVER, 3, code));
        assert_eq!(rejection.quoted, packet);
        let another = timeout(Duration::from_millis(50), socket.rejected()).await;
        assert!(another.is_err(), "{another:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn packets_behind_an_icmp_error_are_not_hidden_by_it() {
    let (client, server) = Namespace::pair();
    let socket = client.run(|| GreSocket::connect(SERVER, None).unwrap());
    socket.send(&[filled(b"hello")]).await;
    let server = server.run(|| GreSocket::listen(Ipv4Addr::UNSPECIFIED, None).unwrap());
    assert_eq!(server.send_to(&[filled(b"answer")], CLIENT).await, 1);
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(socket.try_receive(&mut empty(2)).unwrap(), 1);
}
