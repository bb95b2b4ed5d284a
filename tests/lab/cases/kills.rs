//! What leaves while the helper is dead, wherever it was killed on its way.

use std::thread;
use std::time::{Duration, Instant};

use culvert_model::State;
use rustix::process::Signal;

use crate::house::House;
use crate::run::count;
use crate::server::PASSWORD;

use super::guard::Play;

/// How long the next helper may take until everything is as it was.
const LIMIT: Duration = Duration::from_secs(2);

#[test]
fn killed_at_any_moment_nothing_leaves_that_was_guarded() {
    let mut play = Play::new();
    let kills = count("CULVERT_KILLS", 20);
    let (mut blocked, mut clean) = (0, 0);
    let mut longest = Duration::ZERO;
    for round in 0..kills {
        // A third each: while connecting, while connected, while disconnecting.
        let wait = Duration::from_millis(u64::from(round) * 97 % 601);
        let disconnects = round % 3 == 2;
        let was_connected = kill_on_the_way(&play, wait, disconnects);
        let while_dead = play.watch.take();
        let is_guarded = !play.client.host().shell("nft list tables").is_empty();
        // Before the guard stood, and once somebody had asked for the end, what leaves is no leak.
        let may_leave = !is_guarded && (!was_connected || disconnects);
        assert!(may_leave || while_dead.is_empty(), "dead after {wait:?}: {while_dead:?}");
        play.client.kill_helper();
        let begin = Instant::now();
        play.client.restart_helper();
        let state = play.client.status().state;
        longest = longest.max(begin.elapsed());
        if matches!(state, State::Blocked { .. }) {
            blocked += 1;
            play.watch.take();
            thread::sleep(Duration::from_millis(100));
            assert!(play.watch.take().is_empty(), "blocked after {wait:?}");
        } else {
            clean += 1;
        }
        play.client.disconnect();
        play.client.assert_nothing_left();
    }
    println!("figure: {kills} kills, {blocked} found blocked with 0 bytes leaked, {clean} clean");
    println!("figure: the next helper says what is after {} ms at most", longest.as_millis());
    assert!(longest < LIMIT, "{longest:?}");
    assert!(blocked > 0, "no kill met a guarded connection");
    play.assert_counts("after the last disconnect");
}

/// Kills the helper `wait` after somebody begins to connect, and discards what left until then. Says whether there
/// was a connection.
fn kill_on_the_way(play: &Play, wait: Duration, disconnects: bool) -> bool {
    let client = &play.client;
    thread::scope(|scope| {
        let connecting = scope.spawn(move || {
            let run = client.connect_to(&House::SERVER.to_string(), PASSWORD, &[]);
            if disconnects {
                client.try_disconnect();
            }
            run.code == Some(0)
        });
        thread::sleep(wait);
        client.signal_helper(Signal::KILL);
        play.watch.take();
        connecting.join().expect("whatever came of it")
    })
}
