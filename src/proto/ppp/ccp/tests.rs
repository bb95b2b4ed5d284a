use std::time::Duration;
use std::vec;
use std::vec::Vec;

use culvert_model::{Cipher, Encryption, Evidence, Fault, FaultCode, Instant, KeyStrength};

use super::{Ccp, Config, Event, Notice, Stateful, option};
use crate::Chance;
use crate::ppp::fsm::State;
use crate::ppp::negotiation::testing::{
    Line, answer, events, exchange, judge, options, packet, sent, start, torment,
};
use crate::wire::ppp::{ControlPacket, Options, code};

const ALL: [KeyStrength; 3] = [KeyStrength::Bits40, KeyStrength::Bits56, KeyStrength::Bits128];
const STATELESS_128: Cipher = Cipher { strength: KeyStrength::Bits128, stateful: false };

/// What servers write on the wire.
const H_128: [u8; 4] = [0x01, 0, 0, 0x40];
const H_128_C: [u8; 4] = [0x01, 0, 0, 0x41];
const H_40: [u8; 4] = [0x01, 0, 0, 0x20];
const H_ALL: [u8; 4] = [0x01, 0, 0, 0xE0];
const H_40_128: [u8; 4] = [0x01, 0, 0, 0x60];
const STATEFUL_128: [u8; 4] = [0, 0, 0, 0x40];
const H_NOTHING: [u8; 4] = [0x01, 0, 0, 0];

fn config(encryption: Encryption) -> Config {
    Config { encryption, stateful: Stateful::Refused, strengths: ALL.to_vec() }
}

fn ccp(encryption: Encryption) -> Ccp {
    Ccp::new(config(encryption))
}

fn stateful(encryption: Encryption) -> Ccp {
    Ccp::new(Config { stateful: Stateful::Accepted, ..config(encryption) })
}

fn mppe(bits: &[u8; 4]) -> [(u8, &[u8]); 1] {
    [(option::MPPC_AND_MPPE, bits)]
}

/// The bits that a Configure-Request asks for.
fn asked(request: &[u8]) -> Option<Vec<u8>> {
    let packet = ControlPacket::parse(request).unwrap();
    assert_eq!(packet.code, code::CONFIGURE_REQUEST);
    let mut options = Options::new(packet.data).map(Result::unwrap);
    let found = options.next().map(|(kind, value)| {
        assert_eq!(kind, option::MPPC_AND_MPPE);
        value.to_vec()
    });
    assert_eq!(options.next(), None);
    found
}

fn fault(code: FaultCode) -> Event {
    Event::Finished(Some(Fault::new(code)))
}

/// Brings the layer up with `bits` in both directions.
fn opened(mut ccp: Ccp, bits: &[u8; 4]) -> Ccp {
    let request = start(&mut ccp);
    assert_eq!(judge(&mut ccp, 1, &mppe(bits)).0, code::CONFIGURE_ACK);
    assert_eq!(asked(&request), Some(bits.to_vec()));
    answer(&mut ccp, &request, code::CONFIGURE_ACK, &[]);
    assert!(matches!(events(&mut ccp)[..], [Event::Up(Some(_))]));
    ccp
}

#[test]
fn it_offers_every_strength_that_may_be_used_at_once() {
    assert_eq!(asked(&start(&mut ccp(Encryption::Required128))), Some(H_128.to_vec()));
    assert_eq!(asked(&start(&mut ccp(Encryption::Required))), Some(H_ALL.to_vec()));
    assert_eq!(asked(&start(&mut stateful(Encryption::Preferred))), Some(H_ALL.to_vec()));
    assert_eq!(asked(&start(&mut ccp(Encryption::None))), None);
    let strengths = vec![KeyStrength::Bits128, KeyStrength::Bits56];
    let mut partly = Ccp::new(Config { strengths, ..config(Encryption::Preferred) });
    assert_eq!(asked(&start(&mut partly)), Some(vec![1, 0, 0, 0xC0]));
}

#[test]
fn every_wish_of_the_peer_has_its_answer() {
    let judged = |encryption, wish: &[u8; 4]| {
        let mut ccp = ccp(encryption);
        start(&mut ccp);
        judge(&mut ccp, 1, &mppe(wish))
    };
    let ack = |bits| (code::CONFIGURE_ACK, options(&mppe(bits)));
    let nak = |bits| (code::CONFIGURE_NAK, options(&mppe(bits)));
    let reject = |bits| (code::CONFIGURE_REJECT, options(&mppe(bits)));
    for (wish, strict, any, optional) in [
        (&H_128, ack(&H_128), ack(&H_128), ack(&H_128)),
        (&H_40, nak(&H_128), ack(&H_40), ack(&H_40)),
        (&H_ALL, nak(&H_128), nak(&H_128), nak(&H_128)),
        (&H_40_128, nak(&H_128), nak(&H_128), nak(&H_128)),
        (&H_128_C, nak(&H_128), nak(&H_128), nak(&H_128)),
        (&STATEFUL_128, nak(&H_128), nak(&H_128), nak(&H_128)),
        (&H_NOTHING, nak(&H_128), nak(&H_128), reject(&H_NOTHING)),
    ] {
        assert_eq!(judged(Encryption::Required128, wish), strict, "{wish:02x?}");
        assert_eq!(judged(Encryption::Required, wish), any, "{wish:02x?}");
        assert_eq!(judged(Encryption::Preferred, wish), optional, "{wish:02x?}");
        assert_eq!(judged(Encryption::None, wish), reject(wish), "{wish:02x?}");
    }
}

#[test]
fn compressors_are_rejected() {
    for encryption in [Encryption::Required128, Encryption::Preferred, Encryption::None] {
        for compressor in [(26, &[0x78, 0x00][..]), (21, &[0x2F]), (1, &[]), (17, &[0; 4]), (18, &[1, 0])] {
            let mut ccp = ccp(encryption);
            start(&mut ccp);
            assert_eq!(
                judge(&mut ccp, 1, &[compressor]),
                (code::CONFIGURE_REJECT, options(&[compressor])),
                "{compressor:?}"
            );
        }
    }
}

#[test]
fn a_request_for_nothing_is_fine_only_where_encryption_is_optional() {
    for encryption in [Encryption::Preferred, Encryption::None] {
        let mut ccp = ccp(encryption);
        start(&mut ccp);
        assert_eq!(judge(&mut ccp, 1, &[]), (code::CONFIGURE_ACK, vec![]));
    }
    let mut ccp = ccp(Encryption::Required);
    start(&mut ccp);
    assert_eq!(judge(&mut ccp, 1, &[]), (code::CONFIGURE_NAK, options(&mppe(&H_128))));
}

/// RRAS offers MPPC as well, and takes the Nak.
#[test]
fn a_windows_server_comes_down_to_encryption_alone() {
    let mut ccp = ccp(Encryption::Required128);
    let request = start(&mut ccp);
    assert_eq!(judge(&mut ccp, 4, &mppe(&H_128_C)), (code::CONFIGURE_NAK, options(&mppe(&H_128))));
    assert_eq!(judge(&mut ccp, 5, &mppe(&H_128)), (code::CONFIGURE_ACK, options(&mppe(&H_128))));
    answer(&mut ccp, &request, code::CONFIGURE_ACK, &[]);
    assert_eq!(events(&mut ccp), [Event::Up(Some(STATELESS_128))]);
}

/// pppd rejects a single strength that it does not allow, and hangs up; out of several it picks by a Nak.
#[test]
fn pppd_picks_its_strength_out_of_several() {
    let mut ccp = ccp(Encryption::Required);
    let request = start(&mut ccp);
    let next = answer(&mut ccp, &request, code::CONFIGURE_NAK, &mppe(&H_40));
    assert_eq!(asked(&next[0]), Some(H_40.to_vec()));
    assert_eq!(judge(&mut ccp, 1, &mppe(&H_40)).0, code::CONFIGURE_ACK);
    answer(&mut ccp, &next[0], code::CONFIGURE_ACK, &[]);
    let cipher = Cipher { strength: KeyStrength::Bits40, stateful: false };
    assert_eq!(events(&mut ccp), [Event::Up(Some(cipher))]);
}

#[test]
fn a_nak_is_followed_to_the_strongest_permitted_strength() {
    for (nak, next) in
        [(H_40_128, H_128), (H_ALL, H_128), ([1, 0, 0, 0xA0], [1, 0, 0, 0x80]), (H_128_C, H_128)]
    {
        let mut ccp = ccp(Encryption::Required);
        let request = start(&mut ccp);
        let sent = answer(&mut ccp, &request, code::CONFIGURE_NAK, &mppe(&nak));
        assert_eq!(asked(&sent[0]), Some(next.to_vec()), "{nak:02x?}");
    }
}

#[test]
fn a_nak_without_a_permitted_strength_ends_what_requires_one() {
    let mut strict = ccp(Encryption::Required128);
    let request = start(&mut strict);
    let sent = answer(&mut strict, &request, code::CONFIGURE_NAK, &mppe(&H_40));
    assert_eq!(sent[0][0], code::TERMINATE_REQUEST);
    assert_eq!(events(&mut strict), [fault(FaultCode::MppeMismatch)]);

    let mut optional = ccp(Encryption::Preferred);
    let request = start(&mut optional);
    let sent = answer(&mut optional, &request, code::CONFIGURE_NAK, &mppe(&H_NOTHING));
    assert_eq!(asked(&sent[0]), None);
}

#[test]
fn a_rejected_option_ends_what_requires_it_and_only_that() {
    let mut required = ccp(Encryption::Required);
    let request = start(&mut required);
    answer(&mut required, &request, code::CONFIGURE_REJECT, &mppe(&H_ALL));
    assert_eq!(events(&mut required), [fault(FaultCode::MppeNotOffered)]);

    let mut known = ccp(Encryption::Required128);
    let request = start(&mut known);
    judge(&mut known, 1, &mppe(&H_40));
    answer(&mut known, &request, code::CONFIGURE_REJECT, &mppe(&H_128));
    assert_eq!(events(&mut known), [fault(FaultCode::MppeMismatch)]);

    let mut optional = ccp(Encryption::Preferred);
    let request = start(&mut optional);
    let sent = answer(&mut optional, &request, code::CONFIGURE_REJECT, &mppe(&H_ALL));
    assert_eq!(asked(&sent[0]), None);
    assert_eq!(judge(&mut optional, 1, &mppe(&H_128)).0, code::CONFIGURE_REJECT);
    assert_eq!(judge(&mut optional, 2, &[]).0, code::CONFIGURE_ACK);
    answer(&mut optional, &sent[0], code::CONFIGURE_ACK, &[]);
    assert_eq!(events(&mut optional), [Event::Up(None)]);
}

#[test]
fn a_peer_without_ccp_ends_what_requires_encryption() {
    let mut required = ccp(Encryption::Required128);
    start(&mut required);
    required.handle_protocol_reject(Instant::ZERO);
    assert_eq!(events(&mut required), [fault(FaultCode::MppeNotOffered)]);
    assert_eq!(required.poll_timeout(), None);

    let mut optional = ccp(Encryption::Preferred);
    start(&mut optional);
    optional.handle_protocol_reject(Instant::ZERO);
    assert_eq!(events(&mut optional), [Event::Finished(None)]);
}

#[test]
fn a_peer_that_ends_ccp_ends_what_requires_encryption() {
    for (layer, expected) in [
        (ccp(Encryption::Required128), vec![fault(FaultCode::MppeNotOffered)]),
        (ccp(Encryption::Preferred), vec![Event::Finished(None)]),
    ] {
        let mut ccp = layer;
        start(&mut ccp);
        let terminate = packet(code::TERMINATE_REQUEST, 3, &[]);
        assert_eq!(exchange(&mut ccp, &terminate, Instant::ZERO), [packet(code::TERMINATE_ACK, 3, &[])]);
        assert_eq!(events(&mut ccp), expected);
    }
    let mut ccp = opened(ccp(Encryption::Required128), &H_128);
    exchange(&mut ccp, &packet(code::TERMINATE_REQUEST, 3, &[]), Instant::ZERO);
    assert_eq!(events(&mut ccp), [Event::Down, fault(FaultCode::MppeMismatch)]);
}

#[test]
fn a_downgrade_later_on_is_not_followed() {
    let mut ccp = opened(ccp(Encryption::Required128), &H_128);
    assert_eq!(judge(&mut ccp, 9, &[]), (code::CONFIGURE_NAK, options(&mppe(&H_128))));
    assert_eq!(events(&mut ccp), [Event::Down]);
    for identifier in 10..14 {
        assert_eq!(judge(&mut ccp, identifier, &mppe(&H_40)).0, code::CONFIGURE_NAK);
    }
    exchange(&mut ccp, &packet(code::CONFIGURE_REQUEST, 14, &[]), Instant::ZERO);
    assert_eq!(events(&mut ccp), [fault(FaultCode::MppeMismatch)]);
}

#[test]
fn both_directions_get_the_same_cipher() {
    // The peer's own request comes down to 40 bits while ours, for anything, is acknowledged as it stands.
    let mut both = ccp(Encryption::Required);
    let request = start(&mut both);
    assert_eq!(judge(&mut both, 1, &mppe(&H_40)).0, code::CONFIGURE_ACK);
    let next = answer(&mut both, &request, code::CONFIGURE_ACK, &[]);
    assert_eq!(asked(&next[0]), Some(H_40.to_vec()));
    answer(&mut both, &next[0], code::CONFIGURE_ACK, &[]);
    let cipher = Cipher { strength: KeyStrength::Bits40, stateful: false };
    assert_eq!(events(&mut both), [Event::Up(Some(cipher))]);

    // Ours is settled first: a different one of the peer is not acceptable any more.
    let mut ours = ccp(Encryption::Required);
    let request = start(&mut ours);
    let next = answer(&mut ours, &request, code::CONFIGURE_NAK, &mppe(&H_128));
    answer(&mut ours, &next[0], code::CONFIGURE_ACK, &[]);
    assert_eq!(judge(&mut ours, 1, &mppe(&H_40)), (code::CONFIGURE_NAK, options(&mppe(&H_128))));
    assert_eq!(judge(&mut ours, 2, &mppe(&H_128)).0, code::CONFIGURE_ACK);
    assert_eq!(events(&mut ours), [Event::Up(Some(STATELESS_128))]);

    // The peer wants nothing for itself: clear text both ways rather than in one.
    let mut clear = ccp(Encryption::Preferred);
    let request = start(&mut clear);
    assert_eq!(judge(&mut clear, 1, &[]).0, code::CONFIGURE_ACK);
    let next = answer(&mut clear, &request, code::CONFIGURE_ACK, &[]);
    assert_eq!(asked(&next[0]), None);
    answer(&mut clear, &next[0], code::CONFIGURE_ACK, &[]);
    assert_eq!(events(&mut clear), [Event::Up(None)]);
}

#[test]
fn several_strengths_acknowledged_at_once_are_narrowed_to_one() {
    let mut ccp = ccp(Encryption::Required);
    let request = start(&mut ccp);
    let next = answer(&mut ccp, &request, code::CONFIGURE_ACK, &[]);
    assert_eq!(asked(&next[0]), Some(H_128.to_vec()));
}

#[test]
fn stateful_keys_are_refused_unless_allowed() {
    let mut strict = ccp(Encryption::Required128);
    let mut request = start(&mut strict);
    for _ in 0..2 {
        request = answer(&mut strict, &request, code::CONFIGURE_NAK, &mppe(&STATEFUL_128)).remove(0);
        assert_eq!(asked(&request), Some(H_128.to_vec()));
    }
    answer(&mut strict, &request, code::CONFIGURE_NAK, &mppe(&STATEFUL_128));
    assert_eq!(events(&mut strict), [fault(FaultCode::MppeMismatch)]);

    let mut lenient = stateful(Encryption::Required128);
    let request = start(&mut lenient);
    assert_eq!(judge(&mut lenient, 1, &mppe(&STATEFUL_128)).0, code::CONFIGURE_ACK);
    let next = answer(&mut lenient, &request, code::CONFIGURE_NAK, &mppe(&STATEFUL_128));
    assert_eq!(asked(&next[0]), Some(STATEFUL_128.to_vec()));
    answer(&mut lenient, &next[0], code::CONFIGURE_ACK, &[]);
    let cipher = Cipher { strength: KeyStrength::Bits128, stateful: true };
    assert_eq!(events(&mut lenient), [Event::Up(Some(cipher))]);
}

#[test]
fn stateful_keys_are_asked_for_where_preferred() {
    let preferring = || Ccp::new(Config { stateful: Stateful::Preferred, ..config(Encryption::Required128) });
    // pppd asks for stateless keys and gives way where its options let it.
    let mut ccp = preferring();
    let request = start(&mut ccp);
    assert_eq!(asked(&request), Some(STATEFUL_128.to_vec()));
    assert_eq!(judge(&mut ccp, 1, &mppe(&H_128)), (code::CONFIGURE_NAK, options(&mppe(&STATEFUL_128))));
    assert_eq!(judge(&mut ccp, 2, &mppe(&STATEFUL_128)).0, code::CONFIGURE_ACK);
    answer(&mut ccp, &request, code::CONFIGURE_ACK, &[]);
    let cipher = Cipher { strength: KeyStrength::Bits128, stateful: true };
    assert_eq!(events(&mut ccp), [Event::Up(Some(cipher))]);

    // A peer that insists on stateless keys has its way.
    let mut ccp = preferring();
    let request = start(&mut ccp);
    judge(&mut ccp, 1, &mppe(&H_128));
    assert_eq!(judge(&mut ccp, 2, &mppe(&H_128)).0, code::CONFIGURE_ACK);
    let next = answer(&mut ccp, &request, code::CONFIGURE_NAK, &mppe(&H_128));
    assert_eq!(asked(&next[0]), Some(H_128.to_vec()));
    answer(&mut ccp, &next[0], code::CONFIGURE_ACK, &[]);
    assert_eq!(events(&mut ccp), [Event::Up(Some(Cipher { stateful: false, ..cipher }))]);
}

#[test]
fn a_peer_that_requires_encryption_where_we_have_none_is_named() {
    let mut ccp = ccp(Encryption::None);
    let request = start(&mut ccp);
    answer(&mut ccp, &request, code::CONFIGURE_NAK, &mppe(&H_128));
    assert_eq!(events(&mut ccp), [fault(FaultCode::MppeRequiredByPeer)]);
}

#[test]
fn without_keys_nothing_that_requires_encryption_comes_up() {
    let keyless = |encryption| Ccp::new(Config { strengths: vec![], ..config(encryption) });
    let mut required = keyless(Encryption::Required);
    let request = start(&mut required);
    assert_eq!(asked(&request), None);
    answer(&mut required, &request, code::CONFIGURE_ACK, &[]);
    assert_eq!(events(&mut required), [fault(FaultCode::MppeNotOffered)]);

    let mut optional = keyless(Encryption::Preferred);
    start(&mut optional);
    assert_eq!(judge(&mut optional, 1, &mppe(&H_128)).0, code::CONFIGURE_REJECT);
}

/// One router asks for MPPE without a strength for ever.
#[test]
fn an_endless_request_for_no_strength_is_slowed_down_and_ended() {
    let mut ccp = ccp(Encryption::Preferred);
    start(&mut ccp);
    let mut now = Instant::ZERO;
    let (mut answers, mut identifier) = (0, 0_u8);
    for _ in 0..10_000 {
        now += Duration::from_millis(2);
        identifier = identifier.wrapping_add(1);
        let request = packet(code::CONFIGURE_REQUEST, identifier, &options(&mppe(&H_NOTHING)));
        answers += exchange(&mut ccp, &request, now).len();
    }
    assert!((10..40).contains(&answers), "{answers} packets in 20 seconds");
    assert_eq!(events(&mut ccp), [Event::Finished(None)]);
}

#[test]
fn a_silent_peer_ends_what_requires_encryption() {
    let mut ccp = ccp(Encryption::Required128);
    start(&mut ccp);
    while let Some(due) = ccp.poll_timeout() {
        ccp.handle_timeout(due);
    }
    let silence = Fault::new(FaultCode::MppeNotOffered).with(Evidence::Unanswered(10));
    assert_eq!(events(&mut ccp), [Event::Finished(Some(silence))]);
}

#[test]
fn resets_are_acknowledged_and_asked_for() {
    let mut fresh = ccp(Encryption::Required128);
    start(&mut fresh);
    fresh.request_reset();
    assert_eq!(fresh.poll_transmit(), None);

    let mut ccp = opened(ccp(Encryption::Required128), &H_128);
    let reset = packet(code::RESET_REQUEST, 77, &[0; 4]);
    assert_eq!(exchange(&mut ccp, &reset, Instant::ZERO), [packet(code::RESET_ACK, 77, &[])]);
    assert_eq!(events(&mut ccp), [Event::Noticed(Notice::ResetRequested)]);

    ccp.request_reset();
    let first = sent(&mut ccp);
    assert_eq!((first.len(), first[0][0]), (1, code::RESET_REQUEST));
    exchange(&mut ccp, &packet(code::RESET_ACK, first[0][1], &[]), Instant::from_micros(1));
    assert_eq!(events(&mut ccp), []);
}

#[test]
fn two_ends_agree_over_a_line_that_loses_a_third() {
    let mut up = 0;
    for seed in 0..50 {
        let mut line = Line::new([ccp(Encryption::Required128), stateful(Encryption::Required)], 33, seed);
        line.open();
        line.run(Duration::from_secs(60));
        if line.both_opened() {
            up += 1;
            for events in &line.events {
                assert_eq!(events.last(), Some(&Event::Up(Some(STATELESS_128))), "{seed}");
            }
        }
    }
    assert!(up >= 49, "{up} of 50");
}

#[test]
fn two_ends_that_cannot_agree_stop_soon() {
    let only_40 = Config { strengths: vec![KeyStrength::Bits40], ..config(Encryption::Required) };
    let mut line = Line::new([ccp(Encryption::Required128), Ccp::new(only_40)], 0, 1);
    line.open();
    line.run(Duration::from_secs(60));
    assert!(line.events.iter().any(|events| events.contains(&fault(FaultCode::MppeMismatch))));
    assert!(line.ends.iter().all(|end| end.state() != State::Opened && end.poll_timeout().is_none()));
    assert!(line.carried < 20, "{} packets", line.carried);
}

#[test]
fn hostile_packets_end_without_panic() {
    let make = |_: Chance| [stateful(Encryption::Preferred), ccp(Encryption::Required)];
    let more = [
        packet(code::CONFIGURE_REQUEST, 1, &options(&mppe(&H_128_C))),
        packet(code::CONFIGURE_REQUEST, 2, &options(&mppe(&H_NOTHING))),
        packet(code::CONFIGURE_REQUEST, 3, &options(&[(26, &[0x78, 0]), (21, &[0x2F])])),
        packet(code::RESET_REQUEST, 1, &[]),
        packet(code::RESET_ACK, 1, &[1, 2, 3, 4]),
        packet(code::TERMINATE_REQUEST, 1, &[]),
        packet(code::TERMINATE_ACK, 1, &[]),
        packet(code::CODE_REJECT, 1, &[14, 1, 0, 4]),
    ];
    torment(make, &more);
}
