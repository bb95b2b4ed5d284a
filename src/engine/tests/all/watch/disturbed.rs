use std::time::{Duration, Instant};

use culvert_engine::watch::Event;
use culvert_engine::{Tun, host};
use culvert_policy::ServerException;
use tokio::time::timeout;

use super::{applied, apply, assert_quiet, figure, network, next, watch};
use crate::namespace::{Namespace, SERVER};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_we_do_ourselves_is_no_event() {
    let (client, _server) = Namespace::pair();
    let mut watch = watch(&client).await;
    for _ in 0..2 {
        let tun = client.run(|| Tun::create("culvert%d").unwrap());
        let plan = applied(&client, &tun);
        watch.expect(Some(plan.clone()));
        assert_quiet(&mut watch).await;
        watch.expect(None);
        client.block_on(|| async move { host::undo(&plan).await.unwrap() });
        drop(tun);
        assert_quiet(&mut watch).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_way_that_only_our_tunnel_has_is_none() {
    let (client, _server) = Namespace::pair();
    let mut watch = watch(&client).await;
    let tun = client.run(|| Tun::create("culvert%d").unwrap());
    let plan = applied(&client, &tun);
    watch.expect(Some(plan));
    client.ip("route del default");
    assert_eq!(network(&mut watch).await, (false, false, None));
    // Not even if somebody puts it where our outer packets look.
    client.ip(&format!("route add default dev {}", tun.name()));
    assert_quiet(&mut watch).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn whoever_removes_what_is_ours_is_told_of_at_once() {
    let (client, _server) = Namespace::pair();
    let mut watch = watch(&client).await;
    let tun = client.run(|| Tun::create("culvert%d").unwrap());
    let plan = applied(&client, &tun);
    let changes = [
        "rule flush".to_owned(),
        "rule del priority 1723".to_owned(),
        "route flush table 1723".to_owned(),
        "route add 192.0.2.0/24 dev out0 table 1723".to_owned(),
        format!("link set {} down", tun.name()),
        format!("addr flush dev {}", tun.name()),
    ];
    // `ip rule flush` takes the main table's rule along, but outer packets have their own.
    watch.aim(Some(ServerException { address: SERVER, port: 1723 }));
    network(&mut watch).await;
    let mut slowest = Duration::ZERO;
    for change in changes {
        apply(&client, &plan);
        watch.expect(Some(plan.clone()));
        let early = timeout(Duration::from_millis(100), watch.next()).await;
        assert!(early.is_err(), "before {change}: {early:?}");
        client.ip(&change);
        let changed = Instant::now();
        assert!(matches!(next(&mut watch).await, Event::HostDisturbed), "{change}");
        slowest = slowest.max(changed.elapsed());
        // Once, until it is expected again.
        client.ip("route add 192.0.2.64/26 dev out0 table 1723");
        client.ip("route del 192.0.2.64/26 dev out0 table 1723");
        assert!(timeout(Duration::from_millis(100), watch.next()).await.is_err(), "after {change}");
    }
    figure(&format!("a removed rule or route was noticed after at most {slowest:?}"));
    assert!(slowest < Duration::from_millis(100), "{slowest:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_happened_before_it_was_expected_is_told_too() {
    let (client, _server) = Namespace::pair();
    let mut watch = watch(&client).await;
    let tun = client.run(|| Tun::create("culvert%d").unwrap());
    let plan = applied(&client, &tun);
    client.ip("rule del priority 1723");
    watch.expect(Some(plan));
    assert!(matches!(next(&mut watch).await, Event::HostDisturbed));
}

/// Thousands of changes at once, by which the last one matters.
fn storm(client: &Namespace, last: String) {
    client.run(move || {
        let mut batch = String::new();
        for number in 0..5000 {
            batch += &format!("route add 10.{}.{}.0/24 via {SERVER}\n", number / 250, number % 250);
        }
        batch += &last;
        let mut ip = std::process::Command::new("ip")
            .args(["-batch", "-"])
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut ip.stdin.take().unwrap(), batch.as_bytes()).unwrap();
        assert!(ip.wait().unwrap().success());
    });
}

/// How many notices found no more room, in all sockets of a namespace.
fn dropped(namespace: &Namespace) -> u64 {
    let sockets = namespace.run(|| std::fs::read_to_string("/proc/thread-self/net/netlink").unwrap());
    let drops = |line: &str| line.split_whitespace().nth(8)?.parse::<u64>().ok();
    sockets.lines().skip(1).map(|line| drops(line).expect("a column of drops")).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_storm_of_other_peoples_routes_is_one_event_and_no_memory() {
    let (client, _server) = Namespace::pair();
    let mut watch = watch(&client).await;
    let tun = client.run(|| Tun::create("culvert%d").unwrap());
    let plan = applied(&client, &tun);
    watch.expect(Some(plan));
    assert!(timeout(Duration::from_millis(100), watch.next()).await.is_err());
    // Nobody reads meanwhile: the kernel's buffer runs over, and the last changes are lost with the others.
    storm(&client, "route del default\nrule del priority 1723\n".to_owned());
    let dropped = dropped(&client);
    assert!(dropped > 1000, "{dropped}");
    let mut events = [next(&mut watch).await, next(&mut watch).await];
    events.sort_by_key(|event| matches!(event, Event::NetworkChanged { .. }));
    let [Event::HostDisturbed, Event::NetworkChanged { usable: false, .. }] = events else {
        panic!("{events:?}");
    };
    assert_quiet(&mut watch).await;
    figure(&format!("5,000 routes of others, {dropped} notices of them lost: one event of each kind"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn whoever_waits_in_small_steps_misses_nothing() {
    let (client, _server) = Namespace::pair();
    let mut watch = watch(&client).await;
    let tun = client.run(|| Tun::create("culvert%d").unwrap());
    let plan = applied(&client, &tun);
    let (mut disturbed, mut changed) = (0, 0);
    for round in 0..10 {
        apply(&client, &plan);
        watch.expect(Some(plan.clone()));
        client.ip("rule del priority 1723");
        client.ip(if round % 2 == 0 { "route del default" } else { "route add default via 198.51.100.1" });
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(400) {
            // A question to the kernel may be cut off in the middle.
            match timeout(Duration::from_micros(1), watch.next()).await {
                Ok(Event::HostDisturbed) => disturbed += 1,
                Ok(Event::NetworkChanged { usable, .. }) => {
                    assert_eq!(usable, round % 2 == 1);
                    changed += 1;
                }
                Ok(other) => panic!("{other:?}"),
                Err(_) => (),
            }
        }
    }
    assert_eq!((disturbed, changed), (10, 10));
}
