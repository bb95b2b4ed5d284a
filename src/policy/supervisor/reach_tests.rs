use core::time::Duration;
use std::vec::Vec;

use super::tests::{Bench, profile};
use super::*;

fn internet(bench: &Bench) -> Option<bool> {
    bench.supervisor.status(bench.now).unwrap().internet
}

/// Lets `seconds` pass; says what begins.
fn after(bench: &mut Bench, seconds: u64) -> Vec<String> {
    bench.pass(Duration::from_secs(seconds));
    bench.drain()
}

fn answer(bench: &mut Bench, is_through: bool) {
    let look = bench.supervisor.last_look;
    bench.host(HostFact::LookedThrough { look, is_through });
}

#[test]
fn one_answer_is_enough_and_nobody_is_asked_again() {
    let mut bench = Bench::connected();
    assert_eq!(after(&mut bench, 1), ["look through 1"]);
    assert_eq!(bench.supervisor.poll_timeout(), None, "two looks at once");
    answer(&mut bench, true);
    assert_eq!(bench.drain(), ["connected"]);
    assert_eq!(internet(&bench), Some(true));
    assert_eq!(bench.supervisor.poll_timeout(), None);
}

#[test]
fn two_misses_are_believed_until_somebody_answers() {
    let mut bench = Bench::connected();
    after(&mut bench, 1);
    answer(&mut bench, false);
    assert_eq!((internet(&bench), bench.drain().len()), (None, 0), "one miss says nothing");
    assert_eq!(after(&mut bench, 3), ["look through 2"]);
    answer(&mut bench, false);
    assert_eq!(bench.drain(), ["connected"]);
    assert_eq!(internet(&bench), Some(false));
    assert_eq!(after(&mut bench, 60), ["look through 3"]);
    answer(&mut bench, false);
    assert!(bench.drain().is_empty(), "told twice");
    after(&mut bench, 60);
    answer(&mut bench, true);
    assert_eq!(bench.drain(), ["connected"]);
    assert_eq!(internet(&bench), Some(true));
}

#[test]
fn an_old_look_says_nothing_about_a_new_tunnel() {
    let mut bench = Bench::connected();
    after(&mut bench, 1);
    let look = bench.supervisor.last_look;
    bench.fact(Fact::SessionEnded(Some(Fault::new(FaultCode::LinkLost))));
    bench.applied();
    bench.pass(Duration::from_secs(2));
    bench.reach_server();
    bench.up();
    after(&mut bench, 1);
    bench.host(HostFact::LookedThrough { look, is_through: true });
    assert_eq!(internet(&bench), None);
}

#[test]
fn a_tunnel_for_some_traffic_takes_nothing_away_and_is_not_looked_through() {
    let traffic = Traffic::only(["10.1.0.0/16".parse().unwrap()]);
    let mut bench = Bench::talking(Profile { traffic, ..profile("Office") });
    bench.up();
    assert_eq!(bench.supervisor.poll_timeout(), None);
}

#[test]
fn it_is_told_for_how_long_the_tunnel_is_up() {
    let mut bench = Bench::connected();
    let up = |bench: &Bench| bench.supervisor.status(bench.now).unwrap().up_ms;
    bench.now += Duration::from_millis(1500);
    assert_eq!(up(&bench), Some(1500));
    bench.fact(Fact::SessionEnded(Some(Fault::new(FaultCode::LinkLost))));
    assert_eq!(up(&bench), None);
}
