//! `culvert profile`: the connections that a user has saved.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand, ValueEnum};
use culvert_profiles::{Autostart, Format, PasswordMode, Template};

use super::{EXIT_STATUS, FieldOptions};

#[derive(Debug, Subcommand)]
pub(crate) enum ProfileCommand {
    /// List your profiles.
    #[command(visible_alias = "ls", after_help = EXIT_STATUS)]
    List(JsonOption),
    /// Show everything that a profile says, and where it is weak.
    #[command(after_help = EXIT_STATUS)]
    Show {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        json: JsonOption,
    },
    /// Save a new profile. On a terminal it asks for what it takes: server, user name and password.
    #[command(after_help = EXIT_STATUS)]
    Add(Box<AddOptions>),
    /// Change what a profile says. What is not named stays as it is.
    #[command(after_help = EXIT_STATUS)]
    Edit(Box<EditOptions>),
    /// Remove profiles and their passwords.
    #[command(visible_alias = "rm", after_help = EXIT_STATUS)]
    Remove {
        /// Their names.
        #[arg(required = true, value_name = "PROFILE")]
        names: Vec<String>,
        /// Do not ask whether it is meant.
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        json: JsonOption,
    },
    /// Give a profile another name. Its password and its file stay.
    #[command(after_help = EXIT_STATUS)]
    Rename {
        #[command(flatten)]
        which: Which,
        /// The new name.
        #[arg(value_name = "NAME")]
        new: String,
        #[command(flatten)]
        json: JsonOption,
    },
    /// Save a copy of a profile under another name. Its password is not copied.
    #[command(visible_alias = "cp", after_help = EXIT_STATUS)]
    Duplicate {
        #[command(flatten)]
        which: Which,
        /// The name of the copy.
        #[arg(value_name = "NAME")]
        new: Option<String>,
        #[command(flatten)]
        json: JsonOption,
    },
    /// Take over connections from other programs: NetworkManager, Windows, pppd, macOS, routers, a mail.
    #[command(after_help = EXIT_STATUS)]
    Import(ImportOptions),
    /// Write profiles as files for other computers and programs.
    #[command(after_help = EXIT_STATUS)]
    Export(ExportOptions),
}

/// One of the saved profiles.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// Its name, as 'culvert profile list' shows it.
    #[arg(value_name = "PROFILE")]
    pub(crate) name: String,
}

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct JsonOption {
    /// Print one JSON object on a line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What is kept of a connection beside what it is.
#[derive(Debug, Args)]
pub(crate) struct KeepOptions {
    /// Where its password comes from.
    ///
    /// [default: keyring]
    #[arg(long, value_enum, value_name = "WHERE")]
    pub(crate) password: Option<PasswordWord>,
    /// Take the password from the first line of standard input. The exit status is 7 where it can't be kept.
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// When it is connected without being asked for.
    ///
    /// [default: off]
    #[arg(long, value_enum, value_name = "WHEN")]
    pub(crate) autostart: Option<AutostartWord>,
    /// What you want to remember of it.
    #[arg(long, value_name = "TEXT")]
    pub(crate) notes: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct AddOptions {
    /// What you call it.
    ///
    /// [default: the server]
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// What the server is, where you know: it sets what such servers need.
    #[arg(long, value_enum, value_name = "KIND", default_value_t = KindWord::Unknown)]
    pub(crate) kind: KindWord,
    #[command(flatten)]
    pub(crate) fields: FieldOptions,
    #[command(flatten)]
    pub(crate) keep: KeepOptions,
    #[command(flatten)]
    pub(crate) json: JsonOption,
}

#[derive(Debug, Args)]
pub(crate) struct EditOptions {
    #[command(flatten)]
    pub(crate) which: Which,
    #[command(flatten)]
    pub(crate) fields: FieldOptions,
    #[command(flatten)]
    pub(crate) keep: KeepOptions,
    #[command(flatten)]
    pub(crate) json: JsonOption,
}

#[derive(Debug, Args)]
pub(crate) struct ImportOptions {
    /// The files; '-' is what is pasted, such as a whole mail.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Only show what there is in them.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask whether it is meant.
    #[arg(long)]
    pub(crate) yes: bool,
    /// Make every connection as strong as PPTP allows. Old servers may not answer it.
    #[arg(long)]
    pub(crate) strong: bool,
    /// Take the passwords along that NetworkManager keeps in your keyring, where a file says so. Use it for files that
    /// you know: the server that stands in the file gets to check the password.
    #[arg(long)]
    pub(crate) with_passwords: bool,
    /// The user name for connections that come without one.
    #[arg(long, value_name = "NAME", value_parser = culvert_profiles::typed::user)]
    pub(crate) user: Option<culvert_profiles::typed::User>,
    #[command(flatten)]
    pub(crate) json: JsonOption,
}

#[derive(Debug, Args)]
pub(crate) struct ExportOptions {
    /// Their names.
    #[arg(required_unless_present = "all", value_name = "PROFILE")]
    pub(crate) names: Vec<String>,
    /// All of them.
    #[arg(long, conflicts_with = "names")]
    pub(crate) all: bool,
    /// For whom.
    #[arg(long, default_value = "culvert", value_parser = PossibleValuesParser::new(Format::WRITTEN.map(Format::as_str)))]
    pub(crate) format: String,
    /// The directory for the files. What is there already is left alone.
    #[arg(long, value_name = "DIRECTORY", default_value = ".")]
    pub(crate) to: PathBuf,
    /// Close the file with a passphrase, which is asked for, or is the first line of standard input. Only Culvert reads it.
    #[arg(long)]
    pub(crate) encrypt: bool,
    /// Write the passwords too, which anybody who gets the files can read then.
    #[arg(long)]
    pub(crate) with_passwords: bool,
    #[command(flatten)]
    pub(crate) json: JsonOption,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum PasswordWord {
    /// from the system's keyring
    Keyring,
    /// asked for once, and forgotten when you log out
    Session,
    /// asked for each time
    Ask,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum AutostartWord {
    /// never
    Off,
    /// when you log in
    Login,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum KindWord {
    /// you don't know; that just works
    Unknown,
    /// Windows Server
    Windows,
    /// MikroTik RouterOS
    Mikrotik,
    /// pptpd, on Linux
    Pptpd,
    /// DD-WRT or another router for the home
    Router,
}

impl From<PasswordWord> for PasswordMode {
    fn from(word: PasswordWord) -> Self {
        match word {
            PasswordWord::Keyring => Self::Keyring,
            PasswordWord::Session => Self::Session,
            PasswordWord::Ask => Self::Ask,
        }
    }
}

impl From<AutostartWord> for Autostart {
    fn from(word: AutostartWord) -> Self {
        match word {
            AutostartWord::Off => Self::Off,
            AutostartWord::Login => Self::Login,
        }
    }
}

impl From<KindWord> for Template {
    fn from(word: KindWord) -> Self {
        match word {
            KindWord::Unknown => Self::Unknown,
            KindWord::Windows => Self::WindowsServer,
            KindWord::Mikrotik => Self::MikroTik,
            KindWord::Pptpd => Self::Pptpd,
            KindWord::Router => Self::HomeRouter,
        }
    }
}
