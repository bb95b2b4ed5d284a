//! The directory of the helper's own files.

use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::{fmt, fs};

use culvert_model::Profile;
use nix::unistd::geteuid;
use rustix::fs::{self as rfs, CWD, Mode, OFlags};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::disk::{Disk, SystemDisk};
use super::document::{self, Garbled};
use super::installed::Installed;
use super::managed::ManagedProfile;
use super::store::Store;
use crate::directory::{Directory, DirectoryError};

const JOURNAL: &str = "journal";
const LOCKDOWN: &str = "lockdown";
const WISH: &str = "wish";

/// The helper's own files.
#[derive(Debug)]
pub struct State<D = SystemDisk> {
    store: Store<D>,
    journal: Journal,
    /// Since when the computer runs, as the kernel names it.
    boot: Option<String>,
}

/// What is to be connected, until the computer starts anew.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Noted {
    boot: Option<String>,
    wanted: Wanted,
}

/// What the journal says, as far as we know.
#[derive(Debug, PartialEq, Eq)]
enum Journal {
    /// Exactly this; nothing is the same as no journal.
    Says(Installed),
    /// It was not read, or could not be, or written.
    Unknown,
}

/// What was found at the start.
#[derive(Debug)]
pub struct Stock {
    /// What an earlier run left on the host.
    pub left: Left,
    /// Whether nothing may leave but through a tunnel.
    pub lockdown: Lockdown,
    /// What is to be connected; `None` is what managed profiles say.
    pub wish: Option<Wanted>,
    /// The files that can't be used.
    pub damages: Vec<Damage>,
}

impl Stock {
    /// Whether nothing may leave: the file says so, or nobody knows what was wanted.
    pub fn lockdown(&self) -> Lockdown {
        let is_unknown = self.damages.iter().any(|damage| damage.file == WISH);
        match self.lockdown {
            Lockdown::Off if is_unknown => Lockdown::Unreadable,
            lockdown => lockdown,
        }
    }
}

/// What an earlier run left on the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// Nothing: it ended in good order.
    Nothing,
    /// This, or a part of it.
    Known(Installed),
    /// Whatever of ours can be found.
    Unknown,
}

/// What the file says about lockdown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lockdown {
    /// It is off.
    #[default]
    Off,
    /// It is on.
    On,
    /// It may be on.
    Unreadable,
}

impl Lockdown {
    /// Whether nothing may leave but through a tunnel.
    pub const fn is_blocking(self) -> bool {
        !matches!(self, Self::Off)
    }
}

/// What is to be connected by a helper that starts again, by the word of somebody who may say so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Wanted {
    /// What a user was connected to.
    Profile {
        /// The user's number.
        owner: u32,
        /// To where and how.
        profile: Box<Profile>,
    },
    /// The managed profile of this name.
    Managed {
        /// Its name.
        id: String,
    },
    /// Nothing, also where this managed profile says so: somebody who may has ended it.
    Not {
        /// To where and how it would be.
        profile: Box<Profile>,
    },
}

impl Wanted {
    /// That this one is not.
    pub fn not(managed: &ManagedProfile) -> Self {
        Self::Not { profile: Box::new(managed.profile.clone()) }
    }
}

/// A file that can't be used.
#[derive(Debug)]
pub struct Damage {
    /// Its name.
    pub file: &'static str,
    /// What is wrong with it.
    pub why: Why,
    /// Whether it is kept beside for somebody to look at, under its name and `.bad`.
    pub is_kept: bool,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Why {
    /// The system does not give it to us.
    #[error(transparent)]
    System(#[from] io::Error),
    /// It holds something else.
    #[error(transparent)]
    Garbled(#[from] Garbled),
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, why, is_kept } = self;
        write!(f, "the file {file} can't be used: {why}")?;
        if *is_kept { write!(f, "; it is kept as {file}.bad") } else { Ok(()) }
    }
}

/// The number of this start of the computer. It is hidden from a service of systemd's, whose tmpfiles remove the wish
/// at the start.
fn boot() -> Option<String> {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(text.trim().to_owned())
}

impl Stock {
    /// What is true where there is no directory and never was one.
    pub fn nothing() -> Self {
        Self { left: Left::Nothing, lockdown: Lockdown::Off, wish: None, damages: Vec::new() }
    }

    /// What is taken for true where the directory itself can't be read.
    pub fn unreadable() -> Self {
        let (left, lockdown) = (Left::Unknown, Lockdown::Unreadable);
        Self { left, lockdown, wish: None, damages: Vec::new() }
    }
}

impl State {
    /// The directory at `path`, which is made if it is missing. Root takes it over from whoever has it: a helper that
    /// runs as another user.
    ///
    /// # Errors
    /// Where it can't be trusted, or the system does not let us have it: see [`Stock::unreadable`].
    pub fn open(path: &Path) -> Result<Self, DirectoryError> {
        if geteuid().is_root() {
            let system = |cause| DirectoryError::System { path: path.to_owned(), cause };
            if let Some(state) = Self::open_existing(path).map_err(system)? {
                return Ok(state);
            }
        }
        let directory = Directory::private(path)?.rooted()?;
        Ok(Self::on(OwnedFd::from(directory.into_file()).into()))
    }

    /// The directory at `path` as it is, whoever's; `None` where there is none.
    ///
    /// # Errors
    /// The system's, and where others may look into it.
    pub fn open_existing(path: &Path) -> io::Result<Option<Self>> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let directory = match rfs::openat(CWD, path, flags, Mode::empty()) {
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            directory => directory?,
        };
        if rfs::fstat(&directory)?.st_mode & 0o077 != 0 {
            return Err(io::Error::new(ErrorKind::PermissionDenied, "others may look into it"));
        }
        Ok(Some(Self::on(directory.into())))
    }
}

#[expect(private_bounds, reason = "only tests have another disk")]
impl<D: Disk> State<D> {
    /// As if the computer had been started at another time.
    #[cfg(test)]
    pub(crate) fn at_boot(self, boot: &str) -> Self {
        Self { boot: Some(boot.to_owned()), ..self }
    }

    pub(crate) fn on(disk: D) -> Self {
        Self { store: Store::new(disk), journal: Journal::Unknown, boot: boot() }
    }

    /// Reads everything. Call it once, at the start; what is damaged is kept beside.
    pub fn take_stock(&mut self) -> Stock {
        let mut damages = Vec::new();
        let lockdown = match self.read::<bool>(LOCKDOWN) {
            Ok(None | Some(false)) => Lockdown::Off,
            Ok(Some(true)) => Lockdown::On,
            Err(why) => {
                damages.push(self.damaged(LOCKDOWN, why));
                Lockdown::Unreadable
            }
        };
        let left = match self.read::<Installed>(JOURNAL) {
            Ok(found) => {
                let installed = found.unwrap_or_default();
                self.journal = Journal::Says(installed.clone());
                if installed.is_nothing() { Left::Nothing } else { Left::Known(installed) }
            }
            Err(why) => {
                damages.push(self.damaged(JOURNAL, why));
                Left::Unknown
            }
        };
        let noted = self.read::<Noted>(WISH).unwrap_or_else(|why| {
            damages.push(self.damaged(WISH, why));
            None
        });
        let wish = noted.filter(|noted| noted.boot == self.boot).map(|noted| noted.wanted);
        Stock { left, lockdown, wish, damages }
    }

    /// Only whether lockdown is on, and nothing is written: for the guard at boot.
    pub fn lockdown(&self) -> Lockdown {
        match self.read(LOCKDOWN) {
            Ok(Some(true)) => Lockdown::On,
            Ok(Some(false) | None) => Lockdown::Off,
            Err(_) => Lockdown::Unreadable,
        }
    }

    /// Notes that the host is about to be given `next`, before it is. What was noted stays until
    /// [`State::after_change`].
    ///
    /// # Errors
    /// Where the journal can't be written; what it said before stands. Everything of ours is also known by its marks,
    /// so that a helper that starts after a crash finds it in any case.
    pub fn before_change(&mut self, next: &Installed) -> io::Result<()> {
        let both = match &self.journal {
            Journal::Says(known) => known.and(next),
            // It may say more than we know: it stands until everything is taken back.
            Journal::Unknown => match self.read::<Installed>(JOURNAL) {
                Ok(found) => found.unwrap_or_default().and(next),
                Err(_) => next.clone(),
            },
        };
        self.note(both)
    }

    /// Notes that `now` was read back, and nothing else of ours is there.
    ///
    /// # Errors
    /// Where the journal can't be written; it then still says what [`State::before_change`] made it say.
    pub fn after_change(&mut self, now: &Installed) -> io::Result<()> {
        self.note(now.clone())
    }

    /// Switches lockdown on or off, for this and every later start.
    ///
    /// # Errors
    /// Where that can't be noted; it is as before then, or as wanted.
    pub fn set_lockdown(&mut self, on: bool) -> io::Result<()> {
        if on { self.write(LOCKDOWN, &true) } else { self.store.remove(LOCKDOWN) }
    }

    /// Notes what is to be connected by a helper that starts again; `None` is what managed profiles say.
    ///
    /// # Errors
    /// Where that can't be noted.
    pub fn set_wish(&mut self, wish: Option<&Wanted>) -> io::Result<()> {
        match wish {
            Some(wish) => self.write(WISH, &Noted { boot: self.boot.clone(), wanted: wish.clone() }),
            None => self.store.remove(WISH),
        }
    }

    /// Removes every file, also those that can't be used.
    ///
    /// # Errors
    /// The first, after everything else was removed.
    pub fn clear(&mut self) -> io::Result<()> {
        self.journal = Journal::Unknown;
        let mut result = Ok(());
        for name in [JOURNAL, LOCKDOWN, WISH] {
            for name in [name, &format!("{name}.new"), &format!("{name}.bad")] {
                result = result.and(self.store.remove(name));
            }
        }
        result
    }

    fn note(&mut self, installed: Installed) -> io::Result<()> {
        let new = Journal::Says(installed);
        if self.journal == new {
            return Ok(());
        }
        self.journal = Journal::Unknown;
        let Journal::Says(installed) = &new else { return Ok(()) };
        if installed.is_nothing() {
            self.store.remove(JOURNAL)?;
        } else {
            self.write(JOURNAL, installed)?;
        }
        self.journal = new;
        Ok(())
    }

    fn damaged(&self, file: &'static str, why: Why) -> Damage {
        // What the system does not give us now it may give us later.
        let is_worth_a_look = match &why {
            Why::Garbled(_) => true,
            Why::System(error) => error.kind() == ErrorKind::InvalidData,
        };
        let is_kept = is_worth_a_look && self.store.keep_as(file, &format!("{file}.bad")).is_ok();
        Damage { file, why, is_kept }
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Why> {
        match self.store.read(name)? {
            Some(bytes) => Ok(Some(document::read(name, &bytes)?)),
            None => Ok(None),
        }
    }

    fn write(&self, name: &str, value: &impl Serialize) -> io::Result<()> {
        self.store.replace(name, &document::write(name, value)?)
    }
}
