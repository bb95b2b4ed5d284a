//! Whatever fails while the helper's own files are written, the old or the new one is whole (R8).

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::process::{Command, Stdio};

use super::platter::{Fault, Platter};
use super::state::{installed, other, wish};
use crate::state::{Installed, Left, Lockdown, State, Wanted};

/// What the files say.
type Words = (Left, Lockdown, Option<Wanted>);
type Change = fn(&mut State<Platter>) -> io::Result<()>;

/// Every way to write a file: a first time, again, and away.
const CHANGES: [(&str, Change, Change); 6] = [
    ("a first journal", |_| Ok(()), |state| state.before_change(&installed("culvert0"))),
    (
        "another journal",
        |state| state.before_change(&installed("culvert0")),
        |state| state.after_change(&installed("culvert1")),
    ),
    (
        "no journal",
        |state| state.before_change(&installed("culvert0")),
        |state| state.after_change(&Installed::default()),
    ),
    ("lockdown on", |_| Ok(()), |state| state.set_lockdown(true)),
    ("lockdown off", |state| state.set_lockdown(true), |state| state.set_lockdown(false)),
    ("another wish", |state| state.set_wish(Some(&other())), |state| state.set_wish(Some(&wish()))),
];

fn words(platter: &Platter) -> Option<Words> {
    let found = State::on(platter.clone()).take_stock();
    found.damages.is_empty().then_some((found.left, found.lockdown, found.wish))
}

/// How many faults and losses of power `change` went through, or the first of them that left no whole file.
fn survives(change: Change, before: Change, is_sloppy: bool) -> Result<usize, String> {
    let fresh = Platter::new(is_sloppy);
    let mut state = State::on(fresh.clone());
    state.take_stock();
    before(&mut state).unwrap();
    let old = words(&fresh).ok_or("before")?;
    let run = |fault| {
        let platter = fresh.copy();
        let mut state = State::on(platter.clone());
        state.take_stock();
        platter.inject(fault);
        let done = change(&mut state);
        let operations = platter.operations();
        platter.inject(None);
        (platter, state, done, operations)
    };
    let (platter, _, done, operations) = run(None);
    done.unwrap();
    let new = words(&platter).ok_or("after")?;
    assert_ne!(old, new);

    let mut tried = 0;
    for at in 0..=operations {
        let faults = [ErrorKind::StorageFull, ErrorKind::Other].map(|kind| Fault::Error(at, kind));
        for fault in faults.into_iter().chain([Fault::Crash(at)]) {
            let (platter, mut state, done, _) = run(Some(fault));
            assert_eq!(done.is_ok(), at == operations, "{fault:?} was not felt");
            for found in platter.after_power_loss().iter().chain([&platter]) {
                let words = words(found);
                let is_whole = words.as_ref() == Some(&new) || done.is_err() && words.as_ref() == Some(&old);
                if !is_whole {
                    return Err(format!("{fault:?}: {words:?}"));
                }
                tried += 1;
            }
            if change(&mut state).is_err() || words(&platter).as_ref() != Some(&new) {
                return Err(format!("{fault:?}: once was enough to break it for good"));
            }
        }
    }
    Ok(tried)
}

#[test]
#[expect(clippy::print_stdout, reason = "the checks show the figure")]
fn whatever_fails_or_is_lost_the_old_or_the_new_file_is_whole() {
    let mut tried = 0;
    for (name, before, change) in CHANGES {
        tried += survives(change, before, false).unwrap_or_else(|what| panic!("{name}: {what}"));
    }
    println!(
        "figure: state files: {tried} faults, crashes and losses of power, the old or the new file whole after each"
    );
}

#[test]
fn a_store_that_forgets_to_sync_is_found_out() {
    let (_, before, change) = CHANGES[1];
    assert!(survives(change, before, true).is_err());
}

/// Where [`child`] finds its directory.
const DIRECTORY: &str = "CULVERT_TEST_STATE";

/// No test: what `each_system_call_may_fail` runs under strace.
#[test]
#[ignore = "run by another test"]
fn child() {
    let mut state = State::open(Path::new(&env::var_os(DIRECTORY).unwrap())).unwrap();
    state.take_stock();
    state.after_change(&installed("culvert1")).unwrap();
}

/// Runs [`child`] under strace; whether it came to its end.
fn trace(directory: &Path, output: &Path, expression: &str) -> bool {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-e", expression, "-o"]).arg(output);
    strace.arg(env::current_exe().unwrap()).args(["--ignored", "--exact", "tests::state_faults::child"]);
    strace.env(DIRECTORY, directory).stdout(Stdio::null()).stderr(Stdio::null());
    strace.status().unwrap().success()
}

#[test]
#[expect(clippy::print_stdout, reason = "the checks show the figure")]
fn each_system_call_may_fail() {
    const CHANGING: [&str; 5] = ["openat", "write", "fsync", "renameat", "unlinkat"];
    let dir = tempfile::tempdir().unwrap();
    let (state, output) = (dir.path().join("state"), dir.path().join("trace"));
    let prepare = || {
        fs::remove_dir_all(&state).ok();
        State::open(&state).unwrap().before_change(&installed("culvert0")).unwrap();
    };
    prepare();
    assert!(trace(&state, &output, &format!("trace={}", CHANGING.join(","))));
    // How often each is called before the directory is opened, and in all.
    let (mut counts, mut is_open) = (BTreeMap::<_, (usize, usize)>::new(), false);
    for line in fs::read_to_string(&output).unwrap().lines() {
        is_open |= line.contains(state.to_str().unwrap());
        if let Some(name) = CHANGING.iter().find(|name| line.contains(&format!(" {name}("))) {
            let (before, all) = counts.entry(*name).or_default();
            *before += usize::from(!is_open);
            *all += 1;
        }
    }
    assert!(["fsync", "renameat"].iter().all(|name| counts.contains_key(name)), "{counts:?}");
    let (mut tried, mut failed) = (0, 0);
    for (call, (before, count)) in counts {
        for at in before + 1..=count {
            for fault in ["error=ENOSPC", "error=EIO", "signal=SIGKILL"] {
                prepare();
                let done = trace(&state, &output, &format!("inject={call}:{fault}:when={at}"));
                let found = State::open(&state).unwrap().take_stock();
                let (old, new) = (Left::Known(installed("culvert0")), Left::Known(installed("culvert1")));
                let is_whole = found.left == new || !done && found.left == old;
                assert!(is_whole && found.damages.is_empty(), "{call} {fault} {at}: {found:?}");
                tried += 1;
                failed += usize::from(!done);
            }
        }
    }
    assert!(failed > 12, "the faults were not felt: {failed} of {tried}");
    println!(
        "figure: state files: {tried} faults and kills by strace, {failed} of them felt, the old or the new file whole after each"
    );
}
