//! The helper's own files: what they say, and what becomes of files that say nothing (R9).

use std::fs::{self, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::Command;

use culvert_model::Profile;

use super::platter::{Fault, Platter};
use crate::state::{Installed, Left, Lockdown, State, Stock, Wanted};

/// Something on the host.
pub(super) fn installed(interface: &str) -> Installed {
    Installed { guard: true, routes: true, interfaces: vec![interface.to_owned()], dns: true }
}

/// A wish.
pub(super) fn wish() -> Wanted {
    let profile = Profile::new("vpn.example.com".parse().unwrap(), "alice");
    Wanted::Profile { owner: 1000, profile: Box::new(profile) }
}

/// Another one.
pub(super) fn other() -> Wanted {
    Wanted::Managed { id: "office".to_owned() }
}

/// A generator of its own, so that every run finds the same (Vigna's SplitMix64).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    /// Other bytes in the place of `good`: cut short, with wrong bits, with a piece twice, or any bytes at all.
    pub(super) fn corrupt(&mut self, good: &[u8]) -> Vec<u8> {
        let mut bytes = good.to_vec();
        match self.below(5) {
            0 => bytes.truncate(self.below(good.len())),
            1 => {
                for _ in 0..=self.below(8) {
                    let at = self.below(bytes.len());
                    bytes[at] ^= 1 << self.below(8);
                }
            }
            2 => {
                let (from, at) = (self.below(good.len()), self.below(good.len()));
                bytes.splice(at..at, good[from..].iter().copied());
            }
            3 => bytes.fill(0),
            _ => bytes = (0..self.below(400)).map(|_| self.next() as u8).collect(),
        }
        bytes
    }
}

fn stock(platter: &Platter) -> Stock {
    State::on(platter.clone()).take_stock()
}

#[test]
fn what_was_noted_is_found_by_the_next_helper() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("culvert");
    let mut state = State::open(&path).unwrap();
    let found = state.take_stock();
    assert_eq!((found.left, found.lockdown, found.wish), (Left::Nothing, Lockdown::Off, None));
    assert!(found.damages.is_empty());

    state.set_lockdown(true).unwrap();
    state.set_wish(Some(&wish())).unwrap();
    state.before_change(&installed("culvert0")).unwrap();
    assert_eq!(fs::metadata(path.join("journal")).unwrap().mode() & 0o777, 0o600);
    let mut state = State::open(&path).unwrap();
    let found = state.take_stock();
    assert_eq!(found.left, Left::Known(installed("culvert0")));
    assert_eq!((found.lockdown, found.wish), (Lockdown::On, Some(wish())));
    assert_eq!(state.lockdown(), Lockdown::On);

    state.set_lockdown(false).unwrap();
    state.set_wish(None).unwrap();
    state.after_change(&Installed::default()).unwrap();
    assert_eq!(fs::read_dir(&path).unwrap().count(), 0);
}

#[test]
fn the_journal_covers_both_sides_of_a_change_until_it_is_done() {
    let platter = Platter::default();
    let mut state = State::on(platter.clone());
    state.take_stock();
    state.before_change(&installed("culvert0")).unwrap();
    state.before_change(&installed("culvert1")).unwrap();
    let Left::Known(both) = stock(&platter).left else { panic!("nothing was noted") };
    assert_eq!(both.interfaces, ["culvert0", "culvert1"]);
    state.after_change(&installed("culvert1")).unwrap();
    assert_eq!(stock(&platter).left, Left::Known(installed("culvert1")));

    platter.inject(None);
    state.before_change(&installed("culvert1")).unwrap();
    state.after_change(&installed("culvert1")).unwrap();
    assert_eq!(platter.operations(), 0, "the disk is left alone where nothing changes");
    // A helper that never looked loses nothing either.
    State::on(platter.clone()).before_change(&installed("culvert2")).unwrap();
    let Left::Known(both) = stock(&platter).left else { panic!("nothing was noted") };
    assert_eq!(both.interfaces, ["culvert1", "culvert2"]);
}

#[test]
fn what_cannot_be_read_counts_as_the_worst() {
    for kind in [ErrorKind::Other, ErrorKind::PermissionDenied] {
        let platter = Platter::default();
        for at in 0..3 {
            platter.inject(Some(Fault::Error(at, kind)));
            let found = stock(&platter);
            assert_eq!(found.damages.len(), 1);
            assert_eq!(found.lockdown.is_blocking(), at == 0);
            assert_eq!(found.left, if at == 1 { Left::Unknown } else { Left::Nothing });
            assert!(!found.damages[0].is_kept);
        }
    }
    let found = Stock::unreadable();
    assert!(found.lockdown.is_blocking() && found.left == Left::Unknown);
}

#[test]
fn a_damaged_lockdown_blocks_until_it_is_switched_anew() {
    for on in [true, false] {
        let platter = Platter::default();
        platter.put("lockdown", b"off".to_vec());
        for _ in 0..3 {
            let found = stock(&platter);
            assert_eq!(found.lockdown, Lockdown::Unreadable);
            let told = found.damages[0].to_string();
            assert_eq!(
                told,
                "the file lockdown can't be used: it does not begin as it should; it is kept as lockdown.bad"
            );
        }
        State::on(platter.clone()).set_lockdown(on).unwrap();
        assert_eq!(stock(&platter).lockdown.is_blocking(), on);
        assert_eq!(platter.bytes("lockdown.bad").unwrap(), b"off");
    }
}

#[test]
fn links_pipes_directories_and_endless_files_are_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("culvert");
    drop(State::open(&path).unwrap());
    let at = |name: &str| path.join(name);
    fs::write(dir.path().join("elsewhere"), "culvert-lockdown").unwrap();
    symlink(dir.path().join("elsewhere"), at("lockdown")).unwrap();
    assert!(Command::new("mkfifo").arg(at("journal")).status().unwrap().success());
    fs::create_dir(at("wish")).unwrap();
    let mut state = State::open(&path).unwrap();
    let found = state.take_stock();
    assert_eq!(found.damages.len(), 3, "{found:?}");
    assert!(found.lockdown.is_blocking() && found.left == Left::Unknown);

    state.set_lockdown(true).unwrap();
    state.before_change(&installed("culvert0")).unwrap();
    assert_eq!(fs::read(dir.path().join("elsewhere")).unwrap(), b"culvert-lockdown", "the link was followed");
    fs::write(at("lockdown"), vec![b' '; 70_000]).unwrap();
    assert_eq!(state.lockdown(), Lockdown::Unreadable);
    assert!(state.clear().is_err(), "a directory is not removed");
    fs::remove_dir(at("wish")).unwrap();
    state.clear().unwrap();
    assert_eq!(fs::read_dir(&path).unwrap().count(), 0);
}

#[test]
fn a_directory_that_others_look_into_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
    State::open(dir.path()).unwrap_err();
    let missing = dir.path().join("nothing");
    assert!(State::open_existing(&missing).unwrap().is_none() && !missing.exists());
}

#[test]
#[expect(clippy::print_stdout, reason = "the checks show the figure")]
fn ten_thousand_damaged_files_stop_nobody() {
    const FILES: [&str; 3] = ["journal", "lockdown", "wish"];
    let platter = Platter::default();
    let mut state = State::on(platter.clone());
    state.before_change(&installed("culvert0")).unwrap();
    state.set_lockdown(true).unwrap();
    state.set_wish(Some(&wish())).unwrap();
    let mut dice = Dice(0x5EED);
    let (mut tried, mut same) = (0, 0);
    while tried < 10_000 {
        let damaged = FILES[dice.below(3)];
        let (platter, good) = (platter.copy(), platter.bytes(damaged).unwrap());
        let bytes = dice.corrupt(&good);
        if bytes == good {
            same += 1;
            continue;
        }
        platter.put(damaged, bytes.clone());
        let found = stock(&platter);
        let [damage] = found.damages.as_slice() else { panic!("{damaged} {bytes:?}: {found:?}") };
        assert!(damage.file == damaged && damage.is_kept);
        assert_eq!(platter.bytes(&format!("{damaged}.bad")).unwrap(), bytes);
        assert!(found.lockdown.is_blocking());
        let expected = if damaged == "lockdown" { Lockdown::Unreadable } else { Lockdown::On };
        assert_eq!(found.lockdown(), expected);
        let left = if damaged == "journal" { Left::Unknown } else { Left::Known(installed("culvert0")) };
        assert_eq!(found.left, left);
        assert_eq!(found.wish, (damaged != "wish").then(wish));
        tried += 1;
    }
    println!(
        "figure: state files: {tried} damaged ones, 0 panics, each kept beside and told of, the others read ({same} came out undamaged)"
    );
}

#[test]
fn a_wish_ends_with_the_computers_run_and_lockdown_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state");
    let mut state = State::open(&path).unwrap();
    state.set_wish(Some(&wish())).unwrap();
    state.set_lockdown(true).unwrap();
    let found = State::open(&path).unwrap().take_stock();
    assert_eq!((found.wish, found.lockdown), (Some(wish()), Lockdown::On));
    let found = State::open(&path).unwrap().at_boot("another").take_stock();
    assert_eq!((found.wish.as_ref(), found.lockdown()), (None, Lockdown::On));
    assert!(found.damages.is_empty());
    state.set_lockdown(false).unwrap();
    fs::write(path.join("wish"), "no wish").unwrap();
    let found = State::open(&path).unwrap().take_stock();
    assert_eq!((found.lockdown, found.lockdown()), (Lockdown::Off, Lockdown::Unreadable));
}
