//! What grows with time: nothing.

use std::time::Duration;

use culvert_model::State;

use crate::client::Client;
use crate::house::House;
use crate::router::{Passage, Router};
use crate::run::{count, eventually};
use crate::server::PASSWORD;

/// The first connections fill what the allocator keeps, which is no leak: after these the size stands still.
const WARM_UP: u32 = 50;
/// What an allocator may keep, in kilobytes: more where other cases keep the processors busy, and no more after 1,200
/// connections than after 150.
const SLACK: u64 = 2048;

#[test]
fn many_connections_leave_the_helper_as_small_as_it_was() {
    let router = Router::new(Passage::Plain);
    let _house = House::start(&router);
    let client = Client::new(&router, 10);
    let rounds = |number| {
        for _ in 0..number {
            let run = client.connect_to(&House::SERVER.to_string(), PASSWORD, &[]);
            assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
            client.disconnect();
        }
        client.assert_nothing_left();
        client.helper_size()
    };
    let (memory, descriptors, threads) = rounds(WARM_UP);
    let number = count("CULVERT_RECONNECTS", 150);
    assert_same(&format!("{number} connections"), (memory, descriptors, threads), rounds(number));
    client.finish();
}

/// The tables of one connection that is lost and had back, too: nothing of a lost tunnel stays beside the next.
#[test]
fn many_losses_of_one_connection_leave_the_helper_as_small_as_it_was() {
    let router = Router::new(Passage::Plain);
    let mut house = House::start(&router);
    let client = Client::new(&router, 10);
    let run = client.connect_to(&House::SERVER.to_string(), PASSWORD, &[]);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    let is = |what: &str, is: fn(&State) -> bool| {
        let reached = eventually(Duration::from_secs(30), || is(&client.status().state));
        assert!(reached, "not {what} but {:?}", client.status().state);
    };
    let tables = || {
        client.host().shell("nft list ruleset; ip rule; ip route show table all; ip address").lines().count()
    };
    let mut rounds = |number| {
        for _ in 0..number {
            house.restart();
            is("lost", |state| matches!(state, State::Reconnecting { .. }));
            client.redial();
            is("back", |state| matches!(state, State::Connected { .. }));
        }
        (client.helper_size(), tables())
    };
    let (before, lines) = rounds(WARM_UP / 5);
    let number = count("CULVERT_RECONNECTS", 30);
    let (after, lines_after) = rounds(number);
    assert_same(&format!("{number} losses"), before, after);
    assert_eq!(lines_after, lines, "rules, routes, addresses and the firewall");
    assert!(client.reaches(House::INSIDE));
    client.disconnect();
    client.finish();
}

/// Memory in kilobytes, descriptors and threads are what they were.
fn assert_same(what: &str, before: (u64, usize, usize), after: (u64, usize, usize)) {
    let grown = after.0.saturating_sub(before.0);
    println!(
        "figure: {what}: {grown} kB grown ({} kB in all), {} descriptors and {} threads, before {} and {}",
        after.0, after.1, after.2, before.1, before.2
    );
    assert!(grown <= SLACK, "{grown} kB grown");
    assert!(after.1 <= before.1, "{} descriptors, before {}", after.1, before.1);
    assert!(after.2 <= before.2 + 1, "{} threads, before {}", after.2, before.2);
}
