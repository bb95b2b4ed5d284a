//! What only stateful encryption has: a loss stops everything until the sender starts again.

use super::*;

fn path(style: ResetStyle) -> Path {
    Path::new(Some(cipher(KeyStrength::Bits128, true)), style)
}

fn send(path: &mut Path, numbers: core::ops::Range<u32>) {
    for number in numbers {
        let sealed = path.seal(&ip(number, 60));
        path.open(&sealed);
    }
}

#[test]
fn a_loss_needs_a_reset_and_either_kind_of_sender_is_followed() {
    for style in [ResetStyle::Rfc, ResetStyle::Linux] {
        let mut path = path(style);
        for round in 0..5 {
            let first = round * 40;
            send(&mut path, first..first + 20);
            path.seal(&ip(0, 60));
            send(&mut path, first + 20..first + 25);
            path.wait(Duration::from_millis(60));
            assert_eq!(path.sink.ip.len(), 40 * round as usize + 20, "{style:?}");
            assert_eq!(path.sink.troubles.len(), round as usize + 1, "{style:?}");
            path.sealer.handle_command(SealCommand::ResetEncryption);
            send(&mut path, first + 20..first + 40);
        }
        let numbers: Vec<_> = path.sink.ip.iter().map(|packet| number_of(packet)).collect();
        assert_eq!(numbers, (0..200).collect::<Vec<_>>(), "{style:?}");
    }
}

#[test]
fn a_reset_is_asked_for_again_while_it_does_not_come() {
    let mut path = path(ResetStyle::Rfc);
    send(&mut path, 0..5);
    path.seal(&ip(0, 60));
    for number in 0..100 {
        send(&mut path, number..number + 1);
        path.wait(Duration::from_millis(10));
    }
    assert_eq!(path.sink.troubles, [Trouble::ResetNeeded; 3], "at once, after 250 ms and after 750 ms");
}

#[test]
fn a_sender_that_never_resets_is_given_up() {
    let mut path = path(ResetStyle::Rfc);
    send(&mut path, 0..5);
    path.seal(&ip(0, 60));
    for number in 0..150 {
        send(&mut path, number..number + 1);
        path.wait(Duration::from_millis(100));
    }
    assert_eq!(path.sink.troubles.iter().filter(|trouble| **trouble == Trouble::Garbled).count(), 1);
}

#[test]
fn a_flag_that_is_lost_with_others_is_made_up_for() {
    for lost in [1, 300, 3000, 16_000] {
        let mut path = path(ResetStyle::Rfc);
        send(&mut path, 0..250);
        (0..lost).for_each(|_| drop(path.seal(&ip(0, 60))));
        send(&mut path, 250..260);
        path.wait(Duration::from_millis(60));
        path.sealer.handle_command(SealCommand::ResetEncryption);
        send(&mut path, 300..400);
        let number = path.sink.ip.last().map(|packet| number_of(packet));
        assert_eq!(number, Some(399), "{lost} lost");
    }
}

#[test]
fn resets_that_were_lost_do_not_part_us_from_linux() {
    let mut path = path(ResetStyle::Linux);
    send(&mut path, 0..10);
    for _ in 0..2 {
        path.sealer.handle_command(SealCommand::ResetEncryption);
        path.seal(&ip(0, 60));
    }
    path.sealer.handle_command(SealCommand::ResetEncryption);
    send(&mut path, 10..20);
    path.wait(Duration::from_millis(60));
    assert_eq!(path.sink.ip.len(), 20);
}

#[test]
fn linux_is_followed_however_many_resets_were_lost() {
    let mut path = path(ResetStyle::Linux);
    send(&mut path, 0..10);
    path.seal(&ip(0, 60));
    for number in 0..10 {
        // Each of these asks for a reset, and the packet with the reset is lost.
        send(&mut path, number..number + 1);
        path.wait(Duration::from_secs(1));
        path.sealer.handle_command(SealCommand::ResetEncryption);
        path.seal(&ip(0, 60));
    }
    path.sealer.handle_command(SealCommand::ResetEncryption);
    send(&mut path, 10..20);
    path.wait(Duration::from_millis(60));
    assert_eq!(path.sink.ip.len(), 20);
}

#[test]
fn a_forged_packet_does_not_put_the_stream_out_of_step() {
    let mut path = path(ResetStyle::Rfc);
    send(&mut path, 0..10);
    for number in 10..600 {
        let sealed = path.seal(&ip(number, 60));
        let mut forged = sealed.clone();
        forged[18..].iter_mut().for_each(|octet| *octet ^= 0x5A);
        path.open(&forged);
        path.open(&sealed);
    }
    assert_eq!(path.sink.ip.len(), 600);
    assert_eq!(path.sink.troubles, []);
}
