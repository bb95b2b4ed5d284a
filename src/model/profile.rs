//! What a person asked for.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr};
use core::str::FromStr;

use serde::{Deserialize, Serialize};

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
            gateway: None,
        }
    }

    /// Every place where the server is to be had, in the order in which they are tried.
    pub fn servers(&self) -> impl Iterator<Item = &Host> {
        core::iter::once(&self.server).chain(&self.further_servers)
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

/// A server's name or address, checked when it is made: no white space, no control characters, 1 to 253 bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Host(String);

/// Why a text is not a [`Host`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// There is no text.
    #[error("the server's name is empty")]
    Empty,
    /// Longer than a DNS name can be (253 bytes).
    #[error("the server's name is longer than 253 characters")]
    TooLong,
    /// A character that no host name has.
    #[error("the server's name has a character that no host name has: {0:?}")]
    Character(char),
}

impl Host {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address, where the text is one.
    pub fn address(&self) -> Option<IpAddr> {
        self.0.parse().ok()
    }
}

impl FromStr for Host {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(HostError::Empty);
        }
        if text.len() > 253 {
            return Err(HostError::TooLong);
        }
        let strange = |c: &char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':'));
        match text.chars().find(strange) {
            Some(c) => Err(HostError::Character(c)),
            None => Ok(Self(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Host {
    type Error = HostError;

    fn try_from(text: String) -> Result<Self, HostError> {
        text.parse()
    }
}

impl From<Host> for String {
    fn from(host: Host) -> Self {
        host.0
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How well the traffic must be encrypted (MPPE, RFC 3078).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encryption {
    /// 128-bit MPPE or no connection.
    #[default]
    Required128,
    /// MPPE of any strength or no connection.
    Required,
    /// MPPE of any strength if the server has it, clear text otherwise.
    Preferred,
    /// Clear text.
    None,
}

impl Encryption {
    /// Whether the connection must end rather than carry clear text.
    pub const fn is_required(self) -> bool {
        matches!(self, Self::Required128 | Self::Required)
    }
}

/// The length of an MPPE session key (RFC 3078 section 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum KeyStrength {
    /// 40 bits.
    #[serde(rename = "40")]
    Bits40,
    /// 56 bits.
    #[serde(rename = "56")]
    Bits56,
    /// 128 bits.
    #[serde(rename = "128")]
    Bits128,
}

impl KeyStrength {
    /// The number of bits.
    pub const fn bits(self) -> u8 {
        match self {
            Self::Bits40 => 40,
            Self::Bits56 => 56,
            Self::Bits128 => 128,
        }
    }
}

/// A login method that PPP can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthMethod {
    /// Password Authentication Protocol (RFC 1334): the password in clear.
    Pap,
    /// CHAP with MD5 (RFC 1994): no encryption keys come of it.
    ChapMd5,
    /// MS-CHAP version 1 (RFC 2433): the server proves nothing.
    MsChapV1,
    /// MS-CHAP version 2 (RFC 2759): the server proves that it knows the password.
    MsChapV2,
}

impl AuthMethod {
    /// Every method, the best first.
    pub const ALL: [Self; 4] = [Self::MsChapV2, Self::MsChapV1, Self::ChapMd5, Self::Pap];

    /// Whether MPPE keys come of this login (RFC 3079).
    pub const fn gives_keys(self) -> bool {
        matches!(self, Self::MsChapV1 | Self::MsChapV2)
    }

    /// What people call it, in every language.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pap => "PAP",
            Self::ChapMd5 => "CHAP-MD5",
            Self::MsChapV1 => "MS-CHAPv1",
            Self::MsChapV2 => "MS-CHAPv2",
        }
    }

    /// The word for it on a command line and in a file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pap => "pap",
            Self::ChapMd5 => "chap-md5",
            Self::MsChapV1 => "ms-chap-v1",
            Self::MsChapV2 => "ms-chap-v2",
        }
    }
}

impl fmt::Display for AuthMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The login methods that a profile allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<AuthMethod>", into = "Vec<AuthMethod>")]
pub struct AuthMethods(Vec<AuthMethod>);

impl AuthMethods {
    /// Exactly these, in order of preference: the strongest first, however they were listed.
    pub fn new(methods: impl IntoIterator<Item = AuthMethod>) -> Self {
        let mut methods: Vec<_> = methods.into_iter().collect();
        methods.sort_unstable_by(|a, b| b.cmp(a));
        methods.dedup();
        Self(methods)
    }

    /// Whether `method` may be used.
    pub fn allows(&self, method: AuthMethod) -> bool {
        self.0.contains(&method)
    }

    /// The allowed methods, the strongest first.
    pub fn iter(&self) -> impl Iterator<Item = AuthMethod> + '_ {
        self.0.iter().copied()
    }
}

impl Default for AuthMethods {
    fn default() -> Self {
        Self::new([AuthMethod::MsChapV2])
    }
}

impl From<Vec<AuthMethod>> for AuthMethods {
    fn from(methods: Vec<AuthMethod>) -> Self {
        Self::new(methods)
    }
}

impl From<AuthMethods> for Vec<AuthMethod> {
    fn from(methods: AuthMethods) -> Self {
        methods.0
    }
}

/// The largest IP packet that goes into the tunnel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mtu {
    /// From the server's MRU and the way to it, at most 1400 bytes.
    #[default]
    Auto,
    /// This many bytes, 576 to 1500.
    Bytes(u16),
}

/// How long an idle tunnel waits before it asks whether the server is still there (LCP Echo-Request, RFC 1661
/// section 5.8). Under traffic it asks by what is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keepalive {
    /// 20 seconds: shorter than the shortest memory for GRE that routers are known to have (30 s).
    #[default]
    Auto,
    /// This many seconds, [`Keepalive::SECONDS`].
    Seconds(u16),
}

impl Keepalive {
    /// The seconds that can be asked for.
    pub const SECONDS: core::ops::RangeInclusive<u16> = 5..=300;

    /// The wait in seconds, within the range.
    pub fn seconds(self) -> u16 {
        match self {
            Self::Auto => 20,
            Self::Seconds(seconds) => seconds.clamp(*Self::SECONDS.start(), *Self::SECONDS.end()),
        }
    }
}

/// Which traffic goes through the tunnel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Traffic {
    /// All of it.
    #[default]
    All,
    /// Only some of it.
    Only {
        /// What goes to these prefixes.
        #[serde(default)]
        routes: Vec<Prefix>,
        /// What goes to the classful network of our address inside the tunnel (RFC 791 section 2.3), as Windows
        /// does it. Default no.
        #[serde(default)]
        classful: bool,
    },
}

impl Traffic {
    /// Only what goes to these prefixes.
    pub fn only(routes: impl Into<Vec<Prefix>>) -> Self {
        Self::Only { routes: routes.into(), classful: false }
    }
}

/// What happens to IPv6 while IPv4 is guarded. The tunnel carries none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ipv6 {
    /// It is blocked, because it would go past the tunnel.
    #[default]
    Block,
    /// It goes past the tunnel.
    Leave,
}

/// Who is asked for names while the tunnel is up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dns {
    /// The name servers that the server tells.
    #[default]
    FromServer,
    /// These, at most [`Dns::MOST`].
    Servers(Vec<Ipv4Addr>),
    /// Whoever is asked without the tunnel.
    Leave,
}

impl Dns {
    /// The most name servers of a profile.
    pub const MOST: usize = 8;
}

/// An IPv4 prefix in CIDR form, host bits zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Prefix {
    address: Ipv4Addr,
    length: u8,
}

/// Why a text is not a [`Prefix`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrefixError {
    /// Not of the form `a.b.c.d/length`.
    #[error("a network is written like 192.0.2.0/24")]
    Form,
    /// The length is above 32.
    #[error("a network's length is 0 to 32")]
    Length,
    /// Bits are set behind the length; the prefix that was probably meant is named.
    #[error("bits are set beyond the network's length; {0} was probably meant")]
    HostBits(Prefix),
}

impl Prefix {
    /// Every IPv4 address.
    pub const ALL: Self = Self { address: Ipv4Addr::UNSPECIFIED, length: 0 };

    /// A prefix of `length` bits (0 to 32); host bits of `address` must be zero.
    pub const fn new(address: Ipv4Addr, length: u8) -> Result<Self, PrefixError> {
        if length > 32 {
            return Err(PrefixError::Length);
        }
        let network = Self::around(address, length);
        if network.address.to_bits() == address.to_bits() {
            Ok(network)
        } else {
            Err(PrefixError::HostBits(network))
        }
    }

    /// The prefix of `length` bits (at most 32) in which `address` lies.
    pub const fn around(address: Ipv4Addr, length: u8) -> Self {
        let mask = match u32::MAX.checked_shl(32_u32.saturating_sub(length as u32)) {
            Some(mask) => mask,
            None => 0,
        };
        let length = if length > 32 { 32 } else { length };
        Self { address: Ipv4Addr::from_bits(address.to_bits() & mask), length }
    }

    /// The classful network in which `address` lies (RFC 791 section 2.3); `None` for those of no single host.
    pub const fn classful(address: Ipv4Addr) -> Option<Self> {
        match address.octets()[0] {
            0..=127 => Some(Self::around(address, 8)),
            128..=191 => Some(Self::around(address, 16)),
            192..=223 => Some(Self::around(address, 24)),
            224.. => None,
        }
    }

    /// The network's address.
    pub const fn address(self) -> Ipv4Addr {
        self.address
    }

    /// The number of leading bits that count, 0 to 32.
    pub const fn length(self) -> u8 {
        self.length
    }

    /// Whether `address` lies within.
    pub fn contains(self, address: Ipv4Addr) -> bool {
        let mask = u32::MAX.checked_shl(32 - u32::from(self.length)).unwrap_or(0);
        address.to_bits() & mask == self.address.to_bits()
    }
}

impl FromStr for Prefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, PrefixError> {
        let (address, length) = text.trim().split_once('/').unwrap_or((text.trim(), "32"));
        let address = address.parse().map_err(|_| PrefixError::Form)?;
        Self::new(address, length.parse().map_err(|_| PrefixError::Form)?)
    }
}

impl TryFrom<String> for Prefix {
    type Error = PrefixError;

    fn try_from(text: String) -> Result<Self, PrefixError> {
        text.parse()
    }
}

impl From<Prefix> for String {
    fn from(prefix: Prefix) -> Self {
        prefix.to_string()
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_names_what_was_meant() {
        let meant = Prefix::new(Ipv4Addr::new(192, 0, 2, 0), 24).unwrap();
        assert_eq!("192.0.2.7/24".parse::<Prefix>(), Err(PrefixError::HostBits(meant)));
        assert_eq!("192.0.2.0/24".parse(), Ok(meant));
        assert_eq!("0.0.0.0/0".parse(), Ok(Prefix::ALL));
        assert_eq!("192.0.2.0/33".parse::<Prefix>(), Err(PrefixError::Length));
        assert_eq!("office".parse::<Prefix>(), Err(PrefixError::Form));
        assert!(meant.contains(Ipv4Addr::new(192, 0, 2, 255)));
        assert!(!meant.contains(Ipv4Addr::new(192, 0, 3, 0)));
        assert!(Prefix::ALL.contains(Ipv4Addr::BROADCAST));
    }

    #[test]
    fn a_classful_network_is_told_by_the_first_bits() {
        let classful =
            |a, b, c, d| Prefix::classful(Ipv4Addr::new(a, b, c, d)).map(|prefix| prefix.to_string());
        assert_eq!(classful(10, 1, 2, 3).as_deref(), Some("10.0.0.0/8"));
        assert_eq!(classful(172, 16, 2, 3).as_deref(), Some("172.16.0.0/16"));
        assert_eq!(classful(192, 168, 2, 3).as_deref(), Some("192.168.2.0/24"));
        assert_eq!(classful(224, 0, 0, 1), None);
    }

    #[test]
    fn a_host_has_no_strange_characters() {
        assert_eq!("".parse::<Host>(), Err(HostError::Empty));
        assert_eq!("vpn example".parse::<Host>(), Err(HostError::Character(' ')));
        assert_eq!("vpn\nexample".parse::<Host>(), Err(HostError::Character('\n')));
        assert_eq!(" vpn.example.com ".parse::<Host>().unwrap().as_str(), "vpn.example.com");
    }

    #[test]
    fn the_strongest_login_method_comes_first() {
        let methods = AuthMethods::new([AuthMethod::Pap, AuthMethod::MsChapV2, AuthMethod::Pap]);
        assert!(methods.iter().eq([AuthMethod::MsChapV2, AuthMethod::Pap]));
    }

    #[test]
    fn the_domain_goes_in_front_of_the_name() {
        let mut profile = Profile::new("vpn.example.com".parse().unwrap(), "alice");
        assert_eq!(profile.login_name(), "alice");
        profile.domain = Some("OFFICE".to_string());
        assert_eq!(profile.login_name(), "OFFICE\\alice");
    }
}
