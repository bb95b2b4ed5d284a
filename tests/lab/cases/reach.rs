//! A server that passes on an office's traffic and nothing else.

use std::time::{Duration, Instant};

use crate::client::Client;
use crate::house::House;
use crate::router::{Passage, Router};
use crate::run::eventually;
use crate::server::PASSWORD;

#[test]
fn a_tunnel_for_all_traffic_that_leads_nowhere_is_told_from_one_that_does() {
    let router = Router::new(Passage::Plain);
    let house = House::start(&router);
    let client = Client::new(&router, 10);
    let server = House::SERVER.to_string();
    let connects = || assert_eq!(client.connect_to(&server, PASSWORD, &[]).code, Some(0));

    connects();
    let start = Instant::now();
    let says = |internet, patience| {
        eventually(Duration::from_secs(patience), || client.status().internet == Some(internet))
    };
    assert!(says(false, 35), "{:?}", client.status());
    println!("figure: told after {:.1} s that the internet is not reached", start.elapsed().as_secs_f32());
    assert!(client.reaches(House::INSIDE), "the office is");
    client.disconnect();

    let internet = house.internet();
    connects();
    let start = Instant::now();
    assert!(says(true, 15), "{:?}", client.status());
    println!("figure: told after {:.1} s that it is", start.elapsed().as_secs_f32());
    let least = start.elapsed();
    let up = Duration::from_millis(client.status().up_ms.expect("it is up"));
    assert!(up >= least && up < least + Duration::from_secs(5), "{up:?}, at least {least:?}");
    client.disconnect();
    assert_eq!(client.status().up_ms, None);
    drop(internet);
    client.finish();
}
