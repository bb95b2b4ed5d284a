//! One managed profile.

use culvert_model::Profile;
use serde::Deserialize;
use toml::{Table, Value};

use super::folder::is_plain;
use super::password::PasswordSource;
use crate::request::check_profile;

/// The table about a managed profile.
const TABLE: &str = "managed";
/// The longest name of a network interface, in bytes (`IFNAMSIZ`, without its zero).
const LONGEST_INTERFACE: usize = 15;

/// A profile that an administrator installed for everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedProfile {
    /// Its file's name without `.toml`.
    pub id: String,
    /// To where and how.
    pub profile: Profile,
    /// When it is connected.
    pub connect: Connect,
    /// Whether nothing may leave but through a tunnel, also while there is none.
    pub lockdown: bool,
    pub(super) password: Option<PasswordSource>,
}

/// When a managed profile is connected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Connect {
    /// From the start of the computer; users can't disconnect it.
    Boot,
    /// When somebody asks for it.
    #[default]
    Manual,
}

/// Whether a file that can't be used demands lockdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// It says no, or nothing about it.
    No,
    /// It says yes.
    Yes,
    /// What it says can't be told.
    Unknown,
}

impl Demand {
    /// Whether it is to be taken for a yes.
    pub const fn is_possible(self) -> bool {
        !matches!(self, Self::No)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[derive(Default)]
struct About {
    connect: Connect,
    lockdown: bool,
    gateway: Option<String>,
    password_file: Option<String>,
    password_credential: Option<String>,
}

impl ManagedProfile {
    /// The profile in a file's text, or what is wrong with it and whether it demands lockdown in spite of that.
    pub(super) fn parse(id: &str, text: &str) -> Result<Self, (String, Demand)> {
        let table: Table =
            text.parse().map_err(|error: toml::de::Error| (error.to_string(), Demand::Unknown))?;
        let demand = demand(&table);
        Self::from_table(id, table).map_err(|why| (why, demand))
    }

    fn from_table(id: &str, mut table: Table) -> Result<Self, String> {
        if !is_plain(id) {
            return Err("its name has characters that it must not have".to_owned());
        }
        let about = table.remove(TABLE).unwrap_or_else(|| Value::Table(Table::new()));
        let About { connect, lockdown, gateway, password_file, password_credential } =
            about.try_into().map_err(|error| format!("in the table {TABLE}: {error}"))?;
        let mut profile: Profile = table.try_into().map_err(|error| error.to_string())?;
        check_profile(&profile).map_err(|refusal| refusal.to_string())?;
        if gateway.as_deref().is_some_and(|name| !is_interface(name)) {
            return Err("gateway: that is no name of a network interface".to_owned());
        }
        if gateway.is_some() && !profile.guard {
            return Err("gateway takes the guard: without it, devices would go around the tunnel".to_owned());
        }
        profile.gateway = gateway;
        let password = PasswordSource::new(password_file, password_credential)?;
        if connect == Connect::Boot && password.is_none() {
            return Err("connect = \"boot\" takes a password-file or a password-credential".to_owned());
        }
        Ok(Self { id: id.to_owned(), profile, connect, lockdown, password })
    }
}

fn demand(table: &Table) -> Demand {
    match table.get(TABLE).map(|about| about.get("lockdown")) {
        Some(Some(Value::Boolean(false))) | Some(None) | None => Demand::No,
        Some(Some(Value::Boolean(true))) => Demand::Yes,
        Some(Some(_)) => Demand::Unknown,
    }
}

fn is_interface(name: &str) -> bool {
    let is_fine = |c: char| c.is_ascii_graphic() && !matches!(c, '/' | ':' | '%');
    !name.is_empty()
        && name.len() <= LONGEST_INTERFACE
        && name.chars().all(is_fine)
        && !matches!(name, "." | ".." | "lo")
        && !name.starts_with("culvert")
}
