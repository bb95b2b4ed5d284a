//! What there is.

use std::path::PathBuf;

use culvert_model::{AuthMethod, Dns, Encryption, Host, Ipv6, Keepalive, Mtu, PPTP_PORT, Profile, Traffic};
use culvert_profiles::{Autostart, Listed, PasswordMode, SavedProfile, Store, Unreadable};
use serde::Serialize;

use super::{pick, trouble};
use crate::Exit;
use crate::screen::Screen;
use culvert_words::Word;

/// A profile for a script: its file, and what stands there.
#[derive(Serialize)]
pub(super) struct Shown<'a> {
    id: &'a str,
    display_name: &'a str,
    password: PasswordMode,
    autostart: Autostart,
    notes: &'a str,
    is_weaker: bool,
    #[serde(flatten)]
    profile: &'a Profile,
}

impl<'a> Shown<'a> {
    pub(super) fn new(listed: &'a Listed) -> Self {
        let saved = &listed.saved;
        Self {
            id: listed.id.as_str(),
            display_name: saved.profile.display_name(),
            password: saved.password,
            autostart: saved.autostart,
            notes: &saved.notes,
            is_weaker: saved.profile.is_weaker(),
            profile: &saved.profile,
        }
    }
}

#[derive(Serialize)]
struct List<'a> {
    profiles: Vec<Shown<'a>>,
    unreadable: Vec<Broken>,
}

#[derive(Serialize)]
struct Broken {
    path: PathBuf,
    why: String,
}

/// Lists every profile, and the files that hold none.
pub(super) fn list(store: &Store, is_json: bool, screen: &Screen) -> Result<Exit, Exit> {
    let (profiles, unreadable) = store.list().map_err(|error| trouble(&error, screen))?;
    if is_json {
        let broken = |Unreadable { path, why }| Broken { path, why: why.to_string() };
        let unreadable = unreadable.into_iter().map(broken).collect();
        screen.json(&List { profiles: profiles.iter().map(Shown::new).collect(), unreadable });
        return Ok(Exit::Done);
    }
    if profiles.is_empty() {
        screen.say(Word::ProfilesNone, &[]);
    }
    let width = profiles.iter().map(|listed| listed.saved.profile.display_name().chars().count()).max();
    let width = width.unwrap_or_default().min(40);
    for Listed { saved, .. } in &profiles {
        let profile = &saved.profile;
        let (name, who) = (profile.display_name(), who(profile));
        let weak =
            if profile.is_weaker() { screen.words.say(Word::ProfileWeaker, &[]) } else { String::new() };
        screen.result(format!("{name:width$}  {who}  {weak}").trim_end());
    }
    warn(&unreadable, screen);
    Ok(Exit::Done)
}

/// Names the files that hold no profile.
pub(super) fn warn(unreadable: &[Unreadable], screen: &Screen) {
    for Unreadable { why, .. } in unreadable {
        screen.say(Word::ProfileUnreadable, &[("reason", &why.to_string())]);
    }
}

/// Shows everything that a profile says.
pub(super) fn show(store: &Store, name: &str, is_json: bool, screen: &Screen) -> Result<Exit, Exit> {
    let listed = pick(store, name, screen)?;
    if is_json {
        screen.json(&Shown::new(&listed));
        return Ok(Exit::Done);
    }
    describe(&listed, screen);
    Ok(Exit::Done)
}

/// What a profile says, a line each.
pub(super) fn describe(listed: &Listed, screen: &Screen) {
    let saved = &listed.saved;
    screen.result(saved.profile.display_name());
    for (key, value) in lines(&listed.saved) {
        screen.result(&format!("  {key:<17}{value}"));
    }
    for weakness in saved.profile.weaknesses() {
        screen.say(Word::from(weakness), &[]);
    }
}

/// The names and values of what a profile says, but for what is usual and hardly ever asked for.
fn lines(saved: &SavedProfile) -> Vec<(&'static str, String)> {
    let profile = &saved.profile;
    let methods: Vec<_> = profile.auth.iter().map(AuthMethod::name).collect();
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let mut lines = vec![
        ("server", server(profile)),
        ("user", profile.login_name()),
        ("password", password(saved.password).to_owned()),
        ("encryption", encryption(profile).to_owned()),
        ("login", methods.join(", ")),
        ("traffic", traffic(&profile.traffic)),
        ("names", dns(&profile.dns)),
        ("guard", yes(profile.guard)),
        ("local network", yes(profile.lan)),
        ("IPv6", if profile.ipv6 == Ipv6::Leave { "goes past the connection" } else { "blocked" }.to_owned()),
        ("dials again", yes(profile.reconnect)),
    ];
    let further: Vec<_> = profile.further_servers.iter().map(Host::as_str).collect();
    let unusual = [
        ("further servers", further.join(", ")),
        ("search domains", profile.search_domains.join(", ")),
        (
            "largest packet",
            if let Mtu::Bytes(bytes) = profile.mtu { format!("{bytes} bytes") } else { String::new() },
        ),
        (
            "asks after",
            if let Keepalive::Seconds(seconds) = profile.keepalive {
                format!("{seconds} s")
            } else {
                String::new()
            },
        ),
        ("other VPN", if profile.through_other_vpn { "runs through it" } else { "" }.to_owned()),
        ("by itself", if saved.autostart == Autostart::Login { "when you log in" } else { "" }.to_owned()),
        // They can come from a stranger's file, and a terminal obeys some characters.
        ("notes", saved.notes.replace(char::is_control, " ")),
    ];
    lines.extend(unusual.into_iter().filter(|(_, value)| !value.is_empty()));
    lines
}

const fn password(mode: PasswordMode) -> &'static str {
    match mode {
        PasswordMode::Keyring => "in the keyring",
        PasswordMode::Session => "asked for once, until you log out",
        PasswordMode::Ask => "asked for each time",
    }
}

const fn encryption(profile: &Profile) -> &'static str {
    match (profile.encryption, profile.stateful) {
        (Encryption::Required128, false) => "128 bits, required",
        (Encryption::Required128, true) => "128 bits, required, stateful",
        (Encryption::Required, false) => "any, required",
        (Encryption::Required, true) => "any, required, stateful",
        (Encryption::Preferred, _) => "if the server has it",
        (Encryption::None, _) => "none",
    }
}

fn traffic(traffic: &Traffic) -> String {
    let Traffic::Only { routes, classful } = traffic else { return "everything".to_owned() };
    let own = classful.then(|| "the network of the address that the server gives".to_owned());
    let all: Vec<_> = routes.iter().map(ToString::to_string).chain(own).collect();
    format!("only {}", all.join(", "))
}

fn dns(dns: &Dns) -> String {
    match dns {
        Dns::FromServer => "the server's name servers".to_owned(),
        Dns::Leave => "looked up as without the connection".to_owned(),
        Dns::Servers(servers) => servers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}

/// As whom, and where to.
fn who(profile: &Profile) -> String {
    format!("{} at {}", profile.login_name(), server(profile))
}

/// Where to.
fn server(profile: &Profile) -> String {
    let host = profile.server.as_str();
    if profile.port == PPTP_PORT { host.to_owned() } else { format!("{host}:{}", profile.port) }
}
