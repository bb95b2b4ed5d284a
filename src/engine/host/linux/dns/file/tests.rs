//! Every call fails once, fails from then on, or is the last one before a crash or a loss of power.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::net::Ipv4Addr;

use rustix::io::Errno;

use super::content::{self, ResolvConf};
use super::directory::{Attributes, Directory, Found};
use super::swap::{self, MAIN, SAVED};

const OURS: Attributes = Attributes { mode: 0o644, owner: 0, group: 0 };
const THEIRS: Attributes = Attributes { mode: 0o640, owner: 7, group: 8 };
const ORIGINAL: &[u8] =
    b"# by hand\nnameserver 192.0.2.53\noptions edns0\nsearch home.example and.some.more.example\n";

type Names = BTreeMap<String, usize>;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Inode {
    Link(&'static str),
    File { bytes: Vec<u8>, on_disk: Vec<u8>, attributes: Attributes },
}

/// A change of names: all of it reaches the disk, or nothing.
#[derive(Clone, Debug)]
enum Change {
    Add(String, usize),
    Rename(String, String),
    Remove(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    Once(usize, Errno),
    From(usize, Errno),
    Crash(usize),
}

/// A directory in memory that knows what of it is on the disk already.
#[derive(Clone, Debug)]
struct State {
    inodes: Vec<Inode>,
    names: Names,
    /// The names on the disk, and what has changed since: each change may reach it alone.
    on_disk: Names,
    since: Vec<Change>,
    /// [`MAIN`] is a mount of its own.
    mounted: bool,
    fault: Fault,
    calls: usize,
}

#[derive(Clone, Debug)]
struct Disk(RefCell<State>);

impl Disk {
    fn with(main: Option<Inode>, mounted: bool) -> Self {
        let names: Names = main.iter().map(|_| (MAIN.to_owned(), 0)).collect();
        let inodes = main.into_iter().collect();
        Self(RefCell::new(State {
            inodes,
            on_disk: names.clone(),
            since: vec![],
            names,
            mounted,
            fault: Fault::None,
            calls: 0,
        }))
    }

    fn failing(&self, fault: Fault) -> Self {
        let state = State { fault, calls: 0, ..self.0.borrow().clone() };
        Self(RefCell::new(state))
    }

    /// What may be there when the machine comes up again, without faults.
    fn after_power_loss(&self) -> Vec<Self> {
        let state = self.0.borrow();
        let mut disks = Vec::new();
        for subset in 0..1_u32 << state.since.len() {
            let mut names = state.on_disk.clone();
            for (at, change) in state.since.iter().enumerate() {
                if subset & (1 << at) != 0 {
                    change.apply(&mut names).ok();
                }
            }
            disks.extend([0, 1, 2].map(|halves| {
                let inodes = state.inodes.iter().map(|inode| inode.after_power_loss(halves)).collect();
                let (names, on_disk) = (names.clone(), names.clone());
                let since = vec![];
                let fault = Fault::None;
                Self(RefCell::new(State { inodes, names, on_disk, since, fault, ..state.clone() }))
            }));
        }
        disks
    }

    /// Everything that is there, by name.
    fn tree(&self) -> BTreeMap<String, Inode> {
        let state = self.0.borrow();
        let inode = |at: &usize| match &state.inodes[*at] {
            Inode::File { bytes, attributes, .. } => {
                Inode::File { bytes: bytes.clone(), on_disk: vec![], attributes: *attributes }
            }
            link => link.clone(),
        };
        state.names.iter().map(|(name, at)| (name.clone(), inode(at))).collect()
    }

    fn main(&self) -> Option<Inode> {
        self.tree().remove(MAIN)
    }

    /// Counts a call, and fails where it is to.
    fn call(&self) -> Result<(), Errno> {
        let mut state = self.0.borrow_mut();
        let call = state.calls;
        state.calls += 1;
        match state.fault {
            Fault::Once(at, error) if call == at => Err(error),
            Fault::From(at, error) if call >= at => Err(error),
            Fault::Crash(at) if call >= at => Err(Errno::IO),
            _ => Ok(()),
        }
    }

    fn change(&self, change: Change) -> io::Result<()> {
        self.call()?;
        let mut state = self.0.borrow_mut();
        change.apply(&mut state.names)?;
        state.since.push(change);
        Ok(())
    }

    fn is_mounted(&self, name: &str) -> bool {
        self.0.borrow().mounted && name == MAIN
    }
}

impl Inode {
    /// Bytes that were not synced are there, half there, or not.
    fn after_power_loss(&self, halves: usize) -> Self {
        match self {
            Self::File { bytes, on_disk, attributes } if bytes != on_disk => {
                let bytes = bytes[..bytes.len() * halves / 2].to_vec();
                Self::File { on_disk: bytes.clone(), bytes, attributes: *attributes }
            }
            inode => inode.clone(),
        }
    }
}

impl Change {
    fn apply(&self, names: &mut Names) -> Result<(), Errno> {
        match self {
            Self::Add(name, _) if names.contains_key(name) => return Err(Errno::EXIST),
            Self::Add(name, at) => drop(names.insert(name.clone(), *at)),
            Self::Rename(name, to) => {
                let at = names.remove(name).ok_or(Errno::NOENT)?;
                names.insert(to.clone(), at);
            }
            Self::Remove(name) => drop(names.remove(name).ok_or(Errno::NOENT)?),
        }
        Ok(())
    }
}

impl Directory for Disk {
    type File = usize;

    fn read(&self, name: &str) -> io::Result<Found> {
        self.call()?;
        Ok(match self.tree().remove(name) {
            None => Found::Nothing,
            Some(Inode::Link(_)) => Found::Link,
            Some(Inode::File { bytes, attributes, .. }) => Found::File(bytes, attributes),
        })
    }

    fn create(&self, name: &str, attributes: Option<Attributes>) -> io::Result<usize> {
        let at = self.0.borrow().inodes.len();
        self.change(Change::Add(name.to_owned(), at))?;
        let attributes = attributes.unwrap_or(OURS);
        self.0.borrow_mut().inodes.push(Inode::File { bytes: vec![], on_disk: vec![], attributes });
        Ok(at)
    }

    fn open(&self, name: &str) -> io::Result<usize> {
        self.call()?;
        Ok(self.0.borrow().names.get(name).copied().ok_or(Errno::NOENT)?)
    }

    fn write(&self, file: &usize, new: &[u8]) -> io::Result<()> {
        let called = self.call();
        let mut state = self.0.borrow_mut();
        let Inode::File { bytes, .. } = &mut state.inodes[*file] else { panic!("a link was written") };
        // A file is half written where that can be: over a mounted one nothing short of a loss of power does it.
        let len = match called {
            Ok(()) => new.len(),
            Err(_) if bytes.is_empty() => new.len() / 2,
            Err(error) => return Err(error.into()),
        };
        bytes.resize(bytes.len().max(len), 0);
        bytes[..len].copy_from_slice(&new[..len]);
        Ok(called?)
    }

    fn cut(&self, file: &usize, len: usize) -> io::Result<()> {
        self.call()?;
        let mut state = self.0.borrow_mut();
        let Inode::File { bytes, .. } = &mut state.inodes[*file] else { panic!("a link was cut") };
        bytes.resize(len, 0);
        Ok(())
    }

    fn sync(&self, file: &usize) -> io::Result<()> {
        self.call()?;
        let mut state = self.0.borrow_mut();
        let Inode::File { bytes, on_disk, .. } = &mut state.inodes[*file] else {
            panic!("a link was synced")
        };
        on_disk.clone_from(bytes);
        Ok(())
    }

    fn link(&self, name: &str, second: &str) -> io::Result<()> {
        if self.is_mounted(name) {
            self.call()?;
            return Err(Errno::XDEV.into());
        }
        let at = *self.0.borrow().names.get(name).ok_or(Errno::NOENT)?;
        self.change(Change::Add(second.to_owned(), at))
    }

    fn rename(&self, name: &str, to: &str) -> io::Result<()> {
        if self.is_mounted(to) {
            self.call()?;
            return Err(Errno::BUSY.into());
        }
        self.change(Change::Rename(name.to_owned(), to.to_owned()))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.change(Change::Remove(name.to_owned()))
    }

    fn sync_names(&self) -> io::Result<()> {
        self.call()?;
        let mut state = self.0.borrow_mut();
        state.on_disk = state.names.clone();
        state.since.clear();
        Ok(())
    }
}

fn wanted(last: u8) -> ResolvConf {
    let search = vec!["office.example".to_owned()];
    ResolvConf::new(vec![Ipv4Addr::new(10, 0, 0, last)], search).unwrap()
}

fn theirs(bytes: &[u8]) -> Inode {
    Inode::File { bytes: bytes.to_vec(), on_disk: bytes.to_vec(), attributes: THEIRS }
}

/// What may stand there before us.
fn hosts() -> Vec<(&'static str, Disk)> {
    vec![
        ("a file", Disk::with(Some(theirs(ORIGINAL)), false)),
        ("a short file", Disk::with(Some(theirs(b"#\n")), false)),
        ("a link", Disk::with(Some(Inode::Link("../run/nowhere")), false)),
        ("nothing", Disk::with(None, false)),
        ("a mounted file", Disk::with(Some(theirs(ORIGINAL)), true)),
        ("a short mounted file", Disk::with(Some(theirs(b"#\n")), true)),
        ("a long mounted file", Disk::with(Some(theirs(&ORIGINAL.repeat(9))), true)),
    ]
}

fn is_ours(main: Option<&Inode>) -> bool {
    matches!(main, Some(Inode::File { bytes, .. }) if content::intact(bytes).is_some())
}

/// Runs `work` with every fault at every call; how many there were.
fn with_every_fault(
    before: &Disk,
    work: impl Fn(&Disk) -> Result<(), String>,
    check: impl Fn(&Disk, Fault, &Result<(), String>),
) -> usize {
    let mut faults = 0;
    for at in 0.. {
        let mut reached = false;
        let errors = [Errno::NOSPC, Errno::IO, Errno::ROFS];
        let failing = errors.into_iter().flat_map(|error| [Fault::Once(at, error), Fault::From(at, error)]);
        for fault in failing.chain([Fault::Crash(at)]) {
            let disk = before.failing(fault);
            let result = work(&disk);
            reached |= disk.0.borrow().calls > at;
            check(&disk, fault, &result);
            faults += 1;
        }
        if !reached {
            break;
        }
    }
    faults
}

/// All that can come of a fault: the disk as it is, and after a loss of power.
fn outcomes(disk: &Disk) -> Vec<Disk> {
    let mounted = disk.0.borrow().mounted;
    let lost = if mounted { vec![] } else { disk.after_power_loss() };
    std::iter::once(disk.failing(Fault::None)).chain(lost).collect()
}

#[test]
#[expect(clippy::print_stdout, reason = "the checks show the figure")]
fn whatever_fails_the_old_or_the_new_file_is_whole_and_the_old_one_comes_back() {
    let put = |last| move |disk: &Disk| swap::put(disk, &wanted(last)).map_err(|error| error.to_string());
    let restore = |disk: &Disk| swap::restore(disk).map(drop).map_err(|error| error.to_string());
    let mut faults = 0;
    for (name, original) in hosts() {
        let (tree, mounted) = (original.tree(), original.0.borrow().mounted);
        let check = |disk: &Disk, fault: Fault, result: &Result<(), String>| {
            for disk in outcomes(disk) {
                let main = disk.main();
                // What lies between is known by the file that was saved, and goes back as well.
                let whole = is_ours(main.as_ref()) || main == tree.get(MAIN).cloned();
                assert!(whole || mounted, "{name}, {fault:?}, {result:?}: {:?}", disk.tree());
                let again = swap::restore(&disk);
                assert_eq!(disk.tree(), tree, "{name}, {fault:?}, {result:?}, then {again:?}");
            }
        };
        faults += with_every_fault(&original, put(1), |disk, fault, result| {
            match (result, fault) {
                (Ok(()), _) => assert!(is_ours(disk.main().as_ref())),
                (Err(_), Fault::Once(..)) => assert_eq!(disk.main(), original.main(), "{name}, {fault:?}"),
                (Err(_), _) => {}
            }
            check(disk, fault, result);
        });
        let ours = original.failing(Fault::None);
        swap::put(&ours, &wanted(1)).unwrap();
        faults += with_every_fault(&ours, put(2), check);
        faults += with_every_fault(&ours, restore, check);
    }
    println!("figure: resolv.conf: {faults} faults and crashes, the old or the new file whole after each");
}

#[test]
fn it_can_be_done_and_undone_again_and_again() {
    for (name, disk) in hosts() {
        let tree = disk.tree();
        for _ in 0..2 {
            assert!(!swap::restore(&disk).unwrap(), "{name}");
            assert_eq!(disk.tree(), tree, "{name}");
            for last in [1, 1, 2] {
                assert!(!swap::is_in_place(&disk, &wanted(3)).unwrap());
                swap::put(&disk, &wanted(last)).unwrap();
                assert!(swap::is_in_place(&disk, &wanted(last)).unwrap(), "{name}");
            }
            assert!(swap::restore(&disk).unwrap(), "{name}");
            assert_eq!(disk.tree(), tree, "{name}");
        }
    }
}

#[test]
fn what_somebody_else_wrote_since_stays() {
    let (_, disk) = hosts().swap_remove(0);
    swap::put(&disk, &wanted(1)).unwrap();
    for change in [theirs(b"nameserver 192.0.2.99\n"), Inode::Link("elsewhere")] {
        let disk = disk.failing(Fault::None);
        {
            let mut state = disk.0.borrow_mut();
            state.inodes.push(change);
            let last = state.inodes.len() - 1;
            state.names.insert(MAIN.to_owned(), last);
        }
        let changed = disk.main();
        assert!(!swap::is_in_place(&disk, &wanted(1)).unwrap());
        // Put again, theirs is the original.
        let again = disk.failing(Fault::None);
        swap::put(&again, &wanted(1)).unwrap();
        assert!(swap::restore(&again).unwrap());
        assert!(!swap::restore(&disk).unwrap());
        for disk in [disk, again] {
            assert_eq!(disk.tree().len(), 1, "what was saved is out of date");
            assert_eq!(disk.main(), changed);
        }
    }
}

#[test]
fn a_file_that_somebody_deleted_comes_back_as_it_was_before_ours() {
    let (_, disk) = hosts().swap_remove(0);
    let tree = disk.tree();
    for last in [1, 2] {
        swap::put(&disk, &wanted(last)).unwrap();
        disk.remove(MAIN).unwrap();
    }
    assert!(swap::restore(&disk).unwrap());
    assert_eq!(disk.tree(), tree);
}

#[test]
fn an_original_that_is_gone_is_said_so() {
    let (_, disk) = hosts().swap_remove(0);
    swap::put(&disk, &wanted(1)).unwrap();
    disk.remove(SAVED).unwrap();
    assert!(swap::restore(&disk).is_err());
    assert!(is_ours(disk.main().as_ref()), "a resolver file of ours is better than none");
}
