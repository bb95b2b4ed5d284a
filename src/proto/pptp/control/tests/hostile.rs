//! Mutated messages in every state.

use super::*;
use crate::Chance;
use crate::wire::pptp::{CallClearRequest, Message, OutgoingCallRequest, StartControlConnectionRequest};

/// In each state.
const ROUNDS: usize = 100_000;

pub(super) fn server_connected() -> Control {
    let mut server = server_calling();
    let call = OutgoingCallRequest { call_id: CALL_ID, ..Default::default() };
    server.handle_bytes(&bytes(call), Instant::ZERO);
    server
}

pub(super) fn server_after_clear() -> Control {
    let mut server = server_connected();
    server.handle_bytes(&bytes(CallClearRequest { call_id: CALL_ID }), Instant::ZERO);
    server
}

fn server_calling() -> Control {
    let mut server = Control::pac(PacConfig::default(), SERVER_CALL_ID, Instant::ZERO);
    let start = StartControlConnectionRequest { protocol_version: 0x0100, ..Default::default() };
    server.handle_bytes(&bytes(start), Instant::ZERO);
    server
}

fn server_stopping() -> Control {
    let mut server = server_connected();
    server.disconnect(Instant::ZERO);
    server
}

fn closed() -> Control {
    let mut client = Client::connected().control;
    client.handle_closed(Instant::ZERO);
    client
}

/// One good message of every type, and one of a type nobody knows.
fn originals() -> Vec<Vec<u8>> {
    let sizes = [156, 156, 16, 16, 16, 20, 168, 32, 220, 24, 28, 16, 148, 40, 24, 100];
    (1..)
        .zip(sizes)
        .map(|(control_type, size)| {
            let mut bytes = Vec::new();
            Message::Unknown { control_type, body: [1].repeat(size - 12) }.emit(&mut bytes);
            bytes
        })
        .collect()
}

/// Changes a few octets behind the magic cookie, rarely before it, and now and then the length.
fn mutate(original: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = original.to_vec();
    let len = u32::try_from(bytes.len()).unwrap();
    for _ in 0..chance.u32() % 4 {
        let at =
            if chance.u32().is_multiple_of(32) { chance.u32() % len } else { 8 + chance.u32() % (len - 8) };
        let [octet] = chance.bytes();
        bytes[usize::try_from(at).unwrap()] = if octet < 128 { octet % 8 } else { octet };
    }
    if chance.u32().is_multiple_of(16) {
        bytes.truncate(usize::try_from(chance.u32() % len).unwrap());
    }
    bytes
}

fn drain(control: &mut Control) -> usize {
    let transmits = core::iter::from_fn(|| control.poll_transmit()).count();
    transmits + core::iter::from_fn(|| control.poll_event()).count()
}

/// Feeds mutated messages, each time to a control in the same state, until it leaves that state.
fn attack(make: impl Fn() -> Control, seed: u8) {
    let originals = originals();
    let mut chance = Chance::new([seed; 32]);
    let mut control = make();
    drain(&mut control);
    let state = core::mem::discriminant(&control.state);
    let mut now = Instant::ZERO;
    for round in 0..ROUNDS {
        let bytes = mutate(&originals[round % originals.len()], &mut chance);
        control.handle_bytes(&bytes, now);
        assert!(drain(&mut control) <= 8, "a message has few consequences");
        now += core::time::Duration::from_millis(u64::from(chance.u32() % 4000));
        control.handle_timeout(now);
        if core::mem::discriminant(&control.state) != state {
            control = make();
            drain(&mut control);
            now = Instant::ZERO;
        }
    }
}

macro_rules! states {
    ($($name:ident: $make:expr, $seed:literal;)+) => {$(
        #[test]
        fn $name() {
            attack($make, $seed);
        }
    )+};
}

states! {
    client_starting: || Client::starting().control, 1;
    client_calling: || Client::calling().control, 2;
    client_with_a_call: || Client::connected().control, 3;
    client_disconnecting: || Client::disconnecting().control, 4;
    client_stopping: || Client::stopping().control, 5;
    server_starting: || Control::pac(PacConfig::default(), SERVER_CALL_ID, Instant::ZERO), 6;
    server_waiting_for_a_call: server_calling, 7;
    server_with_a_call: server_connected, 8;
    server_waiting_for_the_stop: server_after_clear, 9;
    server_waiting_for_the_stop_reply: server_stopping, 10;
    closed_for_good: closed, 11;
}

#[test]
fn a_flood_that_nobody_drains_stays_small() {
    for make in [|| Client::connected().control, server_connected] {
        let mut control = make();
        drain(&mut control);
        let mut chance = Chance::new([12; 32]);
        let good: Vec<Vec<u8>> = originals().into_iter().filter(|bytes| !matches!(bytes[9], 3 | 4)).collect();
        for round in 0..ROUNDS {
            let mut bytes = good[round % good.len()].clone();
            let len = bytes.len();
            bytes[12 + usize::try_from(chance.u32()).unwrap() % (len - 12)] = chance.bytes::<1>()[0];
            control.handle_bytes(&bytes, Instant::ZERO);
        }
        assert!(drain(&mut control) <= 2 * 64 + 8);
    }
}

#[test]
fn a_flood_in_one_piece_stays_small() {
    let mut client = Client::connected();
    let flood: Vec<u8> = (0..10_000).flat_map(|identifier| bytes(echo(identifier))).collect();
    client.control.handle_bytes(&flood, client.now);
    assert_eq!(client.sent().len(), 64);
    client.hears(echo(1));
    assert_eq!(client.sent().len(), 1);
}
