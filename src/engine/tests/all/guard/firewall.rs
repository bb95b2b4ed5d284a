//! A firewall of the computer's own that lets in answers alone.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use culvert_engine::GreSocket;
use culvert_proto::Packet;
use tokio::time::timeout;

use super::*;

const FIREWALL: &str = "table inet firewall { chain input { type filter hook input priority 0; policy drop; \
    ct state established,related accept; iifname \"lo\" accept; }; }";

/// A control message of PPTP (RFC 2637 section 2) of `length` bytes.
fn message(kind: u8, length: u8, fields: &[(usize, &[u8])]) -> Vec<u8> {
    let mut message = vec![0; length.into()];
    message[..12].copy_from_slice(&[0, length, 0, 1, 0x1a, 0x2b, 0x3c, 0x4d, 0, kind, 0, 0]);
    for (at, bytes) in fields {
        message[*at..at + bytes.len()].copy_from_slice(bytes);
    }
    message
}

/// Opens a call over a marked control connection: ours has ID 7, theirs 9.
fn call(client: &Namespace, server: &Namespace) -> (Socket, TcpStream) {
    let to = SocketAddr::from((SERVER, 1723));
    let listener = server.run(move || patient(|| TcpListener::bind(to)));
    let ours = client.run(move || {
        let socket = From::HELPER.socket(to, Type::STREAM);
        socket.connect(&to.into()).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        socket
    });
    let (mut theirs, _) = listener.accept().unwrap();
    let exchanges = [
        (message(1, 156, &[(12, &[1, 0])]), message(2, 156, &[(12, &[1, 0, 1])])),
        (message(7, 168, &[(12, &[0, 7])]), message(8, 32, &[(12, &[0, 9, 0, 7, 1])])),
    ];
    for (request, reply) in exchanges {
        (&ours).write_all(&request).unwrap();
        theirs.read_exact(&mut vec![0; request.len()]).unwrap();
        theirs.write_all(&reply).unwrap();
        (&ours).read_exact(&mut vec![0; reply.len()]).unwrap();
    }
    (ours, theirs)
}

/// A GRE packet of a call (RFC 2637 section 4.1).
fn packet(call: u8, sequence: u8) -> Packet {
    let mut packet = Packet::with_capacity(4096);
    packet.fill(&[0x30, 1, 0x88, 0x0b, 0, 4, 0, call, 0, 0, 0, sequence, 0xff, 3, 0xc0, 0x21]);
    packet
}

/// How many of 50 packets from the server come in, each after one from us.
async fn heard(client: &Namespace, server: &Namespace) -> usize {
    let ours = client.run(|| GreSocket::connect(SERVER, Some(MARK)).unwrap());
    let theirs = server.run(|| GreSocket::listen(SERVER, None).unwrap());
    let mut count = 0;
    for sequence in 0..50 {
        ours.send(&[packet(9, sequence)]).await;
        theirs.send_to(&[packet(7, sequence)], CLIENT).await;
        let mut heard = [Packet::with_capacity(4096)];
        if let Ok(result) = timeout(Duration::from_millis(50), ours.receive(&mut heard)).await {
            count += result.unwrap();
        }
    }
    count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn our_helper_object_lets_gre_through_it() {
    let Net { client, server, office: _office } = Net::new();
    nft(&client, FIREWALL).unwrap();
    let without = {
        let _call = call(&client, &server);
        heard(&client, &server).await
    };
    let mut kept = Kept::new(Ownership::Auto);
    assert!(kept.apply(&client, &connecting()).unwrap().unwrap().firewall_helper);
    let _call = call(&client, &server);
    // A swap keeps what is known of the call.
    kept.apply(&client, &connected()).unwrap();
    let with = heard(&client, &server).await;
    figure(&format!(
        "through a default-deny firewall come {with} of 50 GRE packets, {without} without our object"
    ));
    assert_eq!((with, without), (50, 0));
}
