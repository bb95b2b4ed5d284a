//! What leaves while a guard stands: nothing, whatever happens. Each case shows first that its counter counts.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use culvert_model::{FaultCode, NextTry, State};

use crate::client::Client;
use crate::house::House;
use crate::leaks::Watch;
use crate::manager::Manager;
use crate::namespace::Namespace;
use crate::probes::{MARK, Probes};
use crate::router::{Passage, Router};
use crate::run::{count, eventually};
use crate::server::{PASSWORD, USER};

pub(super) const NUMBER: u8 = 10;
pub(super) const NEIGHBOUR: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
/// How often a case goes round that only repeats what another one shows.
const ROUNDS: u32 = 3;

/// A client that never stops trying to get something out, with the wire beside it under watch.
pub(super) struct Play {
    pub(super) client: Client,
    pub(super) house: House,
    pub(super) watch: Watch,
    pub(super) probes: Probes,
    pub(super) router: Router,
}

impl Play {
    pub(super) fn new() -> Self {
        let router = Router::new(Passage::Plain);
        router.outside().shell(&format!("ip address add {NEIGHBOUR}/64 dev clients nodad"));
        let house = House::start(&router);
        let client = Client::with_ipv6(&router, NUMBER, "2001:db8::10/64");
        let watch = Watch::start(router.outside(), client.host().hardware_address("uplink"));
        let probes = Probes::start(client.host(), NEIGHBOUR);
        let play = Self { client, house, watch, probes, router };
        play.assert_counts("before anything");
        play
    }

    /// Every probe gets out, and the watch sees it.
    pub(super) fn assert_counts(&self, when: &str) {
        let mut seen = BTreeMap::new();
        let all = || {
            seen = self.watch.take();
            seen.len() >= 5
        };
        assert!(eventually(Duration::from_secs(10), all), "{when}: the watch sees only {seen:?}");
    }

    /// Connects; what was let out until then does not count.
    pub(super) fn connect(&self, arguments: &[&str]) {
        let run = self.client.connect_to(&House::SERVER.to_string(), PASSWORD, arguments);
        assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
        self.watch.take();
    }

    pub(super) fn until(&self, what: &str, is: impl Fn(&State) -> bool) -> Duration {
        let start = Instant::now();
        let reached = eventually(Duration::from_secs(40), || is(&self.client.status().state));
        assert!(reached, "not {what} but {:?}", self.client.status().state);
        start.elapsed()
    }

    /// Until the tunnel carries traffic again.
    pub(super) fn is_back(&self) -> Duration {
        let start = Instant::now();
        self.until("connected", |state| matches!(state, State::Connected { .. }));
        let answers = eventually(Duration::from_secs(30), || self.client.reaches(House::INSIDE));
        assert!(answers, "no answer through the tunnel");
        start.elapsed()
    }

    pub(super) fn is_lost(&self) {
        self.until("reconnecting", |state| matches!(state, State::Reconnecting { .. }));
    }
}

#[test]
fn nothing_leaves_while_a_tunnel_is_lost_and_had_back() {
    let mut play = Play::new();
    for _ in 0..count("CULVERT_CYCLES", 10) {
        play.connect(&[]);
        play.client.ping(House::INSIDE);
        play.watch.assert_none("connected");

        play.house.kill();
        play.is_lost();
        play.watch.assert_none("server killed");
        play.house.restart();
        let time = play.is_back();
        println!("figure: connected again {:.1} s after the server came back", time.as_secs_f32());
        play.watch.assert_none("server came back");

        play.client.host().shell("ip link set uplink down");
        play.until("waiting for a network", |state| {
            matches!(state, State::Reconnecting { next: NextTry::WithNetwork, .. })
        });
        thread::sleep(Duration::from_secs(2));
        play.client
            .host()
            .shell(&format!("ip link set uplink up; ip route add default via {} dev uplink", Router::INSIDE));
        let time = play.is_back();
        println!("figure: connected again {:.1} s after the link came back", time.as_secs_f32());
        play.client.ping(House::INSIDE);
        play.watch.assert_none("link down and up");

        play.house.restart_with_password("another one");
        play.until(
            "blocked",
            |state| matches!(state, State::Blocked { fault } if fault.code == FaultCode::AuthRejected),
        );
        play.watch.assert_none("blocked by a refused login");
        play.house.restart_with_password(PASSWORD);
        play.client.disconnect();
        play.assert_counts("after the disconnect");
    }
    println!("figure: {} probes tried", play.probes.tried());
}

#[test]
fn without_a_guard_the_same_loss_leaks() {
    let mut play = Play::new();
    play.connect(&["--no-guard", "--no-reconnect"]);
    play.house.kill();
    play.until("disconnected", |state| matches!(state, State::Disconnected { .. }));
    play.assert_counts("the tunnel lost without a guard");
}

#[test]
fn a_refused_attempt_gives_the_network_back() {
    let play = Play::new();
    let run = play.client.connect_to(&House::SERVER.to_string(), "wrong", &[]);
    assert_eq!(run.code, Some(3), "{}{}", run.stdout, run.stderr);
    play.assert_counts("after the refusal");
    play.client.assert_nothing_left();
}

#[test]
fn under_lockdown_nothing_ever_leaves() {
    let mut play = Play::new();
    play.client.lockdown("on");
    play.watch.take();
    for _ in 0..count("CULVERT_CYCLES", 10) {
        play.watch.assert_none("lockdown without a connection");
        play.connect(&[]);
        play.client.ping(House::INSIDE);
        play.house.restart();
        play.is_lost();
        play.is_back();
        play.client.disconnect();
        play.watch.assert_none("a whole connection under lockdown");
        let run = play.client.connect_to(&House::SERVER.to_string(), "wrong", &[]);
        assert_eq!(run.code, Some(3), "{}{}", run.stdout, run.stderr);
        play.watch.assert_none("a refused attempt under lockdown");
        play.client.disconnect();
    }
    play.client.lockdown("off");
    play.assert_counts("after lockdown");
}

#[test]
fn what_others_flush_is_put_back_before_anything_leaves() {
    let play = Play::new();
    play.connect(&[]);
    for flush in [
        "nft flush ruleset",
        "ip rule flush; ip rule add lookup main pref 32766",
        "ip route flush table 1723",
    ] {
        play.client.host().shell(flush);
        play.is_back();
        play.watch.assert_none(flush);
    }
    play.client.disconnect();
}

#[test]
fn a_killed_helper_leaves_the_guard_and_the_next_one_keeps_it() {
    let mut play = Play::new();
    for wait in [0, 5, 40, 150, 400, 1000] {
        play.connect(&[]);
        thread::sleep(Duration::from_millis(wait));
        play.client.kill_helper();
        play.watch.assert_none("helper killed while connected");
        play.client.restart_helper();
        play.until(
            "blocked",
            |state| matches!(state, State::Blocked { fault } if fault.code == FaultCode::HelperRestarted),
        );
        play.watch.assert_none("after the next helper came");
        if wait % 2 == 0 {
            play.connect(&[]);
            play.client.ping(House::INSIDE);
            play.watch.assert_none("connected anew");
        }
        play.client.disconnect();
        play.assert_counts("after the disconnect");
        play.client.assert_nothing_left();
    }
    let _ = &play.router;
}

#[test]
fn lockdown_outlives_a_kill_and_a_good_end() {
    let mut play = Play::new();
    play.client.lockdown("on");
    play.watch.take();
    play.client.kill_helper();
    play.watch.assert_none("helper killed under lockdown");
    play.client.restart_helper();
    play.watch.assert_none("the next helper under lockdown");
    play.client.stop_helper();
    play.watch.assert_none("helper ended under lockdown");
    play.client.restart_helper();
    play.watch.assert_none("the third helper under lockdown");
    play.client.lockdown("off");
    play.assert_counts("after lockdown");
    play.client.assert_nothing_left();
}

#[test]
fn at_boot_lockdown_stands_before_the_helper() {
    let mut play = Play::new();
    let run = play.client.culvertd("--early");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    play.assert_counts("without lockdown there is nothing to do early");
    play.client.lockdown("on");
    play.client.kill_helper();
    // What is left of a computer that was switched off.
    play.client.host().shell("nft flush ruleset");
    play.assert_counts("nothing stands yet");
    let run = play.client.culvertd("--early");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    println!("figure: closed early after {} ms", run.took.as_millis());
    play.watch.take();
    thread::sleep(Duration::from_secs(1));
    play.watch.assert_none("closed early");
    play.client.restart_helper();
    play.watch.assert_none("the helper has taken over");
    play.client.lockdown("off");
    play.assert_counts("after lockdown");
    play.client.assert_nothing_left();
}

#[test]
fn a_managed_profile_connects_by_itself_also_after_a_kill() {
    let mut play = Play::new();
    play.client.write_for_all("managed.d/office.password", PASSWORD);
    let profile = format!(
        "name = 'Office'\nserver = '{}'\nusername = '{USER}'\n\
         [managed]\nconnect = 'boot'\npassword-file = 'office.password'\n",
        House::SERVER
    );
    play.client.write_for_all("managed.d/office.toml", &profile);
    let time = play.is_back();
    println!("figure: a managed profile is connected {:.1} s after it was written", time.as_secs_f32());
    play.watch.take();
    for _ in 0..ROUNDS {
        play.client.ping(House::INSIDE);
        play.client.kill_helper();
        play.watch.assert_none("helper killed while a managed profile is connected");
        play.client.restart_helper();
        let time = play.is_back();
        println!("figure: connected again {:.1} s after the next helper came", time.as_secs_f32());
        play.watch.assert_none("the next helper connects by itself");
    }
    play.client.stop_helper();
    play.watch.assert_none("a good end under a managed profile");
    play.client.restart_helper();
    play.is_back();
    play.watch.assert_none("started anew");
    let run = play.client.reset();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    play.assert_counts("after a reset");
    play.client.assert_nothing_left();
}

#[test]
fn devices_behind_a_gateway_go_through_the_tunnel_or_nowhere() {
    let mut play = Play::new();
    play.client.host().add_bridge("behind", "10.77.0.1/24");
    let device = Namespace::new();
    device.connect("inside", "10.77.0.2/24", play.client.host(), "behind");
    device.add_default_route(Ipv4Addr::new(10, 77, 0, 1));
    let forwards = |play: &Play| play.client.host().shell("cat /proc/sys/net/ipv4/conf/behind/forwarding");
    let send = || {
        let socket = UdpSocket::bind("0.0.0.0:0").expect("a socket");
        // The network may say no.
        (0..10).for_each(|_| drop(socket.send_to(MARK, (House::ELSEWHERE, 9))));
    };
    let answers = || {
        device
            .command("ping")
            .args(["-c1", "-W1", &House::INSIDE.to_string()])
            .output()
            .unwrap()
            .status
            .success()
    };
    let before = forwards(&play);

    play.client.write_for_all("managed.d/office.password", PASSWORD);
    let profile = format!(
        "name = 'Office'\nserver = '{}'\nusername = '{USER}'\n\
         [managed]\nconnect = 'boot'\ngateway = 'behind'\npassword-file = 'office.password'\n",
        House::SERVER
    );
    play.client.write_for_all("managed.d/office.toml", &profile);
    play.is_back();
    play.watch.take();
    assert!(answers(), "a device without a client gets into the office");
    device.enter(send);
    play.watch.assert_none("a device behind a gateway");
    play.house.kill();
    play.until("reconnecting", |state| matches!(state, State::Reconnecting { .. }));
    device.enter(send);
    play.watch.assert_none("a device behind a gateway that has lost its tunnel");
    play.client.kill_helper();
    device.enter(send);
    play.watch.assert_none("a device behind a gateway whose helper was killed");
    play.client.restart_helper();
    play.house.restart();
    play.is_back();
    assert!(eventually(Duration::from_secs(10), answers), "the devices are back");
    play.watch.assert_none("a device behind a gateway that has come back");

    let run = play.client.reset();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(forwards(&play), before, "what forwarded before forwards after");
    play.client.host().shell("sysctl -qw net.ipv4.ip_forward=1");
    play.watch.take();
    device.enter(send);
    assert!(!play.watch.take().is_empty(), "the control: without a guard the device goes around");
}

#[test]
fn below_a_service_manager_the_next_helper_dials_again() {
    let mut play = Play::new();
    let manager = Manager::new();
    play.client.stop_helper();
    play.client.restart_helper_below(&manager, None);
    play.connect(&[]);
    for _ in 0..ROUNDS {
        play.client.ping(House::INSIDE);
        let (words, left) = manager.left();
        assert!(words.starts_with("FDSTORE=1\nFDNAME=session"), "{words}");
        play.client.kill_helper();
        play.watch.assert_none("helper killed below a service manager");
        play.client.restart_helper_below(&manager, Some(&left));
        let time = play.is_back();
        println!("figure: connected again {:.1} s after the next helper came", time.as_secs_f32());
        play.watch.assert_none("dialled again with what was left");
    }
    play.client.disconnect();
    play.assert_counts("after the disconnect");
    play.client.assert_nothing_left();
}
