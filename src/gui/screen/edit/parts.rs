//! What a connection is made of here: what is typed, what is chosen, what has a default, and where it is folded away.

use culvert_model::{AuthMethod, Dns, Encryption, Keepalive, Mtu, PPTP_PORT, Profile, Traffic, Weakness};
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

    pub(super) fn copy(self, from: &SavedProfile, to: &mut SavedProfile) {
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

    pub(super) const fn line(self) -> Option<Line> {
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
    pub(super) const fn name(self) -> Option<&'static str> {
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
    pub(super) fn read(self, saved: &SavedProfile) -> String {
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
    pub(super) fn write(self, text: &str, saved: &mut SavedProfile) -> Result<(), TypedError> {
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
