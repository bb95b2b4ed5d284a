//! Packets under the server's address that are not the server's, from somebody who sees nothing of the connection.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use culvert_model::State;
use rustix::net::ipproto;

use super::guard::Play;
use crate::forger::{Forger, gre, gre_protocol};
use crate::house::House;
use crate::namespace::Namespace;
use crate::router::Router;
use crate::run::count;

const CLIENT: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 10);
/// What a flood may cost, in kB.
const MEMORY: u64 = 10 * 1024;

/// A neighbour of the client, on the same cable.
fn neighbour(play: &Play) -> Namespace {
    let host = Namespace::new();
    host.connect("uplink", "198.51.100.66/24", play.router.outside(), Router::CLIENT_BRIDGE);
    host
}

/// How many of a hundred echoes come back through the tunnel.
fn echoes(play: &Play) -> u32 {
    let said = play.client.host().shell(&format!("ping -q -c 100 -i 0.02 -W 2 {} || true", House::INSIDE));
    let received = said.split(", ").find_map(|part| part.strip_suffix(" received"));
    received.and_then(|number| number.parse().ok()).unwrap_or_default()
}

#[test]
fn a_flood_of_forged_packets_ends_nothing_and_fills_nothing() {
    let play = Play::new();
    play.connect(&[]);
    let before = echoes(&play);
    let (size, ..) = play.client.helper_size();
    let (host, time) = (neighbour(&play), Duration::from_secs(count("CULVERT_FLOOD_SECONDS", 5).into()));
    let cpu = play.client.helper_cpu();
    let start = Instant::now();
    let (sent, during) = std::thread::scope(|scope| {
        let flood = scope.spawn(|| Forger::new(&host, CLIENT).flood(time));
        let during = echoes(&play);
        (flood.join().expect("the forger does not panic"), during)
    });
    let share = (play.client.helper_cpu() - cpu).as_secs_f64() / start.elapsed().as_secs_f64();
    let grown = play.client.helper_size().0.saturating_sub(size);
    println!(
        "figure: {} forged packets a second for {} s: {before} of 100 echoes before, {during} during, the helper takes \
         {:.0} % of a processor and grew by {grown} kB",
        sent / time.as_secs(),
        time.as_secs(),
        share * 100.0
    );
    assert!(sent > 10_000, "{sent}");
    assert!(share > 0.0, "the control: the flood arrives");
    assert!(matches!(play.client.status().state, State::Connected { .. }));
    assert!(grown <= MEMORY, "{grown} kB");
    assert!(before >= 95 && echoes(&play) >= 90, "what was there is there after");
    play.watch.assert_none("under the flood");
    play.client.disconnect();
}

/// Every end that a message can bring, a thousand times each, with random numbers where one has to guess.
#[test]
fn who_guesses_ends_no_connection() {
    let play = Play::new();
    play.connect(&["--no-reconnect"]);
    let host = neighbour(&play);
    let mut forger = Forger::new(&host, CLIENT);
    for _ in 0..1000 {
        let chance = forger.chance().to_be_bytes();
        let call = u16::from_be_bytes([chance[0], chance[1]]);
        // The sequence of a young call is easily guessed, the call is not.
        let terminate = [0xff, 3, 0xc0, 0x21, 5, chance[2], 0, 4];
        forger.send(gre_protocol(), &gre(call, u32::from(chance[3]), &terminate));
        for message in [notify(call), stop()] {
            forger.send(ipproto::TCP, &segment(&chance, 0x18, &message));
        }
        forger.send(ipproto::TCP, &segment(&chance, 0x04, &[]));
    }
    let answers = echoes(&play);
    let state = play.client.status().state;
    println!("figure: 4000 forged ends: {answers} of 100 echoes after");
    assert!(matches!(state, State::Connected { .. }), "{state:?}");
    assert!(answers >= 90, "{answers}");
    play.watch.assert_none("under forged ends");
    play.client.disconnect();
}

/// Somebody on the way knows the numbers and can reset the control connection, as the server's own kernel does here.
#[test]
fn a_control_connection_that_is_reset_is_dialled_anew_and_nothing_leaks() {
    let play = Play::new();
    play.connect(&[]);
    play.house.host().shell("ss -K -tn sport = :1723 >/dev/null");
    play.is_lost();
    play.watch.assert_none("reset");
    let time = play.is_back();
    println!("figure: connected again after {:.1} s", time.as_secs_f32());
    play.watch.assert_none("connected again");
    play.client.disconnect();
}

/// Call-Disconnect-Notify (RFC 2637 section 2.13).
fn notify(call: u16) -> Vec<u8> {
    let mut message = vec![0, 148, 0, 1, 0x1a, 0x2b, 0x3c, 0x4d, 0, 13, 0, 0];
    message.extend(call.to_be_bytes());
    message.extend([1, 0]);
    message.resize(148, 0);
    message
}

/// Stop-Control-Connection-Request (RFC 2637 section 2.3).
fn stop() -> Vec<u8> {
    vec![0, 16, 0, 1, 0x1a, 0x2b, 0x3c, 0x4d, 0, 3, 0, 0, 1, 0, 0, 0]
}

/// A TCP segment from port 1723 to a port of which Linux would choose one, with a right checksum.
fn segment(chance: &[u8; 8], flags: u8, content: &[u8]) -> Vec<u8> {
    let port = 32_768 + u16::from_be_bytes([chance[0], chance[1]]) % 28_232;
    let mut segment = 1723_u16.to_be_bytes().to_vec();
    segment.extend(port.to_be_bytes());
    segment.extend(&chance[2..6]);
    segment.extend([0, 0, chance[6], chance[7], 0x50, flags, 0x20, 0, 0, 0, 0, 0]);
    segment.extend(content);
    let checksum = checksum(&segment);
    segment[16..18].copy_from_slice(&checksum.to_be_bytes());
    segment
}

fn checksum(segment: &[u8]) -> u16 {
    let mut bytes = [House::SERVER.octets(), CLIENT.octets()].concat();
    bytes.extend([0, 6]);
    bytes.extend(u16::try_from(segment.len()).expect("a short segment").to_be_bytes());
    bytes.extend(segment);
    bytes.resize(bytes.len().next_multiple_of(2), 0);
    let words = bytes.chunks_exact(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])));
    let sum: u32 = words.sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    !u16::try_from((folded & 0xffff) + (folded >> 16)).expect("16 bits")
}
