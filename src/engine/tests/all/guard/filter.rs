//! What leaves and what enters.

use std::io::{Read, Write};
use std::net::{Ipv6Addr, SocketAddrV4, TcpListener, TcpStream};
use std::time::Instant;

use culvert_engine::GreSocket;
use culvert_engine::host::guard::leak;
use culvert_model::Prefix;
use culvert_policy::LOCAL_RANGES;
use culvert_proto::Packet;
use tokio::time::timeout;

use super::*;

fn gre_goes(from: &Namespace, to: &Namespace, addresses: (Ipv4Addr, Ipv4Addr), mark: Option<u32>) -> bool {
    let (here, there) = addresses;
    let receiver = to.run(move || GreSocket::listen(there, None).unwrap());
    let sender = from.run(move || GreSocket::listen(here, mark).unwrap());
    to.block_on(move || async move {
        let mut packet = Packet::with_capacity(4096);
        packet.fill(&[1; 100]);
        sender.send_to(std::slice::from_ref(&packet), there).await;
        let mut heard = [Packet::with_capacity(4096)];
        timeout(Duration::from_millis(200), receiver.receive(&mut heard)).await.is_ok()
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn only_the_helper_reaches_the_server() {
    let Net { client, server, office: _office } = Net::new();
    let mut kept = Kept::new(Ownership::Auto);
    let only = Guard { scope: Scope::Only(vec![LOCAL_RANGES[0]]), ..connected() };
    for guard in [connected(), connecting(), Guard { lan: true, ..connected() }, only] {
        kept.apply(&client, &guard).unwrap();
        let control = (SERVER, 1723);
        assert!(connects(&client, &server, control, From::HELPER), "{guard:?}");
        assert!(gre_goes(&client, &server, (CLIENT, SERVER), Some(MARK)), "out: {guard:?}");
        assert!(gre_goes(&server, &client, (SERVER, CLIENT), None), "in: {guard:?}");
        for user in [From::ANYBODY, From { user: STRANGER, ..From::HELPER }] {
            assert!(!connects(&client, &server, control, user), "{user:?} {guard:?}");
        }
        assert!(!gre_goes(&client, &server, (CLIENT, SERVER), None), "{guard:?}");
        if guard.scope == Scope::Everything {
            assert!(!connects(&client, &server, (SERVER, 80), From::HELPER), "{guard:?}");
            assert!(!reaches(&client, &server, (SERVER, 1723), From::HELPER), "{guard:?}");
            assert!(!reaches(&client, &server, (ELSEWHERE, 9), From::HELPER), "{guard:?}");
            assert!(!gre_goes(&client, &server, (CLIENT, ELSEWHERE), Some(MARK)), "{guard:?}");
            assert!(!gre_goes(&server, &client, (ELSEWHERE, CLIENT), None), "{guard:?}");
        }
    }
    kept.remove(&client);
    assert!(connects(&client, &server, (SERVER, 1723), From::ANYBODY), "without a guard");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_the_kernel_sends_for_a_closed_socket_leaves() {
    let Net { client, server, office: _office } = Net::new();
    let mut kept = Kept::new(Ownership::Auto);
    kept.apply(&client, &connecting()).unwrap();
    let listener = server.run(|| patient(|| TcpListener::bind((SERVER, 1723))));
    let to = SocketAddr::from((SERVER, 1723));
    let ours = client.run(move || {
        let socket = From::HELPER.socket(to, Type::STREAM);
        socket.connect(&to.into()).unwrap();
        socket
    });
    let (mut theirs, _) = listener.accept().unwrap();
    theirs.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    drop(ours);
    assert_eq!(theirs.read(&mut [0]).expect("the end of the connection"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn names_are_asked_of_the_tunnel_alone() {
    let Net { client, server, office } = Net::new();
    client.ip("route add 10.9.9.9/32 via 10.9.0.1 dev culvert0");
    office.ip("addr add 10.9.9.9/32 dev lo");
    let other = Ipv4Addr::new(10, 9, 9, 9);
    let mut kept = Kept::new(Ownership::Auto);

    kept.apply(&client, &Guard { lan: true, ..connected() }).unwrap();
    for port in [53, 853] {
        assert!(reaches(&client, &office, (OFFICE, port), From::ANYBODY), "{port}");
        assert!(connects(&client, &office, (OFFICE, port), From::ANYBODY), "{port}");
        for (there, to) in [(&office, other), (&server, ELSEWHERE), (&server, NEIGHBOUR), (&server, SERVER)] {
            assert!(!reaches(&client, there, (to, port), From::ANYBODY), "{to} {port}");
            assert!(!connects(&client, there, (to, port), From::ANYBODY), "{to} {port}");
        }
    }
    assert!(reaches(&client, &office, (other, 9), From::ANYBODY));
    assert!(reaches(&client, &server, (NEIGHBOUR, 9), From::ANYBODY));
    // Not even the helper itself, once it is connected.
    assert!(!reaches(&client, &server, (ELSEWHERE, 53), From::HELPER));

    let unnamed = TunnelPass { name_servers: None, ..connected().tunnel.unwrap() };
    kept.apply(&client, &Guard { lan: true, tunnel: Some(unnamed), ..connected() }).unwrap();
    assert!(reaches(&client, &office, (other, 53), From::ANYBODY), "left alone in the tunnel");
    assert!(!reaches(&client, &server, (NEIGHBOUR, 53), From::ANYBODY), "but not beside it");
    assert!(!reaches(&client, &server, (ELSEWHERE, 53), From::ANYBODY), "past the tunnel");
}

/// Answers one question on `to`.
fn answer_on(server: &Namespace, to: SocketAddr) -> std::thread::JoinHandle<()> {
    let socket = server.run(move || patient(|| UdpSocket::bind(to)));
    socket.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    std::thread::spawn(move || {
        if let Ok((_, from)) = socket.recv_from(&mut [0; 16]) {
            socket.send_to(b"answer", from).unwrap();
        }
    })
}

fn is_answered(client: &Namespace, server: &Namespace, to: SocketAddr, from: From) -> bool {
    let answering = answer_on(server, to);
    let is_answered = client.run(move || {
        let socket = from.socket(to, Type::DGRAM);
        socket.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        socket.send_to(b"who?", &to.into()).is_ok() && (&socket).read(&mut [0; 16]).is_ok()
    });
    answering.join().unwrap();
    is_answered
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_helper_alone_asks_for_names_while_it_connects() {
    let Net { client, server, office: _office } = Net::new();
    client.ip("addr add 2001:db8::2/64 dev out0 nodad");
    server.ip("addr add 2001:db8::1/64 dev in0 nodad");
    let six: IpAddr = "2001:db8::1".parse().unwrap();
    let mut kept = Kept::new(Ownership::Auto);
    kept.apply(&client, &connecting()).unwrap();
    for to in [IpAddr::from(ELSEWHERE), NEIGHBOUR.into(), six] {
        assert!(is_answered(&client, &server, (to, 53).into(), From::HELPER), "{to}");
        assert!(connects(&client, &server, (to, 53), From::HELPER), "{to}");
        for user in [From::ANYBODY, From { user: STRANGER, ..From::HELPER }] {
            assert!(!is_answered(&client, &server, (to, 53).into(), user), "{to} {user:?}");
        }
        assert!(!is_answered(&client, &server, (to, 54).into(), From::HELPER), "{to}");
    }
    kept.apply(&client, &Guard { names: false, ..connecting() }).unwrap();
    assert!(!is_answered(&client, &server, (ELSEWHERE, 53).into(), From::HELPER));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn beside_the_tunnel_is_what_was_opted_for() {
    let Net { client, server, office } = Net::new();
    client.ip("addr add 2001:db8::2/64 dev out0 nodad");
    server.ip("addr add 2001:db8::1/64 dev in0 nodad");
    let six: Ipv6Addr = "2001:db8::1".parse().unwrap();
    let six = SocketAddr::from((six, 9));
    let mut kept = Kept::new(Ownership::Auto);

    kept.apply(&client, &connected()).unwrap();
    assert!(reaches(&client, &office, (OFFICE, 9), From::ANYBODY), "the tunnel");
    for to in [(ELSEWHERE, 9).into(), (NEIGHBOUR, 9).into(), (SERVER, 9).into(), six] {
        assert!(!reaches(&client, &server, to, From::ANYBODY), "{to}");
        assert!(!connects(&client, &server, to, From::ANYBODY), "{to}");
        assert!(!reaches(&server, &client, (CLIENT, 9), From::ANYBODY), "from outside");
    }
    assert!(reaches(&office, &client, (INSIDE, 9), From::ANYBODY), "from inside");

    kept.apply(&client, &Guard { ipv6: true, ..connected() }).unwrap();
    assert!(connects(&client, &server, six, From::ANYBODY));
    assert!(!reaches(&client, &server, SocketAddr::new(six.ip(), 53), From::ANYBODY), "names");
    assert!(!reaches(&client, &server, (ELSEWHERE, 9), From::ANYBODY));

    kept.apply(&client, &Guard { lan: true, ..connected() }).unwrap();
    assert!(connects(&client, &server, (NEIGHBOUR, 9), From::ANYBODY));
    assert!(connects(
        &server,
        &client,
        (Ipv4Addr::new(192, 168, 7, 2), 9),
        From { source: Some(NEIGHBOUR.into()), ..From::ANYBODY }
    ));
    assert!(!reaches(&client, &server, (ELSEWHERE, 9), From::ANYBODY));
    assert!(!reaches(&client, &server, six, From::ANYBODY));

    // A server that is a neighbour: still nobody's but the helper's.
    let servers = vec![ServerException { address: NEIGHBOUR, port: 1723 }];
    kept.apply(&client, &Guard { lan: true, servers, ..connected() }).unwrap();
    assert!(!reaches(&client, &server, (NEIGHBOUR, 9), From::ANYBODY));
    assert!(!connects(&client, &server, (NEIGHBOUR, 1723), From::ANYBODY));
    assert!(connects(&client, &server, (NEIGHBOUR, 1723), From::HELPER));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_sign_in_page_is_open_and_nothing_beside_it() {
    let Net { client, server, office: _office } = Net::new();
    let mut kept = Kept::new(Ownership::Auto);
    let shut = Guard { servers: vec![], names: true, checks: true, ..connecting() };
    let scope = Scope::Only(vec![Prefix::around(ELSEWHERE, 24), Prefix::around(SERVER, 24)]);
    for scope in [Scope::Everything, scope] {
        let shut = Guard { scope, ..shut.clone() };
        kept.apply(&client, &shut).unwrap();
        for (to, from) in [(SERVER, From::ANYBODY), (SERVER, From { user: STRANGER, ..From::HELPER })] {
            assert!(!connects(&client, &server, (to, 80), from), "only the helper looks: {from:?}");
        }
        assert!(connects(&client, &server, (SERVER, 80), From::HELPER));
        assert!(!connects(&client, &server, (SERVER, 443), From::HELPER), "at that port alone");

        kept.apply(&client, &Guard { portal: Some(page(ELSEWHERE)), ..shut }).unwrap();
        for to in [(ELSEWHERE, 443), (ELSEWHERE, 80), (SERVER, 53)] {
            assert!(connects(&client, &server, to, From::ANYBODY), "{to:?}");
        }
        assert!(reaches(&client, &server, (SERVER, 53), From::ANYBODY));
        for to in [(ELSEWHERE, 8080), (ELSEWHERE, 53), (SERVER, 80), (SERVER, 853)] {
            assert!(!connects(&client, &server, to, From::ANYBODY), "{to:?}");
        }
        assert!(!reaches(&client, &server, (ELSEWHERE, 443), From::ANYBODY));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_split_guard_is_about_its_prefixes_alone() {
    let Net { client, server, office } = Net::new();
    let scope = Scope::Only(vec!["10.9.0.0/16".parse().unwrap(), "203.0.113.0/24".parse().unwrap()]);
    let up = Guard { scope, ..connected() };
    let down = Guard { tunnel: None, ..up.clone() };
    let mut kept = Kept::new(Ownership::Auto);
    for guard in [up, down] {
        kept.apply(&client, &guard).unwrap();
        assert_eq!(reaches(&client, &office, (OFFICE, 53), From::ANYBODY), guard.tunnel.is_some());
        assert!(!reaches(&client, &server, (ELSEWHERE, 9), From::ANYBODY), "past the tunnel");
        assert!(!reaches(
            &server,
            &client,
            (CLIENT, 9),
            From { source: Some(ELSEWHERE.into()), ..From::ANYBODY }
        ));
        assert!(reaches(&client, &server, (NEIGHBOUR, 53), From::ANYBODY));
        assert!(connects(&client, &server, (SERVER, 80), From::ANYBODY));
        assert!(reaches(&server, &client, (CLIENT, 9), From::ANYBODY));
        assert!(!connects(&client, &server, (SERVER, 1723), From::ANYBODY));
        assert!(connects(&client, &server, (SERVER, 1723), From::HELPER));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_server_opens_no_connection_to_us() {
    let Net { client, server, office: _office } = Net::new();
    let mut kept = Kept::new(Ownership::Auto);
    for guard in [connected(), connecting()] {
        kept.apply(&client, &guard).unwrap();
        let _listener = client.run(|| patient(|| TcpListener::bind((CLIENT, 9))));
        let is_open = server.run(|| {
            let to = SocketAddr::from((CLIENT, 9));
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            socket.set_reuse_address(true).unwrap();
            socket.bind(&SocketAddr::from((SERVER, 1723)).into()).unwrap();
            socket.connect_timeout(&to.into(), Duration::from_millis(300)).is_ok()
        });
        assert!(!is_open);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_refusal_is_silent_or_at_once_and_ends_no_connection() {
    let Net { client, server, office: _office } = Net::new();
    let to = SocketAddr::V4(SocketAddrV4::new(ELSEWHERE, 9));
    let listener = server.run(move || patient(|| TcpListener::bind(to)));
    let mut ours = client.run(move || TcpStream::connect(to).unwrap());
    let (mut theirs, _) = listener.accept().unwrap();
    theirs.set_read_timeout(Some(Duration::from_secs(3))).unwrap();

    let mut kept = Kept::new(Ownership::Auto);
    for (refusal, is_quick) in [(Refuse::Aloud, true), (Refuse::Silently, false)] {
        kept.apply(&client, &Guard { refusal, ..connected() }).unwrap();
        ours.write_all(b"x").unwrap();
        let start = Instant::now();
        assert!(!connects(&client, &server, (ELSEWHERE, 10), From::ANYBODY));
        assert_eq!(start.elapsed() < Duration::from_millis(150), is_quick, "{:?}", start.elapsed());
        kept.remove(&client);
        theirs.read_exact(&mut [0]).expect("it lives on");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_guard_that_does_not_hold_is_found_out() {
    let net = Net::new();
    let client = &net.client;
    let leaks = |guard: &Guard| {
        let guard = guard.clone();
        client.run(move || leak(&guard).unwrap())
    };
    let split = Scope::Only(vec!["10.9.0.0/16".parse().unwrap()]);
    for guard in
        [connected(), connecting(), Guard { lan: true, ..connected() }, Guard { scope: split, ..connected() }]
    {
        assert!(leaks(&guard).is_some(), "nothing stands yet");
        let mut kept = Kept::new(Ownership::Auto);
        kept.apply(client, &guard).unwrap();
        assert_eq!(leaks(&guard), None, "{guard:?}");
        kept.remove(client);
    }
}
