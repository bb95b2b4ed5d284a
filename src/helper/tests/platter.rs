//! A disk of a test's own: it fails where it is told to, and forgets what was not synced when the power goes.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::rc::Rc;

use crate::state::Disk;

/// What happens at one operation, counted from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It fails; of bytes that were to be written, half are.
    Error(usize, ErrorKind),
    /// The program is no more: neither this nor any later one is done.
    Crash(usize),
}

#[derive(Clone, Debug, Default)]
struct Inode {
    bytes: Vec<u8>,
    is_synced: bool,
}

#[derive(Clone, Debug)]
enum Change {
    Add(String, usize),
    Move(String, String, usize),
    Remove(String),
}

#[derive(Clone, Debug, Default)]
struct Surface {
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    /// What the names were when they were last synced, and what became of them since.
    synced_names: BTreeMap<String, usize>,
    changes: Vec<Change>,
}

/// The disk. Its clones are the same disk.
#[derive(Clone, Debug, Default)]
pub(super) struct Platter {
    surface: Rc<RefCell<Surface>>,
    fault: Rc<Cell<Option<Fault>>>,
    operations: Rc<Cell<usize>>,
    /// Whether syncing a file does nothing, as in programs that forget it.
    is_sloppy: bool,
}

impl Platter {
    /// An empty disk.
    pub(super) fn new(is_sloppy: bool) -> Self {
        Self { is_sloppy, ..Self::default() }
    }

    /// Injects `fault`, and counts from zero.
    pub(super) fn inject(&self, fault: Option<Fault>) {
        self.fault.set(fault);
        self.operations.set(0);
    }

    /// How many operations there were since.
    pub(super) fn operations(&self) -> usize {
        self.operations.get()
    }

    /// The same files on another disk.
    pub(super) fn copy(&self) -> Self {
        let surface = Rc::new(RefCell::new(self.surface.borrow().clone()));
        Self { surface, is_sloppy: self.is_sloppy, ..Self::default() }
    }

    /// A file, synced, with its name.
    pub(super) fn put(&self, name: &str, bytes: Vec<u8>) {
        let mut surface = self.surface.borrow_mut();
        surface.inodes.push(Inode { bytes, is_synced: true });
        let inode = surface.inodes.len() - 1;
        surface.names.insert(name.to_owned(), inode);
        surface.synced_names = surface.names.clone();
        surface.changes.clear();
    }

    /// The bytes of a file.
    pub(super) fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        let surface = self.surface.borrow();
        let inode = surface.names.get(name)?;
        Some(surface.inodes[*inode].bytes.clone())
    }

    /// Every disk that may be found after the power went: any of the names' changes since they were synced may be
    /// lost, and of an unsynced file any part.
    pub(super) fn after_power_loss(&self) -> Vec<Self> {
        let surface = self.surface.borrow();
        let mut outcomes = Vec::new();
        for kept in 0..1_u32 << surface.changes.len() {
            for wear in 0..4 {
                let mut found = surface.clone();
                found.names = found.synced_names.clone();
                for (at, change) in surface.changes.iter().enumerate() {
                    if kept & (1 << at) != 0 {
                        apply(&mut found.names, change);
                    }
                }
                found.inodes.iter_mut().filter(|inode| !inode.is_synced).for_each(|inode| worn(inode, wear));
                found.synced_names = found.names.clone();
                found.changes.clear();
                outcomes.push(Self { surface: Rc::new(RefCell::new(found)), ..Self::default() });
            }
        }
        outcomes
    }

    /// Counts one operation; whether it is done, or half.
    fn operate(&self) -> io::Result<()> {
        let at = self.operations.get();
        self.operations.set(at + 1);
        match self.fault.get() {
            Some(Fault::Error(fault, kind)) if fault == at => Err(kind.into()),
            Some(Fault::Crash(fault)) if at >= fault => Err(ErrorKind::Interrupted.into()),
            _ => Ok(()),
        }
    }

    fn change(&self, change: Change) {
        let mut surface = self.surface.borrow_mut();
        apply(&mut surface.names, &change);
        surface.changes.push(change);
    }

    fn inode(&self, name: &str) -> io::Result<usize> {
        self.surface.borrow().names.get(name).copied().ok_or(ErrorKind::NotFound.into())
    }
}

fn apply(names: &mut BTreeMap<String, usize>, change: &Change) {
    match change {
        Change::Add(name, inode) => drop(names.insert(name.clone(), *inode)),
        Change::Move(from, to, inode) => {
            names.remove(from);
            names.insert(to.clone(), *inode);
        }
        Change::Remove(name) => drop(names.remove(name)),
    }
}

/// What may be found of unsynced bytes: all, none, half, or as many zeros.
fn worn(inode: &mut Inode, wear: u32) {
    let length = inode.bytes.len();
    match wear {
        0 => {}
        1 => inode.bytes.clear(),
        2 => inode.bytes.truncate(length / 2),
        _ => inode.bytes.fill(0),
    }
}

impl Disk for Platter {
    type File = usize;

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.operate()?;
        self.bytes(name).ok_or(ErrorKind::NotFound.into())
    }

    fn create(&self, name: &str) -> io::Result<usize> {
        self.operate()?;
        if self.inode(name).is_ok() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        self.surface.borrow_mut().inodes.push(Inode::default());
        let inode = self.surface.borrow().inodes.len() - 1;
        self.change(Change::Add(name.to_owned(), inode));
        Ok(inode)
    }

    fn write(&self, file: &mut usize, bytes: &[u8]) -> io::Result<()> {
        let done = self.operate();
        let written = match (&done, self.fault.get()) {
            (Ok(()), _) => bytes,
            (Err(_), Some(Fault::Error(..))) => &bytes[..bytes.len() / 2],
            _ => &[],
        };
        self.surface.borrow_mut().inodes[*file].bytes.extend_from_slice(written);
        done
    }

    fn sync(&self, file: &usize) -> io::Result<()> {
        self.operate()?;
        self.surface.borrow_mut().inodes[*file].is_synced = !self.is_sloppy;
        Ok(())
    }

    fn rename(&self, name: &str, to: &str) -> io::Result<()> {
        self.operate()?;
        let inode = self.inode(name)?;
        self.change(Change::Move(name.to_owned(), to.to_owned(), inode));
        Ok(())
    }

    fn link(&self, name: &str, second: &str) -> io::Result<()> {
        self.operate()?;
        if self.inode(second).is_ok() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        let inode = self.inode(name)?;
        self.change(Change::Add(second.to_owned(), inode));
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.operate()?;
        self.inode(name)?;
        self.change(Change::Remove(name.to_owned()));
        Ok(())
    }

    fn sync_names(&self) -> io::Result<()> {
        self.operate()?;
        let mut surface = self.surface.borrow_mut();
        surface.synced_names = surface.names.clone();
        surface.changes.clear();
        Ok(())
    }
}
