//! What is kept of one connection.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use culvert_model::Profile;
use serde::{Deserialize, Serialize};

use crate::Format;
use crate::import::phonebook::LINES;

/// Keys of a foreign format that mean nothing here and go back where they came from: by format, then by key.
pub type Extras = BTreeMap<String, BTreeMap<String, String>>;

/// A profile as its user keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedProfile {
    /// To what and how.
    pub profile: Profile,
    /// Where the password comes from. Default: from the keyring.
    pub password: PasswordMode,
    /// When it is connected without being asked for. Default: never.
    pub autostart: Autostart,
    /// What the person wants to remember of it; any text up to [`SavedProfile::LONGEST_NOTES`].
    pub notes: String,
    /// What an import brought that only an export needs.
    pub extras: Extras,
}

/// Where the password of a profile comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PasswordMode {
    /// From the system's keyring, under the profile's [`ProfileId`].
    #[default]
    Keyring,
    /// From the person, once, and then from the part of the keyring that is forgotten with the session.
    Session,
    /// From the person, each time.
    Ask,
}

/// When a profile is connected without being asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Autostart {
    /// Never.
    #[default]
    Off,
    /// When its user logs in.
    Login,
}

impl SavedProfile {
    /// The longest notes, in bytes.
    pub const LONGEST_NOTES: usize = 16 << 10;

    /// With every default.
    pub fn new(profile: Profile) -> Self {
        Self {
            profile,
            password: PasswordMode::default(),
            autostart: Autostart::default(),
            notes: String::new(),
            extras: Extras::new(),
        }
    }
}

impl SavedProfile {
    /// A second connection that says the same. NetworkManager and Windows tell connections apart by a number: this one
    /// gets another, or an export of it would take the place of the first one there.
    #[must_use]
    pub fn copy(&self) -> Self {
        let mut copy = self.clone();
        if let Some(kept) = copy.extras.get_mut(Format::NetworkManager.as_str()) {
            kept.remove("connection.uuid");
        }
        let lines = copy.extras.get_mut(Format::Phonebook.as_str()).and_then(|kept| kept.get_mut(LINES));
        if let Some(lines) = lines {
            let own: Vec<_> = lines.lines().filter(|line| !line.starts_with("Guid=")).collect();
            *lines = own.join("\n");
        }
        copy
    }
}

/// Names one profile for as long as it exists, whatever people call it: its file, and its password in the keyring. No
/// second profile ever gets it, so that no server is sent the password of another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProfileId(String);

/// The longest readable part, in characters.
const LONGEST_STEM: usize = 40;
/// The longest id, in bytes.
const LONGEST: usize = 128;

impl ProfileId {
    /// A new id that begins like `name`, so that a person finds the file.
    ///
    /// # Errors
    /// Where the system has no randomness to give.
    pub(crate) fn for_name(name: &str) -> Result<Self, getrandom::Error> {
        let mut stem = String::new();
        for c in name.chars().flat_map(char::to_lowercase) {
            if c.is_ascii_alphanumeric() {
                stem.push(c);
            } else if !stem.is_empty() && !stem.ends_with('-') {
                stem.push('-');
            }
            if stem.len() >= LONGEST_STEM {
                break;
            }
        }
        let stem = stem.trim_end_matches('-');
        let stem = if stem.is_empty() { "profile" } else { stem };
        Ok(Self(format!("{stem}-{:08x}", getrandom::u32()?)))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that is no [`ProfileId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a profile's file name has letters, digits, '-', '_' and '.' alone, and begins with none of '.' and '-'"
)]
pub struct NoProfileId;

impl FromStr for ProfileId {
    type Err = NoProfileId;

    fn from_str(text: &str) -> Result<Self, NoProfileId> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let is_fine = (1..=LONGEST).contains(&text.len())
            && !text.starts_with(['.', '-'])
            && text.chars().all(is_plain);
        if is_fine { Ok(Self(text.to_owned())) } else { Err(NoProfileId) }
    }
}

impl fmt::Display for ProfileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_begins_like_the_name_and_is_a_file_name() {
        for (name, stem) in [
            ("Office", "office-"),
            ("  Büro / München #2", "b-ro-m-nchen-2-"),
            ("../../etc/passwd", "etc-passwd-"),
            ("会社", "profile-"),
            ("", "profile-"),
            (&"x".repeat(500), &"x".repeat(40)),
        ] {
            let id = ProfileId::for_name(name).unwrap();
            assert!(id.as_str().starts_with(stem), "{name}: {id}");
            assert_eq!(id.as_str().parse(), Ok(id));
        }
        assert_ne!(ProfileId::for_name("Office"), ProfileId::for_name("Office"));
    }

    #[test]
    fn no_id_leads_out_of_the_directory() {
        for text in ["", ".", "..", ".x", "-x", "a/b", "a\\b", "a b", "a\0", "ä", &"x".repeat(129)] {
            assert_eq!(text.parse::<ProfileId>(), Err(NoProfileId), "{text}");
        }
    }
}
