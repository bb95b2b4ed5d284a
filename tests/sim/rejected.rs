//! ICMP errors that answer GRE: what they prove, and what they do not.

use std::net::Ipv4Addr;
use std::time::Duration;

use culvert_model::{Evidence, Fault, FaultCode, Stage};

use crate::connecting::{fair, server_config};
use crate::end::SERVER;
use crate::net::Parcel;
use crate::tunnel::{Tunnel, client_config};

const ROUTER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 254);
const PROHIBITED: u8 = 13;
const LIMIT: Duration = Duration::from_secs(60);

fn tunnel() -> Tunnel {
    fair(client_config(Some("clientPass")), server_config(), 1)
}

/// Connects through somebody who rejects the client's GRE and drops the server's; the client's fault.
fn rejected(from: Ipv4Addr, code: u8) -> (Fault, Tunnel) {
    let mut tunnel = tunnel();
    tunnel.net.weather.loss = 100;
    tunnel.net.wall = Some((from, code));
    let fault = tunnel.connect(LIMIT).unwrap_err().unwrap();
    (fault, tunnel)
}

/// Runs until the call is up and the client waits for the first GRE packet.
fn wait_for_gre(tunnel: &mut Tunnel) {
    let waits = |tunnel: &mut Tunnel| tunnel.client.stages.last() == Some(&Stage::WaitingForGre);
    assert!(tunnel.run(LIMIT, waits));
}

/// The client gets an ICMP error that quotes a packet for the call `call_id`.
fn forge(tunnel: &mut Tunnel, from: Ipv4Addr, code: u8, call_id: u16) {
    let [high, low] = call_id.to_be_bytes();
    let quoted = vec![0x30, 0x01, 0x88, 0x0B, 0, 24, high, low];
    tunnel.client.receive(Parcel::Rejection { from, code, quoted }, tunnel.now);
}

/// The call id that the server gave: what the client's packets carry.
fn call_id(tunnel: &Tunnel) -> u16 {
    tunnel.server.call_id().expect("the call is up")
}

#[test]
fn gre_that_is_rejected_again_is_blocked_and_who_did_it_is_told() {
    for code in [2, 3, 9, 10, 13] {
        let (fault, tunnel) = rejected(ROUTER, code);
        assert_eq!((fault.code, fault.stage), (FaultCode::GreBlocked, Some(Stage::WaitingForGre)));
        let rejected = Evidence::Rejected { from: ROUTER, kind: 3, code };
        assert_eq!(fault.evidence, [2, 0, 0].gre().into_iter().chain([rejected]).collect::<Vec<_>>());
        assert!(tunnel.now.as_micros() < 1_000_000, "named only after {}", tunnel.now);
    }
}

#[test]
fn unreachable_needs_more_than_one_repetition() {
    for code in [0, 1] {
        let (fault, tunnel) = rejected(ROUTER, code);
        assert_eq!(fault.code, FaultCode::GreBlocked);
        assert!(fault.evidence.contains(&Evidence::GreSent(3)), "{fault:?}");
        assert!(tunnel.now.as_micros() < 2_000_000, "named only after {}", tunnel.now);
    }
}

#[test]
fn fragmentation_needed_says_nothing_about_gre() {
    let (fault, tunnel) = rejected(ROUTER, 4);
    assert_eq!((fault.code, fault.evidence), (FaultCode::GreBlocked, [4, 0, 0].gre()));
    assert!(tunnel.now.as_micros() > 10_000_000, "named after {}", tunnel.now);
}

#[test]
fn forged_errors_are_not_believed_without_a_packet_of_ours_between_them() {
    let mut tunnel = tunnel();
    tunnel.net.weather.loss = 100;
    wait_for_gre(&mut tunnel);
    let call_id = call_id(&tunnel);
    for _ in 0..1000 {
        forge(&mut tunnel, ROUTER, PROHIBITED, call_id);
    }
    tunnel.run(Duration::from_millis(500), |_| false);
    tunnel.net.weather.loss = 0;
    tunnel.connect(LIMIT).unwrap();
}

#[test]
fn errors_that_quote_another_call_are_not_ours() {
    let mut tunnel = tunnel();
    tunnel.net.weather.loss = 100;
    wait_for_gre(&mut tunnel);
    let foreign = call_id(&tunnel) ^ 1;
    let fault = loop {
        forge(&mut tunnel, ROUTER, PROHIBITED, foreign);
        let ended = |tunnel: &mut Tunnel| tunnel.client.ended.is_some();
        if tunnel.run(Duration::from_millis(500), ended) {
            break tunnel.client.ended.clone().unwrap().unwrap();
        }
    };
    assert_eq!((fault.code, fault.evidence), (FaultCode::GreBlocked, [4, 0, 0].gre()));
}

#[test]
fn a_tunnel_that_works_does_not_end_by_errors() {
    let mut tunnel = tunnel();
    tunnel.connect(LIMIT).unwrap();
    let call_id = call_id(&tunnel);
    for _ in 0..100 {
        forge(&mut tunnel, ROUTER, PROHIBITED, call_id);
        tunnel.run(Duration::from_secs(1), |tunnel| tunnel.client.ended.is_some());
    }
    assert!(tunnel.client.up.is_some());
}

#[test]
fn a_server_that_hangs_up_before_gre_came_proves_nothing_by_itself() {
    let hang_up = |errors: &[Ipv4Addr]| {
        let mut tunnel = tunnel();
        tunnel.net.weather.loss = 100;
        wait_for_gre(&mut tunnel);
        let (call_id, now) = (call_id(&tunnel), tunnel.now);
        errors.iter().for_each(|from| forge(&mut tunnel, *from, 2, call_id));
        tunnel.client.session.handle_control_closed(now);
        assert!(tunnel.run(Duration::ZERO, |tunnel| tunnel.client.ended.is_some()));
        tunnel.client.ended.unwrap().unwrap().code
    };
    assert_eq!(hang_up(&[]), FaultCode::ClosedBeforeGre);
    assert_eq!(hang_up(&[SERVER]), FaultCode::ClosedBeforeGre);
    assert_eq!(hang_up(&[ROUTER]), FaultCode::GreBlocked);
}

#[test]
fn a_server_that_hangs_up_after_several_packets_had_time_to_answer() {
    let mut tunnel = tunnel();
    tunnel.net.weather.loss = 100;
    wait_for_gre(&mut tunnel);
    tunnel.run(Duration::from_secs(5), |_| false);
    let now = tunnel.now;
    tunnel.client.session.handle_control_closed(now);
    assert!(tunnel.run(Duration::ZERO, |tunnel| tunnel.client.ended.is_some()));
    assert_eq!(tunnel.client.ended.unwrap().unwrap().code, FaultCode::GreBlocked);
}

#[test]
fn gre_that_passes_in_one_direction_alone_is_blocked_in_the_other() {
    let mut tunnel = tunnel();
    tunnel.net.wall = Some((ROUTER, PROHIBITED));
    let fault = tunnel.connect(LIMIT).unwrap_err().unwrap();
    assert_eq!((fault.code, fault.stage), (FaultCode::GreBlocked, Some(Stage::AgreeingOnLink)));
    assert!(fault.evidence.contains(&Evidence::Rejected { from: ROUTER, kind: 3, code: PROHIBITED }));
}

/// The counters of GRE packets as a fault shows them.
trait Counters {
    fn gre(self) -> Vec<Evidence>;
}

impl Counters for [u64; 3] {
    fn gre(self) -> Vec<Evidence> {
        let [sent, received, foreign] = self;
        vec![Evidence::GreSent(sent), Evidence::GreReceived(received), Evidence::GreForeign(foreign)]
    }
}
