//! The laboratory itself: cases that show that the others measure what they say.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::reference::ReferenceClient;
use crate::router::{Passage, Router};
use crate::server::{self, Options, Pptpd};
use crate::sniffer::Sniffer;

#[test]
fn server_answers_a_start_control_connection_request() {
    let router = Router::new(Passage::Plain);
    let _server = Pptpd::start(&router, Options::STRONG);
    let mut request =
        vec![0, 156, 0, 1, 0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 3];
    request.resize(156, 0);
    let mut reply = [0; 156];
    router.outside().enter(|| {
        let mut stream = TcpStream::connect((server::OUTER, 1723)).expect("pptpd listens");
        stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
        stream.write_all(&request).expect("pptpd reads");
        stream.read_exact(&mut reply).expect("pptpd answers");
    });
    assert_eq!(reply[8..10], [0, 2], "a Start-Control-Connection-Reply");
    assert_eq!(reply[14], 1, "its result is success");
}

#[test]
fn reference_client_passes_a_plain_router_and_is_counted() {
    let router = Router::new(Passage::Plain);
    let _server = Pptpd::start(&router, Options::STRONG);
    let sniffer = Sniffer::start(router.outside());
    let mut client = ReferenceClient::start(&router, "require-mppe-128");
    assert!(client.reaches_the_server_within(Duration::from_secs(30)));
    let census = sniffer.finish();
    assert!(census.encrypted > 0 && census.clear == 0, "{census}");
}

#[test]
fn counter_counts_packets_in_clear() {
    let router = Router::new(Passage::Plain);
    let _server = Pptpd::start(&router, Options("require-mschap-v2 nomppe"));
    let sniffer = Sniffer::start(router.outside());
    let mut client = ReferenceClient::start(&router, "nomppe");
    assert!(client.reaches_the_server_within(Duration::from_secs(30)));
    let census = sniffer.finish();
    assert!(census.clear > 0 && census.encrypted == 0, "{census}");
}

#[test]
fn reference_client_passes_a_router_that_understands_pptp() {
    let router = Router::new(Passage::NatWithHelper);
    let _server = Pptpd::start(&router, Options::STRONG);
    let mut client = ReferenceClient::start(&router, "require-mppe-128");
    assert!(client.reaches_the_server_within(Duration::from_secs(30)));
}

#[test]
fn reference_client_does_not_pass_a_router_that_does_not() {
    let router = Router::new(Passage::NatWithoutHelper);
    let _server = Pptpd::start(&router, Options::STRONG);
    let mut client = ReferenceClient::start(&router, "require-mppe-128");
    assert!(!client.reaches_the_server_within(Duration::from_secs(12)));
    assert!(client.console().contains("sent [LCP ConfReq"), "pppd tried");
}
