//! A profile as the text of its file: TOML, with whatever else stands in it left alone.

use culvert_model::{Profile, Unusable};
use serde::{Deserialize, Serialize};
use toml_edit::{Document, DocumentMut, Item, Table, TomlError, de, ser};

use crate::{Autostart, Extras, PasswordMode, SavedProfile};

/// Why a text is no profile.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// It is no TOML.
    #[error("it is no TOML: {0}")]
    Syntax(#[from] TomlError),
    /// A field is missing, or has a value of another kind.
    #[error("{place}{what}")]
    Value {
        /// `line 3, port: `, where that is known.
        place: String,
        /// What is wrong with it.
        what: String,
    },
    /// A field has a value that it can't have.
    #[error(transparent)]
    Unusable(#[from] Unusable),
    /// There is more text than anybody remembers.
    #[error("the notes are longer than {} bytes", SavedProfile::LONGEST_NOTES)]
    Notes,
}

/// The keys beside those of the profile itself.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Around {
    password: PasswordMode,
    autostart: Autostart,
    notes: String,
    extras: Extras,
}

/// The profile in a file's text. Keys that nobody knows are passed over.
///
/// # Errors
/// What is wrong with the text, with the line where that is known.
pub fn parse(text: &str) -> Result<SavedProfile, DocumentError> {
    let mut document: DocumentMut = text.parse()?;
    document.retain(|key, _| keys().any(|known| known == key));
    let value = |error| value_error(text, &error);
    let Around { password, autostart, notes, extras } = de::from_document(document.clone()).map_err(value)?;
    AROUND.iter().for_each(|key| drop(document.remove(key)));
    let profile: Profile = de::from_document(document).map_err(value)?;
    profile.check()?;
    if notes.len() > SavedProfile::LONGEST_NOTES {
        return Err(DocumentError::Notes);
    }
    Ok(SavedProfile { profile, password, autostart, notes, extras })
}

/// What is wrong, and where. A document that is changed no longer knows its lines: the text does.
fn value_error(text: &str, error: &de::Error) -> DocumentError {
    let what = error.message().to_owned();
    let place = place(text).unwrap_or_default();
    DocumentError::Value { place, what }
}

/// Where the first value stands that no profile can have.
fn place(text: &str) -> Option<String> {
    let whole = Document::parse(text).ok()?;
    let is_wrong = |key: &str, item: &Item| {
        let mut alone: DocumentMut = "server = 'h'\nusername = 'u'".parse().unwrap_or_default();
        alone.insert(key, item.clone());
        if AROUND.contains(&key) {
            de::from_document::<Around>(alone).is_err()
        } else {
            keys().any(|known| known == key) && de::from_document::<Profile>(alone).is_err()
        }
    };
    let (key, item) = whole.iter().find(|(key, item)| is_wrong(key, item))?;
    let line = text.get(..item.span()?.start)?.lines().count().max(1);
    Some(format!("line {line}, {key}: "))
}

/// The text of a file that says `saved`, and still says everything in `old` that it does not know. What is as by default
/// is not written, unless it stood there before.
pub(crate) fn write(saved: &SavedProfile, old: Option<&str>) -> Result<String, ser::Error> {
    let mut document: DocumentMut = old.and_then(|text| text.parse().ok()).unwrap_or_default();
    let usual = fields(&SavedProfile::new(Profile::new(saved.profile.server.clone(), "")))?;
    let wanted = fields(saved)?;
    for key in keys() {
        match (wanted.get(key), document.get_mut(key)) {
            (None, _) => drop(document.remove(key)),
            (Some(value), Some(item)) => replace(item, value.clone()),
            (Some(value), None) if is_same(value, usual.get(key)) && key != "server" => {}
            (Some(value), None) => drop(document.insert(key, value.clone())),
        }
    }
    Ok(document.to_string())
}

/// Puts `value` in the place of `item`, whose comments stay.
fn replace(item: &mut Item, value: Item) {
    let decor = item.as_value().map(|old| old.decor().clone());
    *item = value;
    if let (Some(decor), Some(new)) = (decor, item.as_value_mut()) {
        *new.decor_mut() = decor;
    }
}

fn is_same(value: &Item, usual: Option<&Item>) -> bool {
    usual.is_some_and(|usual| usual.to_string() == value.to_string())
}

/// Every field with its value.
fn fields(saved: &SavedProfile) -> Result<Table, ser::Error> {
    let SavedProfile { profile, password, autostart, notes, extras } = saved.clone();
    let profile = ser::to_document(&profile)?;
    let around = ser::to_document(&Around { password, autostart, notes, extras })?;
    let fields = profile.as_table().iter().chain(around.as_table().iter());
    // On one line, where a person finds it beside the others.
    let inline = |(key, item): (&str, &Item)| match item.clone().into_value() {
        Ok(value) if key != "extras" => (key.to_owned(), Item::Value(value)),
        _ => (key.to_owned(), item.clone()),
    };
    Ok(fields.map(inline).collect())
}

/// Whether this is a key of a profile.
pub(crate) fn is_known(key: &str) -> bool {
    keys().any(|known| known == key)
}

fn keys() -> impl Iterator<Item = &'static str> {
    PROFILE.into_iter().chain(AROUND)
}

/// The keys of a [`Profile`].
const PROFILE: [&str; 20] = [
    "name",
    "server",
    "further_servers",
    "port",
    "username",
    "domain",
    "encryption",
    "auth",
    "stateful",
    "mtu",
    "keepalive",
    "traffic",
    "dns",
    "search_domains",
    "ipv6",
    "lan",
    "guard",
    "reconnect",
    "through_other_vpn",
    "gateway",
];
/// The keys beside those.
const AROUND: [&str; 4] = ["password", "autostart", "notes", "extras"];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use culvert_model::{AuthMethod, AuthMethods, Dns, Encryption, Ipv6, Keepalive, Mtu, Traffic};

    use super::*;

    fn office() -> SavedProfile {
        SavedProfile::new(Profile::new("vpn.example.com".parse().unwrap(), "alice"))
    }

    /// Everything other than by default.
    fn unusual() -> SavedProfile {
        let traffic = Traffic::Only { routes: vec!["10.20.0.0/16".parse().unwrap()], classful: true };
        let profile = Profile {
            name: "Büro \"Süd\" #2".to_owned(),
            further_servers: vec!["192.0.2.9".parse().unwrap()],
            port: 1724,
            domain: Some("CORP".to_owned()),
            encryption: Encryption::Preferred,
            auth: AuthMethods::new(AuthMethod::ALL),
            stateful: true,
            mtu: Mtu::Bytes(1300),
            keepalive: Keepalive::Seconds(45),
            traffic,
            dns: Dns::Servers(vec![[10, 0, 0, 53].into()]),
            search_domains: vec!["corp.example".to_owned()],
            ipv6: Ipv6::Leave,
            lan: true,
            guard: false,
            reconnect: false,
            through_other_vpn: true,
            ..office().profile
        };
        let keys = [("unit".to_owned(), "3\n\u{7}".to_owned())];
        SavedProfile {
            profile,
            password: PasswordMode::Ask,
            autostart: Autostart::Login,
            notes: "Ask Bob\nor 'Carol'".to_owned(),
            extras: [("networkmanager".to_owned(), keys.into())].into(),
        }
    }

    #[test]
    fn a_new_file_says_only_what_is_unusual() {
        let text = write(&office(), None).unwrap();
        assert_eq!(text, "server = \"vpn.example.com\"\nusername = \"alice\"\n");
        assert_eq!(parse(&text).unwrap(), office());
        let text = write(&unusual(), None).unwrap();
        assert_eq!(parse(&text).unwrap(), unusual(), "{text}");
    }

    #[test]
    fn what_nobody_knows_stays() {
        let old = "# mine\nserver = \"old.example\" # was new once\nusername = \"alice\"\nport = 1723\n\n\
                   later = [1, 2]\n[future]\nx = { y = 1 }\n";
        let text = write(&office(), Some(old)).unwrap();
        let expected = old.replace("old.example", "vpn.example.com");
        assert_eq!(text, expected);
        assert_eq!(parse(&text).unwrap(), office());
        let text = write(&unusual(), Some(&text)).unwrap();
        assert_eq!(parse(&text).unwrap(), unusual(), "{text}");
        for kept in ["# mine\n", " # was new once\n", "later = [1, 2]\n", "[future]\nx = { y = 1 }\n"] {
            assert!(text.contains(kept), "{kept} in {text}");
        }
        let text = write(&office(), Some(&text)).unwrap();
        assert_eq!(parse(&text).unwrap(), office(), "{text}");
    }

    /// Whoever adds a field adds its key here, or it would be lost.
    #[test]
    fn every_field_has_its_key() {
        let mut whole = unusual();
        whole.profile.gateway = Some("eth1".to_owned());
        let keys: BTreeSet<_> = fields(&whole).unwrap().iter().map(|(key, _)| key.to_owned()).collect();
        assert_eq!(keys, self::keys().map(str::to_owned).collect());
    }

    #[test]
    fn what_can_not_be_is_named() {
        let said = |text: &str| parse(text).unwrap_err().to_string();
        assert!(said("server = ").contains("line 1"));
        assert!(said("server = 'a'").contains("username"));
        assert!(said("server = 'a b'\nusername = 'alice'").contains("character"));
        assert!(said("server = 'a'\nusername = 'alice'\nport = 0").contains("port"));
        assert!(said("server = 'a'\nusername = 'alice'\n\nport = 'x'").contains("line 4, port: "));
        assert!(
            said("server = 'a'\nx = 1\nautostart = 'x'\nusername = 'alice'").contains("line 3, autostart: ")
        );
        assert!(!said("server = 'a'\nusername = 7").contains('\n'));
        assert!(said("server = 'a'\nusername = 'alice'\ngateway = 'eth0'").contains("gateway"));
        let notes = "x".repeat(SavedProfile::LONGEST_NOTES + 1);
        assert!(said(&format!("server = 'a'\nusername = 'alice'\nnotes = '{notes}'")).contains("notes"));
    }
}
