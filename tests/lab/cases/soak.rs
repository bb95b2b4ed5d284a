//! What grows with time: nothing.

use crate::client::Client;
use crate::house::House;
use crate::router::{Passage, Router};
use crate::run::count;
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
    let after = rounds(number);
    let grown = after.0.saturating_sub(memory);
    println!(
        "figure: {number} connections: {grown} kB grown ({} kB in all), {} descriptors and {} threads, before {descriptors} and {threads}",
        after.0, after.1, after.2
    );
    assert!(grown <= SLACK, "{grown} kB grown");
    assert!(after.1 <= descriptors, "{} descriptors, before {descriptors}", after.1);
    assert!(after.2 <= threads + 1, "{} threads, before {threads}", after.2);
    client.finish();
}
