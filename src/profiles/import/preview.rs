//! What was found, before anything of it is kept.

use culvert_model::{HostError, Profile, Secret, Unusable};

use super::Source;
use crate::{Format, SavedProfile};

/// What there is in the files that were read.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// The connections that can be kept.
    pub found: Vec<Found>,
    /// Those that can't, and the files in which there are none.
    pub refused: Vec<Refused>,
}

/// A connection that can be kept.
#[derive(Clone, Debug)]
pub struct Found {
    /// The file's name; empty for what was pasted.
    pub source: String,
    /// What wrote it.
    pub format: Format,
    /// Where it begins, from 1.
    pub line: u32,
    /// The connection, and what of the file is kept for the way back. The user name can be empty: some formats have
    /// none.
    pub saved: SavedProfile,
    /// Its password, where the file has it.
    pub password: Option<Secret>,
    /// Under which name NetworkManager keeps its password in the user's keyring.
    pub network_manager: Option<String>,
    /// What became of each of its lines, in their order.
    pub remarks: Vec<Remark>,
}

/// What became of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Which, from 1.
    pub line: u32,
    /// What it is about, as the file calls it. Never a value: it could be a password.
    pub key: String,
    /// What became of it.
    pub treatment: Treatment,
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// It is part of the profile.
    Used,
    /// It means nothing here, and is kept for an export to where it came from.
    Kept,
    /// It is part of the profile, but not as it stands there.
    Changed(Reason),
    /// It is left out.
    Ignored(Reason),
}

/// Why a line is not taken as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// It would run a program.
    RunsProgram,
    /// It names a file.
    NamesFile,
    /// It asks the server to log in too, which servers do not.
    ServerLogin,
    /// Culvert does this for every connection, or for none.
    Always,
    /// Culvert has nothing like it.
    NotSupported,
    /// Nobody knows what it means.
    Unknown,
    /// A tunnel of PPTP carries IPv4 alone.
    OnlyIpv4,
    /// The server and not the client decides it.
    ServerDecides,
    /// It did not ask for encryption: now it is used where the server has it.
    EncryptionNotAsked,
    /// A login of which no keys come can't be used where encryption is required.
    NoKeys,
    /// "Automatic" tries other kinds of VPN too: only PPTP is left.
    Automatic,
    /// The name was written with one backslash, which pppd reads as something else: taken as it was meant.
    Backslash,
    /// It asks for EAP, of which the usual kind is MS-CHAPv2: that is used.
    OnlyEap,
    /// A placeholder that a person has to replace.
    Placeholder,
    /// It was switched off there.
    SwitchedOff,
    /// Out of the range of what can be: taken as the default.
    OutOfRange,
    /// A network whose address has bits beyond its length: taken as the network around it.
    HostBits,
    /// Another line of the file says it already.
    Repeated,
}

impl Reason {
    /// Every reason.
    pub const ALL: &'static [Self] = &[
        Self::RunsProgram,
        Self::NamesFile,
        Self::ServerLogin,
        Self::Always,
        Self::NotSupported,
        Self::Unknown,
        Self::OnlyIpv4,
        Self::ServerDecides,
        Self::EncryptionNotAsked,
        Self::NoKeys,
        Self::Automatic,
        Self::Backslash,
        Self::OnlyEap,
        Self::Placeholder,
        Self::SwitchedOff,
        Self::OutOfRange,
        Self::HostBits,
        Self::Repeated,
    ];

    /// The word for it, for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RunsProgram => "runs-program",
            Self::NamesFile => "names-file",
            Self::ServerLogin => "server-login",
            Self::Always => "always",
            Self::NotSupported => "not-supported",
            Self::Unknown => "unknown",
            Self::OnlyIpv4 => "only-ipv4",
            Self::ServerDecides => "server-decides",
            Self::EncryptionNotAsked => "encryption-not-asked",
            Self::NoKeys => "no-keys",
            Self::Automatic => "automatic",
            Self::Backslash => "backslash",
            Self::OnlyEap => "only-eap",
            Self::Placeholder => "placeholder",
            Self::SwitchedOff => "switched-off",
            Self::OutOfRange => "out-of-range",
            Self::HostBits => "host-bits",
            Self::Repeated => "repeated",
        }
    }
}

/// Something that is not taken.
#[derive(Clone, Debug)]
pub struct Refused {
    /// The file's name; empty for what was pasted.
    pub source: String,
    /// What it is called there; empty for a whole file.
    pub name: String,
    /// Where, from 1.
    pub line: u32,
    /// Why not.
    pub why: Refusal,
}

/// Why something is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing in it looks like a connection of any program that is known.
    Unknown,
    /// It is longer than [`Source::LONGEST`], or has a line longer than [`Source::LONGEST_LINE`].
    TooLong,
    /// There are more than [`super::MOST`] connections.
    TooMany,
    /// It is no text.
    NotText,
    /// Another kind of VPN, by its name.
    OtherVpn(String),
    /// It does not say where the server is.
    NoServer,
    /// What it names as server is none.
    Server(HostError),
    /// It is broken in this line, from 1.
    Syntax {
        /// Which.
        line: u32,
        /// What is wrong, in English and for those who know the format.
        what: String,
    },
    /// A field has a value that it can't have.
    Field(Unusable),
    /// It has no login method that PPTP clients have.
    NoLogin,
    /// A later Culvert wrote it.
    Newer,
    /// It is encrypted: see [`Source::decrypt`].
    Encrypted,
    /// The passphrase is wrong, or the file was changed.
    WrongPassphrase,
    /// It holds pppd's secrets alone, and no connection that they belong to.
    OnlySecrets,
}

impl Refusal {
    /// Every word that [`Refusal::as_str`] says.
    pub const WORDS: &'static [&'static str] = &[
        "unknown",
        "too-long",
        "too-many",
        "not-text",
        "other-vpn",
        "no-server",
        "server",
        "syntax",
        "field",
        "no-login",
        "newer",
        "encrypted",
        "wrong-passphrase",
        "only-secrets",
    ];

    /// The word for it, for programs.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::TooLong => "too-long",
            Self::TooMany => "too-many",
            Self::NotText => "not-text",
            Self::OtherVpn(_) => "other-vpn",
            Self::NoServer => "no-server",
            Self::Server(_) => "server",
            Self::Syntax { .. } => "syntax",
            Self::Field(_) => "field",
            Self::NoLogin => "no-login",
            Self::Newer => "newer",
            Self::Encrypted => "encrypted",
            Self::WrongPassphrase => "wrong-passphrase",
            Self::OnlySecrets => "only-secrets",
        }
    }

    /// Broken in the line of this index, from 0.
    pub(super) fn at(index: usize, what: impl Into<String>) -> Self {
        Self::Syntax { line: u32::try_from(index + 1).unwrap_or(u32::MAX), what: what.into() }
    }
}

impl Preview {
    /// Nothing is taken from the whole of this.
    pub(super) fn refuse(&mut self, source: &Source, why: Refusal) {
        let line = if let Refusal::Syntax { line, .. } = why { line } else { 1 };
        self.refused.push(Refused { source: source.name().to_owned(), name: String::new(), line, why });
    }
}

impl Found {
    /// Whether [`Found::strengthen`] would change it.
    pub fn can_be_stronger(&self) -> bool {
        let mut stronger = self.clone();
        stronger.strengthen();
        stronger.saved != self.saved
    }

    /// Makes it as strong as PPTP can be: some servers do not connect then.
    pub fn strengthen(&mut self) {
        let Profile { server, username, .. } = &self.saved.profile;
        let strong = Profile::new(server.clone(), username.clone());
        let profile = &mut self.saved.profile;
        (profile.encryption, profile.auth, profile.stateful) =
            (strong.encryption, strong.auth, strong.stateful);
    }
}
