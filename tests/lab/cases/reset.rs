//! The way out: whatever happened, the network is as it was, byte for byte and within a second.

use std::time::{Duration, Instant};

use culvert_model::State;
use rustix::process::Signal;

use crate::client::Client;
use crate::house::House;
use crate::router::{Passage, Router};
use crate::run::{Run, eventually};
use crate::server::PASSWORD;

/// The longest that a reset may take.
const MOST: Duration = Duration::from_secs(1);

/// How often the helper is killed somewhere on the way.
const KILLS: u32 = 24;

/// A client in the middle of a connection, and what its resolver file was before.
struct Play {
    client: Client,
    house: House,
    resolv_conf: Vec<u8>,
    _router: Router,
}

impl Play {
    fn connected() -> Self {
        let router = Router::new(Passage::Plain);
        let house = House::start(&router);
        let client = Client::new(&router, 10);
        let resolv_conf = client.resolv_conf();
        let play = Self { client, house, resolv_conf, _router: router };
        play.connect();
        play
    }

    fn connect(&self) {
        let run = self.client.connect_to(&House::SERVER.to_string(), PASSWORD, &[]);
        assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
        self.client.ping(House::INSIDE);
        assert_ne!(self.client.resolv_conf(), self.resolv_conf, "the tunnel's name servers are in force");
    }

    /// That the reset has succeeded, in what time, and that nothing of ours is left.
    fn assert_reset(&self, what: &str, run: &Run) {
        assert_eq!(run.code, Some(0), "{what}: {}{}", run.stdout, run.stderr);
        println!("figure: {what}: {} ms", run.took.as_millis());
        assert!(run.took <= MOST, "{what}: {:?}", run.took);
        self.client.assert_nothing_left();
        assert_eq!(self.client.resolv_conf(), self.resolv_conf, "{what}: the resolver file");
    }
}

#[test]
fn after_a_kill_a_reset_by_hand_leaves_nothing() {
    let mut play = Play::connected();
    play.house.kill();
    play.client.kill_helper();
    assert!(!play.client.reaches(House::SERVER), "the guard stands");
    let run = play.client.culvertd("--reset");
    play.assert_reset("reset after a kill while connected", &run);
    assert!(run.stdout.contains("the network is as it was"), "{}", run.stdout);
    assert!(play.client.reaches(House::SERVER), "the network is back");
    let run = play.client.culvertd("--reset");
    play.assert_reset("reset where there is nothing", &run);

    play.client.restart_helper();
    play.client.assert_nothing_left();
    play.client.lockdown("on");
    play.client.kill_helper();
    let run = play.client.culvertd("--reset");
    play.assert_reset("reset after a kill under lockdown", &run);
    play.client.restart_helper();
    play.client.assert_nothing_left();
    play.client.finish();
}

#[test]
fn a_helper_that_runs_resets_without_its_server() {
    let mut play = Play::connected();
    play.house.kill();
    let run = play.client.reset();
    play.assert_reset("culvert reset while connected, the server gone", &run);
    play.house.restart();
    play.client.lockdown("on");
    play.connect();
    let run = play.client.culvertd("--reset");
    play.assert_reset("culvertd --reset beside a helper that runs", &run);
    let reaches = || play.client.reaches(House::SERVER);
    assert!(eventually(Duration::from_secs(5), reaches), "the network is back");
    play.client.finish();
}

/// What an administrator's files demand is no reason to wait for: it is wanted, and nothing on the host.
#[test]
fn a_reset_gives_the_network_back_also_where_files_demand_lockdown() {
    let play = Play::connected();
    play.client.write_for_all("policy.toml", "forbid-weaker = true\n");
    let profile = format!("server = '{}'\nusername = 'x'\n[managed]\nlockdown = true\n", House::SERVER);
    play.client.write_for_all("managed.d/office.toml", &profile);
    assert!(eventually(Duration::from_secs(5), || play.client.is_locked()), "the files count at once");
    play.client.disconnect();
    let run = play.client.reset();
    play.assert_reset("culvert reset where files demand lockdown", &run);
    assert!(play.client.reaches(House::SERVER), "the network is back");
}

#[test]
fn without_a_helper_the_program_says_what_to_type() {
    let mut play = Play::connected();
    play.client.kill_helper();
    let run = play.client.reset();
    assert_eq!(run.code, Some(7), "{}", run.stderr);
    assert!(run.stderr.trim_end().ends_with("culvertd --reset"), "{}", run.stderr);
    let run = play.client.culvertd("--reset");
    play.assert_reset("what it said", &run);
}

#[test]
fn a_helper_that_hangs_is_ended() {
    let mut play = Play::connected();
    play.client.lockdown("on");
    play.client.signal_helper(Signal::STOP);
    let run = play.client.culvertd("--reset");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    println!("figure: reset with a helper that hangs: {} ms", run.took.as_millis());
    assert!(run.took <= MOST * 2, "{:?}, most of it for the helper to answer", run.took);
    play.client.assert_nothing_left();
    assert_eq!(play.client.resolv_conf(), play.resolv_conf);
    play.client.kill_helper();
    play.client.restart_helper();
    play.client.assert_nothing_left();
    play.client.finish();
}

/// A helper that must not write where lockdown is kept takes everything away, and the administrator's reset the rest.
#[test]
fn what_the_helper_may_not_remove_the_reset_removes() {
    let mut play = Play::connected();
    play.client.lockdown("on");
    play.client.in_helpers_place("mount -o remount,bind,ro /var/lib");
    let run = play.client.reset();
    assert_ne!(run.code, Some(0), "lockdown is back at the next start, and nothing was said of it");
    let run = play.client.culvertd("--reset");
    play.assert_reset("reset beside a helper that must not write", &run);
    play.client.kill_helper();
    play.client.restart_helper();
    play.client.assert_nothing_left();
    play.client.finish();
}

/// Whatever the helper was doing when it was killed, the next one blocks or is clean, and a disconnect or a reset gives
/// everything back.
#[test]
fn killed_at_any_moment_everything_is_had_back() {
    let mut play = Play::connected();
    play.client.disconnect();
    let (mut blocked, mut clean) = (0, 0);
    for round in 0..KILLS {
        let wait = Duration::from_millis(u64::from(round) * 37 % 500);
        std::thread::scope(|scope| {
            let client = &play.client;
            let connecting = scope.spawn(move || {
                client.connect_to(&House::SERVER.to_string(), PASSWORD, &[]);
                if round % 3 == 0 {
                    client.try_disconnect();
                }
            });
            std::thread::sleep(wait);
            client.signal_helper(Signal::KILL);
            connecting.join().expect("whatever came of it");
        });
        play.client.kill_helper();
        play.client.restart_helper();
        if matches!(play.client.status().state, State::Blocked { .. }) {
            blocked += 1;
            assert!(!play.client.reaches(House::SERVER), "blocked, after {wait:?}");
            match round % 2 {
                0 => play.client.disconnect(),
                _ => assert_eq!(play.client.reset().code, Some(0)),
            }
        } else {
            clean += 1;
        }
        play.client.assert_nothing_left();
        assert_eq!(play.client.resolv_conf(), play.resolv_conf, "after {wait:?}");
    }
    println!("figure: {KILLS} kills, {blocked} found blocked and {clean} clean, nothing left of any");
    assert!(blocked > 0 && clean > 0, "{blocked} blocked, {clean} clean");
    play.client.finish();
}

/// A DHCP client, say, that renews its lease: in one step, or by writing what is there anew.
#[test]
fn what_another_program_writes_meanwhile_gives_way_to_the_tunnel_and_comes_back() {
    let play = Play::connected();
    for (number, write) in ["cp /etc/new /etc/resolv.conf", "mv /etc/new /etc/resolv.conf"].iter().enumerate()
    {
        let theirs = format!("nameserver 192.0.2.{number}\n");
        let tunnels = play.client.resolv_conf();
        let start = Instant::now();
        play.client.in_helpers_place(&format!("printf '{theirs}' > /etc/new; {write}"));
        let is_back = || play.client.resolv_conf() == tunnels;
        assert!(eventually(Duration::from_secs(10), is_back), "{write}");
        println!("figure: {write}: the tunnel's again after {} ms", start.elapsed().as_millis());
        play.client.disconnect();
        assert_eq!(play.client.resolv_conf(), theirs.as_bytes(), "{write}");
        play.connect();
    }
    play.client.in_helpers_place("rm -f /etc/new");
    play.client.disconnect();
}
