//! Packets of strangers: what they cost, and that they change nothing.

use super::*;
use crate::Chance;
use crate::ppp::mppe::changes;

/// The first packets of a call, so that the keys are proven and the window is firm.
const START: u32 = 10;

fn started() -> Path {
    let mut path = Path::stateless();
    for number in 0..START {
        let sealed = path.seal(&ip(number, 60));
        path.open(&sealed);
    }
    path
}

/// The same packet with other numbers: `sequence` and `count` further on, and its ciphertext garbled.
fn forge(sealed: &[u8], sequence: u32, count: u16) -> Vec<u8> {
    let mut forged = renumber(sealed, sequence);
    let bits = u16::from_be_bytes([forged[16], forged[17]]);
    let bits = 0x9000 | (bits.wrapping_add(count) & 0x0FFF);
    forged[16..18].copy_from_slice(&bits.to_be_bytes());
    forged[18..].iter_mut().for_each(|octet| *octet ^= 0x5A);
    forged
}

fn delivered(path: &Path) -> Vec<u32> {
    path.sink.ip.iter().map(|packet| number_of(packet)).collect()
}

#[test]
fn one_forged_packet_costs_at_most_the_window() {
    for (sequence, count, most) in [
        (0, 0, 1),
        (0, 63, 64),
        (0, 64, 0),
        (0, 2000, 0),
        (0, 4000, 0),
        (1, 1, 2),
        (63, 63, 64),
        (64, 64, 0),
        (100, 3, 64),
        (4096, 0, 0),
        (5000, 5000, 0),
        (1 << 30, 7, 0),
        (u32::MAX, 0, 0),
        // The next key, which is needed anyway.
        (1 << 31, 0, 1),
    ] {
        let mut path = started();
        let next = path.seal(&ip(START, 60));
        let forged = forge(&next, sequence, count);
        let work = changes::during(|| path.open(&forged));
        assert!(work <= most, "sequence +{sequence}, count +{count}: {work} key changes");
        path.open(&next);
        assert_eq!(delivered(&path), (0..=START).collect::<Vec<_>>(), "sequence +{sequence}, count +{count}");
    }
}

#[test]
fn a_hundred_thousand_forged_packets_cost_the_window_once() {
    let mut path = started();
    let next = path.seal(&ip(START, 60));
    let mut chance = Chance::new([1; 32]);
    let mut forged = Vec::new();
    for _ in 0..50_000 {
        // Anything at all, and then aimed as well as somebody can who sees the traffic.
        forged.push(forge(&next, chance.u32(), chance.u32() as u16));
        forged.push(forge(&next, chance.u32() % 64, chance.u32() as u16 % 64));
    }
    let work = changes::during(|| forged.iter().for_each(|forged| path.open(forged)));
    assert!(work <= 64, "{work} key changes");
    assert_eq!(delivered(&path).len(), START as usize);
    path.open(&next);
    assert_eq!(delivered(&path).last(), Some(&START));
    assert_eq!(path.shared.statistics().received_packets, u64::from(START) + 1);
}

#[test]
fn who_cannot_see_the_numbers_cannot_end_the_call() {
    let mut path = started();
    let next = path.seal(&ip(START, 60));
    let mut chance = Chance::new([3; 32]);
    for _ in 0..100_000 {
        let forged = forge(&next, chance.u32() | 0x1000_0000, chance.u32() as u16);
        path.open(&forged);
    }
    assert_eq!(path.sink.troubles, []);
    path.open(&next);
    assert_eq!(delivered(&path).last(), Some(&START));
}

/// How far from the true number a thousand forged packets are, from somebody who knows both addresses and the call id
/// but sees no packet of the call.
fn guesses(kind: u32, chance: &mut Chance) -> Vec<u32> {
    let start = chance.u32();
    match kind {
        0 => (0..1000).map(|_| chance.u32()).collect(),
        // Steps that leave no window out, and steps that an outage explains.
        1 => (0..1000).map(|step| start.wrapping_add(64 * step)).collect(),
        2 => (0..1000).map(|step| start.wrapping_add(4096 * step)).collect(),
        // As many as have to agree, at a new place each time; and one long run.
        3 => (0..333)
            .flat_map(|_| {
                (0..3).map({
                    let at = chance.u32();
                    move |step| at.wrapping_add(step)
                })
            })
            .collect(),
        _ => (0..1000).map(|step| start.wrapping_add(step)).collect(),
    }
}

#[test]
fn a_thousand_blind_terminate_requests_end_one_call_in_a_hundred_at_most() {
    let mut chance = Chance::new([4; 32]);
    let (mut calls, mut ended) = (0, 0);
    for cipher in [None, Some(cipher(KeyStrength::Bits128, false)), Some(cipher(KeyStrength::Bits128, true))]
    {
        for kind in (0..5).cycle().take(100) {
            let mut path = Path::new(cipher, ResetStyle::Rfc);
            for number in 0..START {
                let sealed = path.seal(&ip(number, 60));
                path.open(&sealed);
            }
            let frame = path.seal_frame(&[0xFF, 0x03, 0xC0, 0x21, 5, 1, 0, 4]);
            let forged: Vec<_> =
                guesses(kind, &mut chance).into_iter().map(|distance| renumber(&frame, distance)).collect();
            path.open_all(&forged);
            (calls, ended) = (calls + 1, ended + u32::from(!path.sink.frames.is_empty()));
            // The control: the peer's own is heard.
            path.sink.frames.clear();
            path.open(&frame);
            assert_eq!(path.sink.frames.len(), 1, "{cipher:?}, {kind}");
        }
    }
    assert!(ended * 100 <= calls, "{ended} of {calls} calls ended");
}

#[test]
fn one_forged_frame_beyond_the_window_can_only_ask_for_an_echo() {
    for code in 1..=13 {
        let mut path = started();
        let frame = path.seal_frame(&[0xFF, 0x03, 0xC0, 0x21, code, 1, 0, 4]);
        path.open(&renumber(&frame, 1000));
        assert_eq!(path.sink.frames.len(), usize::from(matches!(code, 9 | 10)), "LCP code {code}");
    }
}

#[test]
fn forged_packets_among_the_true_ones_cost_no_packet() {
    let mut path = started();
    let mut chance = Chance::new([2; 32]);
    for number in START..3000 {
        let next = path.seal(&ip(number, 60));
        for _ in 0..3 {
            let forged = forge(&next, chance.u32() % 100, chance.u32() as u16 % 100);
            path.open(&forged);
        }
        path.open(&next);
    }
    assert_eq!(delivered(&path), (0..3000).collect::<Vec<_>>());
    assert_eq!(path.shared.statistics().lost, 0);
}

#[test]
fn strangers_who_agree_cost_a_slice_a_millisecond_and_no_more() {
    let mut path = started();
    let next = path.seal(&ip(START, 60));
    let flood = |path: &mut Path, from: u32, count: u32| {
        for step in from..from + count {
            let forged = forge(&next, 500_000 + step, (500_000 + step) as u16);
            path.open(&forged);
        }
    };
    let work = changes::during(|| flood(&mut path, 0, 1000));
    assert!(work <= 2 * 1000, "{work} key changes for a thousand packets");
    let work = changes::during(|| path.wait(Duration::from_millis(100)));
    assert!((6000..=64 * 101).contains(&work), "{work} key changes in 100 ms");
    path.wait(Duration::from_secs(1));
    let work = changes::during(|| path.wait(Duration::from_secs(10)));
    assert_eq!(work, 0, "nobody agreed for a second");
    assert_eq!(path.opener.poll_timeout(), None);

    flood(&mut path, 2000, 10);
    path.open(&next);
    let work = changes::during(|| path.wait(Duration::from_secs(2)));
    assert_eq!(work, 0, "a true packet ends it");
    assert_eq!(delivered(&path), (0..=START).collect::<Vec<_>>());
}

#[test]
fn what_was_recorded_cannot_be_played_again() {
    let mut path = Path::stateless();
    let sealed: Vec<_> = (0..300).map(|number| path.seal(&ip(number, 60))).collect();
    path.open_all(&sealed);
    path.open_all(&sealed);
    for (at, packet) in sealed.iter().enumerate() {
        // With numbers that look new, too.
        path.open(&renumber(packet, 300 - at as u32));
        path.open(&renumber(packet, 4096));
    }
    path.wait(Duration::from_secs(1));
    assert_eq!(delivered(&path), (0..300).collect::<Vec<_>>());
    let next = path.seal(&ip(300, 60));
    path.open(&next);
    assert_eq!(delivered(&path).len(), 301);
}

#[test]
fn a_stranger_who_comes_first_is_outvoted() {
    for cipher in [None, Some(cipher(KeyStrength::Bits128, false)), Some(cipher(KeyStrength::Bits128, true))]
    {
        let mut path = Path::new(cipher, ResetStyle::Rfc);
        let frame = path.seal_frame(&[0xFF, 0x03, 0xC0, 0x21, 9, 1, 0, 4]);
        path.open(&renumber(&frame, 0x7000_0000));
        for number in 0..20 {
            let sealed = path.seal(&ip(number, 60));
            path.open(&sealed);
        }
        assert_eq!(delivered(&path), (0..20).collect::<Vec<_>>(), "{cipher:?}");
    }
}

#[test]
fn control_frames_of_strangers_do_not_move_the_window_of_encrypted_packets() {
    let mut path = started();
    let frame = path.seal_frame(&[0xFF, 0x03, 0xC0, 0x21, 9, 1, 0, 4]);
    path.open(&frame);
    for step in 0..1000 {
        path.open(&renumber(&frame, 100 + step));
        path.open(&renumber(&frame, 900_000 + step));
    }
    let next = path.seal(&ip(START, 60));
    path.open(&next);
    assert_eq!(delivered(&path), (0..=START).collect::<Vec<_>>());
}

#[test]
fn the_first_readable_packet_makes_the_window_firm() {
    let mut path = Path::stateless();
    let first = path.seal(&ip(0, 60));
    path.open(&first);
    let frame = path.seal_frame(&[0xFF, 0x03, 0xC0, 0x21, 9, 1, 0, 4]);
    path.open(&renumber(&frame, 700_000));
    path.open(&frame);
    let next = path.seal(&ip(1, 60));
    path.open(&next);
    assert_eq!(delivered(&path), [0, 1]);
}

#[test]
fn a_window_that_control_frames_led_astray_follows_readable_packets_back() {
    let mut path = started();
    let frame = path.seal_frame(&[0xFF, 0x03, 0xC0, 0x21, 9, 1, 0, 4]);
    path.open(&frame);
    // Each waits in the window, and moves it on when its time is up.
    for step in 1..10 {
        path.open(&renumber(&frame, 60 * step));
        path.wait(Duration::from_millis(60));
    }
    for number in START..START + 20 {
        let sealed = path.seal(&ip(number, 60));
        path.open(&sealed);
    }
    assert_eq!(delivered(&path), (0..START + 20).collect::<Vec<_>>());
}

#[test]
fn a_window_led_astray_finds_back() {
    let mut path = Path::new(None, ResetStyle::Rfc);
    for number in 0..10 {
        let sealed = path.seal(&ip(number, 60));
        path.open(&sealed);
    }
    let next = path.seal(&ip(10, 60));
    (0..5).for_each(|step| path.open(&renumber(&next, 50_000 + step)));
    let before = delivered(&path).len();
    for number in 11..200 {
        let sealed = path.seal(&ip(number, 60));
        path.open(&sealed);
    }
    let numbers = delivered(&path)[before..].to_vec();
    assert_eq!(numbers.last(), Some(&199));
    assert!(numbers.len() >= 120, "{numbers:?}");
}

#[test]
fn a_window_led_far_astray_finds_back() {
    let mut path = Path::new(None, ResetStyle::Rfc);
    let sealed: Vec<_> = (0..1200).map(|number| path.seal(&ip(number, 60))).collect();
    // A stranger is there before the first packet.
    (0..3).for_each(|step| path.open(&renumber(&sealed[0], 0x7000_0000 + step)));
    path.sink.ip.clear();
    sealed.iter().for_each(|sealed| path.open(sealed));
    assert_eq!(delivered(&path), (1024..1200).collect::<Vec<_>>());
}
