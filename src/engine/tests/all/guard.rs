//! The guard in a real kernel.

use std::net::{Ipv4Addr, UdpSocket};
use std::process::Command;
use std::time::Duration;

use culvert_engine::host::guard::{GuardKeeper, GuardWatch, Ownership, remove_all};
use culvert_engine::{GreSocket, tcp};
use culvert_policy::{Guard, Refuse, Scope, ServerException, TunnelPass};
use culvert_proto::Packet;
use tokio::time::timeout;

use crate::namespace::{CLIENT, Namespace, SERVER};

mod gateway;

const MARK: u32 = 0x1723;

fn guard() -> Guard {
    Guard {
        scope: Scope::Everything,
        servers: vec![ServerException { address: SERVER, port: 1723 }],
        names: true,
        tunnel: Some(TunnelPass {
            interface: "culvert0".to_owned(),
            address: Ipv4Addr::new(10, 9, 8, 7),
            name_servers: Some(vec![Ipv4Addr::new(10, 9, 0, 1)]),
        }),
        lan: true,
        ipv6: false,
        portal: vec![Ipv4Addr::new(198, 51, 100, 80)],
        refusal: Refuse::Aloud,
        gateway: None,
    }
}

fn ruleset(namespace: &Namespace) -> String {
    namespace.run(|| {
        let output = Command::new("nft").args(["list", "ruleset"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    })
}

fn nft(namespace: &Namespace, words: &'static str) -> bool {
    namespace.run(move || Command::new("nft").args(words.split(' ')).status().unwrap().success())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn it_is_set_read_back_and_removed() {
    let (client, _server) = Namespace::pair();
    nft(&client, "add table inet others");
    let before = ruleset(&client);
    let mut keeper = client.run(|| GuardKeeper::new(Ownership::Auto));
    for guard in [
        guard(),
        Guard { tunnel: None, refusal: Refuse::Silently, ..guard() },
        Guard { scope: Scope::Only(vec!["10.9.0.0/16".parse().unwrap()]), ..guard() },
        Guard { servers: vec![], names: false, ipv6: true, lan: false, ..guard() },
    ] {
        let reading;
        (keeper, reading) = client.block_on(move || async move {
            let reading = keeper.apply(Some(&guard)).await.unwrap().unwrap();
            assert!(keeper.is_in_place().await.unwrap());
            (keeper, reading)
        });
        assert_eq!(ruleset(&client).contains("flags owner"), reading.owned);
    }
    client.block_on(move || async move { keeper.apply(None).await.unwrap() });
    assert_eq!(ruleset(&client), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn only_the_marked_helper_reaches_the_server() {
    let (client, server) = Namespace::pair();
    let listener = server.block_on(|| async { tokio::net::TcpListener::bind((SERVER, 1723)).await.unwrap() });
    let server_gre = server.run(|| GreSocket::listen(SERVER, None).unwrap());
    let mut keeper = client.run(|| GuardKeeper::new(Ownership::Auto));
    keeper = client.block_on(move || async move {
        keeper.apply(Some(&guard())).await.unwrap();
        keeper
    });
    client.block_on(|| tcp::connect(SERVER, 1723, Some(MARK))).unwrap();
    listener.accept().await.unwrap();
    assert!(client.block_on(|| tcp::connect(SERVER, 1723, None)).is_err(), "without the mark");

    let ours = client.run(|| GreSocket::connect(SERVER, Some(MARK)).unwrap());
    let mut packet = Packet::with_capacity(4096);
    packet.fill(&[1; 100]);
    assert_eq!(ours.send(std::slice::from_ref(&packet)).await, 1);
    let mut heard = [Packet::with_capacity(4096)];
    let second = Duration::from_secs(1);
    timeout(second, server_gre.receive(&mut heard)).await.unwrap().unwrap();
    assert!(heard[0].trim_front(20));
    assert_eq!(server_gre.send_to(&heard, CLIENT).await, 1);
    assert_eq!(timeout(second, ours.receive(&mut heard)).await.unwrap().unwrap(), 1, "and back");

    let others = client.run(|| GreSocket::connect(SERVER, None).unwrap());
    others.send(std::slice::from_ref(&packet)).await;
    let wire = server.capture();
    let refused = client.run(|| UdpSocket::bind("0.0.0.0:0").unwrap().send_to(b"secret", (SERVER, 9)));
    assert!(refused.is_err(), "{refused:?}");
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(wire.packets(), []);
    drop(keeper);
    let orphaned = client.run(|| UdpSocket::bind("0.0.0.0:0").unwrap().send_to(b"secret", (SERVER, 9)));
    assert!(orphaned.is_err(), "the guard outlives its keeper");
    client.block_on(|| async { remove_all().await.unwrap() });
    client.run(|| UdpSocket::bind("0.0.0.0:0").unwrap().send_to(b"secret", (SERVER, 9))).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn others_cannot_flush_it_or_are_heard_doing_it() {
    for ownership in [Ownership::Auto, Ownership::Plain] {
        let (client, _server) = Namespace::pair();
        let mut keeper = client.run(move || GuardKeeper::new(ownership));
        let reading;
        (keeper, reading) = client.block_on(move || async move {
            let reading = keeper.apply(Some(&guard())).await.unwrap().unwrap();
            (keeper, reading)
        });
        let watch = client.run(|| GuardWatch::new().unwrap());
        let (told, mut changes) = tokio::sync::mpsc::channel(16);
        let watching = tokio::spawn(watch.run(move || {
            let _ = told.try_send(());
        }));
        nft(&client, "flush ruleset");
        if reading.owned {
            assert!(!nft(&client, "delete table inet culvert"), "it belongs to the keeper");
        } else {
            timeout(Duration::from_secs(1), changes.recv()).await.unwrap().unwrap();
        }
        keeper = client.block_on(move || async move {
            assert_eq!(keeper.is_in_place().await.unwrap(), reading.owned);
            keeper.apply(Some(&guard())).await.unwrap();
            assert!(keeper.is_in_place().await.unwrap());
            keeper
        });
        watching.abort();
        drop(keeper);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn nothing_slips_through_while_guards_are_swapped() {
    let (client, server) = Namespace::pair();
    let wire = server.capture();
    let flood = |namespace: &Namespace| {
        let end = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let ended = end.clone();
        let thread = namespace.run(move || {
            std::thread::spawn(move || {
                let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
                let mut tried = 0_u64;
                while !ended.load(std::sync::atomic::Ordering::Relaxed) {
                    let _ = socket.send_to(b"secret", (SERVER, 9));
                    tried += 1;
                }
                tried
            })
        });
        move || {
            end.store(true, std::sync::atomic::Ordering::Relaxed);
            thread.join().unwrap()
        }
    };
    let mut keeper = client.run(|| GuardKeeper::new(Ownership::Auto));
    keeper = client.block_on(move || async move {
        keeper.apply(Some(&guard())).await.unwrap();
        keeper
    });
    let stop = flood(&client);
    keeper = client.block_on(move || async move {
        for round in 0..200 {
            let refusal = if round % 2 == 0 { Refuse::Silently } else { Refuse::Aloud };
            keeper.apply(Some(&Guard { refusal, ..guard() })).await.unwrap();
        }
        keeper
    });
    let tried = stop();
    let leaked = wire.packets().len();
    assert_eq!(leaked, 0, "of {tried} packets");
    // The same flood past a guard that is taken away and set again: the counter counts.
    let stop = flood(&client);
    client.block_on(move || async move {
        for _ in 0..20 {
            keeper.apply(None).await.unwrap();
            keeper.apply(Some(&guard())).await.unwrap();
        }
    });
    stop();
    assert!(!wire.packets().is_empty());
}
