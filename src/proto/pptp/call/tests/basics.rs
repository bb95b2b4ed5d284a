//! One packet at a time.

use super::*;

const ALL: [KeyStrength; 3] = [KeyStrength::Bits40, KeyStrength::Bits56, KeyStrength::Bits128];
const ECHO: [u8; 12] = [0xFF, 0x03, 0xC0, 0x21, 9, 1, 0, 8, 1, 2, 3, 4];

#[test]
fn packets_arrive_as_they_left_in_every_mode() {
    let ciphers = ALL.map(|strength| [Some(cipher(strength, false)), Some(cipher(strength, true))]);
    for cipher in ciphers.into_iter().flatten().chain([None]) {
        for (acfc, pfc) in [(false, false), (true, false), (false, true), (true, true)] {
            let mut path = Path::new(cipher, ResetStyle::Rfc);
            path.sealer.handle_command(SealCommand::Compress { acfc, pfc });
            let sent: Vec<_> = (0..600).map(|number| ip(number, 24 + (number as usize * 7) % 1377)).collect();
            for packet in &sent {
                let sealed = path.seal(packet);
                path.open(&sealed);
            }
            assert_eq!(path.sink.ip, sent, "{cipher:?}");
            assert_eq!(path.shared.statistics().received_packets, 600);
            assert_eq!(path.sending.statistics().sent_packets, 600);
            assert_eq!(path.shared.statistics().dropped, 0);
        }
    }
}

#[test]
fn headers_on_the_wire() {
    let mut path = Path::stateless();
    let sealed = path.seal(&ip(0, 24));
    assert_eq!(sealed[..12], [0x30, 0x01, 0x88, 0x0B, 0, 32, 0x12, 0x34, 0, 0, 0, 0]);
    assert_eq!(sealed[12..18], [0xFF, 0x03, 0x00, 0xFD, 0x90, 0x00]);
    path.sealer.handle_command(SealCommand::Compress { acfc: true, pfc: true });
    let sealed = path.seal(&ip(0, 24));
    assert_eq!(sealed[8..15], [0, 0, 0, 1, 0xFD, 0x90, 0x01]);
    let sealed = path.seal_frame(&ECHO);
    assert_eq!(sealed[8..], [[0, 0, 0, 2].as_slice(), &ECHO].concat());
}

#[test]
fn control_frames_and_packets_share_the_numbers() {
    let mut path = Path::stateless();
    let wire = [path.seal_frame(&ECHO), path.seal(&ip(1, 60)), path.seal_frame(&ECHO), path.seal(&ip(2, 60))];
    path.open_all(&wire);
    assert_eq!(path.sink.frames, vec![(0xC021, ECHO[4..].to_vec()); 2]);
    assert_eq!(path.sink.ip, [ip(1, 60), ip(2, 60)]);
}
