//! Every way from one state to another, with the wire under watch.

use std::collections::BTreeSet;
use std::time::Duration;

use culvert_model::State;

use crate::house::House;
use crate::run::eventually;
use crate::server::{PASSWORD, USER};

use super::guard::Play;

/// The edges that programs go, of those that the model of `policy` knows. A connection that is negotiated anew
/// (`connected` to `connecting`) and a helper that starts after another one have cases of their own.
const EDGES: [(&str, &str); 14] = [
    ("blocked", "connecting"),
    ("blocked", "disconnecting"),
    ("connected", "blocked"),
    ("connected", "disconnecting"),
    ("connected", "reconnecting"),
    ("connecting", "blocked"),
    ("connecting", "connected"),
    ("connecting", "disconnecting"),
    ("connecting", "reconnecting"),
    ("disconnected", "connecting"),
    ("disconnecting", "disconnected"),
    ("reconnecting", "blocked"),
    ("reconnecting", "connected"),
    ("reconnecting", "disconnecting"),
];

#[test]
fn on_every_edge_of_the_state_graph_nothing_leaves() {
    let mut play = Play::new();
    let follower = play.client.follow();
    Walk { play: &mut play, is_locked: false }.go();
    play.assert_counts("nothing is wanted");
    play.client.lockdown("on");
    play.watch.take();
    Walk { play: &mut play, is_locked: true }.go();
    wait_for_boot_profile(&mut play);
    let all = BTreeSet::from(EDGES);
    let gone = || all.is_subset(&follower.edges());
    let is_complete = eventually(Duration::from_secs(5), gone);
    let missing: Vec<_> = all.difference(&follower.edges()).copied().collect();
    assert!(is_complete, "not gone: {missing:?}");
    println!("figure: {} edges gone, 0 bytes leaked", EDGES.len());
    drop(follower);
    let run = play.client.reset();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    play.assert_counts("after the reset");
    play.client.assert_nothing_left();
}

/// A way through the states. Under lockdown nothing leaves from its beginning to its end; without it, from each
/// connection to the end of that.
struct Walk<'a> {
    play: &'a mut Play,
    is_locked: bool,
}

impl Walk<'_> {
    fn go(&mut self) {
        self.connect(PASSWORD, &[], 0);
        self.lose();
        self.play.house.restart();
        self.play.is_back();
        self.silent("had back");
        self.lose();
        self.disconnect("given up while it was lost");

        self.play.house.restart();
        self.connect(PASSWORD, &[], 0);
        self.play.house.restart_with_password("another one");
        self.is_blocked();
        self.silent("a login refused on the way back");
        self.play.house.restart_with_password(PASSWORD);
        self.connect(PASSWORD, &[], 0);
        self.silent("from blocked to connected");
        self.disconnect("a good end");

        self.connect(PASSWORD, &["--no-reconnect"], 0);
        self.play.house.kill();
        self.is_blocked();
        self.silent("lost for good");
        self.disconnect("from blocked");

        self.play.house.restart();
        self.connect("wrong", &[], 3);
        self.disconnect("a refused login");
        self.play.house.kill();
        self.connect(PASSWORD, &[], 4);
        self.disconnect("a server that is away");
        self.play.house.restart();
    }

    fn connect(&mut self, password: &str, arguments: &[&str], code: i32) {
        let run = self.play.client.connect_to(&House::SERVER.to_string(), password, arguments);
        assert_eq!(run.code, Some(code), "{}{}", run.stdout, run.stderr);
        if self.is_locked {
            self.silent("connecting");
        } else {
            self.play.watch.take();
        }
    }

    fn lose(&mut self) {
        self.play.house.kill();
        self.play.is_lost();
        self.silent("lost");
    }

    fn is_blocked(&self) {
        self.play.until("blocked", |state| matches!(state, State::Blocked { .. }));
    }

    fn disconnect(&mut self, when: &str) {
        self.play.client.try_disconnect();
        self.play.until("disconnected", |state| matches!(state, State::Disconnected { .. }));
        if self.is_locked {
            self.silent(when);
        }
    }

    fn silent(&self, when: &str) {
        self.play.watch.assert_none(when);
    }
}

/// Only a profile that is connected from the start goes on trying where the first attempt failed.
fn wait_for_boot_profile(play: &mut Play) {
    play.house.kill();
    play.client.write_for_all("managed.d/office.password", PASSWORD);
    let profile = format!(
        "name = 'Office'\nserver = '{}'\nusername = '{USER}'\n\
         [managed]\nconnect = 'boot'\npassword-file = 'office.password'\n",
        House::SERVER
    );
    play.client.write_for_all("managed.d/office.toml", &profile);
    play.is_lost();
    play.watch.assert_none("a profile of the start whose server is away");
}
