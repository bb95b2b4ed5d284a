//! The command line, and what it asks for.

use std::ffi::OsString;
use std::net::Ipv4Addr;
use std::path::Path;

use clap::builder::{OsStringValueParser, PossibleValue, PossibleValuesParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use culvert_ipc::{SOCKET_VARIABLE, default_socket_path};
use culvert_model::{
    AuthMethod, AuthMethods, Dns, Encryption, Host, Ipv6, Keepalive, Mtu, Prefix, Profile, Traffic,
};

use crate::parse::{self, Server, User};

const CONNECT_EXIT_STATUS: &str = "\
Exit status:
    0  connected
    2  wrong usage, or no password
    3  the login was refused, or the server could not prove itself
    4  the server could not be reached
    5  the data packets (GRE) do not pass
    6  no agreement on encryption
    7  any other fault, also where the network service can't be asked
  130  cancelled with Ctrl-C";

const STATUS_EXIT_STATUS: &str = "\
Exit status:
    0  it was told what is, connected or not
    2  wrong usage
    7  the network service can't be asked
  130  ended with Ctrl-C";

const EXIT_STATUS: &str = "\
Exit status:
    0  it is as asked
    2  wrong usage
    7  it can't be done, or the network service can't be asked";

const AFTER_HELP: &str = "'culvert connect --help' tells how to connect, and what each exit status means.";

/// Connects to a PPTP server through Culvert's network service.
#[derive(Debug, Parser)]
#[command(name = "culvert", version, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The socket of the network service.
    #[arg(long, global = true, env = SOCKET_VARIABLE, value_name = "PATH", value_parser = OsStringValueParser::new())]
    socket: Option<OsString>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Arguments {
    pub(crate) fn socket(&self) -> &Path {
        let named = self.socket.as_deref().filter(|path| !path.is_empty());
        named.map_or_else(|| default_socket_path(), Path::new)
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Connect to a server.
    #[command(after_help = CONNECT_EXIT_STATUS)]
    Connect(Box<ConnectOptions>),
    /// End the connection.
    #[command(after_help = EXIT_STATUS)]
    Disconnect,
    /// List the profiles that an administrator has installed for everybody on this computer.
    #[command(after_help = EXIT_STATUS)]
    Managed,
    /// Let nothing leave this computer but through a tunnel, connected or not.
    #[command(after_help = EXIT_STATUS)]
    Lockdown {
        /// Whether it is on.
        #[arg(value_enum)]
        switch: Switch,
    },
    /// Sign in to the network you are on, as in a hotel or on a train: where Culvert keeps the network closed, it opens
    /// the way to the sign-in page, and to nothing else, for five minutes at most.
    #[command(after_help = EXIT_STATUS)]
    Portal,
    /// Give the network back whatever happened: end every connection, switch lockdown off, and leave routes, rules,
    /// firewall and name servers as they were before Culvert. It takes an administrator.
    #[command(after_help = EXIT_STATUS)]
    Reset,
    /// Show whether there is a connection, to what, and what protects it.
    #[command(after_help = STATUS_EXIT_STATUS)]
    Status {
        /// Print it as one JSON object on a line.
        #[arg(long)]
        json: bool,
        /// Stay, and show every change until Ctrl-C.
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
    /// Connect as this profile says, which an administrator has installed; 'culvert managed' lists them.
    #[arg(long, value_name = "PROFILE", conflicts_with_all = ["server", "user", "domain", "encryption", "auth", "stateful",
        "routes", "classful", "lan", "ipv6", "no_guard", "through_other_vpn", "no_reconnect", "dns", "leave_dns", "search", "mtu", "keepalive", "further_servers"])]
    pub(crate) managed: Option<String>,
    /// The server's name or IPv4 address, and its port where that is not 1723.
    #[arg(long, value_name = "HOST[:PORT]", value_parser = parse::server, required_unless_present = "managed")]
    server: Option<Server>,
    /// Another name or address of the same server, tried after the first; can be given several times.
    #[arg(long = "further-server", value_name = "HOST", value_delimiter = ',')]
    further_servers: Vec<Host>,
    /// The user name; DOMAIN\user is understood too.
    #[arg(long, value_name = "NAME", value_parser = parse::user, required_unless_present = "managed")]
    user: Option<User>,
    /// The Windows domain of the user.
    #[arg(long, value_parser = parse::domain)]
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
        default_value = "ms-chap-v2",
        value_parser = PossibleValuesParser::new(METHODS.map(|(method, other)| PossibleValue::new(method.as_str()).alias(other))),
    )]
    auth: Vec<String>,
    /// Ask for stateful encryption, which is weaker: for old servers that have no other.
    #[arg(long)]
    stateful: bool,
    /// Send only what goes to this network through the connection, and all else past it; can be given several times.
    #[arg(
        long = "route",
        value_name = "CIDR",
        value_delimiter = ',',
        help_heading = "What goes through the connection"
    )]
    routes: Vec<Prefix>,
    /// Send what goes to the classful network of the address that the server gives, as Windows does (10.x.x.x for
    /// 10.1.2.3), and only that and what --route names.
    #[arg(long, help_heading = "What goes through the connection")]
    classful: bool,
    /// Let this computer and its local network (printers, for instance) reach each other beside the connection.
    #[arg(long, help_heading = "What goes through the connection")]
    lan: bool,
    /// What happens to IPv6, of which the connection carries none.
    #[arg(long, value_enum, default_value_t = Ipv6Word::Block, value_name = "WHAT", help_heading = "What goes through the connection")]
    ipv6: Ipv6Word,
    /// Let traffic go its way past the connection when that is lost.
    #[arg(long, help_heading = "What goes through the connection")]
    no_guard: bool,
    /// Run through another VPN that is up; it takes --no-guard, which would block what carries that one.
    #[arg(long, requires = "no_guard", help_heading = "What goes through the connection")]
    through_other_vpn: bool,
    /// Do not dial again when the connection is lost.
    #[arg(long)]
    no_reconnect: bool,
    /// Look up names at these name servers and not at those that the server tells, with commas between them.
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',', help_heading = "Names")]
    dns: Vec<Ipv4Addr>,
    /// Look up names where they are looked up without the connection.
    #[arg(long, conflicts_with = "dns", help_heading = "Names")]
    leave_dns: bool,
    /// A domain of the network behind the connection; can be given several times. With --route only names in it are
    /// looked up there.
    #[arg(long, value_name = "DOMAIN", value_delimiter = ',', value_parser = parse::search_domain, help_heading = "Names")]
    search: Vec<String>,
    /// The largest packet in the connection, in bytes.
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u16).range(576..=1500))]
    mtu: Option<u16>,
    /// How long an idle connection waits before it asks whether the server is still there, in seconds.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(5..=300))]
    keepalive: Option<u16>,
    /// Print the last status as one JSON object on a line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The login methods, and what else is understood for them.
const METHODS: [(AuthMethod, &str); 4] = [
    (AuthMethod::MsChapV2, "mschapv2"),
    (AuthMethod::MsChapV1, "mschapv1"),
    (AuthMethod::ChapMd5, "chap"),
    (AuthMethod::Pap, "pap"),
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

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Ipv6Word {
    /// it is blocked
    Block,
    /// it goes past the connection
    Leave,
}

impl From<Ipv6Word> for Ipv6 {
    fn from(word: Ipv6Word) -> Self {
        match word {
            Ipv6Word::Block => Self::Block,
            Ipv6Word::Leave => Self::Leave,
        }
    }
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

/// What is to be connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// What the options describe.
    Own(Box<Profile>),
    /// The profile of this name, which an administrator has installed.
    Managed(String),
}

impl ConnectOptions {
    /// What is to be connected.
    ///
    /// # Errors
    /// What in the options contradicts itself, as a sentence.
    pub(crate) fn target(&self) -> Result<Target, String> {
        match (&self.managed, &self.server, &self.user) {
            (Some(id), ..) => Ok(Target::Managed(id.clone())),
            (None, Some(server), Some(user)) => {
                self.profile(server, user.clone()).map(Box::new).map(Target::Own)
            }
            (None, ..) => Err("it takes --server and --user, or --managed".to_owned()),
        }
    }

    fn profile(&self, server: &Server, user: User) -> Result<Profile, String> {
        let User { domain, name } = user;
        if domain.is_some() && self.domain.is_some() {
            return Err(r"the domain is given twice: with --domain, and in --user DOMAIN\user".to_owned());
        }
        let is_asked = |(method, other): &(AuthMethod, &str)| {
            self.auth.iter().any(|asked| asked == method.as_str() || asked == other)
        };
        let auth = AuthMethods::new(METHODS.into_iter().filter(is_asked).map(|(method, _)| method));
        let encryption = Encryption::from(self.encryption);
        if encryption.is_required() && !auth.iter().any(AuthMethod::gives_keys) {
            return Err(
                "encryption takes its keys from MS-CHAP: allow --auth ms-chap-v2, or give up encryption \
                        with --encryption none"
                    .to_owned(),
            );
        }
        Ok(Profile {
            port: server.port,
            domain: self.domain.clone().or(domain),
            encryption,
            auth,
            stateful: self.stateful,
            mtu: self.mtu.map_or(Mtu::Auto, Mtu::Bytes),
            keepalive: self.keepalive.map_or(Keepalive::Auto, Keepalive::Seconds),
            further_servers: self.further_servers()?,
            traffic: self.traffic(),
            dns: self.dns()?,
            search_domains: self.search_domains()?,
            ipv6: self.ipv6.into(),
            lan: self.lan,
            guard: !self.no_guard,
            through_other_vpn: self.through_other_vpn,
            reconnect: !self.no_reconnect,
            ..Profile::new(server.host.clone(), name)
        })
    }

    fn traffic(&self) -> Traffic {
        if self.routes.is_empty() && !self.classful {
            Traffic::All
        } else {
            Traffic::Only { routes: self.routes.clone(), classful: self.classful }
        }
    }

    fn dns(&self) -> Result<Dns, String> {
        match self.dns.as_slice() {
            [] if self.leave_dns => Ok(Dns::Leave),
            [] => Ok(Dns::FromServer),
            servers if servers.len() > Dns::MOST => {
                Err(format!("there can be at most {} name servers", Dns::MOST))
            }
            servers => Ok(Dns::Servers(servers.to_vec())),
        }
    }

    fn further_servers(&self) -> Result<Vec<Host>, String> {
        if self.further_servers.len() > Profile::MOST_FURTHER_SERVERS {
            return Err(format!("there can be at most {} further servers", Profile::MOST_FURTHER_SERVERS));
        }
        Ok(self.further_servers.clone())
    }

    fn search_domains(&self) -> Result<Vec<String>, String> {
        if self.search.len() > Profile::MOST_SEARCH_DOMAINS {
            return Err(format!("there can be at most {} search domains", Profile::MOST_SEARCH_DOMAINS));
        }
        Ok(self.search.clone())
    }
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
        match options.target()? {
            Target::Own(profile) => Ok(*profile),
            Target::Managed(id) => panic!("{id}"),
        }
    }

    #[test]
    fn a_managed_profile_needs_nothing_else_and_takes_nothing_else() {
        let parse = |more: &str| {
            Arguments::try_parse_from(["culvert", "connect"].into_iter().chain(more.split_whitespace()))
        };
        let Command::Connect(options) = parse("--managed office").unwrap().command else { panic!() };
        assert_eq!(options.target(), Ok(Target::Managed("office".to_owned())));
        for wrong in ["", "--server h", "--user a", "--managed office --server h --user a"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        for weaker in
            ["--no-guard", "--lan", "--encryption none", "--auth pap", "--mtu 1300", "--dns 192.0.2.1"]
        {
            assert!(parse(&format!("--managed office {weaker}")).is_err(), "{weaker}");
        }
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
                    --route 10.0.0.0/8 --route 192.0.2.0/24 --route 198.51.100.0/24,203.0.113.7 --classful \
                    --lan --ipv6 leave --no-guard --through-other-vpn --no-reconnect --dns 192.0.2.53,192.0.2.54 \
                    --search office.example.com --search example.org,example.net \
                    --keepalive 45 --further-server 192.0.2.9,vpn2.example.com";
        let profile = profile(&more.split_whitespace().collect::<Vec<_>>()).unwrap();
        let routes = ["10.0.0.0/8", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.7/32"];
        let expected = Profile {
            domain: Some("OFFICE".to_owned()),
            encryption: Encryption::None,
            auth: AuthMethods::new([AuthMethod::Pap, AuthMethod::MsChapV1]),
            stateful: true,
            mtu: Mtu::Bytes(1300),
            traffic: Traffic::Only {
                routes: routes.map(|route| route.parse().unwrap()).to_vec(),
                classful: true,
            },
            dns: Dns::Servers(vec![Ipv4Addr::new(192, 0, 2, 53), Ipv4Addr::new(192, 0, 2, 54)]),
            search_domains: ["office.example.com", "example.org", "example.net"].map(str::to_owned).to_vec(),
            keepalive: Keepalive::Seconds(45),
            further_servers: ["192.0.2.9", "vpn2.example.com"].map(|host| host.parse().unwrap()).to_vec(),
            ipv6: Ipv6::Leave,
            lan: true,
            guard: false,
            through_other_vpn: true,
            reconnect: false,
            ..Profile::new("vpn.example.com".parse().unwrap(), "alice")
        };
        assert_eq!(profile, expected);
    }

    #[test]
    fn a_login_method_has_one_name_and_older_ones_are_understood() {
        for (word, method) in [
            ("ms-chap-v2", AuthMethod::MsChapV2),
            ("mschapv2", AuthMethod::MsChapV2),
            ("ms-chap-v1", AuthMethod::MsChapV1),
            ("mschapv1", AuthMethod::MsChapV1),
            ("chap-md5", AuthMethod::ChapMd5),
            ("chap", AuthMethod::ChapMd5),
            ("pap", AuthMethod::Pap),
        ] {
            let auth = profile(&["--auth", word, "--encryption", "none"]).unwrap().auth;
            assert_eq!(auth, AuthMethods::new([method]), "{word}");
        }
        let help = Arguments::command().find_subcommand_mut("connect").unwrap().render_help().to_string();
        assert!(help.contains("[possible values: ms-chap-v2, ms-chap-v1, chap-md5, pap]"), "{help}");
    }

    #[test]
    fn names_can_be_looked_up_as_before_and_the_classful_route_can_be_the_only_one() {
        assert_eq!(profile(&["--leave-dns"]).unwrap().dns, Dns::Leave);
        let classful = Traffic::Only { routes: vec![], classful: true };
        assert_eq!(profile(&["--classful"]).unwrap().traffic, classful);
    }

    #[test]
    fn no_more_is_taken_than_a_profile_holds() {
        let most = |option: &str, word: &str, count: usize| {
            profile(&[option, &vec![word; count].join(",")]).map(drop)
        };
        assert_eq!(most("--dns", "192.0.2.53", 8), Ok(()));
        assert!(most("--dns", "192.0.2.53", 9).unwrap_err().contains("at most 8"));
        assert_eq!(most("--search", "example.com", 16), Ok(()));
        assert!(most("--search", "example.com", 17).unwrap_err().contains("at most 16"));
    }

    #[test]
    fn a_route_takes_one_word() {
        assert!(profile(&["--route", "10.0.0.0/8", "192.0.2.0/24"]).is_err());
    }

    #[test]
    fn a_socket_without_a_name_is_the_usual_one() {
        for (named, expected) in
            [("--socket=", default_socket_path()), ("--socket=/run/x.sock", Path::new("/run/x.sock"))]
        {
            assert_eq!(Arguments::try_parse_from(["culvert", named, "status"]).unwrap().socket(), expected);
        }
    }

    #[test]
    fn connect_lists_its_exit_statuses_a_line_each() {
        let help = Arguments::command().find_subcommand_mut("connect").unwrap().render_help().to_string();
        for line in ["    0  connected\n", "    5  the data packets (GRE) do not pass\n", "  130  cancelled"]
        {
            assert!(help.contains(line), "{help}");
        }
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        assert!(profile(&["--auth", "pap"]).unwrap_err().contains("--encryption none"));
        assert!(profile(&["--auth", "chap,pap", "--encryption", "required"]).is_err());
        assert!(profile(&["--auth", "pap", "--encryption", "preferred"]).is_ok());
        assert!(profile(&["--dns", "192.0.2.53", "--leave-dns"]).is_err());
        let twice = ["culvert", "connect", "--server", "h", "--user", r"A\b", "--domain", "C"];
        let Command::Connect(options) = Arguments::try_parse_from(twice).unwrap().command else { panic!() };
        assert!(options.target().unwrap_err().contains("twice"));
    }
}
