//! Faults on the way: GRE that does not pass, servers that fall silent.

use std::time::Duration;

use culvert_model::{Evidence, FaultCode, Keepalive, Stage};
use culvert_proto::session::ClientConfig;

use crate::connecting::{fair, server_config};
use crate::net::Side;
use crate::tunnel::{Tunnel, client_config, ip_packet};

#[test]
fn blocked_gre_is_named_within_15_seconds_of_the_call() {
    let mut tunnel = fair(client_config(Some("clientPass")), server_config(), 1);
    tunnel.net.weather.loss = 100;
    let fault = tunnel.connect(Duration::from_secs(60)).unwrap_err().unwrap();
    assert_eq!(fault.code, FaultCode::GreBlocked);
    assert!(fault.evidence.contains(&Evidence::GreReceived(0)));
    assert!(fault.evidence.iter().any(|e| matches!(e, Evidence::GreSent(sent) if *sent > 1)));
    assert!(tunnel.now.as_micros() < 15_000_000, "named only after {}", tunnel.now);
}

#[test]
fn gre_that_is_swallowed_in_one_direction_is_named_in_both() {
    for (swallowed, stage) in [(Side::Server, Stage::AgreeingOnLink), (Side::Client, Stage::WaitingForGre)] {
        let mut tunnel = fair(client_config(Some("clientPass")), server_config(), 4);
        tunnel.net.swallowed = Some(swallowed);
        let fault = tunnel.connect(Duration::from_secs(60)).unwrap_err().unwrap();
        assert_eq!((fault.code, fault.stage), (FaultCode::GreBlocked, Some(stage)));
        let received = |e: &Evidence| matches!(e, Evidence::GreReceived(1..));
        let unanswered = |e: &Evidence| matches!(e, Evidence::Unanswered(2..));
        assert_eq!(fault.evidence.iter().any(received), swallowed == Side::Server, "{fault:?}");
        assert_eq!(fault.evidence.iter().any(unanswered), swallowed == Side::Server, "{fault:?}");
        assert!(tunnel.now.as_micros() < 15_000_000, "named only after {}", tunnel.now);
    }
}

#[test]
fn a_server_that_falls_silent_while_agreeing_does_not_count_as_blocked() {
    let mut tunnel = fair(client_config(Some("clientPass")), server_config(), 5);
    let agrees = |tunnel: &mut Tunnel| tunnel.client.stages.last() == Some(&Stage::AgreeingOnLink);
    assert!(tunnel.run(Duration::from_secs(10), agrees));
    tunnel.net.weather.loss = 100;
    tunnel.net.weather.latency = Duration::from_secs(3600);
    let fault = tunnel.connect(Duration::from_secs(60)).unwrap_err().unwrap();
    assert_eq!((fault.code, fault.stage), (FaultCode::PppTimeout, Some(Stage::AgreeingOnLink)));
}

/// Connects, lets the server's GRE and TCP fall silent, and returns how long the client took to notice.
fn silence(under_traffic: bool) -> Duration {
    let mut tunnel = fair(client_config(Some("clientPass")), server_config(), 2);
    tunnel.connect(Duration::from_secs(10)).unwrap();
    let start = tunnel.now;
    tunnel.net.weather.loss = 100;
    tunnel.net.weather.latency = Duration::from_secs(3600);
    let address = tunnel.client.up.as_ref().unwrap().address;
    let ended = tunnel.run(Duration::from_secs(300), |tunnel| {
        if under_traffic && tunnel.alarm.is_none() {
            tunnel.send(Side::Client, &ip_packet(address, address, b"anyone there?"));
            tunnel.alarm = Some(tunnel.now + Duration::from_millis(100));
        }
        tunnel.client.ended.is_some()
    });
    assert!(ended);
    let fault = tunnel.client.ended.clone().unwrap().unwrap();
    assert_eq!(fault.code, FaultCode::LinkLost);
    tunnel.now - start
}

#[test]
fn a_silent_server_is_noticed_in_15_seconds_under_traffic_and_in_60_idle() {
    assert!(silence(true) <= Duration::from_secs(15));
    assert!(silence(false) <= Duration::from_secs(60));
}

#[test]
fn a_control_connection_that_breaks_ends_the_tunnel_at_once() {
    let mut tunnel = fair(client_config(Some("clientPass")), server_config(), 3);
    tunnel.connect(Duration::from_secs(10)).unwrap();
    let now = tunnel.now;
    tunnel.client.session.handle_control_closed(now);
    let ended = |tunnel: &mut Tunnel| tunnel.client.ended.is_some();
    assert!(tunnel.run(Duration::from_millis(10), ended));
    let fault = tunnel.client.ended.clone().unwrap().unwrap();
    assert_eq!((fault.code, fault.stage), (FaultCode::ControlLost, None));
}

/// Nobody hears anything of a laptop that is left alone, but for its questions and theirs.
#[test]
fn an_idle_tunnel_asks_no_more_often_than_it_should() {
    for (keepalive, at_most) in [(Keepalive::Auto, 30 + 30), (Keepalive::Seconds(300), 2 + 30)] {
        let client = ClientConfig { keepalive, ..client_config(Some("clientPass")) };
        let mut tunnel = fair(client, server_config(), 6);
        tunnel.connect(Duration::from_secs(10)).unwrap();
        let address = tunnel.client.up.as_ref().unwrap().address;
        tunnel.send(Side::Client, &ip_packet(address, address, b"the last word"));
        tunnel.run(Duration::from_secs(20), |_| false);
        let heard = |tunnel: &Tunnel| tunnel.client.session.statistics().gre_received;
        let before = heard(&tunnel);
        tunnel.run(Duration::from_secs(600), |_| false);
        // A question or an answer each, and at most one acknowledgement.
        let asked = (heard(&tunnel) - before).div_ceil(2);
        assert!(tunnel.client.ended.is_none() && (1..=at_most).contains(&asked), "{keepalive:?}: {asked}");
    }
}
