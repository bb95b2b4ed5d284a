//! The vectors of RFC 3079, computed ones, and packets of Windows machines.

use std::vec::Vec;

use culvert_model::KeyStrength::{Bits40, Bits56, Bits128};
use culvert_model::{Cipher, KeyStrength};

use super::keys::{KeyChain, KeyRing};
use super::stream::Stream;
use super::*;
use crate::ppp::auth::testing::hex;

const STRENGTHS: [KeyStrength; 3] = [Bits40, Bits56, Bits128];

fn stateless(strength: KeyStrength) -> Cipher {
    Cipher { strength, stateful: false }
}

fn stateful(strength: KeyStrength) -> Cipher {
    Cipher { strength, stateful: true }
}

/// The start keys of RFC 3079 section 3.5.
fn start_key(client_send: bool) -> [u8; 16] {
    let key =
        if client_send { "D5F0E9521E3EA9589645E86051C82226" } else { "8B7CDC149B993A1BA118CB153F56DCCB" };
    hex(key)
}

fn chain(client_send: bool, strength: KeyStrength) -> KeyChain {
    let start = start_key(client_send);
    KeyChain::new(if strength == Bits128 { &start } else { &start[..8] }, strength)
}

fn bytes(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
}

#[test]
fn initial_keys_of_rfc_3079_section_3_5() {
    let vectors = [
        (Bits40, "D1269EC49FA62E3E", "929137917E5803D668D75898", "D1269ED2AE999038"),
        // The last octet is misprinted as 58 in the RFC.
        (Bits56, "D15C00C49FA62E3E", "3F106833FA448DA842BC57B8", "D16A9BD2AE999038"),
        (
            Bits128,
            "405CB2247A7956E6E211007AE27B22D4",
            "81848317DF68846272FB5ABE",
            "49D11D0F0CC6BEFBA2A9B4B688F91EEE",
        ),
    ];
    for (strength, receive, message, send) in vectors {
        let key = chain(false, strength);
        assert_eq!(key.key(), bytes(receive));
        let mut text = *b"test message";
        Stream::new(key.key()).apply(&mut text);
        assert_eq!(text.as_slice(), bytes(message));
        assert_eq!(chain(true, strength).key(), bytes(send));
    }
}

#[test]
fn keys_after_so_many_changes() {
    let vectors: [(KeyStrength, &[(u64, &str)]); 3] = [
        (
            Bits128,
            &[
                (0, "0E09C108101DFDDEF6C0E2F2D95D0BAD"),
                (1, "03273439AC5F94C97F13D9133DF4DFC5"),
                (2, "146489FCDBCDDFED41085FB0E7DB0166"),
                (255, "F9365D685C307F4E2C64020DAF26085C"),
                (256, "4C2D6483B8AFA43B37590B38D7EC131D"),
                (4095, "E3F0C4AF570CB2911D2BA8D4DBFF3300"),
                (4096, "3EDB8F1C690523673C8FCC9B0C9B7B5D"),
            ],
        ),
        (Bits56, &[(0, "D1EF3D78B562DEA9"), (1, "D158DCB865DB5E4C")]),
        (Bits40, &[(0, "D1269E772B557EC1"), (1, "D1269ED36D6287C8")]),
    ];
    for (strength, keys) in vectors {
        let mut chain = chain(true, strength);
        let mut changes = 0;
        for (index, key) in keys {
            while changes < index + 1 {
                chain.change();
                changes += 1;
            }
            assert_eq!(chain.key(), bytes(key), "{strength:?} packet {index}");
        }
    }
}

#[test]
fn keys_of_ms_chap_v1_of_rfc_3079_section_2_5() {
    let short: [u8; 8] = hex("76A152936096D783");
    assert_eq!(KeyChain::new(&short, Bits40).key(), hex::<8>("D1269E538CEC4A08"));
    assert_eq!(KeyChain::new(&short, Bits56).key(), hex::<8>("D10801538CEC4A08"));
    let long: [u8; 16] = hex("A8947850CFC0ACC1D1789FB62DDCDDB0");
    assert_eq!(KeyChain::new(&long, Bits128).key(), hex::<16>("59D159BC09F76F1DA2A86A28FFEC0B1E"));
}

#[test]
fn a_ring_gives_the_same_keys_as_its_chain() {
    let mut ring = KeyRing::new(chain(true, Bits128));
    assert!(!ring.advance(300, 64));
    assert_eq!(ring.newest(), 64);
    assert!(ring.advance(300, 1000));
    assert!(ring.advance(17, 0), "already there");
    let mut chain = chain(true, Bits128);
    for number in 0..=301 {
        let mut expected = [0; 16];
        Stream::new(chain.key()).apply(&mut expected);
        let mut keystream = [0; 16];
        match ring.stream(number) {
            Some(mut stream) => stream.apply(&mut keystream),
            None => assert!(!(173..=300).contains(&number), "key {number} is forgotten"),
        }
        assert!(keystream == [0; 16] || keystream == expected, "key {number}");
        chain.change();
    }
}

#[test]
fn whole_frames_of_both_directions() {
    let vectors = [(true, "90003F79A9FD0590D2482F52F50EEE55"), (false, "90007058224E931B78D7B615FA441831")];
    for (client_send, frame) in vectors {
        let mut encryptor =
            Encryptor::from_start_key(&start_key(client_send), stateless(Bits128), ResetStyle::Rfc);
        let mut data = *b"\x00\x21test message";
        let header = encryptor.encrypt(&mut data);
        assert_eq!([header.as_slice(), &data].concat(), bytes(frame));
    }
}

#[test]
fn a_stateful_sender_runs_on() {
    for style in [ResetStyle::Rfc, ResetStyle::Linux] {
        let mut encryptor = Encryptor::from_start_key(&start_key(true), stateful(Bits128), style);
        for (header, frame) in
            [(0x1000_u16, "C128AE47C6F80FD503E3AE38E565"), (0x1001, "E9AE51147533B02FFA9CA4C5A8D3")]
        {
            let mut data = *b"\x00\x21test message";
            assert_eq!(encryptor.encrypt(&mut data), header.to_be_bytes());
            assert_eq!(data.as_slice(), bytes(frame));
        }
    }
}

#[test]
fn the_count_wraps_and_the_flags_are_set() {
    for strength in STRENGTHS {
        let mut without = Encryptor::from_start_key(&start_key(true), stateless(strength), ResetStyle::Rfc);
        let mut with = Encryptor::from_start_key(&start_key(true), stateful(strength), ResetStyle::Rfc);
        for index in 0..8200_u32 {
            let count = u16::try_from(index % 4096).unwrap();
            assert_eq!(without.encrypt(&mut [0; 4]), (0x9000 | count).to_be_bytes());
            let flushed = if index % 256 == 255 { 0x9000 } else { 0x1000 };
            assert_eq!(with.encrypt(&mut [0; 4]), (flushed | count).to_be_bytes());
        }
    }
}

#[test]
fn first_packets_of_a_windows_session() {
    let vectors = [
        (
            "5FEB418BECD3D469E35A579C206297D0",
            "BAA4ED9219B9068AACC7FAB65CAF1C34",
            "0E55BC7331B4CB89D6F49A82BE2C5934",
            "00214600002800000000010258A2C0A8",
        ),
        (
            "B34084A4B243BE1AA89B97CCAF0782E3",
            "5C8877D2058495F4AFB967E7FFF84203",
            "AA08CA24B704F5036DBC3B8B7943151C",
            "0021450000343A19000074062954CBD0",
        ),
    ];
    for (start, key, cipher, plain) in vectors {
        let mut chain = KeyChain::new(&hex::<16>(start), Bits128);
        chain.change();
        assert_eq!(chain.key(), hex::<16>(key));
        let mut data: [u8; 16] = hex(cipher);
        Stream::new(chain.key()).apply(&mut data);
        assert_eq!(data, hex::<16>(plain));
    }
}
