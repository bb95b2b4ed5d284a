//! What a profile can be told on the command line.

use std::net::Ipv4Addr;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, ValueEnum};
use culvert_model::{
    AuthMethod, AuthMethods, Dns, Encryption, Host, Ipv6, Keepalive, Mtu, Prefix, Profile, Traffic,
};

use culvert_profiles::typed::{self, Server, User};

const THROUGH: &str = "What goes through the connection";

/// What a connection is told beside its name.
#[derive(Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct FieldOptions {
    /// The server's name or IPv4 address, and its port where that is not 1723.
    #[arg(long, value_name = "HOST[:PORT]", value_parser = typed::server)]
    server: Option<Server>,
    /// Another name or address of the same server, tried after the first; can be given several times.
    #[arg(long = "further-server", value_name = "HOST", value_delimiter = ',')]
    further_servers: Vec<Host>,
    /// The user name; DOMAIN\user is understood too.
    #[arg(long, value_name = "NAME", value_parser = typed::user)]
    user: Option<User>,
    /// The Windows domain of the user.
    #[arg(long, value_parser = typed::domain)]
    domain: Option<String>,
    /// How well the traffic must be encrypted.
    ///
    /// [default: required128]
    #[arg(long, value_enum, value_name = "LEVEL")]
    encryption: Option<EncryptionWord>,
    /// The login methods that may be used, with commas between them.
    ///
    /// [default: ms-chap-v2]
    #[arg(
        long,
        value_name = "METHODS",
        value_delimiter = ',',
        value_parser = PossibleValuesParser::new(METHODS.map(|(method, other)| PossibleValue::new(method.as_str()).alias(other))),
    )]
    auth: Vec<String>,
    /// Ask for stateful encryption, which is weaker: for old servers that have no other.
    #[arg(long, overrides_with = "no_stateful")]
    stateful: bool,
    /// Send only what goes to this network through the connection, and all else past it; can be given several times.
    #[arg(long = "route", value_name = "CIDR", value_delimiter = ',', help_heading = THROUGH)]
    routes: Vec<Prefix>,
    /// Send what goes to the classful network of the address that the server gives, as Windows does (10.x.x.x for
    /// 10.1.2.3), and only that and what --route names.
    #[arg(long, overrides_with = "no_classful", help_heading = THROUGH)]
    classful: bool,
    /// Let this computer and its local network (printers, for instance) reach each other beside the connection.
    #[arg(long, overrides_with = "no_lan", help_heading = THROUGH)]
    lan: bool,
    /// What happens to IPv6, of which the connection carries none.
    ///
    /// [default: block]
    #[arg(long, value_enum, value_name = "WHAT", help_heading = THROUGH)]
    ipv6: Option<Ipv6Word>,
    /// Let traffic go its way past the connection when that is lost.
    #[arg(long, overrides_with = "guard", help_heading = THROUGH)]
    no_guard: bool,
    /// Run through another VPN that is up; it takes --no-guard, which would block what carries that one.
    #[arg(long, overrides_with = "no_through_other_vpn", help_heading = THROUGH)]
    through_other_vpn: bool,
    /// Do not dial again when the connection is lost.
    #[arg(long, overrides_with = "reconnect")]
    no_reconnect: bool,
    /// Look up names at these name servers and not at those that the server tells, with commas between them.
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',', help_heading = "Names")]
    dns: Vec<Ipv4Addr>,
    /// Look up names where they are looked up without the connection.
    #[arg(long, conflicts_with_all = ["dns", "server_dns"], help_heading = "Names")]
    leave_dns: bool,
    /// A domain of the network behind the connection; can be given several times. With --route only names in it are
    /// looked up there.
    #[arg(long, value_name = "DOMAIN", value_delimiter = ',', value_parser = typed::search_domain, help_heading = "Names")]
    search: Vec<String>,
    /// The largest packet in the connection, in bytes, or auto.
    #[arg(long, value_name = "BYTES", value_parser = typed::mtu)]
    mtu: Option<Mtu>,
    /// How long an idle connection waits before it asks whether the server is still there, in seconds, or auto.
    #[arg(long, value_name = "SECONDS", value_parser = typed::keepalive)]
    keepalive: Option<Keepalive>,
    #[command(flatten)]
    usual: UsualOptions,
}

/// What takes back what a saved profile says.
#[derive(Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Back to the usual, in a saved profile")]
struct UsualOptions {
    /// Send everything through the connection.
    #[arg(long, conflicts_with_all = ["routes", "classful"], hide_short_help = true)]
    all_traffic: bool,
    /// Use the name servers that the server tells.
    #[arg(long, conflicts_with = "dns", hide_short_help = true)]
    server_dns: bool,
    /// Forget the search domains.
    #[arg(long, conflicts_with = "search", hide_short_help = true)]
    no_search: bool,
    /// Forget the domain of the user.
    #[arg(long, conflicts_with = "domain", hide_short_help = true)]
    no_domain: bool,
    /// Forget the further servers.
    #[arg(long, conflicts_with = "further_servers", hide_short_help = true)]
    no_further_server: bool,
    /// Do not ask for stateful encryption.
    #[arg(long, hide_short_help = true)]
    no_stateful: bool,
    /// Not the classful network, but what --route names.
    #[arg(long, hide_short_help = true)]
    no_classful: bool,
    /// Keep the local network away.
    #[arg(long, hide_short_help = true)]
    no_lan: bool,
    /// Let nothing go past the connection when that is lost.
    #[arg(long, hide_short_help = true)]
    guard: bool,
    /// Do not run through another VPN.
    #[arg(long, hide_short_help = true)]
    no_through_other_vpn: bool,
    /// Dial again when the connection is lost.
    #[arg(long, hide_short_help = true)]
    reconnect: bool,
}

/// The login methods, and what else is understood for them.
const METHODS: [(AuthMethod, &str); 4] = [
    (AuthMethod::MsChapV2, "mschapv2"),
    (AuthMethod::MsChapV1, "mschapv1"),
    (AuthMethod::ChapMd5, "chap"),
    (AuthMethod::Pap, "pap"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
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

impl FieldOptions {
    /// The profile that these describe; `None` where they leave the server or the user open.
    pub(crate) fn new_profile(&self) -> Option<Result<Profile, String>> {
        let (server, user) = (self.server.as_ref()?, self.user.as_ref()?);
        let mut profile = Profile::new(server.host.clone(), user.name.clone());
        Some(self.apply(&mut profile).map(|()| profile))
    }

    /// The server, where one is said.
    pub(crate) fn server(&self) -> Option<&Server> {
        self.server.as_ref()
    }

    /// The user, where one is said.
    pub(crate) fn user(&self) -> Option<&User> {
        self.user.as_ref()
    }

    /// Tells `profile` what is said here, and leaves the rest of it.
    ///
    /// # Errors
    /// What contradicts itself, as a sentence.
    pub(crate) fn apply(&self, profile: &mut Profile) -> Result<(), String> {
        self.apply_login(profile)?;
        self.apply_traffic(profile)?;
        self.apply_names(profile)?;
        if let Some(server) = &self.server {
            (profile.server, profile.port) = (server.host.clone(), server.port);
        }
        if self.further_servers.len() > Profile::MOST_FURTHER_SERVERS {
            return Err(format!("there can be at most {} further servers", Profile::MOST_FURTHER_SERVERS));
        }
        replace_list(&mut profile.further_servers, &self.further_servers, self.usual.no_further_server);
        profile.mtu = self.mtu.unwrap_or(profile.mtu);
        profile.keepalive = self.keepalive.unwrap_or(profile.keepalive);
        switch(&mut profile.reconnect, self.usual.reconnect, self.no_reconnect);
        Ok(())
    }

    fn apply_login(&self, profile: &mut Profile) -> Result<(), String> {
        if let Some(User { domain, name }) = &self.user {
            if domain.is_some() && self.domain.is_some() {
                return Err(r"the domain is given twice: with --domain, and in --user DOMAIN\user".to_owned());
            }
            profile.username.clone_from(name);
            profile.domain = domain.clone().or(profile.domain.take());
        }
        profile.domain = self.domain.clone().or(profile.domain.take()).filter(|_| !self.usual.no_domain);
        if !self.auth.is_empty() {
            let is_asked = |(method, other): &(AuthMethod, &str)| {
                self.auth.iter().any(|asked| asked == method.as_str() || asked == other)
            };
            profile.auth = AuthMethods::new(METHODS.into_iter().filter(is_asked).map(|(method, _)| method));
        }
        profile.encryption = self.encryption.map_or(profile.encryption, Encryption::from);
        switch(&mut profile.stateful, self.stateful, self.usual.no_stateful);
        if profile.lacks_keys() {
            return Err(
                "encryption takes its keys from MS-CHAP: allow --auth ms-chap-v2, or give up encryption \
                        with --encryption none"
                    .to_owned(),
            );
        }
        Ok(())
    }

    fn apply_traffic(&self, profile: &mut Profile) -> Result<(), String> {
        let (mut routes, mut classful) = match &profile.traffic {
            Traffic::All => (Vec::new(), false),
            Traffic::Only { routes, classful } => (routes.clone(), *classful),
        };
        replace_list(&mut routes, &self.routes, self.usual.all_traffic);
        switch(&mut classful, self.classful, self.usual.no_classful || self.usual.all_traffic);
        let is_all = routes.is_empty() && !classful;
        profile.traffic = if is_all { Traffic::All } else { Traffic::Only { routes, classful } };
        profile.ipv6 = self.ipv6.map_or(profile.ipv6, Ipv6::from);
        switch(&mut profile.lan, self.lan, self.usual.no_lan);
        switch(&mut profile.guard, self.usual.guard, self.no_guard);
        switch(&mut profile.through_other_vpn, self.through_other_vpn, self.usual.no_through_other_vpn);
        if profile.through_other_vpn && profile.guard {
            return Err(
                "--through-other-vpn takes --no-guard: the guard would block what carries the other VPN"
                    .to_owned(),
            );
        }
        Ok(())
    }

    fn apply_names(&self, profile: &mut Profile) -> Result<(), String> {
        if self.dns.len() > Dns::MOST {
            return Err(format!("there can be at most {} name servers", Dns::MOST));
        }
        if self.search.len() > Profile::MOST_SEARCH_DOMAINS {
            return Err(format!("there can be at most {} search domains", Profile::MOST_SEARCH_DOMAINS));
        }
        if !self.dns.is_empty() {
            profile.dns = Dns::Servers(self.dns.clone());
        } else if self.leave_dns {
            profile.dns = Dns::Leave;
        } else if self.usual.server_dns {
            profile.dns = Dns::FromServer;
        }
        replace_list(&mut profile.search_domains, &self.search, self.usual.no_search);
        Ok(())
    }
}

fn switch(field: &mut bool, on: bool, off: bool) {
    *field = on || *field && !off;
}

fn replace_list<T: Clone>(field: &mut Vec<T>, said: &[T], is_none: bool) {
    if is_none || !said.is_empty() {
        *field = said.to_vec();
    }
}
