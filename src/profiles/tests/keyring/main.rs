//! A real gnome-keyring on a session bus of its own, and what becomes of it.
#![cfg(target_os = "linux")]
#![expect(clippy::print_stdout, reason = "the checks show the figures")]

mod asking;
mod desktop;

use std::time::Duration;
use std::{fs, thread};

use asking::Answer;
use desktop::Desktop;

/// Shorter than a block of the cipher in which it crosses the bus.
const CANARY: &str = "canary-4b \"ü\\";
/// An answer is promised within two seconds; the rest is for a busy machine.
const PATIENCE: Duration = Duration::from_secs(6);

/// What the other tests run as a program of its own, on their bus.
#[test]
fn asks_the_keyring() {
    asking::answer();
}

fn in_time(answer: &Answer, what: &str) {
    println!("{what}: {:?} after {} ms", answer.said, answer.took.as_millis());
    assert!(answer.took < PATIENCE, "{what}: {:?}", answer.took);
}

#[test]
fn an_open_keyring_keeps_gives_and_forgets() {
    let desktop = Desktop::new();
    let mut daemon = desktop.start_unlocked();
    let steps = [
        ("read a", "Ok(None)"),
        ("keep a", "Ok(())"),
        ("read a", CANARY),
        ("session b", "Ok(())"),
        ("read b", CANARY),
        ("keep b", "Ok(())"),
        ("session b", "Ok(())"),
        ("forget b", "Ok(())"),
        ("forget b", "Ok(())"),
        ("read b", "Ok(None)"),
        ("session gone", "Ok(())"),
        ("keep lost", "Ok(())"),
        ("sweep a broken", "Ok(0)"),
        ("sweep-nowhere", "Ok(0)"),
        // Of a, b and c.
        ("sweep a b c", "Ok(2)"),
        ("read a", CANARY),
        ("read lost", "Ok(None)"),
        ("manager 3f0e", "Ok(None)"),
    ];
    let mut slowest = Duration::ZERO;
    for (question, expected) in steps {
        let answer = desktop.ask(question);
        in_time(&answer, question);
        slowest = slowest.max(answer.took);
        assert_eq!(answer.said, expected, "{question}");
    }
    println!("figure: an open keyring answers within {} ms", slowest.as_millis());
    let label = desktop.run("secret-tool", &["search", "username", "a"]);
    assert!(label.contains("label = Culvert: Office (alice)"), "{label}");
    daemon.kill();
}

/// What is kept for a session is gone with it; what is kept is there after it.
#[test]
fn a_session_is_forgotten_and_the_rest_is_not() {
    let desktop = Desktop::new();
    let mut daemon = desktop.start_unlocked();
    for question in ["keep a", "session b", "keep c", "session c"] {
        assert_eq!(desktop.ask(question).said, "Ok(())", "{question}");
    }
    daemon.kill();
    let mut daemon = desktop.start_unlocked();
    assert_eq!(desktop.ask("read a").said, CANARY);
    assert_eq!(desktop.ask("read b").said, "Ok(None)");
    assert_eq!(desktop.ask("read c").said, "Ok(None)", "the session took the place of what was kept");
    daemon.kill();
    let found = desktop.find_in_files(CANARY);
    assert!(found.is_empty(), "in clear in {found:?}");
    let (clear, control) = (desktop.directory().join("clear"), "control");
    fs::write(&clear, format!("x{control}y")).unwrap();
    assert_eq!(desktop.find_in_files(control), [clear], "the control is found");
}

#[test]
fn what_network_manager_keeps_is_read() {
    let desktop = Desktop::new();
    let mut daemon = desktop.start_unlocked();
    let words =
        ["store", "--label=VPN", "connection-uuid", "3f0e", "setting-name", "vpn", "setting-key", "password"];
    desktop.run_with_input("secret-tool", &words, CANARY);
    assert_eq!(desktop.ask("manager 3f0e").said, CANARY);
    assert_eq!(desktop.ask("manager 3f0f").said, "Ok(None)");
    daemon.kill();
}

#[test]
fn a_locked_keyring_says_so_and_nobody_who_can_unlock_it_is_told() {
    let desktop = Desktop::new();
    let mut daemon = desktop.start_unlocked();
    assert_eq!(desktop.ask("keep a").said, "Ok(())");
    daemon.kill();
    let mut daemon = desktop.start_locked();
    for question in ["read a", "read nothing", "keep a", "keep b", "sweep a", "forget a"] {
        let answer = desktop.ask(question);
        in_time(&answer, question);
        assert_eq!(answer.said, "Err(Locked)", "{question}");
    }
    // There is no window here in which anybody could be asked.
    let answer = desktop.ask("unlock");
    in_time(&answer, "unlock");
    assert_eq!(answer.said, "Err(Refused)");
    daemon.kill();
    let mut daemon = desktop.start_unlocked();
    assert_eq!(desktop.ask("read a").said, CANARY, "nothing was lost");
    daemon.kill();
}

#[test]
fn where_there_is_no_keyring_it_is_said_at_once() {
    let desktop = Desktop::new();
    for question in ["read a", "keep a", "session a", "forget a", "unlock", "sweep a", "manager a"] {
        let answer = desktop.ask(question);
        in_time(&answer, &format!("no service, {question}"));
        assert_eq!(answer.said, "Err(Absent)", "{question}");
        let answer = desktop.ask_without_a_bus(question);
        in_time(&answer, &format!("no bus, {question}"));
        assert_eq!(answer.said, "Err(Absent)", "{question}");
    }
    let mut daemon = desktop.start_unlocked();
    assert_eq!(desktop.ask("keep a").said, "Ok(())", "one that comes later is found");
    daemon.kill();
}

/// A keyring that is stopped stands for one that hangs; one that is killed meanwhile, for one that crashes.
#[test]
fn a_keyring_that_hangs_or_dies_costs_nobody_more_than_two_seconds() {
    let desktop = Desktop::new();
    let mut daemon = desktop.start_unlocked();
    assert_eq!(desktop.ask("keep a").said, "Ok(())");
    daemon.stop();
    let answer = desktop.begin("read a").finish();
    in_time(&answer, "hanging, read a");
    assert_eq!(answer.said, "Err(Slow)");
    println!("figure: one that hangs is given up after {} ms", answer.took.as_millis());
    // One program asks again and again: what hangs does not pile up.
    let answer = desktop.begin("read a,read a,read a,read a,read a,read a,read a").finish();
    assert_eq!(answer.said.split(',').next_back(), Some("Err(Slow)"));
    println!("seven questions to a keyring that hangs: {} ms", answer.took.as_millis());
    assert!(answer.took < 4 * PATIENCE, "{:?}", answer.took);

    let asking = desktop.begin("read a");
    thread::sleep(Duration::from_millis(500));
    daemon.kill();
    let answer = asking.finish();
    in_time(&answer, "killed meanwhile, read a");
    assert!(answer.said.starts_with("Err("), "{}", answer.said);
    let mut daemon = desktop.start_unlocked();
    assert_eq!(desktop.ask("read a").said, CANARY);
    daemon.kill();
}

#[test]
fn a_password_that_was_used_is_nowhere_in_memory() {
    let desktop = Desktop::new();
    let mut daemon = desktop.start_unlocked();
    assert_eq!(desktop.ask("keep a").said, "Ok(())");
    let said = desktop.ask("copies a").said;
    let (held, left) = said.split_once(' ').unwrap();
    println!("figure: {held} copies while it is held, {left} after");
    assert_ne!(held, "0", "the control counts");
    assert_eq!(left, "0");
    daemon.kill();
}
