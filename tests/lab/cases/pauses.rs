//! Connections that are interrupted, or that nobody uses for a while.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::client::Client;
use crate::house::House;
use crate::router::{Passage, Router};
use crate::run::{count, eventually, run};
use crate::server::PASSWORD;

use super::guard::Play;

/// How long the helper is stopped, as a computer that sleeps stops it.
const SLEEP: Duration = Duration::from_secs(10);

/// A connection of some program through the tunnel.
struct Talk {
    near: TcpStream,
    far: TcpStream,
}

impl Talk {
    fn begin(play: &Play) -> Self {
        let listener = play.house.host().enter(|| TcpListener::bind(("0.0.0.0", 7777)).expect("a listener"));
        let near = play.client.host().enter(|| TcpStream::connect((House::INSIDE, 7777)).expect("connected"));
        let (far, _) = listener.accept().expect("accepted");
        for stream in [&near, &far] {
            stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
        }
        Self { near, far }
    }

    /// A word there and back.
    fn goes_on(&mut self) {
        let mut heard = [0; 5];
        self.near.write_all(b"hello").and_then(|()| self.far.read_exact(&mut heard)).expect("there");
        self.far.write_all(b"hello").and_then(|()| self.near.read_exact(&mut heard)).expect("and back");
    }
}

#[test]
fn a_talk_through_the_tunnel_outlives_a_pause() {
    let mut play = Play::new();
    // A probe that knocks at the server has the lowest address for a moment. Who has another one does not get it again
    // from a server that was started anew.
    let is_lowest = || {
        play.connect(&[]);
        let is_lowest = play.client.network().expect("connected").address == House::LOWEST;
        if !is_lowest {
            play.client.disconnect();
        }
        is_lowest
    };
    assert!(eventually(Duration::from_secs(30), is_lowest), "never the address that the server gives first");
    let mut talk = Talk::begin(&play);
    talk.goes_on();

    play.client.host().shell(&format!(
        "ip link set uplink down; sleep 3; ip link set uplink up; ip route add default via {}",
        Router::INSIDE
    ));
    let begin = Instant::now();
    talk.goes_on();
    println!("figure: a talk goes on {:.1} s after a cable was out for 3 s", begin.elapsed().as_secs_f32());
    play.watch.assert_none("the cable was out");

    play.client.signal_helper(Signal::STOP);
    play.watch.take();
    thread::sleep(SLEEP);
    play.watch.assert_none("asleep");
    play.client.signal_helper(Signal::CONT);
    let begin = Instant::now();
    talk.goes_on();
    println!("figure: a talk goes on {:.1} s after a sleep of {SLEEP:?}", begin.elapsed().as_secs_f32());
    play.watch.assert_none("awake again");

    play.house.restart();
    play.is_lost();
    let time = play.is_back();
    println!("figure: connected again {:.1} s after the server was lost", time.as_secs_f32());
    talk.goes_on();
    play.watch.assert_none("the server was lost");
    play.client.disconnect();
    play.assert_counts("after the disconnect");
}

#[test]
fn where_nothing_is_to_dial_again_nothing_leaves_until_somebody_decides() {
    let mut play = Play::new();
    play.connect(&["--no-reconnect"]);
    play.house.kill();
    play.until("blocked", |state| matches!(state, culvert_model::State::Blocked { .. }));
    play.watch.take();
    thread::sleep(Duration::from_secs(2));
    play.watch.assert_none("lost, and not to be dialled again");
    play.client.disconnect();
    play.assert_counts("after the disconnect");
    play.client.assert_nothing_left();
}

#[test]
fn who_cancels_at_any_moment_has_everything_back_and_leaks_nothing_under_lockdown() {
    let play = Play::new();
    let cancel_after = |wait: Duration| {
        thread::scope(|scope| {
            let connecting =
                scope.spawn(|| play.client.connect_to(&House::SERVER.to_string(), PASSWORD, &[]));
            thread::sleep(wait);
            play.client.try_disconnect();
            connecting.join().expect("whatever came of it");
            play.client.try_disconnect();
        });
    };
    let rounds = count("CULVERT_CYCLES", 10);
    let waits = || (0..rounds).map(|round| Duration::from_millis(u64::from(round) * 61 % 307));
    for wait in waits() {
        cancel_after(wait);
        play.client.assert_nothing_left();
    }
    play.assert_counts("after the last one was cancelled");
    play.client.lockdown("on");
    play.watch.take();
    waits().for_each(cancel_after);
    play.watch.assert_none("cancelled under lockdown");
    play.client.lockdown("off");
    play.assert_counts("after lockdown");
    play.client.assert_nothing_left();
    println!("figure: {} connections cancelled on their way", 2 * rounds);
}

/// A router remembers for a while whom it let out; one that forgets lets nothing in any more. (The kernel's own memory
/// of PPTP's GRE is ten minutes, and can't be made shorter.)
#[test]
fn a_router_that_forgets_soon_is_reminded() {
    let router = Router::new(Passage::Plain);
    let house = House::start(&router);
    router.outside().load_rules(
        "table ip forgetful {
             set known { type ipv4_addr; flags dynamic; timeout 9s; }
             chain forward {
                 type filter hook forward priority filter
                 iifname clients meta l4proto gre update @known { ip saddr }
                 iifname house meta l4proto gre ip daddr != @known drop
             }
         }",
    );
    let reaches = |address: Ipv4Addr| {
        let mut ping = house.host().command("ping");
        ping.args(["-c1", "-W2", &address.to_string()]);
        run(ping, "", Duration::from_secs(10)).code == Some(0)
    };
    let client = Client::new(&router, 10);
    let idle = Duration::from_secs(17);
    for (keepalive, is_held) in [("5", true), ("300", false)] {
        // Not for all traffic: nobody looks through it for the internet, which would remind the router.
        let arguments = ["--keepalive", keepalive, "--route", "10.64.0.0/16"];
        let connected = client.connect_to(&House::SERVER.to_string(), PASSWORD, &arguments);
        assert_eq!(connected.code, Some(0), "{}{}", connected.stdout, connected.stderr);
        let address = client.network().expect("connected").address;
        assert!(eventually(Duration::from_secs(5), || reaches(address)), "the office reaches the computer");
        thread::sleep(idle);
        let still = reaches(address);
        println!(
            "figure: after {idle:?} of silence, asking every {keepalive} s, the office reaches it: {still}"
        );
        assert_eq!(still, is_held);
        client.disconnect();
    }
}
