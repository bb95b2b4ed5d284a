//! A user who wants nobody else to be served, against a helper in a process of its own, so that its memory can be
//! told. Only root can become other users: without it, this test has nothing to show.

use std::env;
use std::fs::{self, Permissions};
use std::io::{Read, Write, stdout};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use culvert_ipc::{Hello, Outcome, Request, ToHelper};
use nix::unistd::geteuid;
use tokio::time::sleep;

use super::part::{Relay, heard, play, play_helper};
use super::scripted::Helper;
use crate::authority::{Authority, Group, Patience};

const STRANGER: u32 = 1234;
const NEIGHBOUR: u32 = 1235;
/// Programs of the stranger that hold connections, and connections that each tries to hold.
const CROWDS: usize = 5;
const CROWD: usize = 200;
/// Garbage frames from the stranger, where the environment names no other number.
const GARBAGE: usize = 10_000;
/// The most memory that the helper may have had, in kB.
const MEMORY: u64 = 50_000;
/// How soon a neighbour is served.
const SERVED: Duration = Duration::from_millis(100);
/// How long a program that reads nothing is put up with, and some more.
const CUT: Duration = Duration::from_secs(14);

/// A helper for everybody, with a polkit that is not there.
pub(super) fn helper() -> Helper {
    let bus = Some("unix:path=/nonexistent/bus".to_owned());
    let helper = Helper::with(Authority::judging(0, Group::Listed(vec![]), bus, Patience::default()));
    fs::set_permissions(helper.dir.path(), Permissions::from_mode(0o755)).unwrap();
    helper
}

/// Opens as many connections as it gets and holds them for a while. Says how many are left.
pub(super) fn crowd(socket: &Path) -> usize {
    let held: Vec<_> = (0..CROWD).filter_map(|_| UnixStream::connect(socket).ok()).collect();
    // Each claims a large frame, and begins with it.
    let begun = held.into_iter().filter_map(|mut stream| {
        stream.write_all(&65_536_u32.to_be_bytes()).ok()?;
        let _ = stream.write_all(&[b'['; 65_000]);
        Some(stream)
    });
    let begun: Vec<_> = begun.collect();
    thread::sleep(Duration::from_secs(3));
    begun.iter().filter(|stream| is_open(stream)).count()
}

fn is_open(mut stream: &UnixStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let mut bytes = [0; 256];
    loop {
        match stream.read(&mut bytes) {
            Ok(1..) => {}
            Ok(0) => return false,
            Err(error) => return error.kind() == std::io::ErrorKind::WouldBlock,
        }
    }
}

/// Sends garbage of several kinds, each on a connection of its own, as fast as it can. Says how many were cut off.
pub(super) fn garbage(socket: &Path) -> usize {
    let count = frames();
    let workers: Vec<_> = (0..4)
        .map(|worker| {
            let socket = socket.to_owned();
            thread::spawn(move || (worker..count).step_by(4).filter(|&n| is_cut(&socket, n)).count())
        })
        .collect();
    workers.into_iter().map(|worker| worker.join().unwrap()).sum()
}

/// How many garbage frames are sent.
fn frames() -> usize {
    env::var("CULVERT_FLOOD").map_or(GARBAGE, |count| count.parse().unwrap())
}

fn is_cut(socket: &Path, n: usize) -> bool {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let frame: &[u8] = match n % 4 {
        0 => &[0x40, 0, 0, 0],
        1 => b"\0\0\0\x06[[[[[[",
        2 => b"GET / HTTP/1.1\r\n\r\n",
        _ => b"\0\0\0\x02{}",
    };
    let _ = stream.write_all(frame);
    // A connection that was reset is cut off as well.
    !matches!(stream.read_to_end(&mut Vec::new()), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
}

/// Asks without end and reads nothing. Says after how many milliseconds it was cut off.
pub(super) fn deaf(socket: &Path) -> u128 {
    let mut stream = UnixStream::connect(socket).unwrap();
    let mut say = |message: &[u8]| {
        stream.write_all(&u32::try_from(message.len()).unwrap().to_be_bytes())?;
        stream.write_all(message)
    };
    let begun = Instant::now();
    say(&serde_json::to_vec(&ToHelper::Hello(Hello::new())).unwrap()).unwrap();
    while say(br#"{"call":{"id":1,"request":"status"}}"#).is_ok() {}
    begun.elapsed().as_millis()
}

/// The most memory that a process had, in kB.
fn peak(process: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// How long a neighbour waited, each time, while `flood` went on: on its connection, and for a new one.
async fn neighbour(relay: &mut Relay, flood: &mut [Child]) -> (Vec<Duration>, Vec<Duration>) {
    let (mut asked, mut knocked) = (Vec::new(), Vec::new());
    while flood.iter_mut().any(|one| one.try_wait().unwrap().is_none()) {
        let begun = Instant::now();
        assert!(matches!(relay.request(&Request::Status).await, Outcome::Status { .. }));
        asked.push(begun.elapsed());
        knocked.push(relay.knock().await);
        sleep(Duration::from_millis(20)).await;
    }
    asked.sort();
    knocked.sort();
    (asked, knocked)
}

/// All but the last in a hundred: other programs of this computer may be at work too.
fn most(times: &[Duration]) -> Duration {
    times[times.len() * 99 / 100 - 1]
}

#[tokio::test]
async fn a_flood_costs_little_memory_and_nobody_else_waits() {
    if !geteuid().is_root() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (mut helper, socket) = play_helper(dir.path());
    let mut relay = Relay::start(NEIGHBOUR, dir.path(), &socket);
    assert!(matches!(relay.request(&Request::Status).await, Outcome::Status { .. }));
    let calm = peak(&helper);
    let flood = |part| play(part, STRANGER, dir.path(), &socket);
    let parts = ["deaf", "garbage"].into_iter().chain(["crowd"; CROWDS]);
    let mut flood: Vec<_> = parts.map(flood).collect();
    let (asked, knocked) = neighbour(&mut relay, &mut flood).await;
    let peak = peak(&helper);
    let mut said = Vec::new();
    for one in flood {
        said.push(heard(one).await.parse::<usize>().unwrap());
    }
    let (deaf, cut, held) = (said[0], said[1], said[2..].iter().sum::<usize>());
    let deaf = Duration::from_millis(deaf.try_into().unwrap());
    let (asked_most, knocked_most) = (most(&asked), most(&knocked));
    let figure = format!(
        "figure: flood: {held} of {} connections held, {cut} garbage frames cut off, the deaf after {} s; \
         memory {calm} to {peak} kB; a neighbour's answer {asked_most:.1?} (worst {:.1?}), \
         a new connection {knocked_most:.1?} (worst {:.1?}), of {}",
        CROWDS * CROWD,
        deaf.as_secs(),
        asked.last().unwrap(),
        knocked.last().unwrap(),
        asked.len()
    );
    // Past the test harness, which would keep it to itself.
    writeln!(stdout(), "{figure}").unwrap();
    assert!((1..=32).contains(&held), "{held}");
    assert_eq!(cut, frames(), "garbage is put up with");
    assert!(peak < MEMORY, "{peak} kB");
    assert!(asked_most <= SERVED && knocked_most <= SERVED, "{asked_most:?}, {knocked_most:?}");
    assert!(deaf <= CUT, "{deaf:?}");
    drop(helper.stdin.take());
    assert!(helper.wait().unwrap().success());
}
