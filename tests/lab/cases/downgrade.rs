//! Servers that want something weaker than was asked for: a login that gives the password away, or no encryption.

use std::net::UdpSocket;
use std::thread;
use std::time::Duration;

use culvert_model::{FaultCode, State};

use crate::run::eventually;
use crate::villain::{CCP, LCP, Login, Meeting, Offer, Order, Proof, Script, side_by_side};

const IP: u16 = 0x0021;
/// What the villain sends in clear, and the port that it goes to.
const MARK: &[u8; 16] = b"IN-CLEAR-MARK-16";
const PORT: u16 = 9009;

/// A server that asks for what is in its script, in vain; the fault that this is, and how many answers it gets.
fn refuses(&(name, script, fault, answers): &(&str, Script, FaultCode, usize)) {
    let meeting = Meeting::new(script);
    let (found, took) = meeting.fails(&[]);
    let (copies, answered) = meeting.secrets_heard();
    let heard = meeting.villain.seen(|seen| seen.bytes.len());
    println!(
        "figure: {name}: {} after {:.1} s, {copies} copies of the password and {answered} answers in {heard} bytes",
        found.map_or("no fault", FaultCode::as_str),
        took.as_secs_f32()
    );
    assert_eq!(found, Some(fault), "{name}");
    assert!(heard > 300, "{name}: the villain hears");
    assert_eq!((copies, answered), (0, answers), "{name}");
    assert_eq!(meeting.villain.seen(|seen| seen.count(IP, None)), 0, "{name}: not a packet in clear");
    // Whatever it was, nobody tries again by himself.
    thread::sleep(Duration::from_secs(2));
    assert_eq!(meeting.villain.seen(|seen| seen.calls), 1, "{name}");
    meeting.client.finish();
}

/// The villain hears the password where a profile allows it: what counts to zero elsewhere counts.
#[test]
fn no_login_that_gives_the_password_away_is_begun() {
    let asks = |protocol, algorithm| Script { login: Login::Other(protocol, algorithm), ..Script::default() };
    let pap = asks(0xc023, None);
    let opted_in = Meeting::new(Script { offer: Offer::Unknown, ..pap });
    let run = opted_in.connect(&["--auth", "pap", "--encryption", "none"]);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    let (copies, answers) = opted_in.secrets_heard();
    assert!(copies > 0 && answers > 0, "{copies} copies, {answers} answers");
    drop(opted_in);

    let refused = FaultCode::AuthMethodRefused;
    let plays = [
        ("PAP", pap, refused, 0),
        ("CHAP-MD5", asks(0xc223, Some(5)), refused, 0),
        ("MS-CHAPv1", asks(0xc223, Some(0x80)), refused, 0),
        ("EAP", asks(0xc227, None), FaultCode::EapRequired, 0),
        ("no login", Script { login: Login::None, ..Script::default() }, refused, 0),
    ];
    side_by_side(&plays, refuses);
}

#[test]
fn no_weaker_encryption_is_agreed_on() {
    let offers = |offer| Script { offer, ..Script::default() };
    let mismatch = FaultCode::MppeMismatch;
    let plays = [
        ("MPPE with 40 bits", offers(Offer::Bits(0x0100_0020)), mismatch, 1),
        ("MPPE with 56 bits", offers(Offer::Bits(0x0100_0080)), mismatch, 1),
        ("stateful MPPE", offers(Offer::Bits(0x40)), mismatch, 1),
        ("MPPE without encryption", offers(Offer::Bits(0x0100_0000)), FaultCode::MppeNotOffered, 1),
        ("MPPC", offers(Offer::Bits(0x0100_0041)), mismatch, 1),
        ("CCP without options", offers(Offer::Nothing), FaultCode::MppeNotOffered, 1),
        ("no CCP", offers(Offer::Unknown), FaultCode::MppeNotOffered, 1),
    ];
    side_by_side(&plays, refuses);
}

#[test]
fn a_server_that_can_not_prove_itself_gets_no_data_and_no_second_try() {
    let proves = |proof| Script { proof, ..Script::default() };
    let plays = [
        ("a wrong proof", proves(Proof::Wrong), FaultCode::ServerNotAuthentic, 1),
        ("no proof", proves(Proof::Missing), FaultCode::ServerNotAuthentic, 1),
    ];
    side_by_side(&plays, refuses);
}

/// What the villain does once everything is agreed on and the client is connected.
fn after_the_agreement(&(name, ref order, is_ended): &(&str, Option<Order>, bool)) {
    let meeting = Meeting::new(Script::default());
    let run = meeting.connect(&["--no-reconnect"]);
    assert_eq!(run.code, Some(0), "{name}: {}{}", run.stdout, run.stderr);
    let socket = meeting.client.host().enter(|| UdpSocket::bind(("0.0.0.0", PORT)).expect("a socket"));
    if let Some(order) = order {
        meeting.villain.say(order.clone());
    }
    for _ in 0..20 {
        meeting.villain.say(Order::Frame(IP, datagram()));
        // And something to send, which must not go in clear.
        let _ = meeting.client.host().enter(|| socket.send_to(MARK, "10.66.0.1:9"));
    }
    let is_over = || !matches!(meeting.client.status().state, State::Connected { .. });
    let ended = eventually(Duration::from_secs(if is_ended { 40 } else { 2 }), is_over);
    let (accepted, clear) = (received(&socket), meeting.villain.seen(|seen| seen.count(IP, None)));
    let fault = meeting.client.last_fault();
    println!(
        "figure: {name}: {accepted} of 20 packets in clear taken, {clear} sent, then {}",
        fault.map_or("connected", FaultCode::as_str)
    );
    assert_eq!((accepted, clear), (0, 0), "{name}");
    assert_eq!(ended, is_ended, "{name}: {fault:?}");
    meeting.client.disconnect();
    meeting.client.finish();
}

#[test]
fn what_was_encrypted_never_goes_on_in_clear() {
    let packet = |code| Order::Packet(CCP, code, vec![]);
    let refused = [0x80, 0xfd, 1, 1, 0, 10, 18, 6, 1, 0, 0, 0x40];
    let reject = Order::Packet(LCP, 8, refused.to_vec());
    let plays = [
        ("packets in clear", None, false),
        ("CCP reset", Some(packet(14)), false),
        ("CCP terminated", Some(packet(5)), true),
        ("CCP rejected", Some(reject), true),
    ];
    side_by_side(&plays, after_the_agreement);
}

/// The same packet is taken where no encryption was asked for: what counts to zero above counts.
#[test]
fn packets_in_clear_are_taken_where_that_was_asked_for() {
    let meeting = Meeting::new(Script { offer: Offer::Unknown, ..Script::default() });
    let run = meeting.connect(&["--encryption", "none"]);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    let socket = meeting.client.host().enter(|| UdpSocket::bind(("0.0.0.0", PORT)).expect("a socket"));
    for _ in 0..20 {
        meeting.villain.say(Order::Frame(IP, datagram()));
        let _ = meeting.client.host().enter(|| socket.send_to(MARK, "10.66.0.1:9"));
    }
    assert!(eventually(Duration::from_secs(5), || meeting.villain.seen(|seen| seen.copies(MARK)) >= 20));
    assert!(received(&socket) > 0);
    meeting.client.disconnect();
    meeting.client.finish();
}

/// How many datagrams lie ready.
fn received(socket: &UdpSocket) -> usize {
    socket.set_read_timeout(Some(Duration::from_millis(300))).expect("a timeout");
    let mut buffer = [0; 64];
    std::iter::from_fn(|| socket.recv(&mut buffer).ok()).count()
}

/// UDP over IPv4 from the villain to the client.
fn datagram() -> Vec<u8> {
    let script = Script::default();
    let mut packet = vec![0x45, 0, 0, 44, 0, 1, 0, 0, 64, 17, 0, 0];
    packet.extend(script.own.octets());
    packet.extend(script.client.octets());
    let words = packet.chunks_exact(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])));
    let sum: u32 = words.sum();
    let checksum = !u16::try_from((sum & 0xffff) + (sum >> 16)).expect("16 bits");
    packet[10..12].copy_from_slice(&checksum.to_be_bytes());
    packet.extend([0, 9]);
    packet.extend(PORT.to_be_bytes());
    // No checksum (RFC 768).
    packet.extend([0, 24, 0, 0]);
    packet.extend(MARK);
    packet
}
