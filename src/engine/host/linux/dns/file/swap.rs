//! The swap of a resolver file for ours, and back.
//!
//! What was there before, a link as well, gets a second name ([`SAVED`]) and then loses its first one to our file, by
//! one `rename`. So the original is never copied, needs no room to come back, and comes back with everything it has:
//! bytes, owner, mode, times, labels. Two rules put things right from wherever a crash left them:
//!
//! - our file gives way to what was saved, also where somebody has changed it by hand: it says that it will, and it
//!   names servers that are out of reach without the tunnel;
//! - anybody else's stays, and what was saved before it is out of date.
//!
//! Where the file is a mount of its own, as in containers, it can be neither linked nor renamed. There it is copied
//! aside and written in place: nothing but a loss of power can leave it half written, and [`content::is_torn`] knows
//! the two states between.

use std::io::{self, ErrorKind};

use super::content::{self, Before, ResolvConf};
use super::directory::{Attributes, Directory, Found};
use crate::host::HostError;

/// The file of `resolv.conf(5)`.
pub(crate) const MAIN: &str = "resolv.conf";
/// What was there before ours.
pub(crate) const SAVED: &str = ".resolv.conf.before-culvert";
/// A file that is not complete yet.
pub(super) const NEW: &str = ".resolv.conf.culvert-new";

const SYNCING: &str = "writing the directory of resolv.conf to the disk";

/// What stands in the place of the resolver file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// A file of ours.
    Ours(Before),
    /// One that a crash left half ours, half what was saved, or ours with changes by somebody else.
    Torn,
    Nothing,
    /// Somebody else's.
    Foreign,
}

/// Puts `wanted` in the place of the resolver file and keeps what was there. Where it fails, what was there is back.
pub(super) fn put<D: Directory>(etc: &D, wanted: &ResolvConf) -> Result<(), HostError> {
    let (standing, saved) = look(etc)?;
    let before = match standing {
        Standing::Ours(before) if holds(etc, wanted, before)? => return tidy(etc),
        Standing::Ours(before) => before,
        Standing::Nothing if saved == Found::Nothing => Before::Nothing,
        Standing::Nothing | Standing::Torn | Standing::Foreign => Before::Kept,
    };
    let result = swap(etc, standing, wanted.file(before).as_bytes()).and_then(|()| {
        if holds(etc, wanted, before)? { Ok(()) } else { Err(HostError::Differs("resolv.conf")) }
    });
    if result.is_err() {
        let undone = if let Standing::Ours(_) = standing { tidy(etc) } else { restore(etc).map(drop) };
        if let Err(error) = undone {
            tracing::warn!(%error, "resolv.conf could not be put in order");
        }
    }
    result
}

/// Whether a file of ours that means `wanted` stands there.
pub(super) fn is_in_place<D: Directory>(etc: &D, wanted: &ResolvConf) -> Result<bool, HostError> {
    match look(etc)? {
        (Standing::Ours(before), _) => holds(etc, wanted, before),
        _ => Ok(false),
    }
}

/// Puts back what was there before a file of ours, if ours is still there; whether it was.
pub(super) fn restore<D: Directory>(etc: &D) -> Result<bool, HostError> {
    let (standing, saved) = look(etc)?;
    let found = match (standing, saved) {
        (Standing::Ours(Before::Nothing), _) => {
            etc.remove(MAIN).map_err(doing("removing our resolv.conf"))?;
            true
        }
        (Standing::Ours(Before::Kept), Found::Nothing) => {
            return Err(doing("finding the resolv.conf from before the tunnel")(ErrorKind::NotFound.into()));
        }
        (Standing::Foreign, _) | (_, Found::Nothing) => false,
        (_, saved) => {
            put_back(etc, &saved)?;
            true
        }
    };
    tidy(etc)?;
    Ok(found)
}

/// Whether there is a file of ours, or what was saved before one.
pub(super) fn is_there<D: Directory>(etc: &D) -> Result<bool, HostError> {
    let (standing, saved) = look(etc)?;
    Ok(saved != Found::Nothing || matches!(standing, Standing::Ours(_)))
}

/// Removes what a crash or a failure left lying about.
fn tidy<D: Directory>(etc: &D) -> Result<(), HostError> {
    remove(etc, NEW)?;
    if let (Standing::Foreign | Standing::Ours(Before::Nothing), _) = look(etc)? {
        remove(etc, SAVED)?;
    }
    etc.sync_names().map_err(doing(SYNCING))
}

/// What stands there, and what was saved.
fn look<D: Directory>(etc: &D) -> Result<(Standing, Found), HostError> {
    let saved = etc.read(SAVED).map_err(doing("reading what was saved of resolv.conf"))?;
    let standing = match etc.read(MAIN).map_err(doing("reading resolv.conf"))? {
        Found::Nothing => Standing::Nothing,
        Found::Link => Standing::Foreign,
        Found::Strange => return Err(doing("reading resolv.conf")(ErrorKind::InvalidData.into())),
        Found::File(file, _) => match (content::intact(&file), &saved) {
            (Some(before), _) => Standing::Ours(before),
            (None, Found::File(saved, _)) if content::is_torn(&file, saved) => Standing::Torn,
            (None, saved) if *saved != Found::Nothing && content::begins_as_ours(&file) => Standing::Torn,
            (None, _) => Standing::Foreign,
        },
    };
    Ok((standing, saved))
}

fn holds<D: Directory>(etc: &D, wanted: &ResolvConf, before: Before) -> Result<bool, HostError> {
    let found = etc.read(MAIN).map_err(doing("reading resolv.conf"))?;
    Ok(matches!(found, Found::File(file, _) if file == wanted.file(before).as_bytes()))
}

fn swap<D: Directory>(etc: &D, standing: Standing, file: &[u8]) -> Result<(), HostError> {
    if standing == Standing::Foreign {
        save(etc)?;
    }
    write_new(etc, file, None)?;
    match etc.rename(NEW, MAIN) {
        Err(error) if error.kind() == ErrorKind::ResourceBusy => {
            let written = etc.open(MAIN).and_then(|main| {
                etc.write(&main, file)?;
                etc.cut(&main, file.len())?;
                etc.sync(&main)
            });
            written.map_err(doing("writing resolv.conf in place"))?;
            remove(etc, NEW)?;
        }
        result => result.map_err(doing("replacing resolv.conf"))?,
    }
    etc.sync_names().map_err(doing(SYNCING))
}

/// Gives what stands there its second name, or a copy of it where it can't have one.
fn save<D: Directory>(etc: &D) -> Result<(), HostError> {
    const KEEPING: &str = "keeping the resolv.conf from before the tunnel";
    remove(etc, SAVED)?;
    if let Err(error) = etc.link(MAIN, SAVED) {
        let Found::File(file, attributes) = etc.read(MAIN).map_err(doing(KEEPING))? else {
            return Err(doing(KEEPING)(error));
        };
        write_new(etc, &file, Some(attributes))?;
        etc.rename(NEW, SAVED).map_err(doing(KEEPING))?;
    }
    etc.sync_names().map_err(doing(SYNCING))
}

fn put_back<D: Directory>(etc: &D, saved: &Found) -> Result<(), HostError> {
    const PUTTING: &str = "putting resolv.conf back";
    match (etc.rename(SAVED, MAIN), saved) {
        (Err(error), Found::File(file, _)) if error.kind() == ErrorKind::ResourceBusy => {
            let written = etc.open(MAIN).and_then(|main| {
                etc.cut(&main, file.len())?;
                etc.write(&main, file)?;
                etc.sync(&main)
            });
            written.map_err(doing(PUTTING))?;
            remove(etc, SAVED)
        }
        (result, _) => result.map_err(doing(PUTTING)),
    }
}

fn write_new<D: Directory>(etc: &D, file: &[u8], attributes: Option<Attributes>) -> Result<(), HostError> {
    remove(etc, NEW)?;
    let written = etc.create(NEW, attributes).and_then(|new| {
        etc.write(&new, file)?;
        etc.sync(&new)
    });
    written.map_err(doing("writing a file beside resolv.conf"))
}

fn remove<D: Directory>(etc: &D, name: &str) -> Result<(), HostError> {
    match etc.remove(name) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        result => result.map_err(doing("removing a file beside resolv.conf")),
    }
}

fn doing(doing: &'static str) -> impl Fn(io::Error) -> HostError {
    move |cause| HostError::Refused { doing, cause }
}
