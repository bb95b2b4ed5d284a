//! The command line, and what it asks for.

mod fields;
mod profile;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::builder::OsStringValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use culvert_ipc::{SOCKET_VARIABLE, default_socket_path};
use culvert_model::Profile;

pub(crate) use fields::FieldOptions;
pub(crate) use profile::{
    AddOptions, EditOptions, ExportOptions, ImportOptions, KeepOptions, ProfileCommand,
};

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
    /// Dial a connection that was lost at once, instead of when its time comes.
    #[command(after_help = EXIT_STATUS)]
    Redial,
    /// Save, show, change and remove your own profiles, and exchange them with other programs.
    #[command(subcommand)]
    Profile(ProfileCommand),
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
    /// Print what a shell needs to complete culvert's words: 'culvert completions bash' for bash, and so on.
    Completions {
        /// Whose.
        shell: Shell,
    },
    /// Write the manual's pages into a directory.
    #[command(hide = true)]
    Man {
        /// Where to.
        directory: PathBuf,
    },
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
    /// Connect as this profile of yours says; 'culvert profile list' lists them. What else is said here changes it for
    /// this time.
    #[arg(value_name = "PROFILE", conflicts_with_all = ["server", "user", "managed"])]
    pub(crate) saved: Option<String>,
    /// Connect as this profile says, which an administrator has installed; 'culvert managed' lists them.
    #[arg(long, value_name = "PROFILE")]
    pub(crate) managed: Option<String>,
    #[command(flatten)]
    pub(crate) fields: FieldOptions,
    /// Take the password from the first line of standard input.
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// Print the last status as one JSON object on a line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What is to be connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// What the options describe.
    Own(Box<Profile>),
    /// The user's profile of this name.
    Saved(String),
    /// The profile of this name, which an administrator has installed.
    Managed(String),
}

impl ConnectOptions {
    /// What is to be connected.
    ///
    /// # Errors
    /// What in the options contradicts itself or is missing, as a sentence.
    pub(crate) fn target(&self) -> Result<Target, String> {
        if let Some(id) = &self.managed {
            if self.fields != FieldOptions::default() {
                return Err("with --managed the administrator says what it is like".to_owned());
            }
            return Ok(Target::Managed(id.clone()));
        }
        if let Some(name) = &self.saved {
            return Ok(Target::Saved(name.clone()));
        }
        let profile =
            self.fields.new_profile().ok_or("it takes a PROFILE, or --server and --user, or --managed")??;
        Ok(Target::Own(Box::new(profile)))
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use clap::CommandFactory;
    use culvert_model::{AuthMethod, AuthMethods, Dns, Encryption, Ipv6, Keepalive, Mtu, Traffic};

    use super::*;

    const LEAST: [&str; 6] = ["culvert", "connect", "--server", "vpn.example.com", "--user", "alice"];

    fn profile(more: &[&str]) -> Result<Profile, String> {
        let arguments =
            Arguments::try_parse_from(LEAST.iter().chain(more)).map_err(|error| error.to_string())?;
        let Command::Connect(options) = arguments.command else { panic!("not connect") };
        match options.target()? {
            Target::Own(profile) => Ok(*profile),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_managed_profile_needs_nothing_else_and_takes_nothing_else() {
        let parse = |more: &str| {
            Arguments::try_parse_from(["culvert", "connect"].into_iter().chain(more.split_whitespace()))
        };
        let Command::Connect(options) = parse("--managed office").unwrap().command else { panic!() };
        assert_eq!(options.target(), Ok(Target::Managed("office".to_owned())));
        for wrong in ["", "--server h", "--user a", "--lan"] {
            let Command::Connect(options) = parse(wrong).unwrap().command else { panic!() };
            assert!(options.target().unwrap_err().contains("PROFILE"), "{wrong}");
        }
        for weaker in [
            "--server h --user a",
            "--no-guard",
            "--lan",
            "--encryption none",
            "--auth pap",
            "--mtu 1300",
            "--dns 192.0.2.1",
        ] {
            let Command::Connect(options) = parse(&format!("--managed office {weaker}")).unwrap().command
            else {
                panic!()
            };
            assert!(options.target().unwrap_err().contains("administrator"), "{weaker}");
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
