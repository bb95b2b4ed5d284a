//! Both ends of a login wired together, and the client against a scripted server.

use std::format;
use std::string::String;
use std::vec::Vec;

use core::time::Duration;

use culvert_model::{AuthMethod, Evidence, Fault, FaultCode, Instant, KeyStrength};

use super::packet::{chap, counted, emit, emit_value, pap};
use super::testing::{Wire, chance, client, credentials, drain, hex, server};
use super::{Authenticatee, Event, MasterKey, StartKeys, ms_chap, ms_chap_v2};

const NOW: Instant = Instant::ZERO;
const ALICE: [(&str, &str); 1] = [("alice", "clientPass")];

fn keys(events: &[Event]) -> &Option<StartKeys> {
    match events {
        [.., Event::Succeeded { keys }] => keys,
        other => panic!("no success: {other:?}"),
    }
}

fn fault_code(event: &Event) -> FaultCode {
    match event {
        Event::Refused { fault, .. } | Event::Failed(fault) => fault.code,
        Event::Succeeded { .. } => panic!("a success"),
    }
}

/// One packet that the client has to send now.
fn sent(client: &mut Authenticatee) -> Vec<u8> {
    client.poll_transmit().expect("a packet")
}

fn challenge(client: &mut Authenticatee, identifier: u8, value: &[u8]) -> Vec<u8> {
    client.handle_packet(&emit_value(chap::CHALLENGE, identifier, value, b"").unwrap(), NOW);
    sent(client)
}

fn fail(client: &mut Authenticatee, identifier: u8, text: &str) {
    client.handle_packet(&emit(chap::FAILURE, identifier, text.as_bytes()), NOW);
}

fn succeed(client: &mut Authenticatee, identifier: u8, text: &str) {
    client.handle_packet(&emit(chap::SUCCESS, identifier, text.as_bytes()), NOW);
}

/// The value and the name in a Response.
fn response(packet: &[u8]) -> (&[u8], &[u8]) {
    assert_eq!(packet[0], chap::RESPONSE);
    counted(&packet[4..]).unwrap()
}

/// What a server that hashes `user` and the NT hash `hash` makes of a Response: the proof, if it is right.
fn judge(packet: &[u8], challenge: &[u8; 16], user: &str, hash: &[u8; 16]) -> Option<String> {
    let (value, _) = response(packet);
    let peer_challenge = value[..16].try_into().unwrap();
    let challenge = ms_chap_v2::challenge_hash(&peer_challenge, challenge, user.as_bytes());
    let expected = ms_chap_v2::nt_response(&challenge, hash);
    let proof = ms_chap_v2::authenticator_response(hash, &expected, &challenge);
    let hex: String = proof.iter().map(|octet| format!("{octet:02x}")).collect();
    (value[24..48] == expected).then(|| format!("S={hex}"))
}

#[test]
fn every_method_logs_in() {
    for method in AuthMethod::ALL {
        for name in ["alice", "OFFICE\\alice"] {
            let mut wire = Wire::new(client(method, name, "clientPass"), server(method, &ALICE));
            wire.run();
            assert_eq!(wire.client_events.len(), 1, "{method}");
            assert_eq!(wire.server_events.len(), 1, "{method}");
            assert_eq!(wire.server.user(), Some(name));
            let (mine, theirs) = (keys(&wire.client_events), keys(&wire.server_events));
            assert_eq!(mine.is_some(), method.gives_keys());
            let (Some(mine), Some(theirs)) = (mine, theirs) else { continue };
            for strength in [KeyStrength::Bits40, KeyStrength::Bits56, KeyStrength::Bits128] {
                assert_eq!(mine.send(strength), theirs.receive(strength));
                assert_eq!(mine.receive(strength), theirs.send(strength));
            }
        }
    }
}

#[test]
fn a_login_survives_loss_or_ends_with_its_reason() {
    for method in AuthMethod::ALL {
        for seed in 0..=255 {
            let users = server(method, &ALICE).with_retries(1);
            let mut wire = Wire::new(client(method, "alice", "clientPass"), users).with_loss(20, seed);
            wire.run();
            assert!(matches!(wire.client_events[..], [Event::Succeeded { .. }]), "{method} {seed}");
            assert!(matches!(wire.server_events[..], [Event::Succeeded { .. }]), "{method} {seed}");
        }
    }
}

#[test]
fn a_wrong_password_is_refused_under_loss() {
    for method in AuthMethod::ALL {
        for seed in 0..=255 {
            let mut wire =
                Wire::new(client(method, "alice", "wrong"), server(method, &ALICE)).with_loss(20, seed);
            wire.run();
            let [Event::Refused { fault, retry: false, .. }] = &wire.client_events[..] else {
                panic!("{method} {seed}: {:?}", wire.client_events)
            };
            assert_eq!(fault.code, FaultCode::AuthRejected);
        }
    }
}

#[test]
fn only_the_method_that_was_asked_for_is_spoken() {
    let challenge: [u8; 16] = [7; 16];
    for method in AuthMethod::ALL {
        let mut wire = Wire::new(client(method, "alice", "clientPass"), server(method, &ALICE));
        wire.run();
        let holds_password = |packet: &[u8]| packet.windows(10).any(|window| window == b"clientPass");
        assert_eq!(wire.sent.iter().any(|(_, packet)| holds_password(packet)), method == AuthMethod::Pap);
        // A Challenge means nothing to PAP, and a PAP packet nothing to CHAP.
        let mut client = client(method, "alice", "clientPass");
        client.poll_transmit();
        for code in [pap::ACK, pap::NAK] {
            client.handle_packet(&emit(code, 0, b"\0"), NOW);
        }
        client.handle_packet(&emit_value(chap::CHALLENGE, 9, &challenge[..5], b"").unwrap(), NOW);
        assert_eq!(client.poll_transmit().is_some(), method == AuthMethod::ChapMd5);
        assert_eq!(drain(|| client.poll_event()), []);
    }
}

#[test]
fn a_wrong_proof_ends_the_login_and_gives_no_keys() {
    let right =
        |packet: &[u8]| judge(packet, &[7; 16], "alice", &ms_chap::nt_password_hash("clientPass")).unwrap();
    let spoil: [fn(String) -> String; 5] = [
        |_| String::new(),
        |_| String::from("M=Access granted"),
        |_| String::from("S=407A5589115FD0D6209F510FE9C04566932CDA56"),
        |proof| String::from(&proof[..41]),
        |proof| proof.replacen("S=", "P=", 1),
    ];
    for spoil in spoil {
        let mut client = client(AuthMethod::MsChapV2, "alice", "clientPass");
        let packet = challenge(&mut client, 5, &[7; 16]);
        succeed(&mut client, 5, &spoil(right(&packet)));
        let events = drain(|| client.poll_event());
        assert!(matches!(&events[..], [Event::Failed(fault)] if fault.code == FaultCode::ServerNotAuthentic));
        // The true proof comes too late, and nothing more is said.
        succeed(&mut client, 5, &right(&packet));
        client.handle_packet(&emit_value(chap::CHALLENGE, 6, &[8; 16], b"").unwrap(), NOW);
        client.handle_timeout(NOW + Duration::from_secs(600));
        assert_eq!(drain(|| client.poll_event()), []);
        assert_eq!(client.poll_transmit(), None);
        assert_eq!(client.poll_timeout(), None);
    }
}

#[test]
fn a_proof_is_believed_in_every_spelling() {
    let spellings: [fn(String) -> String; 4] = [
        |proof| proof,
        |proof| proof.to_uppercase(),
        |proof| proof + " M=Welcome",
        |proof| proof + "M=Welcome",
    ];
    for spell in spellings {
        let mut client = client(AuthMethod::MsChapV2, "OFFICE\\alice", "clientPass");
        let packet = challenge(&mut client, 5, &[7; 16]);
        assert_eq!(response(&packet).1, b"OFFICE\\alice");
        let proof = judge(&packet, &[7; 16], "alice", &ms_chap::nt_password_hash("clientPass")).unwrap();
        succeed(&mut client, 4, &proof);
        assert_eq!(client.poll_event(), None, "another identifier");
        succeed(&mut client, 5, &spell(proof));
        assert!(matches!(client.poll_event(), Some(Event::Succeeded { keys: Some(_) })));
    }
}

#[test]
fn the_answer_to_a_repeated_challenge_is_the_same() {
    let mut client = client(AuthMethod::MsChapV2, "alice", "clientPass");
    let first = challenge(&mut client, 5, &[7; 16]);
    assert_eq!(challenge(&mut client, 5, &[7; 16]), first);
    let other = challenge(&mut client, 6, &[7; 16]);
    assert_ne!(response(&other).0[..16], response(&first).0[..16], "a peer challenge of its own");
    assert_eq!(response(&other).0[16..24], [0; 8]);
    assert_eq!(response(&other).0.len(), 49);
}

#[test]
fn a_response_is_repeated_and_then_given_up() {
    let mut client = client(AuthMethod::MsChapV2, "alice", "clientPass");
    let first = challenge(&mut client, 5, &[7; 16]);
    let mut copies = 1;
    while let Some(now) = client.poll_timeout() {
        client.handle_timeout(now);
        copies += u32::from(client.poll_transmit().is_some_and(|packet| packet == first));
    }
    assert_eq!(copies, 10);
    let expected = Fault::new(FaultCode::AuthTimeout)
        .with(Evidence::Method(AuthMethod::MsChapV2))
        .with(Evidence::SilentFor(60))
        .with(Evidence::Unanswered(10));
    assert_eq!(drain(|| client.poll_event()), [Event::Failed(expected)]);
}

#[test]
fn without_a_challenge_or_a_response_both_ends_give_up() {
    for method in [AuthMethod::ChapMd5, AuthMethod::MsChapV1, AuthMethod::MsChapV2] {
        let mut client = client(method, "alice", "clientPass");
        assert_eq!(client.poll_transmit(), None);
        client.handle_timeout(client.poll_timeout().unwrap());
        assert_eq!(fault_code(&client.poll_event().unwrap()), FaultCode::AuthTimeout);
        let mut server = server(method, &ALICE);
        let mut copies = u32::from(server.poll_transmit().is_some());
        while let Some(now) = server.poll_timeout() {
            server.handle_timeout(now);
            copies += u32::from(server.poll_transmit().is_some());
        }
        assert_eq!(copies, 10);
        assert_eq!(fault_code(&server.poll_event().unwrap()), FaultCode::AuthTimeout);
    }
}

#[test]
fn each_request_of_pap_has_its_own_identifier() {
    let mut client = client(AuthMethod::Pap, "alice", "clientPass");
    let first = sent(&mut client);
    assert_eq!(first[4..], *b"\x05alice\x0AclientPass");
    client.handle_timeout(NOW + Duration::from_secs(3));
    let second = sent(&mut client);
    assert_eq!(second[1], first[1].wrapping_add(1));
    assert_eq!(second[4..], first[4..]);
    client.handle_packet(&emit(pap::ACK, first[1].wrapping_sub(1), &[0]), NOW);
    assert_eq!(client.poll_event(), None, "never asked");
    client.handle_packet(&emit(pap::ACK, first[1], &[]), NOW);
    assert_eq!(client.poll_event(), Some(Event::Succeeded { keys: None }));
}

#[test]
fn what_pap_cannot_carry_is_not_sent() {
    let long = String::from_iter(["x"; 256]);
    for (name, password) in [("alice", &long[..]), (&long[..], "clientPass")] {
        let mut client = client(AuthMethod::Pap, name, password);
        assert_eq!(client.poll_transmit(), None);
        assert_eq!(fault_code(&client.poll_event().unwrap()), FaultCode::AuthRejected);
    }
}

#[test]
fn another_password_is_tried_in_place() {
    for method in [AuthMethod::MsChapV1, AuthMethod::MsChapV2] {
        for (loss, seed) in (0..40).map(|seed| (seed.min(1) * 20, seed as u8)) {
            let users = server(method, &ALICE).with_retries(2);
            let mut wire = Wire::new(client(method, "alice", "wrong"), users).with_loss(loss, seed);
            // The person needs some time: until they answer, only the server has a timer.
            while wire.client_events.is_empty() {
                wire.step();
            }
            assert!(matches!(&wire.client_events[..], [Event::Refused { retry: true, .. }]));
            assert_eq!(wire.client.refusal().map(|fault| fault.code), Some(FaultCode::AuthRejected));
            assert_eq!(wire.client.poll_timeout(), None);
            wire.client.answer(credentials("alice", "clientPass"), wire.now);
            wire.run();
            let (mine, theirs) = (keys(&wire.client_events), keys(&wire.server_events));
            let strength = KeyStrength::Bits128;
            assert_eq!(mine.as_ref().unwrap().send(strength), theirs.as_ref().unwrap().receive(strength));
            assert_eq!(wire.server_events.len(), 2);
        }
    }
}

#[test]
fn tries_run_out() {
    let users = server(AuthMethod::MsChapV2, &ALICE).with_retries(1);
    let mut wire = Wire::new(client(AuthMethod::MsChapV2, "alice", "wrong"), users);
    while wire.client_events.is_empty() {
        wire.step();
    }
    wire.client.answer(credentials("alice", "wrong again"), wire.now);
    wire.run();
    let retries: Vec<bool> =
        wire.client_events.iter().map(|event| matches!(event, Event::Refused { retry: true, .. })).collect();
    assert_eq!(retries, [true, false]);
    assert!(matches!(wire.client_events[1], Event::Refused { retry: false, .. }));
    wire.client.answer(credentials("alice", "clientPass"), wire.now);
    assert_eq!(wire.client.poll_transmit(), None, "nobody asked");
}

#[test]
fn another_try_uses_the_challenge_of_the_failure_or_the_old_one() {
    let hash = ms_chap::nt_password_hash("clientPass");
    let named = "E=691 R=1 C=000102030405060708090A0B0C0D0E0F V=3 M=Again";
    for (text, expected) in [(named, hex("000102030405060708090A0B0C0D0E0F")), ("E=691 R=1", [7; 16])] {
        let mut client = client(AuthMethod::MsChapV2, "alice", "wrong");
        challenge(&mut client, 255, &[7; 16]);
        fail(&mut client, 255, text);
        client.answer(credentials("alice", "clientPass"), NOW);
        let packet = sent(&mut client);
        assert_eq!(packet[1], 0, "the next identifier");
        succeed(&mut client, 0, &judge(&packet, &expected, "alice", &hash).unwrap());
        assert!(matches!(
            drain(|| client.poll_event())[..],
            [Event::Refused { .. }, Event::Succeeded { .. }]
        ));
    }
    let mut client = client(AuthMethod::MsChapV1, "alice", "wrong");
    challenge(&mut client, 1, &[250; 8]);
    fail(&mut client, 1, "E=691 R=1 V=2");
    client.answer(credentials("alice", "clientPass"), NOW);
    let packet = sent(&mut client);
    let (value, _) = response(&packet);
    let expected = ms_chap::challenge_response(&hex("11FAFAFAFAFAFAFA"), &hash);
    assert_eq!(*value, [&[0; 24][..], &expected, &[1]].concat());
}

#[test]
fn a_new_challenge_while_the_person_is_asked_replaces_the_old_one() {
    let mut client = client(AuthMethod::MsChapV2, "alice", "wrong");
    challenge(&mut client, 5, &[7; 16]);
    fail(&mut client, 5, "E=691 R=1");
    for (identifier, value) in [(5, [7; 16]), (9, [8; 16]), (9, [8; 16])] {
        client.handle_packet(&emit_value(chap::CHALLENGE, identifier, &value, b"").unwrap(), NOW);
        assert_eq!(client.poll_transmit(), None);
    }
    client.answer(credentials("alice", "clientPass"), NOW);
    let packet = sent(&mut client);
    assert_eq!(packet[1], 9);
    assert!(judge(&packet, &[8; 16], "alice", &ms_chap::nt_password_hash("clientPass")).is_some());
}

#[test]
fn the_bare_name_is_tried_once_without_asking() {
    let mut client = client(AuthMethod::MsChapV2, "OFFICE\\alice", "clientPass");
    challenge(&mut client, 5, &[7; 16]);
    fail(&mut client, 5, "E=691 R=1");
    let packet = sent(&mut client);
    assert_eq!(response(&packet).1, b"alice");
    assert_eq!(packet[1], 6);
    assert_eq!(client.poll_event(), None);
    assert!(client.refusal().is_some(), "known, should the server hang up now");
    fail(&mut client, 6, "E=691 R=1");
    assert!(matches!(client.poll_event(), Some(Event::Refused { retry: true, .. })));
    client.answer(credentials("OFFICE\\alice", "pässwörd"), NOW);
    assert_eq!(response(&sent(&mut client)).1, b"OFFICE\\alice");
    fail(&mut client, 7, "E=691 R=1");
    assert_eq!(client.poll_transmit(), None, "each try counts towards a lock");
    assert!(matches!(client.poll_event(), Some(Event::Refused { retry: true, .. })));
}

#[test]
fn a_password_beyond_ascii_is_tried_once_in_octets() {
    let mut client = client(AuthMethod::MsChapV2, "alice", "pässwörd");
    let first = challenge(&mut client, 5, &[7; 16]);
    assert!(judge(&first, &[7; 16], "alice", &hex("0553152250AC01ADB4213CB9938663E4")).is_some());
    fail(&mut client, 5, "E=691 R=1");
    let second = sent(&mut client);
    let proof = judge(&second, &[7; 16], "alice", &hex("BBA7E76A87F61FF6AA300EA899A0540B")).unwrap();
    succeed(&mut client, 6, &proof);
    assert!(matches!(drain(|| client.poll_event())[..], [Event::Succeeded { keys: Some(_) }]));
}

#[test]
fn nothing_is_tried_again_where_the_server_forbids_it_or_it_cannot_help() {
    for text in ["E=691 R=0 V=3 M=No", "", "E=648 R=1", "E=647 R=1", "E=646", "E=649 R=0"] {
        let mut client = client(AuthMethod::MsChapV2, "OFFICE\\alice", "pässwörd");
        challenge(&mut client, 5, &[7; 16]);
        fail(&mut client, 5, text);
        assert_eq!(client.poll_transmit(), None, "{text}");
        assert!(matches!(drain(|| client.poll_event())[..], [Event::Refused { retry: false, .. }]), "{text}");
        assert_eq!(client.poll_timeout(), None);
    }
}

#[test]
fn a_check_in_mid_session_keeps_the_keys() {
    for method in [AuthMethod::ChapMd5, AuthMethod::MsChapV1, AuthMethod::MsChapV2] {
        for seed in 0..40 {
            let mut wire =
                Wire::new(client(method, "alice", "clientPass"), server(method, &ALICE)).with_loss(20, seed);
            wire.run();
            for _ in 0..3 {
                wire.server.challenge(wire.now);
                wire.run();
            }
            assert!(matches!(wire.client_events[..], [Event::Succeeded { .. }]), "{method} {seed}");
            assert!(matches!(wire.server_events[..], [Event::Succeeded { .. }]), "{method} {seed}");
        }
    }
}

#[test]
fn a_check_in_mid_session_can_end_the_session() {
    let hash = ms_chap::nt_password_hash("clientPass");
    let logged_in = || {
        let mut client = client(AuthMethod::MsChapV2, "OFFICE\\alice", "clientPass");
        let packet = challenge(&mut client, 5, &[7; 16]);
        succeed(&mut client, 5, &judge(&packet, &[7; 16], "alice", &hash).unwrap());
        assert!(matches!(client.poll_event(), Some(Event::Succeeded { .. })));
        // Neither a late verdict on the first answer nor its repeated Challenge does anything new.
        succeed(&mut client, 5, "S=00");
        fail(&mut client, 5, "E=691 R=0");
        assert_eq!(challenge(&mut client, 5, &[7; 16]), packet);
        assert_eq!(client.poll_timeout(), None);
        challenge(&mut client, 6, &[8; 16]);
        assert!(client.poll_timeout().is_some());
        client
    };
    let mut client = logged_in();
    fail(&mut client, 6, "E=691 R=1");
    assert!(matches!(drain(|| client.poll_event())[..], [Event::Refused { retry: false, .. }]));
    let mut client = logged_in();
    succeed(&mut client, 6, "S=00");
    let events = drain(|| client.poll_event());
    assert!(matches!(&events[..], [Event::Failed(fault)] if fault.code == FaultCode::ServerNotAuthentic));
    let mut client = logged_in();
    while let Some(now) = client.poll_timeout() {
        client.handle_timeout(now);
    }
    assert_eq!(drain(|| client.poll_event()), [], "silence is the server's own affair");
}

#[test]
fn a_real_windows_login_gives_its_keys() {
    let peer_challenge = hex::<16>("789223B02A0CC515404BCA2C696EDCFF");
    let nt_response = hex::<24>("8CD6161253EAC63FA53CFC6F74692FD73B0768CA63D612F0");
    let value = [&peer_challenge[..], &[0; 8], &nt_response, &[0]].concat();
    let challenge = super::packet::Challenge {
        identifier: 0,
        value: hex::<16>("05B2F10BDC3D6C92B6CD160ADEE148B4").to_vec(),
    };
    let accepted =
        super::check::check(AuthMethod::MsChapV2, &challenge, &value, "vpnuser", "vpnuser123").unwrap();
    assert_eq!(accepted.text, b"S=974E79C350CC7DC53FBC5F3A114C63B1EFA16E19");
    let hash_hash = ms_chap::hash_nt_password_hash(&hex("39D855EA309489C05A213AF753035537"));
    assert_eq!(accepted.keys, Some(MasterKey::new(&hash_hash, &nt_response).for_server()));
    assert!(super::check::check(AuthMethod::MsChapV2, &challenge, &value, "Vpnuser", "vpnuser123").is_none());
}

#[test]
fn an_unknown_user_is_refused_even_with_an_empty_password() {
    for method in AuthMethod::ALL {
        let mut wire = Wire::new(client(method, "mallory", ""), server(method, &ALICE));
        wire.run();
        assert!(matches!(wire.server_events[..], [Event::Refused { retry: false, .. }]));
        assert_eq!(wire.server.user(), None);
    }
}

#[test]
fn a_server_takes_no_lan_manager_response() {
    let mut server = server(AuthMethod::MsChapV1, &ALICE);
    let asked = server.poll_transmit().unwrap();
    let challenge = counted(&asked[4..]).unwrap().0.try_into().unwrap();
    let lm_response = ms_chap::challenge_response(challenge, &ms_chap::lm_password_hash(b"clientPass"));
    let value = [&lm_response[..], &[0; 24], &[0]].concat();
    server.handle_packet(&emit_value(chap::RESPONSE, asked[1], &value, b"alice").unwrap(), NOW);
    assert!(matches!(server.poll_event(), Some(Event::Refused { .. })));
}

#[test]
fn debug_shows_no_secret() {
    for method in AuthMethod::ALL {
        let mut wire = Wire::new(client(method, "alice", "clientPass"), server(method, &ALICE));
        wire.run();
        let text = format!("{:?} {:?} {:?}", wire.client, wire.server, wire.client_events);
        assert!(!text.contains("clientPass"), "{text}");
    }
}

/// A client and a server of `method`, `phase` steps into a login with a wrong password and another try.
fn midway(method: AuthMethod, phase: usize) -> Wire {
    let mut wire = Wire::new(client(method, "D\\alice", "wrong"), server(method, &ALICE).with_retries(2));
    for _ in 0..phase {
        wire.step();
        if matches!(wire.client_events[..], [Event::Refused { retry: true, .. }]) {
            wire.client.answer(credentials("alice", "clientPass"), wire.now);
        }
    }
    wire
}

const FORGED: &[u8] = b"S=407A5589115FD0D6209F510FE9C04566932CDA56 M=Welcome";

#[test]
fn mutated_packets_do_no_harm() {
    let mut chance = chance(9);
    for round in 0..5_000_usize {
        let method = AuthMethod::ALL[round % 4];
        let mut wire = midway(method, round / 4 % 10);
        let is_proved = wire.sent.iter().any(|(mine, packet)| !mine && packet[0] == chap::SUCCESS);
        let identifier = wire.sent.last().map_or(0, |(_, packet)| packet[1]);
        let mut templates: Vec<Vec<u8>> = wire.sent.iter().map(|(_, packet)| packet.clone()).collect();
        templates.push(emit(chap::SUCCESS, identifier, FORGED).to_vec());
        for _ in 0..20 {
            let index = chance.u32() as usize % templates.len();
            let mut packet = templates[index].clone();
            for _ in 0..=chance.u32() % 4 {
                mutate(&mut packet, &mut chance);
            }
            wire.client.handle_packet(&packet, wire.now);
            wire.server.handle_packet(&packet, wire.now);
            wire.client.poll_transmit();
            wire.server.poll_transmit();
        }
        let believed =
            drain(|| wire.client.poll_event()).iter().any(|event| matches!(event, Event::Succeeded { .. }));
        assert!(!believed || is_proved || method != AuthMethod::MsChapV2, "believed without a proof");
    }
}

fn mutate(packet: &mut Vec<u8>, chance: &mut crate::Chance) {
    let at = chance.u32() as usize % packet.len().max(1);
    let [octet] = chance.bytes();
    match (chance.u32() % 6, packet.get_mut(at)) {
        (0, _) => packet.truncate(at),
        (1, _) => packet.insert(at, octet),
        (2, Some(_)) => drop(packet.remove(at)),
        (3, Some(place)) => *place ^= 1 << (octet % 8),
        (4, _) => packet.extend([octet; 3]),
        (_, Some(place)) => *place = octet,
        _ => packet.push(octet),
    }
}
