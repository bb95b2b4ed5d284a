use std::string::String;
use std::vec;
use std::vec::Vec;

use super::*;
use crate::{Chance, Error};

/// Each message with its control type and its size in the RFC, filled with distinct octets.
fn examples() -> Vec<(Message, u16, usize)> {
    let sizes = [156, 156, 16, 16, 16, 20, 168, 32, 220, 24, 28, 16, 148, 40, 24];
    (1..)
        .zip(sizes)
        .map(|(number, size)| {
            let bytes = message_of(number, (1..=size - 12).map(|n| u8::try_from(n).unwrap()).collect());
            (Message::parse(&bytes).unwrap(), number, size)
        })
        .collect()
}

fn message_of(control_type: u16, body: Vec<u8>) -> Vec<u8> {
    let mut bytes = vec![];
    Message::Unknown { control_type, body }.emit(&mut bytes);
    bytes
}

fn emit(message: &Message) -> Vec<u8> {
    let mut bytes = vec![];
    message.emit(&mut bytes);
    bytes
}

#[test]
fn every_message_has_the_size_and_number_of_the_rfc() {
    for (message, number, size) in examples() {
        let bytes = emit(&message);
        assert_eq!(bytes.len(), size, "{}", message.name());
        assert_eq!(bytes[..2], u16::try_from(size).unwrap().to_be_bytes());
        assert_eq!(bytes[2..8], [0, 1, 0x1A, 0x2B, 0x3C, 0x4D]);
        assert_eq!(bytes[8..12], [&number.to_be_bytes()[..], &[0, 0]].concat());
    }
}

#[test]
fn every_message_round_trips() {
    for (message, ..) in examples() {
        let bytes = emit(&message);
        assert_eq!(Message::parse(&bytes), Ok(message.clone()));
        let mut padded = bytes.clone();
        padded.extend([9; 7]);
        assert_eq!(Message::parse(&padded), Ok(message));
    }
}

#[test]
fn fields_lie_where_the_rfc_draws_them() {
    let reply = OutgoingCallReply {
        call_id: 0x0102,
        peer_call_id: 0x0304,
        result: OutgoingCallResult::BUSY,
        error: GeneralError::PAC_ERROR,
        cause_code: 0x0506,
        connect_speed: 0x0708_090A,
        packet_receive_window_size: 0x0B0C,
        packet_processing_delay: 0x0D0E,
        physical_channel_id: 0x0F10_1112,
    };
    let body = [1, 2, 3, 4, 4, 6, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18];
    assert_eq!(emit(&reply.into())[12..], body);

    let request = StartControlConnectionRequest {
        protocol_version: PROTOCOL_VERSION,
        framing_capabilities: 3,
        bearer_capabilities: 2,
        maximum_channels: 0x1234,
        firmware_revision: 0x5678,
        host_name: "host".into(),
        vendor_name: "vendor".into(),
    };
    let bytes = emit(&request.into());
    assert_eq!(bytes[12..28], [1, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 2, 0x12, 0x34, 0x56, 0x78]);
    assert_eq!(bytes[28..33], *b"host\0");
    assert_eq!(bytes[92..99], *b"vendor\0");

    let notify = CallDisconnectNotify {
        call_id: 0x0102,
        result: DisconnectResult::ADMIN_SHUTDOWN,
        error: GeneralError::NONE,
        cause_code: 0x0304,
        call_statistics: "s".into(),
    };
    assert_eq!(emit(&notify.into())[12..22], [1, 2, 3, 0, 3, 4, 0, 0, b's', 0]);
}

#[test]
fn a_longer_message_is_read_without_its_tail() {
    let bytes = message_of(5, vec![0, 0, 0, 7, 1, 2, 3]);
    assert_eq!(Message::parse(&bytes), Ok(EchoRequest { identifier: 7 }.into()));
}

#[test]
fn reserved_fields_are_not_looked_at() {
    let mut bytes = message_of(12, vec![0, 7, 0xAA, 0xBB]);
    bytes[10] = 0xFF;
    assert_eq!(Message::parse(&bytes), Ok(CallClearRequest { call_id: 7 }.into()));
}

#[test]
fn an_unknown_type_is_kept() {
    let message = Message::Unknown { control_type: 99, body: vec![1, 2] };
    assert_eq!(Message::parse(&emit(&message)), Ok(message));
}

#[test]
fn a_message_too_short_for_its_type_is_refused() {
    for (message, number, size) in examples() {
        for body in 0..size - 12 {
            let bytes = message_of(number, vec![0; body]);
            assert!(Message::parse(&bytes).is_err(), "{} with {body} octets", message.name());
        }
    }
}

#[test]
fn a_header_that_lies_is_refused() {
    let good = emit(&EchoRequest { identifier: 1 }.into());
    for (at, value) in [(1, 11), (1, 17), (0, 0xFF), (3, 2), (4, 0), (7, 0)] {
        let mut bad = good.clone();
        bad[at] = value;
        assert!(matches!(Message::parse(&bad), Err(Error::Malformed(_))), "octet {at} = {value}");
    }
}

#[test]
fn texts_stop_at_the_padding_and_carry_no_control_characters() {
    let mut text = Text::<64>::from("a\u{1b}b");
    text.0[4] = b'x';
    assert_eq!(text.as_bytes(), b"a\x1bb");
    assert_eq!(text.to_text(), "ab");
    let long: String = core::iter::repeat_n('x', 70).collect();
    assert_eq!(Text::<64>::from(long.as_str()).as_bytes().len(), 64);
}

#[test]
fn the_framer_finds_the_messages_however_they_are_cut() {
    let messages: Vec<Message> = examples().into_iter().map(|(message, ..)| message).collect();
    let stream: Vec<u8> = messages.iter().flat_map(emit).collect();
    for size in [1, 2, 7, 13, 200, stream.len()] {
        let mut framer = Framer::default();
        let mut read = vec![];
        for chunk in stream.chunks(size) {
            assert!(framer.push(chunk).is_empty());
            while let Some(message) = framer.poll() {
                read.push(message.unwrap());
            }
        }
        assert_eq!(read, messages, "in pieces of {size}");
    }
}

#[test]
fn the_framer_takes_no_more_than_it_may_hold() {
    let stream: Vec<u8> = (0..1000).flat_map(|identifier| emit(&EchoRequest { identifier }.into())).collect();
    let mut framer = Framer::default();
    let mut rest = &stream[..];
    let mut next = 0;
    while !rest.is_empty() {
        let before = rest.len();
        rest = framer.push(rest);
        assert!(before - rest.len() <= usize::from(MAX_LEN));
        while let Some(message) = framer.poll() {
            assert_eq!(message, Ok(EchoRequest { identifier: next }.into()));
            next += 1;
        }
    }
    assert_eq!(next, 1000);
}

#[test]
fn the_framer_gives_nothing_after_an_error() {
    let mut framer = Framer::default();
    assert!(framer.push(b"HTTP/1.1 400 Bad Request").is_empty());
    assert!(framer.poll().unwrap().is_err());
    assert!(framer.push(&emit(&EchoRequest { identifier: 1 }.into())).is_empty());
    assert_eq!(framer.poll(), None);
}

#[test]
fn hostile_bytes_end_without_panic() {
    let mut chance = Chance::new([5; 32]);
    let originals: Vec<Vec<u8>> = examples().iter().map(|(message, ..)| emit(message)).collect();
    for round in 0..100_000 {
        let mut bytes = originals[round % originals.len()].clone();
        for _ in 0..1 + chance.u32() % 4 {
            let at = usize::try_from(chance.u32()).unwrap() % bytes.len();
            bytes[at] = chance.bytes::<1>()[0];
        }
        bytes.truncate(usize::try_from(chance.u32()).unwrap() % (bytes.len() + 1));
        if let Ok(message) = Message::parse(&bytes) {
            assert_eq!(Message::parse(&emit(&message)), Ok(message));
        }
    }
}
