//! A network that changes under the tunnel, by itself or because somebody wants it to.

use std::thread;
use std::time::{Duration, Instant};

use crate::house::House;
use crate::leaks::Watch;
use crate::router::Router;
use crate::run::eventually;

use super::guard::Play;

/// What a false DHCP server can say (options 121 and 249, CVE-2024-3661), from one host to half of everything.
#[test]
fn routes_that_somebody_slips_in_lead_nothing_past_the_tunnel() {
    let play = Play::new();
    let targets = [format!("{}/32", House::ELSEWHERE), "203.0.113.0/24".into(), "128.0.0.0/1".into()];
    for target in &targets {
        play.client.host().shell(&format!("ip route add {target} via {} dev uplink", Router::INSIDE));
        play.assert_counts("a route before the tunnel");
        play.connect(&[]);
        play.client.ping(House::INSIDE);
        play.watch.assert_none(&format!("connected with a route to {target}"));
        play.client.host().shell(&format!("ip route del {target}"));
        play.client.host().shell(&format!("ip route add {target} via {} dev uplink", Router::INSIDE));
        play.client.ping(House::INSIDE);
        play.watch.assert_none(&format!("a route to {target} while connected"));
        play.client.host().shell(&format!("ip route del {target}"));
        play.client.disconnect();
    }
}

#[test]
fn another_address_and_another_card_leak_nothing() {
    let play = Play::new();
    play.connect(&[]);
    let host = play.client.host();
    host.shell(&format!(
        "ip address add 198.51.100.77/24 dev uplink; ip address del 198.51.100.10/24 dev uplink
         ip address replace 198.51.100.77/24 dev uplink
         ip route replace default via {} dev uplink",
        Router::INSIDE
    ));
    let time = play.is_back();
    println!("figure: connected again {:.1} s after another address", time.as_secs_f32());
    play.watch.assert_none("another address");

    host.connect("second", "198.51.100.20/24", play.router.outside(), Router::CLIENT_BRIDGE);
    let beside = Watch::start(play.router.outside(), host.hardware_address("second"));
    host.shell(&format!(
        "ip link set uplink down; ip route replace default via {} dev second",
        Router::INSIDE
    ));
    // The old address goes on working for a moment by the new card.
    thread::sleep(Duration::from_secs(3));
    let time = play.is_back();
    println!("figure: connected again {:.1} s after another card at most", time.as_secs_f32() + 3.0);
    play.client.ping(House::INSIDE);
    play.watch.assert_none("the card before");
    beside.assert_none("another card");
    play.client.disconnect();
    let leaves = || !beside.take().is_empty();
    assert!(eventually(Duration::from_secs(10), leaves), "the watch counts");
}

#[test]
fn a_device_that_somebody_removes_is_made_anew_and_nothing_leaves_meanwhile() {
    let play = Play::new();
    play.assert_counts("the control");
    play.connect(&[]);
    play.watch.take();
    let start = Instant::now();
    play.client.host().shell("ip link delete culvert0");
    let is_back = || play.client.network().is_some() && play.client.reaches(House::INSIDE);
    assert!(eventually(Duration::from_secs(20), is_back), "{:?}", play.client.status());
    println!("figure: through the tunnel again after {:.1} s", start.elapsed().as_secs_f32());
    play.watch.assert_none("the device was removed");
    play.client.disconnect();
    play.client.assert_nothing_left();
}
