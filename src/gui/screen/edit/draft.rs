//! A connection while it is being changed: what is typed, what is chosen, and what of it can't be.

use std::collections::BTreeMap;

use culvert_model::{
    AuthMethod, AuthMethods, Dns, Encryption, Ipv6, Keepalive, Mtu, PPTP_PORT, Profile, Traffic, Unusable,
    Weakness,
};
use culvert_profiles::typed::{self, TypedError};
use culvert_profiles::{PasswordMode, SavedProfile};

/// What can be folded away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fold {
    Login,
    Encryption,
    Network,
    Reconnect,
    Advanced,
}

/// What has a default, and can go back to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Login,
    Encryption,
    Stateful,
    Traffic,
    Lan,
    Dns,
    Domains,
    Ipv6,
    Reconnect,
    Guard,
    Keepalive,
    Servers,
    Mtu,
    Through,
    Notes,
}

/// What is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Line {
    Name,
    Server,
    User,
    Networks,
    NameServers,
    Domains,
    Keepalive,
    Servers,
    Mtu,
}

/// What is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Password(PasswordMode),
    Method(AuthMethod),
    Encryption(Encryption),
    Stateful,
    AllTraffic,
    OnlyNetworks,
    Classful,
    Lan,
    ServersNames,
    OwnNames,
    LeaveNames,
    Ipv6,
    Reconnect,
    Guard,
    Through,
}

/// Why something can't be kept as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    Typed(TypedError),
    Field(Unusable),
    /// Encryption is required, and no login gives keys for it.
    Keys,
}

/// A connection while it is being changed. What nobody touches stays as it was.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) saved: SavedProfile,
    texts: BTreeMap<Line, String>,
    wrong: BTreeMap<Line, TypedError>,
    pub(crate) notes_wrong: Option<TypedError>,
}

impl Fold {
    pub(crate) const ALL: [Self; 5] =
        [Self::Login, Self::Encryption, Self::Network, Self::Reconnect, Self::Advanced];

    /// Where a weakness is chosen.
    pub(crate) const fn of(weakness: Weakness) -> Self {
        Field::of(weakness).fold()
    }
}

impl Field {
    pub(crate) const ALL: [Self; 15] = [
        Self::Login,
        Self::Encryption,
        Self::Stateful,
        Self::Traffic,
        Self::Lan,
        Self::Dns,
        Self::Domains,
        Self::Ipv6,
        Self::Reconnect,
        Self::Guard,
        Self::Keepalive,
        Self::Servers,
        Self::Mtu,
        Self::Through,
        Self::Notes,
    ];

    pub(crate) const fn fold(self) -> Fold {
        match self {
            Self::Login => Fold::Login,
            Self::Encryption | Self::Stateful => Fold::Encryption,
            Self::Traffic | Self::Lan | Self::Dns | Self::Domains | Self::Ipv6 => Fold::Network,
            Self::Reconnect | Self::Guard | Self::Keepalive => Fold::Reconnect,
            Self::Servers | Self::Mtu | Self::Through | Self::Notes => Fold::Advanced,
        }
    }

    /// What asks for this weakness.
    pub(crate) const fn of(weakness: Weakness) -> Self {
        match weakness {
            Weakness::FewBits | Weakness::EncryptionOptional | Weakness::NoEncryption => Self::Encryption,
            Weakness::Stateful => Self::Stateful,
            Weakness::MsChapV1 | Weakness::ChapMd5 | Weakness::Pap => Self::Login,
            Weakness::NoGuard => Self::Guard,
            Weakness::Lan => Self::Lan,
            Weakness::Ipv6 => Self::Ipv6,
            Weakness::Dns => Self::Dns,
        }
    }

    fn copy(self, from: &SavedProfile, to: &mut SavedProfile) {
        let (one, other) = (&from.profile, &mut to.profile);
        match self {
            Self::Login => other.auth.clone_from(&one.auth),
            Self::Encryption => other.encryption = one.encryption,
            Self::Stateful => other.stateful = one.stateful,
            Self::Traffic => other.traffic.clone_from(&one.traffic),
            Self::Lan => other.lan = one.lan,
            Self::Dns => other.dns.clone_from(&one.dns),
            Self::Domains => other.search_domains.clone_from(&one.search_domains),
            Self::Ipv6 => other.ipv6 = one.ipv6,
            Self::Reconnect => other.reconnect = one.reconnect,
            Self::Guard => other.guard = one.guard,
            Self::Keepalive => other.keepalive = one.keepalive,
            Self::Servers => other.further_servers.clone_from(&one.further_servers),
            Self::Mtu => other.mtu = one.mtu,
            Self::Through => other.through_other_vpn = one.through_other_vpn,
            Self::Notes => to.notes.clone_from(&from.notes),
        }
    }

    const fn line(self) -> Option<Line> {
        match self {
            Self::Traffic => Some(Line::Networks),
            Self::Dns => Some(Line::NameServers),
            Self::Domains => Some(Line::Domains),
            Self::Keepalive => Some(Line::Keepalive),
            Self::Servers => Some(Line::Servers),
            Self::Mtu => Some(Line::Mtu),
            _ => None,
        }
    }

    /// What the check of a profile calls it.
    const fn name(self) -> Option<&'static str> {
        match self {
            Self::Login => Some("auth"),
            Self::Traffic => Some("traffic"),
            Self::Dns => Some("dns"),
            Self::Domains => Some("search_domains"),
            Self::Keepalive => Some("keepalive"),
            Self::Servers => Some("further_servers"),
            Self::Mtu => Some("mtu"),
            Self::Through => Some("through_other_vpn"),
            _ => None,
        }
    }
}

impl Line {
    pub(crate) const ALL: [Self; 9] = [
        Self::Name,
        Self::Server,
        Self::User,
        Self::Networks,
        Self::NameServers,
        Self::Domains,
        Self::Keepalive,
        Self::Servers,
        Self::Mtu,
    ];

    /// Where the keys go.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Name => "edit-name",
            Self::Server => "edit-server",
            Self::User => "edit-user",
            Self::Networks => "edit-networks",
            Self::NameServers => "edit-name-servers",
            Self::Domains => "edit-domains",
            Self::Keepalive => "edit-keepalive",
            Self::Servers => "edit-servers",
            Self::Mtu => "edit-mtu",
        }
    }

    pub(crate) const fn fold(self) -> Option<Fold> {
        match self {
            Self::Name | Self::Server | Self::User => None,
            Self::Networks | Self::NameServers | Self::Domains => Some(Fold::Network),
            Self::Keepalive => Some(Fold::Reconnect),
            Self::Servers | Self::Mtu => Some(Fold::Advanced),
        }
    }

    /// The text that says what `saved` says.
    fn read(self, saved: &SavedProfile) -> String {
        let profile = &saved.profile;
        match self {
            Self::Name => profile.name.clone(),
            Self::Server => server_text(profile),
            Self::User => profile.login_name(),
            Self::Networks => match &profile.traffic {
                Traffic::All => String::new(),
                Traffic::Only { routes, .. } => joined(routes),
            },
            Self::NameServers => match &profile.dns {
                Dns::Servers(servers) => joined(servers),
                Dns::FromServer | Dns::Leave => String::new(),
            },
            Self::Domains => joined(&profile.search_domains),
            Self::Keepalive => match profile.keepalive {
                Keepalive::Auto => String::new(),
                Keepalive::Seconds(seconds) => seconds.to_string(),
            },
            Self::Servers => joined(&profile.further_servers),
            Self::Mtu => match profile.mtu {
                Mtu::Auto => String::new(),
                Mtu::Bytes(bytes) => bytes.to_string(),
            },
        }
    }

    /// Tells `saved` what `text` says.
    fn write(self, text: &str, saved: &mut SavedProfile) -> Result<(), TypedError> {
        let profile = &mut saved.profile;
        let number = if text.is_empty() { "auto" } else { text };
        match self {
            Self::Name => profile.name = typed::name(text)?,
            Self::Server => {
                let server = typed::server(text)?;
                (profile.server, profile.port) = (server.host, server.port);
            }
            Self::User => {
                let user = typed::user(text)?;
                (profile.domain, profile.username) = (user.domain, user.name);
            }
            Self::Networks => {
                let said = typed::networks(text)?;
                if let Traffic::Only { routes, .. } = &mut profile.traffic {
                    *routes = said;
                }
            }
            Self::NameServers => {
                let said = typed::name_servers(text)?;
                if let Dns::Servers(servers) = &mut profile.dns {
                    *servers = said;
                }
            }
            Self::Domains => profile.search_domains = typed::search_domains(text)?,
            Self::Keepalive => profile.keepalive = typed::keepalive(number)?,
            Self::Servers => profile.further_servers = typed::further_servers(text)?,
            Self::Mtu => profile.mtu = typed::mtu(number)?,
        }
        Ok(())
    }
}

impl Draft {
    pub(crate) fn new(saved: SavedProfile) -> Self {
        let texts = Line::ALL.into_iter().map(|line| (line, line.read(&saved))).collect();
        Self { saved, texts, wrong: BTreeMap::new(), notes_wrong: None }
    }

    pub(crate) fn text(&self, line: Line) -> &str {
        self.texts.get(&line).map_or("", String::as_str)
    }

    pub(crate) fn write(&mut self, line: Line, text: String) {
        match line.write(text.trim(), &mut self.saved) {
            Ok(()) => drop(self.wrong.remove(&line)),
            Err(error) => drop(self.wrong.insert(line, error)),
        }
        self.texts.insert(line, text);
    }

    pub(crate) fn write_notes(&mut self, text: &str) {
        self.notes_wrong = typed::notes(text).map(|notes| self.saved.notes = notes).err();
    }

    pub(crate) fn choose(&mut self, choice: Choice) {
        let saved = &mut self.saved;
        let profile = &mut saved.profile;
        match choice {
            Choice::Password(mode) => saved.password = mode,
            Choice::Method(method) => {
                let is_new = !profile.auth.allows(method);
                let others = profile.auth.iter().filter(|other| *other != method);
                profile.auth = AuthMethods::new(others.chain(is_new.then_some(method)).collect::<Vec<_>>());
            }
            Choice::Encryption(encryption) => profile.encryption = encryption,
            Choice::Stateful => profile.stateful = !profile.stateful,
            Choice::AllTraffic => profile.traffic = Traffic::All,
            Choice::OnlyNetworks => self.choose_networks(),
            Choice::Classful => {
                if let Traffic::Only { classful, .. } = &mut profile.traffic {
                    *classful = !*classful;
                }
            }
            Choice::Lan => profile.lan = !profile.lan,
            Choice::ServersNames => profile.dns = Dns::FromServer,
            Choice::OwnNames => {
                let text = self.texts.get(&Line::NameServers).map_or("", String::as_str);
                profile.dns = Dns::Servers(typed::name_servers(text).unwrap_or_default());
            }
            Choice::LeaveNames => profile.dns = Dns::Leave,
            Choice::Ipv6 => {
                profile.ipv6 = if profile.ipv6 == Ipv6::Leave { Ipv6::Block } else { Ipv6::Leave };
            }
            Choice::Reconnect => profile.reconnect = !profile.reconnect,
            Choice::Guard => {
                profile.guard = !profile.guard;
                // The guard would block what carries the other one.
                profile.through_other_vpn &= !profile.guard;
            }
            Choice::Through => profile.through_other_vpn = !profile.through_other_vpn,
        }
    }

    /// Without a word about the networks those are meant that Windows would take.
    fn choose_networks(&mut self) {
        if matches!(self.saved.profile.traffic, Traffic::Only { .. }) {
            return;
        }
        let routes = typed::networks(self.text(Line::Networks)).unwrap_or_default();
        let classful = routes.is_empty();
        self.saved.profile.traffic = Traffic::Only { routes, classful };
    }

    /// What would be said if nobody had said anything.
    fn usual(&self) -> SavedProfile {
        SavedProfile::new(Profile::new(self.saved.profile.server.clone(), ""))
    }

    pub(crate) fn is_default(&self, field: Field) -> bool {
        let mut same = self.saved.clone();
        field.copy(&self.usual(), &mut same);
        let is_typed = field.line().is_some_and(|line| self.wrong_text(line).is_some());
        let is_noted = field == Field::Notes && self.notes_wrong.is_some();
        same == self.saved && !is_typed && !is_noted
    }

    pub(crate) fn reset(&mut self, field: Field) {
        field.copy(&self.usual(), &mut self.saved);
        if field == Field::Guard {
            Field::Through.copy(&self.usual(), &mut self.saved);
        }
        if let Some(line) = field.line() {
            self.wrong.remove(&line);
            self.texts.insert(line, line.read(&self.saved));
        }
        if field == Field::Notes {
            self.notes_wrong = None;
        }
    }

    /// How many fields of a fold are not as usual.
    pub(crate) fn changed(&self, fold: Fold) -> usize {
        Field::ALL.into_iter().filter(|field| field.fold() == fold && !self.is_default(*field)).count()
    }

    /// What was typed into `line` and can't be meant, while that is on the screen.
    pub(crate) fn wrong_text(&self, line: Line) -> Option<TypedError> {
        let profile = &self.saved.profile;
        let is_shown = match line {
            Line::Networks => matches!(profile.traffic, Traffic::Only { .. }),
            Line::NameServers => matches!(profile.dns, Dns::Servers(_)),
            _ => true,
        };
        self.wrong.get(&line).copied().filter(|_| is_shown)
    }

    /// What is wrong with `field` where it is not what was typed.
    pub(crate) fn wrong_field(&self, field: Field) -> Option<Wrong> {
        let profile = &self.saved.profile;
        if field == Field::Encryption && profile.lacks_keys() && profile.auth.iter().next().is_some() {
            return Some(Wrong::Keys);
        }
        if field.line().is_some_and(|line| self.wrong_text(line).is_some()) {
            return None;
        }
        let unusable = profile.check().err()?;
        (field.name() == Some(unusable.field)).then_some(Wrong::Field(unusable))
    }

    /// The first thing that can't be kept as it is, and where.
    pub(crate) fn first_wrong(&self) -> Option<(Option<Fold>, Option<Line>, Wrong)> {
        let typed = Line::ALL.into_iter().find_map(|line| Some((line, self.wrong_text(line)?)));
        if let Some((line, error)) = typed {
            return Some((line.fold(), Some(line), Wrong::Typed(error)));
        }
        if let Some(error) = self.notes_wrong {
            return Some((Some(Fold::Advanced), None, Wrong::Typed(error)));
        }
        let field = Field::ALL.into_iter().find_map(|field| Some((field, self.wrong_field(field)?)));
        if let Some((field, wrong)) = field {
            return Some((Some(field.fold()), field.line(), wrong));
        }
        self.saved.profile.check().err().map(|unusable| (None, None, Wrong::Field(unusable)))
    }

    /// Whether something in `fold` can't be kept as it is.
    pub(crate) fn is_wrong(&self, fold: Fold) -> bool {
        let in_fold = |field: Field| field.fold() == fold;
        Line::ALL.into_iter().any(|line| line.fold() == Some(fold) && self.wrong_text(line).is_some())
            || Field::ALL.into_iter().any(|field| in_fold(field) && self.wrong_field(field).is_some())
            || fold == Fold::Advanced && self.notes_wrong.is_some()
    }

    /// Whether something in `fold` protects less than usual.
    pub(crate) fn is_weak(&self, fold: Fold) -> bool {
        self.saved.profile.weaknesses().any(|weakness| Fold::of(weakness) == fold)
    }

    pub(crate) fn differs(&self, from: &SavedProfile) -> bool {
        self.saved != *from
            || Line::ALL.into_iter().any(|line| self.wrong_text(line).is_some())
            || self.notes_wrong.is_some()
    }
}

/// The server as one would type it.
pub(crate) fn server_text(profile: &Profile) -> String {
    let host = profile.server.as_str();
    match profile.port {
        PPTP_PORT => host.to_owned(),
        port if host.contains(':') => format!("[{host}]:{port}"),
        port => format!("{host}:{port}"),
    }
}

fn joined<T: ToString>(all: &[T]) -> String {
    all.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}
