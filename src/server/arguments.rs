//! The command line.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use clap::{Parser, ValueEnum};
use culvert_model::{AuthMethod, Encryption, Mtu, PPTP_PORT};
use culvert_server::{AddressRange, Config, UserList};

const AFTER_HELP: &str = "\
It takes root, or the capabilities NET_ADMIN and NET_RAW. Clients reach this computer at its address inside the
tunnel. Whether they reach anything beyond it is the operator's decision: the kernel forwards their packets only
with net.ipv4.ip_forward=1 and, where the addresses inside are unknown outside, with a NAT rule of yours.

This is a small server for demos, tests and benchmarks. It is no product for the open internet: what PPTP
encrypts can be read by anybody with resources, and nothing here limits what a user may do.";

/// A small PPTP server for demos, tests and benchmarks
#[derive(Debug, Parser)]
#[command(name = "culvert-server", version, after_help = AFTER_HELP)]
pub struct Arguments {
    /// Where the users are: a file with NAME:PASSWORD on each line, or - for standard input
    #[arg(long, value_name = "FILE")]
    pub users: String,
    /// Listen here: TCP on the port, GRE on the address
    #[arg(long, value_name = "ADDRESS[:PORT]", default_value = "0.0.0.0:1723", value_parser = listen)]
    listen: SocketAddrV4,
    /// The server's address inside the tunnel
    #[arg(long, value_name = "ADDRESS", default_value = "10.64.0.1")]
    local: Ipv4Addr,
    /// The addresses for clients
    #[arg(long, value_name = "FIRST-LAST", default_value = "10.64.0.10-10.64.0.250")]
    pool: AddressRange,
    /// A name server to tell the clients; the first two count
    #[arg(long, value_name = "ADDRESS")]
    dns: Vec<Ipv4Addr>,
    /// How well the traffic must be encrypted
    #[arg(long, value_enum, default_value_t = Level::Required128)]
    encryption: Level,
    /// Login methods, the strongest of which is demanded first: ms-chap-v2, ms-chap-v1, chap-md5, pap
    #[arg(long, value_name = "METHOD", value_delimiter = ',', default_value = "ms-chap-v2", value_parser = method)]
    auth: Vec<AuthMethod>,
    /// Accept stateful encryption
    #[arg(long)]
    stateful: bool,
    /// The MTU of the tunnel, in bytes
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u16).range(576..=1500))]
    mtu: Option<u16>,
    /// The TUN device's name; the kernel puts a free number for %d
    #[arg(long, value_name = "NAME", default_value = "culvert-srv%d")]
    interface: String,
    /// The most connections at a time
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    connections: usize,
}

/// How well the traffic must be encrypted.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Level {
    /// MPPE with 128 bits or no connection
    Required128,
    /// MPPE of any strength or no connection
    Required,
    /// MPPE where the client has it
    Preferred,
    /// Clear text
    None,
}

impl Arguments {
    /// The configuration that was asked for.
    pub fn into_config(self, users: Arc<UserList>) -> Config {
        Config {
            listen: self.listen,
            auth: self.auth.into(),
            encryption: self.encryption.into(),
            stateful: self.stateful,
            local: self.local,
            pool: self.pool,
            dns: self.dns,
            mtu: self.mtu.map_or(Mtu::Auto, Mtu::Bytes),
            interface: self.interface,
            connections: self.connections,
            ..Config::new(users)
        }
    }
}

impl From<Level> for Encryption {
    fn from(level: Level) -> Self {
        match level {
            Level::Required128 => Self::Required128,
            Level::Required => Self::Required,
            Level::Preferred => Self::Preferred,
            Level::None => Self::None,
        }
    }
}

fn listen(text: &str) -> Result<SocketAddrV4, String> {
    let address = text.parse::<SocketAddrV4>();
    let address = address.or_else(|_| text.parse().map(|address| SocketAddrV4::new(address, PPTP_PORT)));
    address.map_err(|_| "an IPv4 address, with or without a port".to_owned())
}

/// A login method by its name, or by one that people use elsewhere.
fn method(text: &str) -> Result<AuthMethod, String> {
    let name = match text {
        "mschapv2" => "ms-chap-v2",
        "mschapv1" => "ms-chap-v1",
        "chap" => "chap-md5",
        name => name,
    };
    let known = AuthMethod::ALL.into_iter().find(|method| method.as_str() == name);
    known.ok_or_else(|| format!("one of {}", AuthMethod::ALL.map(AuthMethod::as_str).join(", ")))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use clap::error::ErrorKind;

    use super::*;

    fn parse(arguments: &[&str]) -> Result<Config, clap::Error> {
        let program = ["culvert-server", "--users", "-"];
        let arguments = Arguments::try_parse_from(program.iter().chain(arguments))?;
        Ok(arguments.into_config(Arc::new(UserList::default())))
    }

    #[test]
    fn the_command_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn nothing_asked_for_gives_the_librarys_defaults() {
        let (config, default) = (parse(&[]).unwrap(), Config::new(Arc::new(UserList::default())));
        assert_eq!(config.listen, default.listen);
        assert_eq!((config.local, config.pool), (default.local, default.pool));
        assert_eq!((config.auth, config.encryption), (default.auth, default.encryption));
        assert_eq!((config.stateful, config.mtu), (default.stateful, default.mtu));
        assert_eq!((config.interface, config.connections), (default.interface, default.connections));
    }

    #[test]
    fn what_is_asked_for_is_configured() {
        let config = parse(&[
            "--listen=192.0.2.2",
            "--pool=192.0.2.65-192.0.2.70",
            "--dns=192.0.2.53",
            "--encryption=none",
            "--auth=chap-md5,pap",
            "--stateful",
            "--mtu=1300",
        ]);
        let config = config.unwrap();
        assert_eq!(config.listen, "192.0.2.2:1723".parse().unwrap());
        assert_eq!(config.pool.to_string(), "192.0.2.65-192.0.2.70");
        assert_eq!(config.dns, [Ipv4Addr::new(192, 0, 2, 53)]);
        assert_eq!((config.encryption, config.stateful), (Encryption::None, true));
        assert!(config.auth.iter().eq([AuthMethod::ChapMd5, AuthMethod::Pap]));
        assert_eq!(config.mtu, Mtu::Bytes(1300));
    }

    #[test]
    fn other_names_of_login_methods_are_understood() {
        let auth = parse(&["--auth=mschapv2,mschapv1,chap"]).unwrap().auth;
        assert!(auth.iter().eq([AuthMethod::MsChapV2, AuthMethod::MsChapV1, AuthMethod::ChapMd5]));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for argument in
            ["--auth=eap", "--mtu=100", "--pool=1.2.3.4", "--listen=[::1]:1723", "--encryption=much"]
        {
            let error = parse(&[argument]).unwrap_err();
            assert!(
                matches!(error.kind(), ErrorKind::ValueValidation | ErrorKind::InvalidValue),
                "{argument}"
            );
        }
        assert!(parse(&["--user=alice"]).is_err(), "--users names a file, and no user");
        let error = Arguments::try_parse_from(["culvert-server"]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MissingRequiredArgument);
    }
}
