//! The fields of a profile.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{AuthMethods, Dns, Encryption, Host, Ipv6, Keepalive, Mtu, Traffic};

/// The TCP port of the PPTP control connection (RFC 2637 section 1.3).
pub const PPTP_PORT: u16 = 1723;

/// A connection as a person describes it. The password is never part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// What the person calls it. Any text; empty means "named after the server".
    #[serde(default)]
    pub name: String,
    /// The server's name or IPv4 address.
    pub server: Host,
    /// Where else the same server is to be had, tried in this order after it, at most
    /// [`Profile::MOST_FURTHER_SERVERS`]. Default nowhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further_servers: Vec<Host>,
    /// The server's TCP port. Default 1723.
    #[serde(default = "default_port")]
    pub port: u16,
    /// The user name, without the domain.
    pub username: String,
    /// The Windows domain that goes in front of the user name, if any.
    #[serde(default)]
    pub domain: Option<String>,
    /// How well the traffic must be encrypted. Default: MPPE with 128 bits or nothing at all.
    #[serde(default)]
    pub encryption: Encryption,
    /// The login methods that may be used. Default: MS-CHAPv2 alone.
    #[serde(default)]
    pub auth: AuthMethods,
    /// Whether to ask for stateful MPPE, whose keys change every 256 packets and not with every one: less work, and
    /// the only kind that some old servers have. Default no.
    #[serde(default)]
    pub stateful: bool,
    /// The MTU of the tunnel. Default automatic.
    #[serde(default)]
    pub mtu: Mtu,
    /// How long an idle tunnel waits before it asks whether the server is still there. Default automatic.
    #[serde(default)]
    pub keepalive: Keepalive,
    /// Which traffic goes through the tunnel. Default all of it.
    #[serde(default)]
    pub traffic: Traffic,
    /// Who is asked for names while the tunnel is up. Default the name servers that the server tells.
    #[serde(default)]
    pub dns: Dns,
    /// Domains that belong to the network behind the tunnel, at most [`Profile::MOST_SEARCH_DOMAINS`]. Where not all
    /// traffic goes through it, only names in these are asked for there.
    #[serde(default)]
    pub search_domains: Vec<String>,
    /// What happens to IPv6 while the guard is on. Default blocked.
    #[serde(default)]
    pub ipv6: Ipv6,
    /// Whether the private ranges of the local network may be reached beside the tunnel. Default no.
    #[serde(default)]
    pub lan: bool,
    /// Whether nothing leaves past the tunnel while it is wanted. Default yes.
    #[serde(default = "yes")]
    pub guard: bool,
    /// Whether a tunnel that was lost is dialled again by itself. Default yes.
    #[serde(default = "yes")]
    pub reconnect: bool,
    /// Whether the tunnel may run through another VPN that is up. Default no. It takes a profile without the guard, which
    /// would block what carries the other one.
    #[serde(default)]
    pub through_other_vpn: bool,
    /// The network interface whose devices are forwarded through the tunnel, and nowhere else; their addresses are
    /// private ones. Default none. Only an administrator can say so, in a managed profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<String>,
}

impl Profile {
    /// The most [`Profile::further_servers`].
    pub const MOST_FURTHER_SERVERS: usize = 7;
    /// The most [`Profile::search_domains`].
    pub const MOST_SEARCH_DOMAINS: usize = 16;

    /// A profile with every default, for a server and a user.
    pub fn new(server: Host, username: impl Into<String>) -> Self {
        Self {
            name: String::new(),
            server,
            further_servers: Vec::new(),
            port: PPTP_PORT,
            username: username.into(),
            domain: None,
            encryption: Encryption::default(),
            auth: AuthMethods::default(),
            stateful: false,
            mtu: Mtu::default(),
            keepalive: Keepalive::default(),
            traffic: Traffic::default(),
            dns: Dns::default(),
            search_domains: Vec::new(),
            ipv6: Ipv6::default(),
            lan: false,
            guard: true,
            reconnect: true,
            through_other_vpn: false,
            gateway: None,
        }
    }

    /// Every place where the server is to be had, in the order in which they are tried.
    pub fn servers(&self) -> impl Iterator<Item = &Host> {
        core::iter::once(&self.server).chain(&self.further_servers)
    }

    /// Whether the tunnel's name servers are to be asked for names in [`Profile::search_domains`] alone.
    pub fn splits_names(&self) -> bool {
        matches!(self.traffic, Traffic::Only { .. }) && !self.search_domains.is_empty()
    }

    /// What people call the connection: its name, or where it leads.
    pub fn display_name(&self) -> &str {
        if self.name.is_empty() { self.server.as_str() } else { &self.name }
    }

    /// The name sent to the server: `DOMAIN\user` where there is a domain.
    pub fn login_name(&self) -> String {
        match &self.domain {
            Some(domain) if !domain.is_empty() => {
                let mut name = domain.clone();
                name.push('\\');
                name.push_str(&self.username);
                name
            }
            _ => self.username.clone(),
        }
    }
}

const fn default_port() -> u16 {
    PPTP_PORT
}

const fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn the_domain_goes_in_front_of_the_name() {
        let mut profile = Profile::new("vpn.example.com".parse().unwrap(), "alice");
        assert_eq!(profile.login_name(), "alice");
        profile.domain = Some("OFFICE".to_string());
        assert_eq!(profile.login_name(), "OFFICE\\alice");
    }
}
