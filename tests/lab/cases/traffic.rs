//! What goes through a tunnel that stands, and how its end is noticed.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use culvert_model::FaultCode;
use culvert_tests::transfer::{self, Order};

use crate::client::Client;
use crate::namespace::Namespace;
use crate::router::{Passage, Router};
use crate::run::eventually;
use crate::server::{INNER, Options, Pptpd};

const MEGABYTE: u64 = 1_000_000;

/// How long a transfer may stand still. pppd's side is slow on a busy machine, not dead.
const STANDSTILL: Duration = Duration::from_secs(20);

/// Opens a connection to the server's transfer port and places an order.
pub fn place(host: &Namespace, server: Ipv4Addr, order: Order) -> TcpStream {
    let address = SocketAddr::from((server, transfer::PORT));
    let mut stream =
        host.enter(|| TcpStream::connect_timeout(&address, STANDSTILL)).expect("the server answers");
    stream.set_read_timeout(Some(STANDSTILL)).expect("a timeout");
    stream.set_write_timeout(Some(STANDSTILL)).expect("a timeout");
    stream.write_all(order.line().as_bytes()).expect("the order is taken");
    stream
}

/// Fetches `count` bytes and checks them.
pub fn download(host: &Namespace, server: Ipv4Addr, count: u64) {
    let begin = Instant::now();
    let stream = place(host, server, Order::Source(count));
    let received = transfer::digest(stream.take(count)).expect("the transfer goes on");
    let expected = transfer::digest(transfer::pattern(count)).expect("memory");
    assert_eq!(received, expected);
    report("down", count, begin);
}

/// Sends `count` bytes and compares what the server says of them.
pub fn upload(host: &Namespace, server: Ipv4Addr, count: u64) {
    let begin = Instant::now();
    let mut stream = place(host, server, Order::Sink(count));
    std::io::copy(&mut transfer::pattern(count), &mut stream).expect("the transfer goes on");
    let mut received = String::new();
    BufReader::new(stream).read_line(&mut received).expect("the server's digest");
    let (_, expected) = transfer::digest(transfer::pattern(count)).expect("memory");
    assert_eq!(received.trim_end(), expected);
    report("up", count, begin);
}

fn report(direction: &str, count: u64, begin: Instant) {
    let seconds = begin.elapsed().as_secs_f64();
    #[allow(clippy::cast_precision_loss, reason = "a figure for people")]
    let rate = count as f64 * 8.0 / seconds / 1e6;
    println!(
        "figure: {count} bytes {direction} in {seconds:.1} s, {rate:.0} Mbit/s (pppd's side sets the pace)"
    );
}

#[test]
fn twenty_megabytes_each_way() {
    let router = Router::new(Passage::Plain);
    let _server = Pptpd::start(&router, Options::STRONG);
    let client = Client::new(&router, 10);
    client.connect_well(&[]);
    client.ping(INNER);
    download(client.host(), INNER, 20 * MEGABYTE);
    upload(client.host(), INNER, 20 * MEGABYTE);
    client.disconnect();
    client.finish();
}

#[test]
fn ten_connects_in_a_row() {
    let router = Router::new(Passage::Plain);
    let _server = Pptpd::start(&router, Options::STRONG);
    let client = Client::new(&router, 10);
    for _ in 0..10 {
        client.connect_well(&[]);
        client.ping(INNER);
        client.disconnect();
        client.assert_nothing_left();
    }
    client.finish();
}

#[test]
fn server_that_vanishes_in_mid_transfer_is_noticed() {
    notices_an_end_of(|server, _| server.kill(), &[FaultCode::LinkLost, FaultCode::ControlLost]);
}

#[test]
fn server_that_is_killed_in_mid_transfer_is_noticed() {
    notices_an_end_of(
        |server, router| server.kill_daemons(router),
        &[FaultCode::LinkLost, FaultCode::ControlLost, FaultCode::PeerClosed],
    );
}

fn notices_an_end_of(end: impl FnOnce(&mut Pptpd, &Router), faults: &[FaultCode]) {
    let router = Router::new(Passage::Plain);
    let mut server = Pptpd::start(&router, Options::STRONG);
    let client = Client::new(&router, 10);
    client.connect_well(&[]);
    let mut stream = place(client.host(), INNER, Order::Source(1000 * MEGABYTE));
    stream.read_exact(&mut vec![0; 500_000]).expect("the transfer has begun");

    let begin = Instant::now();
    end(&mut server, &router);
    assert!(eventually(Duration::from_secs(15), || client.network().is_none()), "still connected after 15 s");
    println!("figure: noticed after {} ms", begin.elapsed().as_millis());
    assert!(eventually(Duration::from_secs(5), || client.last_fault().is_some()), "no fault told");
    assert!(client.last_fault().is_some_and(|fault| faults.contains(&fault)), "{:?}", client.last_fault());
    client.disconnect();
    client.finish();
}

#[test]
fn helper_that_is_stopped_leaves_nothing() {
    let router = Router::new(Passage::Plain);
    let _server = Pptpd::start(&router, Options::STRONG);
    let mut client = Client::new(&router, 10);
    client.connect_well(&[]);
    client.stop_helper();
    client.assert_nothing_left();
}
