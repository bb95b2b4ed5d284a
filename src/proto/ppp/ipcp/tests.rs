use std::net::Ipv4Addr;
use std::time::Duration;
use std::vec;
use std::vec::Vec;

use culvert_model::{Evidence, Fault, FaultCode, Instant};

use super::{Agreed, Config, Event, Ipcp, option};
use crate::Chance;
use crate::ppp::negotiation::testing::{
    Line, answer, events, exchange, judge, options, packet, start, torment,
};
use crate::wire::ppp::{ControlPacket, Options, code};

const NONE: [u8; 4] = [0; 4];
const OURS: [u8; 4] = [10, 9, 0, 10];
const THEIRS: [u8; 4] = [10, 9, 0, 1];
const DNS: [u8; 4] = [10, 9, 0, 53];
const OTHER_DNS: [u8; 4] = [10, 9, 1, 53];

fn client() -> Ipcp {
    Ipcp::new(Config::Client)
}

fn server() -> Ipcp {
    Ipcp::new(Config::Server { local: THEIRS.into(), peer: OURS.into(), dns: vec![DNS.into()], nbns: vec![] })
}

fn asked(request: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let packet = ControlPacket::parse(request).unwrap();
    assert_eq!(packet.code, code::CONFIGURE_REQUEST);
    Options::new(packet.data)
        .map(|option| option.map(|(kind, value)| (kind, value.to_vec())).unwrap())
        .collect()
}

fn fault(code: FaultCode) -> Event {
    Event::Finished(Some(Fault::new(code)))
}

#[test]
fn the_client_asks_for_an_address_and_name_servers() {
    let request = start(&mut client());
    let kinds: Vec<u8> = asked(&request).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [3, 129, 130, 131, 132]);
}

/// RRAS rejects what it has not, then names what it has.
#[test]
fn a_windows_server_gives_what_it_has() {
    let mut ipcp = client();
    let request = start(&mut ipcp);
    let rejected: [(u8, &[u8]); 3] =
        [(option::PRIMARY_NBNS, &NONE), (option::SECONDARY_DNS, &NONE), (option::SECONDARY_NBNS, &NONE)];
    let next = answer(&mut ipcp, &request, code::CONFIGURE_REJECT, &rejected);
    assert_eq!(asked(&next[0]), [(3, NONE.to_vec()), (129, NONE.to_vec())]);
    let named: [(u8, &[u8]); 2] = [(option::IP_ADDRESS, &OURS), (option::PRIMARY_DNS, &DNS)];
    let next = answer(&mut ipcp, &next[0], code::CONFIGURE_NAK, &named);
    assert_eq!(next[0][4..], options(&named));
    let peer: [(u8, &[u8]); 1] = [(option::IP_ADDRESS, &THEIRS)];
    assert_eq!(judge(&mut ipcp, 1, &peer), (code::CONFIGURE_ACK, options(&peer)));
    answer(&mut ipcp, &next[0], code::CONFIGURE_ACK, &[]);
    let agreed =
        Agreed { local: OURS.into(), peer: Some(THEIRS.into()), dns: vec![DNS.into()], nbns: vec![] };
    assert_eq!(events(&mut ipcp), [Event::Up(agreed)]);
}

#[test]
fn each_option_may_be_rejected_on_its_own() {
    for gone in [option::PRIMARY_DNS, option::SECONDARY_DNS, option::PRIMARY_NBNS, option::SECONDARY_NBNS] {
        let mut ipcp = client();
        let request = start(&mut ipcp);
        let next = answer(&mut ipcp, &request, code::CONFIGURE_REJECT, &[(gone, &NONE)]);
        assert!(asked(&next[0]).iter().all(|(kind, _)| *kind != gone));
        assert_eq!(asked(&next[0]).len(), 4);
        let next = answer(&mut ipcp, &next[0], code::CONFIGURE_NAK, &[(gone, &DNS)]);
        assert_eq!(asked(&next[0]).len(), 4, "never asked for again");
    }
}

#[test]
fn name_servers_come_without_doubles_and_without_nonsense() {
    for (first, second, expected) in [
        (DNS, OTHER_DNS, vec![Ipv4Addr::from(DNS), Ipv4Addr::from(OTHER_DNS)]),
        (DNS, DNS, vec![Ipv4Addr::from(DNS)]),
        (DNS, NONE, vec![Ipv4Addr::from(DNS)]),
        ([255; 4], [224, 0, 0, 1], vec![]),
    ] {
        let mut ipcp = client();
        let request = start(&mut ipcp);
        let named: [(u8, &[u8]); 3] = [(3, &OURS), (129, &first), (131, &second)];
        let next = answer(&mut ipcp, &request, code::CONFIGURE_NAK, &named);
        judge(&mut ipcp, 1, &[]);
        answer(&mut ipcp, &next[0], code::CONFIGURE_ACK, &[]);
        let [Event::Up(agreed)] = &events(&mut ipcp)[..] else { panic!("not up") };
        assert_eq!(agreed.dns, expected);
    }
}

#[test]
fn a_server_without_an_address_for_us_is_named() {
    let mut nakked = client();
    let mut request = start(&mut nakked);
    for _ in 0..2 {
        request = answer(&mut nakked, &request, code::CONFIGURE_NAK, &[(3, &NONE)]).remove(0);
    }
    answer(&mut nakked, &request, code::CONFIGURE_NAK, &[(3, &NONE)]);
    assert_eq!(events(&mut nakked), [fault(FaultCode::NoAddress)]);

    let mut acknowledged = client();
    let mut request = start(&mut acknowledged);
    for _ in 0..2 {
        request = answer(&mut acknowledged, &request, code::CONFIGURE_ACK, &[]).remove(0);
    }
    answer(&mut acknowledged, &request, code::CONFIGURE_ACK, &[]);
    assert_eq!(events(&mut acknowledged), [fault(FaultCode::NoAddress)]);

    let mut rejected = client();
    let request = start(&mut rejected);
    answer(&mut rejected, &request, code::CONFIGURE_REJECT, &[(3, &NONE)]);
    assert_eq!(events(&mut rejected), [fault(FaultCode::NoAddress)]);
}

#[test]
fn an_address_that_no_host_can_have_is_refused() {
    for nonsense in [[127, 0, 0, 1], [224, 0, 0, 5], [240, 0, 0, 1], [255; 4], [0, 1, 2, 3]] {
        let mut ipcp = client();
        let request = start(&mut ipcp);
        answer(&mut ipcp, &request, code::CONFIGURE_NAK, &[(3, &nonsense)]);
        assert_eq!(events(&mut ipcp), [fault(FaultCode::BadAddress)], "{nonsense:?}");
    }
}

#[test]
fn the_client_takes_any_address_of_the_peer_and_gives_nothing() {
    let judged = |list: &[(u8, &[u8])]| {
        let mut ipcp = client();
        start(&mut ipcp);
        judge(&mut ipcp, 1, list)
    };
    for fine in [&[][..], &[(3, &THEIRS[..])], &[(3, &[127, 0, 0, 1])], &[(3, &OURS)]] {
        assert_eq!(judged(fine), (code::CONFIGURE_ACK, options(fine)));
    }
    for refused in [
        (option::IP_ADDRESS, &NONE[..]),
        (option::IP_ADDRESS, &[10, 0]),
        (option::PRIMARY_DNS, &NONE),
        (option::SECONDARY_NBNS, &DNS),
        (1, &[10, 9, 0, 1, 10, 9, 0, 2]),
        (2, &[0x00, 0x2D, 0x0F, 0x01]),
        (4, &NONE),
    ] {
        assert_eq!(judged(&[refused]), (code::CONFIGURE_REJECT, options(&[refused])), "{refused:?}");
    }
}

#[test]
fn the_server_gives_its_addresses_and_rejects_the_rest() {
    let judged = |list: &[(u8, &[u8])]| {
        let mut ipcp = server();
        start(&mut ipcp);
        judge(&mut ipcp, 1, list)
    };
    let address: (u8, &[u8]) = (option::IP_ADDRESS, &OURS);
    let dns: (u8, &[u8]) = (option::PRIMARY_DNS, &DNS);
    assert_eq!(judged(&[(3, &NONE), (129, &NONE)]), (code::CONFIGURE_NAK, options(&[address, dns])));
    assert_eq!(judged(&[address, dns]), (code::CONFIGURE_ACK, options(&[address, dns])));
    assert_eq!(judged(&[]), (code::CONFIGURE_NAK, options(&[address])));
    for refused in [(131, &NONE[..]), (130, &NONE), (132, &NONE), (2, &[0x00, 0x2D, 0x0F, 0x01])] {
        let answer = judged(&[(3, &NONE), refused]);
        assert_eq!(answer, (code::CONFIGURE_REJECT, options(&[refused])), "{refused:?}");
    }
}

#[test]
fn the_server_keeps_its_address_whatever_the_client_thinks_of_it() {
    let mut ipcp = server();
    let request = start(&mut ipcp);
    assert_eq!(asked(&request), [(3, THEIRS.to_vec())]);
    let next = answer(&mut ipcp, &request, code::CONFIGURE_NAK, &[(3, &OURS)]);
    assert_eq!(asked(&next[0]), [(3, THEIRS.to_vec())]);
    let next = answer(&mut ipcp, &next[0], code::CONFIGURE_REJECT, &[(3, &THEIRS)]);
    assert_eq!(asked(&next[0]), []);
}

/// Some servers answer IPCP with a Terminate-Ack while they are still busy with CCP.
#[test]
fn a_terminate_ack_in_answer_to_a_request_means_not_yet() {
    let mut ipcp = client();
    let request = start(&mut ipcp);
    assert!(exchange(&mut ipcp, &packet(code::TERMINATE_ACK, request[1], &[]), Instant::ZERO).is_empty());
    assert_eq!(events(&mut ipcp), []);
    let due = ipcp.poll_timeout().unwrap();
    assert_eq!(due, Instant::from_micros(1_000_000));
    ipcp.handle_timeout(due);
    assert_eq!(ipcp.poll_transmit(), Some(request));
}

#[test]
fn a_server_that_asks_by_itself_is_ready_now() {
    let mut ipcp = client();
    let request = start(&mut ipcp);
    exchange(&mut ipcp, &packet(code::TERMINATE_ACK, request[1], &[]), Instant::ZERO);
    let soon = Instant::from_micros(20_000);
    let sent = exchange(&mut ipcp, &packet(code::CONFIGURE_REQUEST, 1, &options(&[(3, &THEIRS)])), soon);
    assert_eq!((sent.len(), sent[0][0]), (1, code::CONFIGURE_ACK));
    assert_eq!(ipcp.poll_timeout(), Some(soon));
    ipcp.handle_timeout(soon);
    assert_eq!(ipcp.poll_transmit(), Some(request));
}

#[test]
fn the_end_of_ipcp_is_named() {
    let mut rejected = client();
    start(&mut rejected);
    rejected.handle_protocol_reject(Instant::ZERO);
    assert_eq!(events(&mut rejected), [fault(FaultCode::IpcpRejected)]);

    let mut terminated = client();
    start(&mut terminated);
    exchange(&mut terminated, &packet(code::TERMINATE_REQUEST, 1, b"no pool"), Instant::ZERO);
    let expected = Fault::new(FaultCode::NcpTerminated).with(Evidence::server_text(b"no pool"));
    assert_eq!(events(&mut terminated), [Event::Finished(Some(expected))]);

    let mut silent = client();
    start(&mut silent);
    while let Some(due) = silent.poll_timeout() {
        silent.handle_timeout(due);
    }
    let expected = Fault::new(FaultCode::IpcpFailed).with(Evidence::Unanswered(10));
    assert_eq!(events(&mut silent), [Event::Finished(Some(expected))]);

    let mut endless = client();
    let mut request = start(&mut endless);
    for round in 0..19 {
        let other = [10, 0, 0, round + 1];
        request = answer(&mut endless, &request, code::CONFIGURE_NAK, &[(3, &other)]).remove(0);
    }
    answer(&mut endless, &request, code::CONFIGURE_NAK, &[(3, &OURS)]);
    assert_eq!(events(&mut endless), [fault(FaultCode::IpcpFailed)]);
}

#[test]
fn client_and_server_agree_over_a_line_that_loses_a_third() {
    let mut up = 0;
    for seed in 0..50 {
        let mut line = Line::new([client(), server()], 33, seed);
        line.open();
        line.run(Duration::from_secs(60));
        if line.both_opened() {
            up += 1;
            let client =
                Agreed { local: OURS.into(), peer: Some(THEIRS.into()), dns: vec![DNS.into()], nbns: vec![] };
            let server = Agreed { local: THEIRS.into(), peer: Some(OURS.into()), dns: vec![], nbns: vec![] };
            assert_eq!(line.events[0].last(), Some(&Event::Up(client)), "{seed}");
            assert_eq!(line.events[1].last(), Some(&Event::Up(server)), "{seed}");
        }
    }
    assert!(up >= 49, "{up} of 50");
}

#[test]
fn hostile_packets_end_without_panic() {
    let more = [
        packet(code::CONFIGURE_REQUEST, 1, &options(&[(2, &[0, 0x2D, 0x0F, 1]), (3, &THEIRS)])),
        packet(code::CONFIGURE_NAK, 1, &options(&[(3, &OURS), (129, &DNS), (131, &NONE)])),
        packet(code::CONFIGURE_REJECT, 1, &options(&[(131, &NONE)])),
        packet(code::TERMINATE_REQUEST, 1, &[]),
        packet(code::TERMINATE_ACK, 1, &[]),
        packet(code::CODE_REJECT, 1, &[1, 1, 0, 4]),
    ];
    torment(|_: Chance| [client(), server()], &more);
    torment(|_: Chance| [server(), client()], &more);
}
