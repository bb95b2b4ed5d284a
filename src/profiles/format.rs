//! The ways in which programs write connections down.

/// A way to write connections down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// ConnMan's `.config`.
    ConnMan,
    /// Our own file.
    Culvert,
    /// A mail, or another text for people.
    Mail,
    /// A configuration profile of macOS or iOS.
    MobileConfig,
    /// NetworkManager's connections as Ubuntu's netplan keeps them.
    Netplan,
    /// A keyfile of NetworkManager.
    NetworkManager,
    /// Windows' `rasphone.pbk`.
    Phonebook,
    /// A script for Windows' PowerShell, or what it lists.
    PowerShell,
    /// A peer of pppd.
    Pppd,
    /// What MikroTik's RouterOS exports.
    RouterOs,
    /// OpenWrt's `/etc/config/network`.
    Uci,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Culvert,
        Self::NetworkManager,
        Self::Netplan,
        Self::ConnMan,
        Self::Phonebook,
        Self::PowerShell,
        Self::MobileConfig,
        Self::Pppd,
        Self::RouterOs,
        Self::Uci,
        Self::Mail,
    ];

    /// Those that are written, not only read.
    pub const WRITTEN: [Self; 7] = [
        Self::Culvert,
        Self::NetworkManager,
        Self::Phonebook,
        Self::PowerShell,
        Self::Pppd,
        Self::RouterOs,
        Self::Uci,
    ];

    /// The word for it on a command line, and for what is kept of it in [`SavedProfile::extras`](crate::SavedProfile).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Culvert => "culvert",
            Self::ConnMan => "connman",
            Self::Mail => "mail",
            Self::MobileConfig => "mobileconfig",
            Self::Netplan => "netplan",
            Self::NetworkManager => "networkmanager",
            Self::Phonebook => "phonebook",
            Self::PowerShell => "powershell",
            Self::Pppd => "pppd",
            Self::RouterOs => "routeros",
            Self::Uci => "uci",
        }
    }
}
