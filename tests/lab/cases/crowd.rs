//! Several people at one helper, who want different things.

use std::thread;
use std::time::Duration;

use crate::client::Client;
use crate::house::House;
use crate::router::{Passage, Router};
use crate::run::eventually;
use crate::server::PASSWORD;

/// How many at once, and how often each.
const PEOPLE: usize = 4;
const ORDERS: usize = 50;

#[test]
fn people_who_contradict_each_other_hold_nothing_up() {
    let router = Router::new(Passage::Plain);
    let _house = House::start(&router);
    let client = Client::new(&router, 10);
    thread::scope(|scope| {
        for person in 0..PEOPLE {
            let client = &client;
            scope.spawn(move || {
                for order in 0..ORDERS {
                    match (person + order) % 3 {
                        // One of them connects, the others are told that there is a connection already.
                        0 => drop(client.connect_to(&House::SERVER.to_string(), PASSWORD, &[])),
                        1 => client.try_disconnect(),
                        _ => drop(client.status()),
                    }
                }
            });
        }
    });
    client.disconnect();
    client.assert_nothing_left();
    let run = client.connect_to(&House::SERVER.to_string(), PASSWORD, &[]);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    assert!(eventually(Duration::from_secs(5), || client.reaches(House::INSIDE)), "the tunnel carries");
    println!(
        "figure: {} contradicting orders of {PEOPLE} at once, then connected in {} ms",
        PEOPLE * ORDERS,
        run.took.as_millis()
    );
    client.disconnect();
    client.finish();
}
