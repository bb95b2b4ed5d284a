//! What an administrator wrote down for this computer, in `/etc/culvert`.
//!
//! `managed.d/*.toml` are profiles for everybody, `policy.toml` is what users may not do. Only files that root alone
//! can change count. Users see managed profiles, and can't switch off what they demand.
//!
//! ```toml
//! # /etc/culvert/managed.d/office.toml: a profile as any other, and a table about it
//! name = "Office"
//! server = "vpn.example.com"
//! username = "branch-7"
//!
//! [managed]
//! connect = "boot"                  # or "manual", which is the default
//! lockdown = true                   # nothing may leave but through a tunnel, also while there is none
//! gateway = "eth1"                  # devices behind this interface, with private addresses, are forwarded through the
//!                                   # tunnel and nowhere else; with lan = true they also reach this computer
//! password-file = "office.password" # beside this file, root:culvertd 0640; or:
//! # password-credential = "office"  # LoadCredentialEncrypted=office:… of the service
//! ```

mod folder;
mod follow;
mod password;
mod profile;
mod rules;

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use folder::Folder;
pub(crate) use folder::Owner;
pub use folder::Untrusted;
pub(crate) use follow::Follower;
pub use password::PasswordError;
pub use profile::{Connect, Demand, ManagedProfile};
pub use rules::Rules;

/// Where an administrator's files are.
pub const PATH: &str = "/etc/culvert";

/// More profiles than this are not read.
const MOST: usize = 256;

/// Everything that an administrator wrote down.
#[derive(Debug)]
pub struct Managed {
    /// Where it was found.
    pub path: PathBuf,
    /// The profiles, in the order of their files' names.
    pub profiles: Vec<ManagedProfile>,
    /// What users may not do.
    pub rules: Rules,
    /// The files that can't be used.
    pub faults: Vec<ManagedFault>,
}

/// A file of an administrator's that can't be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", path.display())]
pub struct ManagedFault {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub why: String,
    /// Whether it demands lockdown, or may.
    pub demands_lockdown: bool,
}

impl Managed {
    /// Reads what is below `path`: [`PATH`], but for tests.
    pub fn read(path: &Path) -> Self {
        Self::read_of(path, Owner::ROOT)
    }

    /// Logs what can't be used.
    pub fn tell_faults(&self) {
        for fault in &self.faults {
            tracing::error!("{fault}");
        }
    }

    /// Whether nothing may leave but through a tunnel: a profile says so, or a file that can't be read may say so.
    pub fn demands_lockdown(&self) -> bool {
        self.profiles.iter().any(|profile| profile.lockdown)
            || self.faults.iter().any(|fault| fault.demands_lockdown)
    }

    /// The profile that is to be connected from the start: the first that says so.
    pub fn boot(&self) -> Option<&ManagedProfile> {
        self.profiles.iter().find(|profile| profile.connect == Connect::Boot)
    }

    /// The profile of this name, which is its file's without `.toml`.
    pub fn profile(&self, id: &str) -> Option<&ManagedProfile> {
        self.profiles.iter().find(|profile| profile.id == id)
    }

    pub(crate) fn read_of(path: &Path, owner: Owner) -> Self {
        let mut managed =
            Self { path: path.to_owned(), profiles: Vec::new(), rules: Rules::default(), faults: Vec::new() };
        managed.read_rules(path, owner);
        managed.read_profiles(&path.join("managed.d"), owner);
        managed
    }

    fn read_rules(&mut self, path: &Path, owner: Owner) {
        const NAME: &str = "policy.toml";
        let text = match Folder::open(path, owner).and_then(|folder| folder.read(NAME)) {
            Err(Untrusted::System(error)) if error.kind() == ErrorKind::NotFound => return,
            text => text,
        };
        let rules = text.map_err(|why| why.to_string()).and_then(|text| Rules::parse(&text));
        self.rules = rules.unwrap_or_else(|why| {
            self.faults.push(ManagedFault { path: path.join(NAME), why, demands_lockdown: false });
            Rules::STRICTEST
        });
    }

    fn read_profiles(&mut self, path: &Path, owner: Owner) {
        let fault = |path: PathBuf, why: String| ManagedFault { path, why, demands_lockdown: true };
        let found = Folder::open(path, owner).and_then(|folder| Ok((folder.names()?, folder)));
        let (names, folder) = match found {
            Err(Untrusted::System(error)) if error.kind() == ErrorKind::NotFound => return,
            Err(why) => return self.faults.push(fault(path.to_owned(), why.to_string())),
            Ok(found) => found,
        };
        let names = names.into_iter().filter(|name| {
            Path::new(name).extension() == Some(OsStr::new("toml"))
                && !name.as_encoded_bytes().starts_with(b".")
        });
        for (at, name) in names.enumerate() {
            let path = path.join(&name);
            let text = match name.to_str() {
                _ if at >= MOST => {
                    return self.faults.push(fault(path, format!("there are more than {MOST} files")));
                }
                Some(name) => folder.read(name).map(|text| (name, text)),
                None => Err(Untrusted::Name),
            };
            match text.map_err(|why| fault(path.clone(), why.to_string())) {
                Ok((name, text)) => match ManagedProfile::parse(name.trim_end_matches(".toml"), &text) {
                    Ok(profile) => self.profiles.push(profile),
                    Err((why, demand)) => {
                        self.faults.push(ManagedFault { path, why, demands_lockdown: demand.is_possible() })
                    }
                },
                Err(fault) => self.faults.push(fault),
            }
        }
    }
}
