//! The store on a real file system.

#![expect(clippy::print_stdout, reason = "the checks show the figures")]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use culvert_model::Profile;
use tempfile::TempDir;

use super::*;
use crate::SavedProfile;

fn store() -> (TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::at(directory.path().join("culvert/profiles"));
    (directory, store)
}

fn office() -> SavedProfile {
    let mut saved = SavedProfile::new(Profile::new("vpn.example.com".parse().unwrap(), "alice"));
    "Office".clone_into(&mut saved.profile.name);
    saved
}

fn noted(listed: &Listed, notes: &str) -> SavedProfile {
    SavedProfile { notes: notes.to_owned(), ..listed.saved.clone() }
}

fn path(store: &Store, listed: &Listed) -> PathBuf {
    store.path().join(format!("{}.toml", listed.id))
}

#[test]
fn what_is_kept_is_read_changed_and_removed() {
    let (_directory, store) = store();
    assert!(store.list().unwrap().0.is_empty(), "no directory is an empty one");
    let first = store.add(office()).unwrap();
    let second = store.add(office()).unwrap();
    assert_eq!(second.saved.profile.name, "Office (2)");
    assert_eq!(store.read(&first.id).unwrap(), first);
    let changed = store.replace(&first, noted(&first, "ask Bob")).unwrap();
    assert_eq!(changed.id, first.id);
    assert_eq!(store.list().unwrap().0, [changed.clone(), second.clone()]);
    assert!(matches!(store.replace(&first, office()), Err(StoreError::Changed)), "it was read before");
    store.remove(&changed.id).unwrap();
    store.remove(&changed.id).unwrap();
    assert!(matches!(store.read(&changed.id), Err(StoreError::Unknown)));
    assert!(matches!(store.replace(&changed, office()), Err(StoreError::Unknown)));
    assert_eq!(store.list().unwrap().0, [second]);
}

/// Whoever takes a removal back has everything again: the id, which is what the keyring knows the password by, and what
/// this program does not know.
#[test]
fn what_was_removed_comes_back_with_its_id() {
    let (_directory, store) = store();
    let added = store.add(office()).unwrap();
    let text = fs::read_to_string(path(&store, &added)).unwrap() + "colour = 'red'\n";
    fs::write(path(&store, &added), &text).unwrap();
    let office_was = store.read(&added.id).unwrap();
    store.remove(&office_was.id).unwrap();
    assert_eq!(store.restore(&office_was).unwrap(), office_was);
    assert!(fs::read_to_string(path(&store, &added)).unwrap() == text, "it is another file");
    assert!(matches!(store.restore(&office_was), Err(StoreError::Changed)), "it is there");
    store.remove(&office_was.id).unwrap();
    store.add(office()).unwrap();
    let back = store.restore(&office_was).unwrap();
    assert_eq!((back.id, back.saved.profile.name.as_str()), (office_was.id, "Office (2)"));
}

/// A name is how a person calls a profile: two of one name could not be told apart.
#[test]
fn no_two_are_called_the_same() {
    let (_directory, store) = store();
    let named = |name: String| {
        let mut saved = office();
        saved.profile.name = name;
        saved
    };
    let longest = "ä".repeat(Profile::LONGEST_NAME / 2);
    for number in 1..=11 {
        let listed = store.add(named(longest.clone())).unwrap();
        assert_eq!(store.read(&listed.id).unwrap(), listed, "the {number}th");
    }
    store.add(office()).unwrap();
    let other = store.add(named("Campus".to_owned())).unwrap();
    let renamed = store.replace(&other, named("Office".to_owned())).unwrap();
    assert_eq!(renamed.saved.profile.name, "Office (2)");
    let changed = store.replace(&renamed, noted(&renamed, "ask Bob")).unwrap();
    assert_eq!(changed.saved.profile.name, "Office (2)", "its own name is free");
}

#[test]
fn its_user_alone_reads_it() {
    let (_directory, store) = store();
    let listed = store.add(office()).unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path(&store, &listed)), 0o600);
    assert_eq!(mode(store.path()), 0o700);
    assert_eq!(mode(store.path().parent().unwrap()), 0o700);
    fs::set_permissions(path(&store, &listed), fs::Permissions::from_mode(0o644)).unwrap();
    store.replace(&listed, noted(&listed, "x")).unwrap();
    assert_eq!(mode(&path(&store, &listed)), 0o600);
}

#[test]
fn what_is_no_profile_is_named_and_left_alone() {
    let (_directory, store) = store();
    let good = store.add(office()).unwrap();
    fs::write(store.path().join("broken.toml"), "server = ").unwrap();
    fs::write(store.path().join("long.toml"), vec![b'#'; 300 << 10]).unwrap();
    fs::write(store.path().join("binary.toml"), [0xff, 0xfe, 0]).unwrap();
    fs::write(store.path().join("a name.toml"), "server = 'h'\nusername = 'u'").unwrap();
    fs::write(store.path().join("notes.txt"), "mine").unwrap();
    fs::create_dir(store.path().join("directory.toml")).unwrap();
    symlink("/nonexistent", store.path().join("nowhere.toml")).unwrap();
    fs::write(store.path().join(OsStr::from_bytes(b"\xff.toml")), "server = 'h'\nusername = 'u'").unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, store.path().join("pipe.toml"), rustix::fs::Mode::RUSR).unwrap();
    let (profiles, unreadable) = store.list().unwrap();
    assert_eq!(profiles, [good]);
    let names: Vec<_> =
        unreadable.iter().map(|one| one.path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    assert_eq!(
        names,
        [
            "a name.toml",
            "binary.toml",
            "broken.toml",
            "directory.toml",
            "long.toml",
            "nowhere.toml",
            "pipe.toml",
            "\u{fffd}.toml"
        ]
    );
    assert!(
        unreadable[2].why.to_string().contains("broken.toml")
            && unreadable[2].why.to_string().contains("line 1")
    );
    store.add(office()).unwrap();
    assert_eq!(fs::read_to_string(store.path().join("broken.toml")).unwrap(), "server = ");
}

#[test]
fn a_link_stays_one() {
    let (directory, store) = store();
    let listed = store.add(office()).unwrap();
    let (file, shared) = (path(&store, &listed), directory.path().join("dotfiles-office"));
    fs::rename(&file, &shared).unwrap();
    symlink(&shared, &file).unwrap();
    let listed = store.read(&listed.id).unwrap();
    store.replace(&listed, noted(&listed, "shared")).unwrap();
    assert!(file.is_symlink());
    assert!(fs::read_to_string(&shared).unwrap().contains("shared"));
}

#[test]
fn whatever_is_left_half_done_is_swept() {
    let (_directory, store) = store();
    store.add(office()).unwrap();
    fs::write(store.path().join(".begun-abc"), "half").unwrap();
    assert_eq!(store.list().unwrap().0.len(), 1);
    store.add(office()).unwrap();
    assert!(!store.path().join(".begun-abc").exists());
}

/// Ten thousand files that a disk, an editor or somebody has damaged.
#[test]
fn damaged_files_are_refused_and_the_others_are_there() {
    let (_directory, store) = store();
    let good = store.add(office()).unwrap();
    let text =
        fs::read_to_string(path(&store, &good)).unwrap() + "port = 1724\nlan = true\n[extras.x]\ny = 'z'\n";
    let damaged = store.path().join("damaged.toml");
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut chance = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 8).unwrap()
    };
    let mut refused = 0;
    for _ in 0..10_000 {
        let mut bytes = text.clone().into_bytes();
        for _ in 0..=chance() % 4 {
            let at = chance() % bytes.len();
            match chance() % 4 {
                0 => bytes[at] = u8::try_from(chance() % 256).unwrap(),
                1 => bytes[at] = bytes[chance() % bytes.len()],
                2 => bytes.insert(at, b"\"'[]={}\n\0\xff"[chance() % 10]),
                _ => bytes.truncate(at.max(1)),
            }
        }
        fs::write(&damaged, &bytes).unwrap();
        let (profiles, unreadable) = store.list().unwrap();
        assert!(profiles.contains(&good));
        assert_eq!(profiles.len() + unreadable.len(), 2);
        refused += unreadable.len();
        assert_eq!(fs::read(&damaged).unwrap(), bytes);
    }
    println!("figure: of 10000 damaged files {refused} were refused, the other profile was always there");
    assert!(refused > 5000);
}

/// Whoever was slower is told, and tries again: no change is lost.
#[test]
fn writers_at_once_lose_nothing() {
    const EACH: usize = 40;
    let (_directory, store) = store();
    let counted = store.add(office()).unwrap();
    let count = |listed: &Listed| listed.saved.notes.parse::<usize>().unwrap_or_default();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..EACH {
                    let added = store.add(office()).unwrap();
                    while let Err(error) = store.read(&counted.id).and_then(|read| {
                        let next = noted(&read, &(count(&read) + 1).to_string());
                        store.replace(&read, next)
                    }) {
                        assert!(matches!(error, StoreError::Changed), "{error}");
                    }
                    store.remove(&added.id).unwrap();
                }
            });
        }
    });
    assert_eq!(count(&store.read(&counted.id).unwrap()), 4 * EACH);
    assert_eq!(store.list().unwrap().0.len(), 1);
}

#[test]
fn changes_are_told_and_reading_is_none() {
    let (_directory, store) = store();
    let (send, heard) = mpsc::channel();
    let tell = move || {
        let _ = send.send(());
    };
    let watch = store.watch(tell).unwrap();
    let is_told = || heard.recv_timeout(Duration::from_secs(10)).is_ok();
    let is_quiet = || heard.recv_timeout(Duration::from_millis(400)).is_err();
    let begin = Instant::now();
    let listed = store.add(office()).unwrap();
    assert!(is_told());
    println!("figure: a change is told after {} ms", begin.elapsed().as_millis());
    assert!(is_quiet(), "one change is told once");
    store.list().unwrap();
    assert!(is_quiet(), "to look is no change");
    let listed = store.replace(&listed, noted(&listed, "x")).unwrap();
    assert!(is_told());
    store.remove(&listed.id).unwrap();
    assert!(is_told() && is_quiet());

    fs::remove_dir_all(store.path()).unwrap();
    while heard.recv_timeout(Duration::from_secs(2)).is_ok() {}
    store.add(office()).unwrap();
    assert!(is_told(), "a directory that comes again is watched again");
    while heard.recv_timeout(Duration::from_secs(2)).is_ok() {}
    store.add(office()).unwrap();
    assert!(is_told());
    drop(watch);
    while heard.recv_timeout(Duration::from_millis(300)).is_ok() {}
    store.add(office()).unwrap();
    assert!(is_quiet(), "nobody wants to know any more");
}
