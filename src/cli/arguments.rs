//! The command line, and what it asks for.

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use culvert_ipc::{SOCKET_VARIABLE, default_socket_path};
use culvert_model::{AuthMethod, AuthMethods, Encryption, Host, Mtu, Prefix, Profile, Traffic};

const EXIT_STATUS: &str = "Exit status of connect: 0 connected, 2 usage, 3 login refused, 4 server not \
    reachable, 5 GRE blocked, 6 no agreement on encryption, 7 any other fault, 130 cancelled.";

/// Connects to a PPTP server through Culvert's network service.
#[derive(Debug, Parser)]
#[command(name = "culvert", version, after_help = EXIT_STATUS)]
pub(crate) struct Arguments {
    /// The socket of the network service.
    #[arg(long, global = true, env = SOCKET_VARIABLE, value_name = "PATH")]
    socket: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Arguments {
    pub(crate) fn socket(&self) -> &Path {
        self.socket.as_deref().unwrap_or_else(|| default_socket_path())
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Connect to a server.
    Connect(Box<ConnectOptions>),
    /// End the connection.
    Disconnect,
    /// Let nothing leave this computer but through a tunnel, connected or not.
    Lockdown {
        /// Whether it is on.
        #[arg(value_enum)]
        switch: Switch,
    },
    /// Tell what is.
    Status {
        /// One JSON object on a line.
        #[arg(long)]
        json: bool,
        /// Go on telling what changes.
        #[arg(long)]
        watch: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
}

#[derive(Debug, Args)]
pub(crate) struct ConnectOptions {
    /// The server's name or IPv4 address, and its port where that is not 1723.
    #[arg(long, value_name = "HOST[:PORT]", value_parser = parse_server)]
    server: Server,
    /// The user name; DOMAIN\user is understood too.
    #[arg(long, value_name = "NAME", value_parser = parse_user)]
    user: User,
    /// The Windows domain of the user.
    #[arg(long, value_parser = parse_domain)]
    domain: Option<String>,
    /// Take the password from the first line of standard input.
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// How well the traffic must be encrypted.
    #[arg(long, value_enum, default_value_t = EncryptionWord::Required128, value_name = "LEVEL")]
    encryption: EncryptionWord,
    /// The login methods that may be used, with commas between them.
    #[arg(
        long,
        value_name = "METHODS",
        value_delimiter = ',',
        default_value = "mschapv2",
        value_parser = PossibleValuesParser::new(METHODS.map(|(word, method)| PossibleValue::new(word).alias(method.as_str()))),
    )]
    auth: Vec<String>,
    /// Ask for stateful encryption: less work, and all that some old servers have
    #[arg(long)]
    stateful: bool,
    /// Send only what goes to this network through the connection; can be given several times.
    #[arg(long = "route", value_name = "CIDR", num_args = 1.., value_delimiter = ',')]
    routes: Vec<Prefix>,
    /// The largest packet in the connection, in bytes.
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u16).range(576..=1500))]
    mtu: Option<u16>,
    /// Print the last status as one JSON object on a line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The words for login methods, and what they mean.
const METHODS: [(&str, AuthMethod); 4] = [
    ("mschapv2", AuthMethod::MsChapV2),
    ("mschapv1", AuthMethod::MsChapV1),
    ("chap", AuthMethod::ChapMd5),
    ("pap", AuthMethod::Pap),
];

#[derive(Clone, Copy, Debug, ValueEnum)]
enum EncryptionWord {
    /// 128 bits or no connection
    Required128,
    /// any encryption or no connection
    Required,
    /// encryption if the server has it
    Preferred,
    /// no encryption
    None,
}

impl From<EncryptionWord> for Encryption {
    fn from(word: EncryptionWord) -> Self {
        match word {
            EncryptionWord::Required128 => Self::Required128,
            EncryptionWord::Required => Self::Required,
            EncryptionWord::Preferred => Self::Preferred,
            EncryptionWord::None => Self::None,
        }
    }
}

impl ConnectOptions {
    /// The profile that the options describe.
    ///
    /// # Errors
    /// What in them contradicts itself, as a sentence.
    pub(crate) fn profile(&self) -> Result<Profile, String> {
        let User { domain, name } = self.user.clone();
        if domain.is_some() && self.domain.is_some() {
            return Err(r"the domain is given twice: with --domain, and in --user DOMAIN\user".to_owned());
        }
        let is_asked = |word: &str| self.auth.iter().any(|asked| asked == word);
        let methods =
            METHODS.into_iter().filter(|(word, method)| is_asked(word) || is_asked(method.as_str()));
        let auth = AuthMethods::new(methods.map(|(_, method)| method));
        let encryption = Encryption::from(self.encryption);
        if encryption.is_required() && !auth.iter().any(AuthMethod::gives_keys) {
            return Err(
                "encryption takes its keys from MS-CHAP: allow --auth mschapv2, or give up encryption \
                        with --encryption none"
                    .to_owned(),
            );
        }
        let routes = self.routes.clone();
        Ok(Profile {
            port: self.server.port,
            domain: self.domain.clone().or(domain),
            encryption,
            auth,
            stateful: self.stateful,
            mtu: self.mtu.map_or(Mtu::Auto, Mtu::Bytes),
            traffic: if routes.is_empty() { Traffic::All } else { Traffic::only(routes) },
            ..Profile::new(self.server.host.clone(), name)
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Server {
    host: Host,
    port: u16,
}

/// `HOST`, `HOST:PORT`, `[IPV6]` or `[IPV6]:PORT`. (An IPv6 address is understood, so that the answer can be that
/// PPTP does not have it.)
fn parse_server(text: &str) -> Result<Server, String> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, port)) => (host, Some(port.strip_prefix(':').ok_or("after ] only :PORT may follow")?)),
        None => match text.split_once(':') {
            Some((host, port)) if !port.contains(':') => (host, Some(port)),
            _ => (text, None),
        },
    };
    let host = host.parse::<Host>().map_err(|error| error.to_string())?;
    let port = match port {
        None => 1723,
        Some(port) => match port.parse() {
            Ok(port @ 1..) => port,
            _ => return Err("a port is a number from 1 to 65535".to_owned()),
        },
    };
    Ok(Server { host, port })
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct User {
    domain: Option<String>,
    name: String,
}

/// `NAME` or `DOMAIN\NAME`.
fn parse_user(text: &str) -> Result<User, String> {
    let (domain, name) = match text.split_once('\\') {
        Some((domain, name)) => (Some(parse_domain(domain)?), name),
        None => (None, text),
    };
    Ok(User { domain, name: parse_name(name, "a user name")? })
}

fn parse_domain(text: &str) -> Result<String, String> {
    parse_name(text, "a domain")
}

fn parse_name(text: &str, what: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err(format!("{what} can't be empty"));
    }
    if text.len() > 256 {
        return Err(format!("{what} has at most 256 bytes"));
    }
    if text.chars().any(char::is_control) {
        return Err(format!("{what} has no control characters"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    const LEAST: [&str; 6] = ["culvert", "connect", "--server", "vpn.example.com", "--user", "alice"];

    fn profile(more: &[&str]) -> Result<Profile, String> {
        let arguments =
            Arguments::try_parse_from(LEAST.iter().chain(more)).map_err(|error| error.to_string())?;
        let Command::Connect(options) = arguments.command else { panic!("not connect") };
        options.profile()
    }

    #[test]
    fn the_command_line_is_in_order() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn without_options_the_profile_is_the_safe_one() {
        assert_eq!(profile(&[]), Ok(Profile::new("vpn.example.com".parse().unwrap(), "alice")));
    }

    #[test]
    fn every_option_reaches_the_profile() {
        let more = "--domain OFFICE --encryption none --auth pap,ms-chap-v1 --stateful --mtu 1300 \
                    --route 10.0.0.0/8 192.0.2.0/24 --route 198.51.100.0/24,203.0.113.7";
        let profile = profile(&more.split_whitespace().collect::<Vec<_>>()).unwrap();
        let routes = ["10.0.0.0/8", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.7/32"];
        let expected = Profile {
            domain: Some("OFFICE".to_owned()),
            encryption: Encryption::None,
            auth: AuthMethods::new([AuthMethod::Pap, AuthMethod::MsChapV1]),
            stateful: true,
            mtu: Mtu::Bytes(1300),
            traffic: Traffic::only(routes.map(|route| route.parse().unwrap()).to_vec()),
            ..Profile::new("vpn.example.com".parse().unwrap(), "alice")
        };
        assert_eq!(profile, expected);
    }

    #[test]
    fn a_server_may_have_a_port() {
        let parsed = |text: &str| parse_server(text).map(|server| (server.host.to_string(), server.port));
        assert_eq!(parsed("vpn.example.com"), Ok(("vpn.example.com".to_owned(), 1723)));
        assert_eq!(parsed("192.0.2.1:1724"), Ok(("192.0.2.1".to_owned(), 1724)));
        assert_eq!(parsed("[2001:db8::1]:1724"), Ok(("2001:db8::1".to_owned(), 1724)));
        assert_eq!(parsed("[2001:db8::1]"), Ok(("2001:db8::1".to_owned(), 1723)));
        assert_eq!(parsed("2001:db8::1"), Ok(("2001:db8::1".to_owned(), 1723)));
        let wrong = ["", ":1723", "host:", "host:0", "host:65536", "host:pptp", "a b", "[::1]x", "ho\nst"];
        for text in wrong {
            assert!(parsed(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_user_may_have_a_domain() {
        let parsed = |text: &str| parse_user(text).map(|user| (user.domain, user.name));
        assert_eq!(parsed("alice"), Ok((None, "alice".to_owned())));
        assert_eq!(parsed(r"OFFICE\alice"), Ok((Some("OFFICE".to_owned()), "alice".to_owned())));
        assert_eq!(parsed("alice@example.com"), Ok((None, "alice@example.com".to_owned())));
        for text in ["", r"\alice", r"OFFICE\", "a\tb", &"x".repeat(257)] {
            assert!(parsed(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        assert!(profile(&["--auth", "pap"]).unwrap_err().contains("--encryption none"));
        assert!(profile(&["--auth", "chap,pap", "--encryption", "required"]).is_err());
        assert!(profile(&["--auth", "pap", "--encryption", "preferred"]).is_ok());
        let twice = ["culvert", "connect", "--server", "h", "--user", r"A\b", "--domain", "C"];
        let Command::Connect(options) = Arguments::try_parse_from(twice).unwrap().command else { panic!() };
        assert!(options.profile().unwrap_err().contains("twice"));
    }
}
