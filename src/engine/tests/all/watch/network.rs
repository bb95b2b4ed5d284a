use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use culvert_engine::watch::{Sources, Way};
use culvert_policy::ServerException;

use super::{assert_quiet, figure, network, start, watch, way};
use crate::namespace::{CLIENT, Namespace, SERVER};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_first_event_is_the_network_as_it_is() {
    let (client, _server) = Namespace::pair();
    let mut watch = start(&client, Sources::default());
    assert_eq!(network(&mut watch).await, (true, false, way(CLIENT)));
    watch.aim(Some(ServerException { address: SERVER, port: 1723 }));
    let direct = Way { interface: "out0".to_owned(), source: CLIENT, gateway: None };
    assert_eq!(network(&mut watch).await, (true, false, Some(direct)));

    let mut watch = start(&Namespace::new(), Sources::default());
    assert_eq!(network(&mut watch).await, (false, false, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_lost_cable_is_told_after_a_moment_and_its_return_at_once() {
    let (client, server) = Namespace::pair();
    let mut watch = watch(&client).await;

    let pulled = Instant::now();
    server.ip("link set in0 down");
    assert_eq!(network(&mut watch).await, (false, false, None));
    let told = pulled.elapsed();
    assert!(told >= Duration::from_millis(150), "{told:?}");
    assert_quiet(&mut watch).await;

    let plugged = Instant::now();
    server.ip("link set in0 up");
    assert_eq!(network(&mut watch).await, (true, false, way(CLIENT)));
    figure(&format!("a lost cable was told after {told:?}, its return after {:?}", plugged.elapsed()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_device_that_is_taken_down_takes_its_routes_along() {
    let (client, _server) = Namespace::pair();
    let mut watch = watch(&client).await;
    client.ip("link set out0 down");
    assert_eq!(network(&mut watch).await, (false, false, None));
    client.ip("link set out0 up");
    // The kernel has forgotten the default route.
    assert_quiet(&mut watch).await;
    client.ip(&format!("route add default via {SERVER}"));
    assert_eq!(network(&mut watch).await, (true, false, way(CLIENT)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_flap_that_is_over_at_once_is_no_event() {
    let (client, _server) = Namespace::pair();
    let mut watch = watch(&client).await;
    for _ in 0..3 {
        client.ip("route del default");
        client.ip(&format!("route add default via {SERVER}"));
    }
    assert_quiet(&mut watch).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn another_address_has_moved_and_the_same_one_has_not() {
    let (client, _server) = Namespace::pair();
    let mut watch = watch(&client).await;

    // The lease is renewed with another address.
    let other = Ipv4Addr::new(198, 51, 100, 77);
    client.ip("addr flush dev out0");
    client.ip(&format!("addr add {other}/24 dev out0"));
    client.ip(&format!("route add default via {SERVER}"));
    assert_eq!(network(&mut watch).await, (true, true, way(other)));

    // It is renewed as it is, or is lost for a while.
    client.ip(&format!("addr change {other}/24 dev out0 valid_lft 3600 preferred_lft 3600"));
    assert_quiet(&mut watch).await;
    client.ip("addr flush dev out0");
    assert_eq!(network(&mut watch).await, (false, false, None));
    client.ip(&format!("addr add {other}/24 dev out0"));
    client.ip(&format!("route add default via {SERVER}"));
    assert_eq!(network(&mut watch).await, (true, false, way(other)));

    // It is lost, and another one comes.
    client.ip("addr flush dev out0");
    assert_eq!(network(&mut watch).await, (false, false, None));
    client.ip(&format!("addr add {CLIENT}/24 dev out0"));
    client.ip(&format!("route add default via {SERVER}"));
    assert_eq!(network(&mut watch).await, (true, true, way(CLIENT)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_better_network_moves_the_way_to_another_device() {
    let (client, _server) = Namespace::pair();
    let mut watch = watch(&client).await;
    let second = Ipv4Addr::new(203, 0, 113, 5);
    client.ip("link add wifi0 type veth peer name other0");
    client.ip("link set other0 up");
    client.ip(&format!("addr add {second}/24 dev wifi0"));
    client.ip("link set wifi0 up");
    assert_quiet(&mut watch).await;
    client.ip("route add default via 198.51.100.1 metric 600");
    client.ip("route add default via 203.0.113.1 metric 100");
    client.ip("route del default via 198.51.100.1 metric 0");
    let gateway = Some(Ipv4Addr::new(203, 0, 113, 1));
    let wifi = Some(Way { interface: "wifi0".to_owned(), source: second, gateway });
    assert_eq!(network(&mut watch).await, (true, true, wifi));
}
