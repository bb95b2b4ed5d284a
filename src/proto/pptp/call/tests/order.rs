//! Order, duplicates and what is late.

use super::*;

fn numbers(path: &Path) -> Vec<u32> {
    path.sink.ip.iter().map(|packet| number_of(packet)).collect()
}

/// Seals so many packets and opens those that `order` names, in its order.
fn run(path: &mut Path, count: u32, order: &[usize]) {
    let sealed: Vec<_> = (0..count).map(|number| path.seal(&ip(number, 100))).collect();
    let wire: Vec<_> = order.iter().map(|at| sealed[*at].clone()).collect();
    path.open_all(&wire);
}

#[test]
fn swapped_packets_are_put_back_in_order() {
    for cipher in [None, Some(cipher(KeyStrength::Bits128, false)), Some(cipher(KeyStrength::Bits40, true))] {
        let mut path = Path::new(cipher, ResetStyle::Rfc);
        run(&mut path, 8, &[0, 1, 2, 4, 3, 7, 6, 5]);
        assert_eq!(numbers(&path), [0, 1, 2, 3, 4, 5, 6, 7]);
        let statistics = path.shared.statistics();
        assert_eq!((statistics.reordered, statistics.lost, statistics.dropped), (2, 0, 0));
    }
}

#[test]
fn duplicates_are_dropped() {
    let mut path = Path::stateless();
    run(&mut path, 6, &[0, 0, 1, 2, 4, 4, 1, 3, 4, 5]);
    assert_eq!(numbers(&path), [0, 1, 2, 3, 4, 5]);
    assert_eq!(path.shared.statistics().dropped, 4);
}

#[test]
fn a_lost_packet_is_waited_for_but_not_for_long() {
    let mut path = Path::stateless();
    run(&mut path, 6, &[0, 1, 2, 4, 5]);
    assert_eq!(numbers(&path), [0, 1, 2]);
    path.wait(Duration::from_millis(49));
    assert_eq!(numbers(&path), [0, 1, 2]);
    path.wait(Duration::from_millis(2));
    assert_eq!(numbers(&path), [0, 1, 2, 4, 5]);
    assert_eq!(path.shared.statistics().lost, 1);
    path.wait(Duration::from_millis(100));
    assert_eq!(path.opener.poll_timeout(), None);
}

#[test]
fn a_straggler_is_dropped() {
    let mut path = Path::stateless();
    run(&mut path, 3, &[0]);
    let late = path.seal(&ip(3, 60));
    let next = path.seal(&ip(4, 60));
    path.open(&next);
    path.wait(Duration::from_millis(60));
    path.open(&late);
    assert_eq!(numbers(&path), [0, 4]);
    assert_eq!(path.shared.statistics().dropped, 1);
}
