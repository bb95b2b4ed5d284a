//! Writes connections as other programs read them, and as our own `.culvert` file.
//!
//! An [`import`](crate::import) of what is written gives the same connection, but for the fields that are told as
//! [`Lost`]. No password is written unless it is handed in.

mod network_manager;
mod own;
mod phonebook;
mod powershell;
mod pppd;
mod routeros;
mod uci;

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use culvert_model::{Profile, Secret, Traffic};
use zeroize::Zeroizing;

use crate::{Format, SavedProfile, sealed};

/// A connection to write.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// What is kept of it.
    pub saved: &'a SavedProfile,
    /// Its password, where it is to be written too.
    pub password: Option<&'a Secret>,
}

/// What was written.
#[derive(Default)]
pub struct Exported {
    /// The files.
    pub files: Vec<ExportedFile>,
    /// What the format can't hold.
    pub lost: Vec<Lost>,
}

/// One file.
pub struct ExportedFile {
    /// How it would be called.
    pub name: String,
    /// What stands in it. It may be a password.
    pub text: Zeroizing<String>,
}

/// A field that is other than by default, and that the format can't hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// What the connection is called.
    pub profile: String,
    /// The field's key, as in our own files; also `routes`, `classful` and `unclassful` of `traffic`, and `secret`
    /// for a password that was to be written.
    pub field: &'static str,
}

/// What no other program's format has a place for.
const OURS_ALONE: [&str; 8] =
    ["further_servers", "port", "ipv6", "lan", "guard", "through_other_vpn", "autostart", "notes"];

/// Writes these connections in this format.
///
/// # Panics
/// Where the format is only read: see [`Format::WRITTEN`].
pub fn write(format: Format, entries: &[Entry<'_>]) -> Exported {
    assert!(Format::WRITTEN.contains(&format), "{format:?} is only read");
    let mut exported = Exported::default();
    if format == Format::Culvert {
        exported.files.extend(own::write(entries));
        return exported;
    }
    for entry in entries {
        exported.lose(entry, &OURS_ALONE);
        match format {
            Format::NetworkManager => network_manager::write(entry, &mut exported),
            Format::Phonebook => phonebook::write(entry, &mut exported),
            Format::PowerShell => powershell::write(entry, &mut exported),
            Format::Pppd => pppd::write(entry, &mut exported),
            Format::RouterOs => routeros::write(entry, &mut exported),
            Format::Uci => uci::write(entry, &mut exported),
            Format::Culvert | Format::ConnMan | Format::Mail | Format::MobileConfig | Format::Netplan => {}
        }
    }
    exported
}

impl Exported {
    /// Closes every file with a passphrase, in the format of age: only with it they can be read again.
    ///
    /// # Errors
    /// Where the system has no randomness.
    pub fn encrypt(&mut self, passphrase: &Secret) -> io::Result<()> {
        for file in &mut self.files {
            file.text = Zeroizing::new(sealed::seal(&file.text, passphrase)?);
        }
        Ok(())
    }

    /// Keeps the files in this directory, readable by their user alone. Either all of them or none take the place of
    /// nothing: a file that is there already is left alone.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`], or why one can't be written. None of the files is there then.
    pub fn keep(&self, directory: &Path) -> io::Result<()> {
        let paths: Vec<_> = self.files.iter().map(|file| directory.join(&file.name)).collect();
        let mut kept = Vec::new();
        for (file, path) in self.files.iter().zip(&paths) {
            match keep(directory, path, file.text.as_bytes()) {
                Ok(()) => kept.push(path),
                Err(error) => {
                    // It was ours a moment ago.
                    kept.into_iter().for_each(|path| drop(fs::remove_file(path)));
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// How a file with this ending is called for the entry, if its name were a word that no other file has.
    fn stem(&self, entry: &Entry<'_>, ending: &str) -> String {
        let wanted = file_stem(entry.saved.profile.display_name());
        let is_taken = |stem: &String| {
            let name = format!("{stem}{ending}");
            self.files.iter().any(|file| file.name.to_lowercase() == name.to_lowercase())
        };
        let mut stem = wanted.clone();
        for number in 2.. {
            if !is_taken(&stem) {
                break;
            }
            stem = format!("{wanted}-{number}");
        }
        stem
    }

    fn push(&mut self, name: String, text: String) {
        self.files.push(ExportedFile { name, text: Zeroizing::new(text) });
    }

    /// Tells that the format has no place for a password.
    fn lose_password(&mut self, entry: &Entry<'_>) {
        let name = entry.saved.profile.display_name();
        self.lost.push(Lost { profile: name.to_owned(), field: "secret" });
    }

    /// Tells that `entry` has these fields, which the format can't hold, where they are other than by default.
    fn lose(&mut self, entry: &Entry<'_>, fields: &[&'static str]) {
        let profile = &entry.saved.profile;
        let lost = fields.iter().filter(|field| is_unusual(entry.saved, field));
        let name = profile.display_name();
        self.lost.extend(lost.map(|field| Lost { profile: name.to_owned(), field }));
    }
}

fn keep(directory: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {
            let what = format!("{} is there already", path.display());
            Err(io::Error::new(ErrorKind::AlreadyExists, what))
        }
        Err(error) => Err(error.error),
    }
}

/// Whether the field is other than in a new profile.
fn is_unusual(saved: &SavedProfile, field: &str) -> bool {
    let Profile { server, username, .. } = &saved.profile;
    let usual = SavedProfile::new(Profile::new(server.clone(), username.clone()));
    let (a, b) = (&saved.profile, &usual.profile);
    match field {
        "further_servers" => a.further_servers != b.further_servers,
        "port" => a.port != b.port,
        "domain" => a.domain != b.domain,
        "name" | "username" => true,
        "encryption" => a.encryption != b.encryption,
        "auth" => a.auth != b.auth,
        "stateful" => a.stateful != b.stateful,
        "mtu" => a.mtu != b.mtu,
        "keepalive" => a.keepalive != b.keepalive,
        "traffic" => a.traffic != b.traffic,
        "routes" => matches!(&a.traffic, Traffic::Only { routes, .. } if !routes.is_empty()),
        // Beside networks that are named; alone it is what is left of a tunnel for some traffic.
        "classful" => matches!(&a.traffic, Traffic::Only { routes, classful: true } if !routes.is_empty()),
        "unclassful" => matches!(&a.traffic, Traffic::Only { classful: false, .. }),
        "dns" => a.dns != b.dns,
        "search_domains" => a.search_domains != b.search_domains,
        "ipv6" => a.ipv6 != b.ipv6,
        "lan" => a.lan != b.lan,
        "guard" => a.guard != b.guard,
        "reconnect" => a.reconnect != b.reconnect,
        "through_other_vpn" => a.through_other_vpn != b.through_other_vpn,
        "password" => saved.password != usual.password,
        "autostart" => saved.autostart != usual.autostart,
        "notes" => saved.notes != usual.notes,
        _ => false,
    }
}

/// What an import from this format brought that means nothing here, under keys that are nothing but words.
fn kept<'a>(entry: &Entry<'a>, format: Format) -> impl Iterator<Item = (&'a str, &'a str)> {
    let is_word = |key: &str| key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    let extras = entry.saved.extras.get(format.as_str()).into_iter().flatten();
    extras.map(|(key, value)| (key.as_str(), value.as_str())).filter(move |(key, _)| is_word(key))
}

/// A name for a file: letters, digits, `-` and `_`.
fn file_stem(name: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' };
    let stem: String = name.chars().take(60).map(plain).collect();
    let stem = stem.trim_matches('-');
    if stem.is_empty() { "profile".to_owned() } else { stem.to_owned() }
}
