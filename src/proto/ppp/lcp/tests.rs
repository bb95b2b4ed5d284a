use std::string::ToString;
use std::time::Duration;
use std::vec;
use std::vec::Vec;

use culvert_model::{AuthMethod, AuthMethods, Evidence, Fault, FaultCode, Instant};

use super::{Agreed, Config, Event, Lcp, Notice, Role, option};
use crate::Chance;
use crate::ppp::fsm::State;
use crate::ppp::negotiation::testing::{
    Line, answer, events, exchange, judge, options, packet, sent, start, torment,
};
use crate::wire::ppp::{ControlPacket, Options, code, protocol};

const MS_CHAP_V2: &[u8] = &[0xC2, 0x23, 0x81];
const EAP: &[u8] = &[0xC2, 0x27];
const PAP: &[u8] = &[0xC0, 0x23];

fn client(methods: &[AuthMethod]) -> Lcp {
    let auth = AuthMethods::new(methods.iter().copied());
    Lcp::new(Config { role: Role::Client, mru: 1400, auth }, Chance::new([5; 32]))
}

fn server(methods: &[AuthMethod]) -> Lcp {
    let auth = AuthMethods::new(methods.iter().copied());
    Lcp::new(Config { role: Role::Server, mru: 1400, auth }, Chance::new([6; 32]))
}

fn opened(mut lcp: Lcp) -> Lcp {
    let request = start(&mut lcp);
    judge(&mut lcp, 1, &[]);
    answer(&mut lcp, &request, code::CONFIGURE_ACK, &[]);
    assert!(matches!(events(&mut lcp)[..], [Event::Up(_)]));
    lcp
}

fn asks_for(request: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let packet = ControlPacket::parse(request).unwrap();
    Options::new(packet.data)
        .map(|option| option.map(|(kind, value)| (kind, value.to_vec())).unwrap())
        .collect()
}

fn fault_of(events: &[Event]) -> Option<Fault> {
    events.iter().find_map(|event| match event {
        Event::Finished(fault) => fault.clone(),
        _ => None,
    })
}

#[test]
fn the_client_asks_for_mru_and_magic_number_alone() {
    let request = start(&mut client(&[AuthMethod::MsChapV2]));
    let asked = asks_for(&request);
    assert_eq!(asked[0], (option::MAXIMUM_RECEIVE_UNIT, vec![0x05, 0x78]));
    assert_eq!(asked[1].0, option::MAGIC_NUMBER);
    assert_ne!(asked[1].1, [0; 4]);
    assert_eq!(asked.len(), 2);
}

#[test]
fn every_option_has_its_answer() {
    let ack = |list: &[(u8, &[u8])]| {
        let mut lcp = client(&[AuthMethod::MsChapV2]);
        start(&mut lcp);
        judge(&mut lcp, 7, list)
    };
    for fine in [
        (option::MAXIMUM_RECEIVE_UNIT, &[0x02, 0x44][..]),
        (option::MAXIMUM_RECEIVE_UNIT, &[0xFF, 0xFF]),
        (option::ASYNC_CONTROL_CHARACTER_MAP, &[0xFF; 4]),
        (option::AUTHENTICATION_PROTOCOL, MS_CHAP_V2),
        (option::MAGIC_NUMBER, &[1, 2, 3, 4]),
        (option::PROTOCOL_FIELD_COMPRESSION, &[]),
        (option::ADDRESS_AND_CONTROL_FIELD_COMPRESSION, &[]),
    ] {
        assert_eq!(ack(&[fine]), (code::CONFIGURE_ACK, options(&[fine])), "{fine:?}");
    }
    for (refused, wanted) in [
        ((option::MAXIMUM_RECEIVE_UNIT, &[0x02, 0x43][..]), &[0x05, 0x78][..]),
        ((option::MAXIMUM_RECEIVE_UNIT, &[0x00, 0x80]), &[0x05, 0x78]),
        ((option::AUTHENTICATION_PROTOCOL, EAP), MS_CHAP_V2),
        ((option::AUTHENTICATION_PROTOCOL, PAP), MS_CHAP_V2),
        ((option::AUTHENTICATION_PROTOCOL, &[0xC2, 0x23]), MS_CHAP_V2),
        ((option::AUTHENTICATION_PROTOCOL, &[]), MS_CHAP_V2),
    ] {
        assert_eq!(ack(&[refused]), (code::CONFIGURE_NAK, options(&[(refused.0, wanted)])), "{refused:?}");
    }
    assert_eq!(ack(&[(option::MAGIC_NUMBER, &[0; 4])]).0, code::CONFIGURE_NAK);
    for unknown in [4, 9, 10, 13, 15, 16, 17, 18, 19, 20, 21, 23, 0, 255] {
        let wish: (u8, &[u8]) = (unknown, &[1, 2, 3]);
        assert_eq!(ack(&[wish]), (code::CONFIGURE_REJECT, options(&[wish])), "{unknown}");
    }
    for odd in [
        (option::MAXIMUM_RECEIVE_UNIT, &[5][..]),
        (option::MAGIC_NUMBER, &[1, 2, 3]),
        (option::PROTOCOL_FIELD_COMPRESSION, &[0]),
        (option::ASYNC_CONTROL_CHARACTER_MAP, &[]),
    ] {
        assert_eq!(ack(&[odd]), (code::CONFIGURE_REJECT, options(&[odd])), "{odd:?}");
    }
}

#[test]
fn an_option_that_is_asked_for_twice_is_rejected_the_second_time() {
    let mut lcp = client(&[AuthMethod::MsChapV2, AuthMethod::Pap]);
    start(&mut lcp);
    let pap = (option::AUTHENTICATION_PROTOCOL, PAP);
    let twice = judge(&mut lcp, 1, &[(option::AUTHENTICATION_PROTOCOL, MS_CHAP_V2), pap]);
    assert_eq!(twice, (code::CONFIGURE_REJECT, options(&[pap])));
}

/// The first request of RRAS, and what it makes of our answers.
#[test]
fn the_opening_of_a_windows_server_is_brought_to_agreement() {
    let mut lcp = client(&[AuthMethod::MsChapV2]);
    let request = start(&mut lcp);
    let magic: (u8, &[u8]) = (option::MAGIC_NUMBER, &[0x35, 0x10, 0x4A, 0x7C]);
    let mru: (u8, &[u8]) = (option::MAXIMUM_RECEIVE_UNIT, &[0x05, 0x78]);
    let pfc: (u8, &[u8]) = (option::PROTOCOL_FIELD_COMPRESSION, &[]);
    let acfc: (u8, &[u8]) = (option::ADDRESS_AND_CONTROL_FIELD_COMPRESSION, &[]);
    let eap = (option::AUTHENTICATION_PROTOCOL, EAP);
    let callback: (u8, &[u8]) = (13, &[6]);
    let mrru: (u8, &[u8]) = (17, &[0x06, 0x4E]);
    let discriminator: (u8, &[u8]) = (19, &[1; 21]);
    let rejected = judge(&mut lcp, 0, &[mru, eap, magic, pfc, acfc, callback, mrru, discriminator]);
    assert_eq!(rejected, (code::CONFIGURE_REJECT, options(&[callback, mrru, discriminator])));
    let nakked = judge(&mut lcp, 1, &[mru, eap, magic, pfc, acfc]);
    assert_eq!(nakked, (code::CONFIGURE_NAK, options(&[(option::AUTHENTICATION_PROTOCOL, MS_CHAP_V2)])));
    let fine = [mru, (option::AUTHENTICATION_PROTOCOL, MS_CHAP_V2), magic, pfc, acfc];
    assert_eq!(judge(&mut lcp, 2, &fine), (code::CONFIGURE_ACK, options(&fine)));
    answer(&mut lcp, &request, code::CONFIGURE_ACK, &[]);
    let [Event::Up(agreed)] = events(&mut lcp)[..] else { panic!("not up") };
    assert_eq!(
        agreed,
        Agreed {
            peer_mru: 1400,
            mru: 1400,
            magic: agreed.magic,
            login: Some(AuthMethod::MsChapV2),
            peer_login: None,
            address_and_control_field_compression: true,
            protocol_field_compression: true,
        }
    );
}

#[test]
fn a_server_that_insists_on_eap_ends_with_the_methods_it_asked_for() {
    let mut lcp = client(&[AuthMethod::MsChapV2]);
    start(&mut lcp);
    for identifier in 0..5 {
        assert_eq!(
            judge(&mut lcp, identifier, &[(option::AUTHENTICATION_PROTOCOL, EAP)]).0,
            code::CONFIGURE_NAK
        );
    }
    let last = packet(code::CONFIGURE_REQUEST, 5, &options(&[(option::AUTHENTICATION_PROTOCOL, EAP)]));
    let sent = exchange(&mut lcp, &last, Instant::ZERO);
    assert_eq!(sent[0][0], code::TERMINATE_REQUEST);
    let methods = Evidence::MethodsAsked(vec!["eap".to_string()]);
    assert_eq!(events(&mut lcp), [Event::Finished(Some(Fault::new(FaultCode::EapRequired).with(methods)))]);
}

#[test]
fn every_allowed_login_is_suggested_the_best_one_twice() {
    let mut lcp = client(&[AuthMethod::MsChapV2, AuthMethod::ChapMd5, AuthMethod::Pap]);
    start(&mut lcp);
    for (identifier, suggested) in
        [MS_CHAP_V2, MS_CHAP_V2, &[0xC2, 0x23, 0x05], PAP, MS_CHAP_V2].into_iter().enumerate()
    {
        let answer =
            judge(&mut lcp, identifier.try_into().unwrap(), &[(option::AUTHENTICATION_PROTOCOL, EAP)]);
        let nak = options(&[(option::AUTHENTICATION_PROTOCOL, suggested)]);
        assert_eq!(answer, (code::CONFIGURE_NAK, nak), "{identifier}");
    }
}

#[test]
fn a_server_that_hangs_up_over_the_login_is_told_from_one_that_just_hangs_up() {
    let mut lcp = client(&[AuthMethod::MsChapV2]);
    start(&mut lcp);
    judge(&mut lcp, 0, &[(option::AUTHENTICATION_PROTOCOL, EAP)]);
    judge(&mut lcp, 1, &[(option::AUTHENTICATION_PROTOCOL, PAP)]);
    let sent = exchange(
        &mut lcp,
        &packet(code::TERMINATE_REQUEST, 9, b"peer refused to authenticate"),
        Instant::ZERO,
    );
    assert_eq!(sent, [packet(code::TERMINATE_ACK, 9, &[])]);
    let fault = fault_of(&events(&mut lcp)).unwrap();
    assert_eq!(fault.code, FaultCode::AuthMethodRefused);
    assert_eq!(fault.evidence[0], Evidence::MethodsAsked(vec!["eap".to_string(), "pap".to_string()]));
    assert_eq!(fault.evidence[1], Evidence::ServerText("peer refused to authenticate".to_string()));

    let mut lcp = client(&[AuthMethod::MsChapV2]);
    start(&mut lcp);
    exchange(&mut lcp, &packet(code::TERMINATE_REQUEST, 9, &[]), Instant::ZERO);
    assert_eq!(fault_of(&events(&mut lcp)), Some(Fault::new(FaultCode::LcpTerminated)));
}

#[test]
fn the_reason_of_a_windows_server_is_decoded() {
    for (error, expected) in [
        (691, FaultCode::AuthRejected),
        (742, FaultCode::MppeMismatch),
        (649, FaultCode::AuthNoVpnRight),
        (0, FaultCode::PeerClosed),
        (4_000_000_000, FaultCode::PeerClosed),
    ] {
        let mut lcp = opened(client(&[AuthMethod::MsChapV2]));
        let mut data = vec![0x21, 0x0F, 0x4D, 0x2D, 0x00, 0x3C, 0xCD, 0x74];
        data.extend(u32::to_be_bytes(error));
        exchange(&mut lcp, &packet(code::TERMINATE_REQUEST, 3, &data), Instant::ZERO);
        let fault = Fault::new(expected).with(Evidence::RasError(error));
        assert_eq!(events(&mut lcp), [Event::Down, Event::Finished(Some(fault))]);
    }
}

#[test]
fn the_reason_of_pppd_is_read_and_garbage_is_not_shown() {
    for (data, expected) in [
        (&b"MPPE required but peer negotiation failed"[..], FaultCode::MppeMismatch),
        (b"Link inactive", FaultCode::IdleTimeout),
        (b"Authentication failed", FaultCode::AuthRejected),
        (b"User request", FaultCode::PeerClosed),
    ] {
        let mut lcp = opened(client(&[AuthMethod::MsChapV2]));
        exchange(&mut lcp, &packet(code::TERMINATE_REQUEST, 3, data), Instant::ZERO);
        let fault = fault_of(&events(&mut lcp)).unwrap();
        assert_eq!(fault, Fault::new(expected).with(Evidence::server_text(data)));
    }
    let mut lcp = opened(client(&[AuthMethod::MsChapV2]));
    exchange(&mut lcp, &packet(code::TERMINATE_REQUEST, 3, &[0x00, 0xFF, 0x80]), Instant::ZERO);
    assert_eq!(fault_of(&events(&mut lcp)), Some(Fault::new(FaultCode::PeerClosed)));
}

#[test]
fn the_server_demands_one_login_after_the_other() {
    let mut lcp = server(&[AuthMethod::MsChapV2, AuthMethod::ChapMd5, AuthMethod::Pap]);
    let first = start(&mut lcp);
    assert_eq!(asks_for(&first)[1], (option::AUTHENTICATION_PROTOCOL, MS_CHAP_V2.to_vec()));
    let second = answer(&mut lcp, &first, code::CONFIGURE_NAK, &[(option::AUTHENTICATION_PROTOCOL, EAP)]);
    assert_eq!(asks_for(&second[0])[1].1, [0xC2, 0x23, 0x05]);
    let third = answer(&mut lcp, &second[0], code::CONFIGURE_NAK, &[(option::AUTHENTICATION_PROTOCOL, PAP)]);
    assert_eq!(asks_for(&third[0])[1].1, PAP);
    judge(&mut lcp, 1, &[]);
    answer(&mut lcp, &third[0], code::CONFIGURE_ACK, &[]);
    let [Event::Up(agreed)] = events(&mut lcp)[..] else { panic!("not up") };
    assert_eq!((agreed.peer_login, agreed.login), (Some(AuthMethod::Pap), None));

    let mut lcp = server(&[AuthMethod::MsChapV2]);
    let request = start(&mut lcp);
    answer(&mut lcp, &request, code::CONFIGURE_REJECT, &[(option::AUTHENTICATION_PROTOCOL, MS_CHAP_V2)]);
    assert_eq!(fault_of(&events(&mut lcp)), Some(Fault::new(FaultCode::AuthMethodRefused)));
}

#[test]
fn the_server_does_not_log_in() {
    let mut lcp = server(&[AuthMethod::MsChapV2]);
    start(&mut lcp);
    let wish = (option::AUTHENTICATION_PROTOCOL, MS_CHAP_V2);
    assert_eq!(judge(&mut lcp, 1, &[wish]), (code::CONFIGURE_REJECT, options(&[wish])));
}

#[test]
fn a_rejected_option_is_not_asked_for_again() {
    let mut lcp = client(&[AuthMethod::MsChapV2]);
    let request = start(&mut lcp);
    let magic = asks_for(&request)[1].1.clone();
    let next = answer(&mut lcp, &request, code::CONFIGURE_REJECT, &[(option::MAGIC_NUMBER, &magic)]);
    assert_eq!(asks_for(&next[0]), [(option::MAXIMUM_RECEIVE_UNIT, vec![0x05, 0x78])]);
    let next = answer(&mut lcp, &next[0], code::CONFIGURE_NAK, &[(option::MAGIC_NUMBER, &[1, 2, 3, 4])]);
    assert_eq!(asks_for(&next[0]), [(option::MAXIMUM_RECEIVE_UNIT, vec![0x05, 0x78])]);
    let next =
        answer(&mut lcp, &next[0], code::CONFIGURE_REJECT, &[(option::MAXIMUM_RECEIVE_UNIT, &[5, 0x78])]);
    assert_eq!(asks_for(&next[0]), []);
    judge(&mut lcp, 1, &[]);
    answer(&mut lcp, &next[0], code::CONFIGURE_ACK, &[]);
    let [Event::Up(agreed)] = events(&mut lcp)[..] else { panic!("not up") };
    assert_eq!((agreed.mru, agreed.peer_mru, agreed.magic), (1500, 1500, 0));
}

#[test]
fn the_peer_may_name_another_mru_within_reason() {
    for (wanted, asked) in [(1460_u16, Some(1460_u16)), (576, Some(576)), (64, None), (9000, None)] {
        let mut lcp = client(&[AuthMethod::MsChapV2]);
        let request = start(&mut lcp);
        let nak: (u8, &[u8]) = (option::MAXIMUM_RECEIVE_UNIT, &wanted.to_be_bytes());
        let next = answer(&mut lcp, &request, code::CONFIGURE_NAK, &[nak]);
        let mru = asks_for(&next[0]).into_iter().find(|(kind, _)| *kind == option::MAXIMUM_RECEIVE_UNIT);
        assert_eq!(mru.map(|(_, value)| value), asked.map(|mru| mru.to_be_bytes().to_vec()));
    }
}

#[test]
fn a_link_that_leads_back_to_us_is_noticed_while_negotiating() {
    let mut lcp = client(&[AuthMethod::MsChapV2]);
    lcp.open(Instant::ZERO);
    lcp.up(Instant::ZERO);
    for _ in 0..100 {
        for echoed in sent(&mut lcp) {
            let _ = lcp.handle_packet(&echoed, Instant::ZERO);
        }
    }
    assert_eq!(fault_of(&events(&mut lcp)), Some(Fault::new(FaultCode::Loopback)));
}

#[test]
fn a_link_that_leads_back_to_us_is_noticed_by_its_echoes() {
    let mut lcp = opened(client(&[AuthMethod::MsChapV2]));
    for round in 0..10 {
        assert!(lcp.is_opened(), "{round}");
        lcp.echo();
        let request = sent(&mut lcp).pop().unwrap();
        let _ = lcp.handle_packet(&request, Instant::ZERO);
    }
    assert!(!lcp.is_opened());
    assert_eq!(events(&mut lcp), [Event::Down, Event::Finished(Some(Fault::new(FaultCode::Loopback)))]);
}

#[test]
fn an_echo_is_answered_with_our_magic_number_and_the_peer_s_data() {
    let mut lcp = client(&[AuthMethod::MsChapV2]);
    let request = start(&mut lcp);
    let early = packet(code::ECHO_REQUEST, 5, &[1, 2, 3, 4, 5, 6]);
    assert_eq!(exchange(&mut lcp, &early, Instant::ZERO), Vec::<Vec<u8>>::new());
    judge(&mut lcp, 1, &[]);
    answer(&mut lcp, &request, code::CONFIGURE_ACK, &[]);
    let mut expected = asks_for(&request)[1].1.clone();
    expected.extend([5, 6]);
    assert_eq!(exchange(&mut lcp, &early, Instant::ZERO), [packet(code::ECHO_REPLY, 5, &expected)]);
    let short = packet(code::ECHO_REQUEST, 5, &[1, 2, 3]);
    assert_eq!(exchange(&mut lcp, &short, Instant::ZERO), Vec::<Vec<u8>>::new());
}

#[test]
fn a_reply_to_an_echo_of_ours_needs_no_answer() {
    let mut lcp = opened(client(&[AuthMethod::MsChapV2]));
    lcp.echo();
    let request = sent(&mut lcp).remove(0);
    assert_eq!(request[0], code::ECHO_REQUEST);
    let reply = packet(code::ECHO_REPLY, request[1], &[9, 9, 9, 9]);
    assert_eq!(exchange(&mut lcp, &reply, Instant::ZERO), Vec::<Vec<u8>>::new());
    assert_eq!((events(&mut lcp), lcp.state()), (vec![], State::Opened));
}

#[test]
fn codes_that_only_inform_are_never_rejected() {
    let mut lcp = opened(client(&[AuthMethod::MsChapV2]));
    let identification = packet(code::IDENTIFICATION, 1, b"\0\0\0\0MSRASV5.20");
    let remaining = packet(code::TIME_REMAINING, 2, &[0, 0, 0, 0, 0, 0, 1, 0x2C]);
    let discard = packet(code::DISCARD_REQUEST, 3, &[0; 8]);
    for quiet in [identification, remaining, discard] {
        assert_eq!(exchange(&mut lcp, &quiet, Instant::ZERO), Vec::<Vec<u8>>::new());
    }
    let said = Notice::Identified("MSRASV5.20".to_string());
    assert_eq!(events(&mut lcp), [Event::Noticed(said), Event::Noticed(Notice::TimeRemaining(300))]);
    let unknown = packet(99, 4, &[1, 2]);
    assert_eq!(exchange(&mut lcp, &unknown, Instant::ZERO)[0][4..], unknown);
}

#[test]
fn protocols_are_rejected_only_when_opened_and_within_the_peer_s_mru() {
    let mut lcp = client(&[AuthMethod::MsChapV2]);
    let request = start(&mut lcp);
    lcp.protocol_reject(protocol::IPV6CP, &[1; 2000]);
    assert_eq!(lcp.poll_transmit(), None);
    judge(&mut lcp, 1, &[(option::MAXIMUM_RECEIVE_UNIT, &[0x02, 0x58])]);
    answer(&mut lcp, &request, code::CONFIGURE_ACK, &[]);
    lcp.protocol_reject(protocol::IPV6CP, &[1; 2000]);
    let rejection = lcp.poll_transmit().unwrap();
    assert_eq!((rejection[0], rejection.len()), (code::PROTOCOL_REJECT, 600));
    assert_eq!(rejection[4..6], [0x80, 0x57]);
}

#[test]
fn a_protocol_reject_is_told_and_that_of_lcp_itself_is_the_end() {
    let mut lcp = opened(client(&[AuthMethod::MsChapV2]));
    exchange(&mut lcp, &packet(code::PROTOCOL_REJECT, 1, &[0x80, 0xFD, 1, 1, 0, 4]), Instant::ZERO);
    assert_eq!(events(&mut lcp), [Event::Noticed(Notice::ProtocolRejected(protocol::CCP))]);
    exchange(&mut lcp, &packet(code::PROTOCOL_REJECT, 1, &[0xC0, 0x21]), Instant::ZERO);
    assert_eq!(fault_of(&events(&mut lcp)), Some(Fault::new(FaultCode::LcpTerminated)));
}

#[test]
fn a_peer_without_echoes_is_put_up_with() {
    let mut lcp = opened(client(&[AuthMethod::MsChapV2]));
    exchange(&mut lcp, &packet(code::CODE_REJECT, 1, &[code::ECHO_REQUEST, 1, 0, 8]), Instant::ZERO);
    assert_eq!((events(&mut lcp), lcp.state()), (vec![], State::Opened));
}

#[test]
fn two_ends_agree_over_a_line_that_loses_a_third() {
    let mut opened = 0;
    for seed in 0..50 {
        let methods = [AuthMethod::MsChapV2, AuthMethod::MsChapV1];
        let mut line = Line::new([client(&methods[..1]), server(&methods)], 33, seed);
        line.open();
        line.run(Duration::from_secs(60));
        assert!(line.both_opened() || line.events.iter().any(|events| fault_of(events).is_some()), "{seed}");
        opened += u32::from(line.both_opened());
    }
    assert!(opened >= 49, "{opened} of 50");
}

#[test]
fn hostile_packets_end_without_panic() {
    let make = |mut chance: Chance| {
        let auth = AuthMethods::new([AuthMethod::MsChapV2, AuthMethod::Pap]);
        let config = |role| Config { role, mru: 1400, auth: auth.clone() };
        [Lcp::new(config(Role::Client), chance.fork()), Lcp::new(config(Role::Server), chance.fork())]
    };
    let more = [
        packet(code::TERMINATE_REQUEST, 1, &[1, 2, 3, 4, 0, 0x3C, 0xCD, 0x74, 0, 0, 2, 0xB3]),
        packet(code::CODE_REJECT, 1, &[9, 1, 0, 4]),
        packet(code::PROTOCOL_REJECT, 1, &[0x80, 0xFD, 1, 1, 0, 4]),
        packet(code::ECHO_REQUEST, 1, &[1, 2, 3, 4]),
        packet(code::ECHO_REPLY, 1, &[1, 2, 3, 4]),
        packet(code::IDENTIFICATION, 1, b"\0\0\0\0MSRASV5.20"),
        packet(code::TIME_REMAINING, 1, &[0; 8]),
        packet(code::CONFIGURE_REQUEST, 1, &options(&[(13, &[6]), (17, &[6, 78]), (3, EAP)])),
    ];
    torment(make, &more);
}
