//! A network that wants a person to sign in first, with everything shut behind it.

use std::time::{Duration, Instant};

use culvert_model::{FaultCode, State};

use super::guard::{NEIGHBOUR, NUMBER, Play};
use crate::client::Client;
use crate::hotel::{Hotel, sign_in};
use crate::house::House;
use crate::leaks::Watch;
use crate::probes::Probes;
use crate::router::{Passage, Router};
use crate::run::eventually;
use crate::server::PASSWORD;

/// What leaves while the page is open, and no more: names asked of the network, and the page.
const OPEN: [&str; 3] =
    ["IP protocol 17 to 198.51.100.1", "IP protocol 6 to 198.51.100.1", "IP protocol 6 to 203.0.113.9"];

fn hotel_guest() -> Play {
    let router = Router::new(Passage::Plain);
    let house = House::start(&router);
    let client = Client::new(&router, NUMBER);
    client.believe_in(Router::INSIDE);
    let watch = Watch::start(router.outside(), client.host().hardware_address("uplink"));
    let probes = Probes::start(client.host(), NEIGHBOUR);
    Play { client, house, watch, probes, router }
}

fn opens_the_page_alone(play: &Play, when: &str) {
    std::thread::sleep(Duration::from_secs(1));
    let seen = play.watch.take();
    println!("figure: {when}: {seen:?}");
    let beside: Vec<_> = seen.keys().filter(|kind| !OPEN.contains(&kind.as_str())).collect();
    assert!(beside.is_empty(), "{when}: {beside:?}");
    assert!(seen.contains_key(OPEN[2]), "{when}: the page is not open, or nobody counts");
}

/// Asks for the way to the page.
fn open(play: &Play) {
    let run = play.client.portal();
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("http://login.hotel.example/"), "{}", run.stdout);
    println!("figure: the page is open after {} ms", run.took.as_millis());
}

#[test]
fn under_lockdown_a_portal_is_named_and_its_page_alone_opened() {
    let mut play = hotel_guest();
    let hotel = Hotel::start(&play.router);
    let seen = eventually(Duration::from_secs(10), || play.watch.take().len() >= 4);
    assert!(seen, "the control: the probes get out, and the watch sees them");
    play.client.lockdown("on");
    hotel.close();
    let run = play.client.connect_to(&House::SERVER.to_string(), PASSWORD, &[]);
    assert_eq!(run.code, Some(4), "{}{}", run.stdout, run.stderr);
    assert_eq!(play.client.last_fault(), Some(FaultCode::CaptivePortal), "{}", run.stderr);
    play.watch.take();
    std::thread::sleep(Duration::from_secs(1));
    play.watch.assert_none("blocked behind a portal, before anybody asks");
    assert!(!sign_in(play.client.host()), "the control: nobody gets to the page");

    open(&play);
    opens_the_page_alone(&play, "while the page is open");
    play.client.kill_helper();
    play.client.restart_helper();
    play.watch.take();
    std::thread::sleep(Duration::from_secs(1));
    play.watch.assert_none("after a kill nothing is open any more");

    play.client.try_disconnect();
    let run = play.client.connect_to(&House::SERVER.to_string(), PASSWORD, &[]);
    assert_eq!(run.code, Some(4), "{}{}", run.stdout, run.stderr);
    open(&play);
    assert!(sign_in(play.client.host()), "the page is there");
    hotel.let_in();
    let start = Instant::now();
    play.until("connected by itself", |state| matches!(state, State::Connected { .. }));
    println!("figure: connected {:.1} s after somebody signed in", start.elapsed().as_secs_f32());
    play.watch.take();
    play.client.ping(House::INSIDE);
    play.watch.assert_none("connected, the page closed");
    play.client.disconnect();
    play.client.lockdown("off");
    play.client.assert_nothing_left();
}
