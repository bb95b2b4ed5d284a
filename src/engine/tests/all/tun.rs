use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use culvert_engine::tun::{ReadBatch, WriteBatch};
use culvert_engine::{Tun, host, mss};
use culvert_proto::Packet;
use rustix::net::sockopt::{Ipv4PathMtuDiscovery, set_ip_mtu_discover};

use crate::namespace::Namespace;

const HERE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const THERE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

fn end(address: Ipv4Addr) -> (Namespace, Tun) {
    let namespace = Namespace::new();
    let tun = namespace.run(|| Tun::create("culvert%d").unwrap());
    let name = tun.name().to_owned();
    namespace.block_on(move || async move { host::bring_up(&name, address, 24, 1400).await.unwrap() });
    (namespace, tun)
}

/// Carries packets from one device to the other; how many at most at once.
async fn carry(from: &Tun, to: &Tun, clamp_to: u16) -> usize {
    let (mut read, mut write, mut largest) = (ReadBatch::new(), WriteBatch::new(), 0);
    while let Ok(Ok(())) = tokio::time::timeout(Duration::from_secs(2), from.read(&mut read)).await {
        largest = largest.max(read.packets_mut().len());
        for packet in read.packets_mut() {
            assert!(packet.len() <= usize::from(clamp_to), "{} bytes", packet.len());
            mss::clamp(packet.payload_mut(), clamp_to);
            let mut copy = Packet::with_capacity(16 * 1024);
            copy.fill(packet.payload());
            write.push(&mut copy);
        }
        to.write(&mut write).await.unwrap();
        assert!(write.is_empty());
    }
    largest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_passes_whole_in_trains_of_segments() {
    let (here, near) = end(HERE);
    let (there, far) = end(THERE);
    let listener = there.run(|| TcpListener::bind((THERE, 80)).unwrap());
    let data: Vec<u8> = (0..4 << 20).map(|n: u32| n.to_le_bytes()[1] ^ n.to_le_bytes()[0]).collect();
    let sent = data.clone();

    let receiver = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        listener.accept().unwrap().0.read_to_end(&mut bytes).unwrap();
        bytes
    });
    let sender = std::thread::spawn(move || {
        let mut stream = here.run(|| TcpStream::connect((THERE, 80)).unwrap());
        stream.write_all(&sent).unwrap();
        here
    });
    let (out, back) = tokio::join!(carry(&near, &far, 1400), carry(&far, &near, 1400));
    assert!(receiver.join().unwrap() == data, "what came is not what was sent");
    assert!(out > 1 && back >= 1, "no trains: at most {out} and {back} packets at once");
    drop(sender.join().unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_device_is_quiet_by_itself_and_gone_when_dropped() {
    let (namespace, tun) = end(HERE);
    assert!(!namespace.ip("addr show dev culvert0").contains("inet6"), "an IPv6 address of its own");
    let mut batch = ReadBatch::new();
    let silence = tokio::time::timeout(Duration::from_millis(1500), tun.read(&mut batch)).await;
    assert!(silence.is_err(), "{:?}", batch.packets_mut());
    drop(tun);
    assert!(!namespace.ip("link").contains("culvert"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_deleted_device_is_an_error_and_a_strange_packet_is_not() {
    let (namespace, tun) = end(HERE);
    let mut batch = WriteBatch::new();
    let mut strange = Packet::with_capacity(64);
    strange.fill(&[0xff; 3]);
    batch.push(&mut strange);
    tun.write(&mut batch).await.unwrap();
    namespace.ip("link del culvert0");
    let result = tokio::time::timeout(Duration::from_secs(1), tun.read(&mut ReadBatch::new())).await;
    assert!(result.unwrap().is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_kernel_tells_programs_what_does_not_fit() {
    let (namespace, _tun) = end(HERE);
    let socket = namespace.run(|| UdpSocket::bind((HERE, 0)).unwrap());
    set_ip_mtu_discover(&socket, Ipv4PathMtuDiscovery::DO).unwrap();
    assert_eq!(socket.send_to(&[0; 1400 - 28], (THERE, 9)).unwrap(), 1400 - 28);
    let error = socket.send_to(&[0; 1400 - 27], (THERE, 9)).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(nix::errno::Errno::EMSGSIZE as i32));
}
