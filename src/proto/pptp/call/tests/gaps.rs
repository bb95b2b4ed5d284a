//! Long gaps: more packets lost than the window or the coherency count can tell.

use super::*;
use crate::ppp::mppe::changes;

/// Loses `lost` packets, then sends one each `interval` until one arrives; says how many that took.
fn bridge(path: &mut Path, lost: u32, interval: Duration) -> u32 {
    for number in 0..10 {
        let sealed = path.seal(&ip(number, 40));
        path.open(&sealed);
    }
    for number in 0..lost {
        path.seal(&ip(number, 40));
    }
    let before = path.sink.ip.len();
    for sent in 1..=20_000 {
        let sealed = path.seal(&ip(1_000_000 + sent, 40));
        path.open(&sealed);
        path.wait(interval);
        if path.sink.ip.len() > before {
            return sent;
        }
    }
    panic!("no packet arrived after a gap of {lost}");
}

#[test]
fn gaps_of_any_length_are_bridged_in_time() {
    let ms = Duration::from_millis(1);
    for (lost, most) in
        [(1, 55), (62, 55), (63, 55), (64, 5), (200, 8), (2047, 40), (2049, 40), (4096, 75), (5000, 90)]
    {
        let mut path = Path::stateless();
        let took = bridge(&mut path, lost, ms);
        assert!(took <= most, "{took} ms after a gap of {lost}");
        let dropped = if lost < 64 { 0 } else { took - 1 };
        assert_eq!(path.shared.statistics().lost, u64::from(lost + dropped));
    }
}

#[test]
fn a_gap_of_a_hundred_thousand_packets_is_bridged() {
    let mut path = Path::stateless();
    let mut took = 0;
    let work = changes::during(|| took = bridge(&mut path, 100_000, Duration::from_millis(1)));
    assert!(took <= 1700, "{took} ms");
    // Those of the sender, and the receiver's.
    assert!(work <= 2 * (100_000 + u64::from(took) + 10) + 64, "{work} key changes");
}

#[test]
fn a_fast_sender_is_caught_up_with() {
    let mut path = Path::stateless();
    // A hundred thousand packets a second: more than the slices alone could follow.
    let took = bridge(&mut path, 3000, Duration::from_micros(10));
    assert!(took <= 3500, "{took} packets");
}

#[test]
fn clear_and_stateful_gaps_need_three_packets() {
    for cipher in [None, Some(cipher(KeyStrength::Bits128, true))] {
        let mut path = Path::new(cipher, ResetStyle::Rfc);
        for number in 0..10 {
            let sealed = path.seal(&ip(number, 40));
            path.open(&sealed);
        }
        (0..5000).for_each(|number| drop(path.seal(&ip(number, 40))));
        for number in 0..3 {
            let sealed = path.seal(&ip(5000 + number, 40));
            path.open(&sealed);
        }
        if cipher.is_some() {
            assert_eq!(path.sink.troubles, [Trouble::ResetNeeded]);
            path.sealer.handle_command(SealCommand::ResetEncryption);
            let sealed = path.seal(&ip(5002, 40));
            path.open(&sealed);
        }
        assert_eq!(path.sink.ip.last(), Some(&ip(5002, 40)), "{cipher:?}");
    }
}

#[test]
fn a_control_frame_passes_after_a_short_gap_and_only_once() {
    for cipher in [None, Some(cipher(KeyStrength::Bits128, false))] {
        let mut path = Path::new(cipher, ResetStyle::Rfc);
        for number in 0..10 {
            let sealed = path.seal(&ip(number, 40));
            path.open(&sealed);
        }
        let frame = path.seal_frame(&[0xFF, 0x03, 0xC0, 0x21, 10, 1, 0, 4]);
        path.open(&renumber(&frame, 1000));
        path.open(&renumber(&frame, 1000));
        path.open(&renumber(&frame, 100_000));
        assert_eq!(path.sink.frames, [(0xC021, vec![10, 1, 0, 4])]);
    }
}

#[test]
fn every_number_wraps() {
    for cipher in [None, Some(cipher(KeyStrength::Bits128, false)), Some(cipher(KeyStrength::Bits56, true))] {
        let mut path = Path::new(cipher, ResetStyle::Linux);
        for number in 0..9000 {
            let sealed = renumber(&path.seal(&ip(number, 40)), u32::MAX - 4500);
            path.open(&sealed);
        }
        assert_eq!(path.sink.ip.len(), 9000, "{cipher:?}");
        assert_eq!(path.shared.statistics().lost, 0);
    }
}
