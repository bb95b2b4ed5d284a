//! What may pass, and what is counted.

use super::*;

const ECHO: [u8; 8] = [0xFF, 0x03, 0xC0, 0x21, 9, 1, 0, 4];

fn refused(path: &mut Path, ip: &[u8]) -> bool {
    let mut packet = [Packet::with_capacity(CAPACITY)];
    packet[0].fill(ip);
    path.sealer.seal_batch(&mut packet) == 0 && packet[0].is_empty()
}

#[test]
fn a_closed_gate_stops_ip_both_ways_and_nothing_else() {
    for cipher in [None, Some(cipher(KeyStrength::Bits128, false)), Some(cipher(KeyStrength::Bits128, true))]
    {
        let mut path = Path::new(cipher, ResetStyle::Rfc);
        let open = path.sending.gate();
        let first = path.seal(&ip(0, 60));
        path.shared.set_gate(Gate::Closed);
        path.open(&first);
        assert_eq!(path.sink.ip.len(), 0);
        assert_eq!(path.shared.statistics().dropped, 1);

        path.sending.set_gate(Gate::Closed);
        assert!(refused(&mut path, &ip(1, 60)));
        assert_eq!(path.sending.statistics().dropped, 1);
        let frame = path.seal_frame(&ECHO);
        path.open(&frame);
        assert_eq!(path.sink.frames.len(), 1);

        path.sending.set_gate(open);
        path.shared.set_gate(open);
        let second = path.seal(&ip(2, 60));
        path.open(&second);
        assert_eq!(path.sink.ip, [ip(2, 60)], "the keys stayed in step, {cipher:?}");
    }
}

#[test]
fn nothing_leaves_in_clear_where_encryption_is_required() {
    let mut path = Path::stateless();
    path.sealer.handle_command(SealCommand::Clear);
    assert!(refused(&mut path, &ip(1, 60)));
    path.sending.set_gate(Gate::Clear);
    assert!(!refused(&mut path, &ip(1, 60)));
}

#[test]
fn nothing_is_taken_in_clear_where_encryption_is_required() {
    let clear = Path::new(None, ResetStyle::Rfc).seal(&ip(1, 60));
    for gate in [Gate::Closed, Gate::Encrypted, Gate::Clear] {
        let mut path = Path::stateless();
        path.shared.set_gate(gate);
        path.open(&clear);
        assert_eq!(path.sink.ip.len(), 0, "{gate:?}");
    }
    let mut path = Path::stateless();
    path.opener.handle_command(OpenCommand::Clear);
    path.open(&clear);
    assert_eq!(path.sink.ip.len(), 0);
}

#[test]
fn only_ipv4_is_carried() {
    let mut path = Path::stateless();
    let mut six = vec![0x60, 0, 0, 0, 0, 20, 59, 64];
    six.resize(60, 0);
    assert!(refused(&mut path, &six));
    assert!(refused(&mut path, &[0]));
    assert!(refused(&mut path, &[]));
    let mut clear = Path::new(None, ResetStyle::Rfc);
    let sealed = clear.seal(&ip(1, 60));
    for protocol in [0x57_u8, 0x2D, 0x2F] {
        let mut other = sealed.clone();
        other[15] = protocol;
        clear.open(&other);
    }
    assert_eq!(clear.sink.ip.len(), 0);
}

#[test]
fn a_packet_without_headroom_is_refused_and_spends_no_number() {
    let mut path = Path::stateless();
    let mut packet = [Packet::with_capacity(CAPACITY)];
    let ip_packet = ip(1, 60);
    packet[0].storage_mut()[10..70].copy_from_slice(&ip_packet);
    packet[0].set_range(10..70);
    assert_eq!(path.sealer.seal_batch(&mut packet), 0);
    let sealed = path.seal(&ip_packet);
    assert_eq!(sealed[8..18], [0, 0, 0, 0, 0xFF, 0x03, 0, 0xFD, 0x90, 0]);
}

#[test]
fn strangers_and_other_calls_are_counted_and_dropped() {
    let mut path = Path::stateless();
    let sealed = path.seal(&ip(1, 60));
    let mut foreign = sealed.clone();
    foreign[7] ^= 1;
    path.open(&foreign);
    let mut batch = [datagram(Ipv4Addr::new(203, 0, 113, 5), &sealed)];
    path.opener.open_batch(&mut batch, path.now, &mut path.sink);
    let statistics = path.shared.statistics();
    assert_eq!((statistics.gre_foreign, statistics.gre_received), (1, 0));
    path.open(&sealed);
    assert_eq!(path.sink.ip.len(), 1);
    assert_eq!(path.shared.statistics().gre_received, 1);
}

#[test]
fn what_lies_behind_a_control_frame_can_wait_for_the_keys_that_it_brings() {
    let mut path = Path::stateless();
    path.opener.handle_command(OpenCommand::Clear);
    path.sink.pauses = true;
    let ack = path.seal_frame(&[0xFF, 0x03, 0x80, 0xFD, 2, 1, 0, 4]);
    let mut batch = vec![datagram(SERVER, &ack)];
    batch.extend((0..3).map(|number| datagram(SERVER, &path.seal(&ip(number, 60)))));
    assert_eq!(path.opener.open_batch(&mut batch, path.now, &mut path.sink), 1);
    assert!(batch[0].is_empty() && !batch[1].is_empty());

    let keys = StartKeys::new([7; 16], [7; 16]);
    let decryptor = Decryptor::new(&keys, cipher(KeyStrength::Bits128, false));
    path.opener.handle_command(OpenCommand::Decrypt(decryptor));
    path.sink.frames.clear();
    assert_eq!(path.opener.open_batch(&mut batch[1..], path.now, &mut path.sink), 3);
    assert_eq!(path.sink.ip, [ip(0, 60), ip(1, 60), ip(2, 60)]);
}

#[test]
fn what_overtook_a_control_frame_waits_for_it_too() {
    for by_timer in [false, true] {
        let mut path = Path::stateless();
        path.opener.handle_command(OpenCommand::Clear);
        let request = path.seal_frame(&[0xFF, 0x03, 0x80, 0xFD, 1, 1, 0, 4]);
        path.open(&request);
        path.sink = Heap { pauses: true, ..Heap::default() };
        let ack = path.seal_frame(&[0xFF, 0x03, 0x80, 0xFD, 2, 1, 0, 4]);
        let first = path.seal(&ip(0, 60));
        let second = path.seal(&ip(1, 60));
        path.open(&first);
        path.open(&ack);
        assert_eq!((path.sink.frames.len(), path.sink.ip.len()), (1, 0));

        let keys = StartKeys::new([7; 16], [7; 16]);
        let decryptor = Decryptor::new(&keys, cipher(KeyStrength::Bits128, false));
        path.opener.handle_command(OpenCommand::Decrypt(decryptor));
        path.sink.frames.clear();
        if by_timer {
            assert!(path.opener.poll_timeout().is_some_and(|due| due <= path.now), "at once");
            path.opener.handle_timeout(path.now, &mut path.sink);
            assert_eq!(path.sink.ip, [ip(0, 60)]);
        }
        path.open(&second);
        assert_eq!(path.sink.ip, [ip(0, 60), ip(1, 60)]);
        assert_eq!(path.shared.statistics().dropped, 0);
    }
}

#[test]
fn what_is_received_is_acknowledged_by_either_half() {
    let (mut sealer, mut opener, shared) = halves(CallConfig {
        peer_address: SERVER,
        local_call_id: CLIENT_CALL,
        peer_call_id: SERVER_CALL,
        receive_window: 64,
    });
    let mut server = Path::stateless();
    let mut heap = Heap::default();
    let now = Instant::from_micros(77);
    let mut receive = |opener: &mut Opener, count: u32| {
        for number in 0..count {
            let sealed = server.seal(&ip(number, 60));
            opener.open_batch(&mut [datagram(SERVER, &sealed)], now, &mut heap);
        }
    };
    receive(&mut opener, 1);
    assert_eq!(opener.poll_ack(now), None);
    let due = now + Duration::from_millis(100);
    assert_eq!((opener.poll_timeout(), sealer.poll_timeout()), (Some(due), Some(due)));
    assert_eq!(opener.poll_ack(due), Some([0x20, 0x81, 0x88, 0x0B, 0, 0, 0, 0x80, 0, 0, 0, 0]));
    assert_eq!(sealer.poll_ack(due), None);

    receive(&mut opener, 8);
    assert_eq!(sealer.poll_ack(now), Some([0x20, 0x81, 0x88, 0x0B, 0, 0, 0, 0x80, 0, 0, 0, 8]));

    receive(&mut opener, 2);
    sealer.handle_command(SealCommand::Frame(ECHO.to_vec().into()));
    let mut packet = Packet::with_capacity(CAPACITY);
    assert!(sealer.poll_frame(&mut packet));
    assert_eq!(packet.payload()[..2], [0x30, 0x81]);
    assert_eq!(packet.payload()[8..16], [0, 0, 0, 0, 0, 0, 0, 10]);
    assert_eq!(opener.poll_timeout(), None);
    assert_eq!(shared.gre_sent(), 3);
    assert!(!shared.is_heard());
    let ack = server_ack();
    opener.open_batch(&mut [datagram(SERVER, &ack)], now, &mut heap);
    assert!(shared.is_heard());
    assert_eq!(shared.statistics().gre_received, 12);
    assert_eq!(opener.poll_timeout(), None, "an acknowledgement is not acknowledged");
}

fn server_ack() -> Vec<u8> {
    vec![0x20, 0x81, 0x88, 0x0B, 0, 0, 0x12, 0x34, 0, 0, 0, 0]
}

#[test]
fn the_queue_of_frames_is_bounded() {
    let mut path = Path::stateless();
    for number in 0..1000_u16 {
        let frame = [ECHO.as_slice(), &number.to_be_bytes()].concat();
        path.sealer.handle_command(SealCommand::Frame(frame.into()));
    }
    path.sealer.handle_command(SealCommand::Frame(vec![0; 10].into()));
    let mut packet = Packet::with_capacity(CAPACITY);
    let mut count = 0;
    while path.sealer.poll_frame(&mut packet) {
        assert!(packet.payload().ends_with(&u16::to_be_bytes(count)));
        count += 1;
    }
    assert_eq!(count, 64);
}

#[test]
fn keys_that_differ_are_noticed() {
    for stateful in [false, true] {
        let cipher = cipher(KeyStrength::Bits128, stateful);
        let mut path = Path::new(Some(cipher), ResetStyle::Rfc);
        let keys = StartKeys::new([8; 16], [8; 16]);
        path.opener.handle_command(OpenCommand::Decrypt(Decryptor::new(&keys, cipher)));
        for number in 0..200 {
            let sealed = path.seal(&ip(number, 60));
            path.open(&sealed);
            path.wait(Duration::from_millis(100));
        }
        let differ = path.sink.troubles.iter().filter(|trouble| **trouble == Trouble::KeysDiffer);
        assert_eq!(differ.count(), 1, "stateful: {stateful}");
        assert_eq!(path.sink.ip.len(), 0);
    }
}

#[test]
fn keys_that_part_later_are_noticed() {
    let mut path = Path::stateless();
    let first = path.seal(&ip(0, 60));
    path.open(&first);
    let keys = StartKeys::new([8; 16], [8; 16]);
    let other = Encryptor::new(&keys, cipher(KeyStrength::Bits128, false), ResetStyle::Rfc);
    path.sealer.handle_command(SealCommand::Encrypt(other));
    for number in 0..600 {
        let sealed = path.seal(&ip(number, 60));
        path.open(&sealed);
    }
    assert_eq!(path.sink.troubles, [Trouble::Garbled]);
}
