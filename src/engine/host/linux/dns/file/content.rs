//! What stands in a resolver file of ours, and how it is known again.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use culvert_model::is_host_address;
use culvert_policy::{Domains, TunnelDns};

/// Name servers beyond the third are never asked (`MAXNS` of `resolv.conf(5)`).
const MOST_SERVERS: usize = 3;

/// More domains than a profile may have are nobody's wish.
const MOST_DOMAINS: usize = 16;

/// The start of the first line of a file of ours.
const MARKER: &str = "# Written by Culvert, which puts back what was here before.";

/// The name servers and search domains of a resolver file, checked when they are put together: whoever holds one may
/// write it into a file of the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvConf {
    servers: Vec<Ipv4Addr>,
    search: Vec<String>,
}

/// Why something can't be written into a resolver file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// There is no name server.
    #[error("there is no name server")]
    NoServer,
    /// No host can have this address.
    #[error("{0} is nobody's address")]
    Server(Ipv4Addr),
    /// This is no domain name.
    #[error("{0:?} is no domain name")]
    Domain(String),
    /// There are more than 16 domains.
    #[error("there are too many domains")]
    TooMany,
    /// A resolver file has no way to say that only some names are meant.
    #[error("a resolver file can't send only some names to a name server")]
    SomeNames,
}

impl ResolvConf {
    /// A file with these servers, the first one preferred, and these domains behind names without a dot.
    ///
    /// # Errors
    /// [`Unfit`], where one of them is not what it should be.
    pub fn new(mut servers: Vec<Ipv4Addr>, search: Vec<String>) -> Result<Self, Unfit> {
        servers.truncate(MOST_SERVERS);
        if servers.is_empty() {
            return Err(Unfit::NoServer);
        }
        if let Some(&server) = servers.iter().find(|server| !is_host_address(**server)) {
            return Err(Unfit::Server(server));
        }
        if search.len() > MOST_DOMAINS {
            return Err(Unfit::TooMany);
        }
        match search.iter().find(|domain| !is_domain(domain)) {
            Some(domain) => Err(Unfit::Domain(domain.chars().take(253).collect())),
            None => Ok(Self { servers, search }),
        }
    }

    /// The name servers, the first one preferred.
    pub fn servers(&self) -> &[Ipv4Addr] {
        &self.servers
    }

    /// The domains that are tried behind names without a dot.
    pub fn search(&self) -> &[String] {
        &self.search
    }

    /// The lines that mean it.
    pub fn body(&self) -> String {
        let mut body = String::new();
        for server in &self.servers {
            let _ = writeln!(body, "nameserver {server}");
        }
        if !self.search.is_empty() {
            let _ = writeln!(body, "search {}", self.search.join(" "));
        }
        body
    }

    /// The whole file, with the line by which it is known to be ours.
    pub(super) fn file(&self, before: Before) -> String {
        let body = self.body();
        format!("{}{body}", marker(before, body.as_bytes()))
    }
}

impl TryFrom<&TunnelDns> for ResolvConf {
    type Error = Unfit;

    fn try_from(dns: &TunnelDns) -> Result<Self, Unfit> {
        match &dns.domains {
            Domains::All(search) => Self::new(dns.servers.clone(), search.clone()),
            Domains::Only(_) => Err(Unfit::SomeNames),
        }
    }
}

/// What was there before a file of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// Something that is kept beside it.
    Kept,
    /// Nothing.
    Nothing,
}

/// What was there before, if `file` is one of ours to which nobody has laid hands since.
pub(super) fn intact(file: &[u8]) -> Option<Before> {
    let end = file.iter().position(|&byte| byte == b'\n')?.checked_add(1)?;
    let (line, body) = file.split_at_checked(end)?;
    [Before::Kept, Before::Nothing].into_iter().find(|&before| line == marker(before, body).as_bytes())
}

/// Whether `file` begins as ours do.
pub(super) fn begins_as_ours(file: &[u8]) -> bool {
    file.starts_with(MARKER.as_bytes())
}

/// Whether `file` is one of ours that was half written over what was `saved`, or half taken back: both leave it as
/// long as that was.
pub(super) fn is_torn(file: &[u8], saved: &[u8]) -> bool {
    let len = file.len().min(MARKER.len());
    file.len() == saved.len() && file != saved && file.get(..len) == MARKER.as_bytes().get(..len)
}

fn marker(before: Before, body: &[u8]) -> String {
    let before = match before {
        Before::Kept => "kept",
        Before::Nothing => "none",
    };
    format!("{MARKER} original={before} check={:016x}\n", checksum(body))
}

/// FNV-1a with 64 bits: it tells a change from none, which nobody here has a reason to forge.
fn checksum(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

/// Whether a text is a domain name that means one thing to every resolver (RFC 1035 section 2.3.1, with underscores).
pub(crate) fn is_domain(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let is_label =
        |label: &str| (1..=63).contains(&label.len()) && label.chars().all(fits) && !label.starts_with('-');
    text.len() <= 253 && text.strip_suffix('.').unwrap_or(text).split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);

    fn file(search: &[&str]) -> Result<ResolvConf, Unfit> {
        ResolvConf::new(vec![SERVER], search.iter().map(|&domain| domain.to_owned()).collect())
    }

    #[test]
    fn a_file_of_ours_is_known_until_somebody_changes_it() {
        let wanted = file(&["office.example"]).unwrap();
        for before in [Before::Kept, Before::Nothing] {
            let text = wanted.file(before);
            assert!(text.ends_with("\nnameserver 10.0.0.1\nsearch office.example\n"), "{text}");
            assert_eq!(intact(text.as_bytes()), Some(before));
            for at in 0..text.len() {
                let mut changed = text.clone().into_bytes();
                changed[at] ^= 1;
                assert_eq!(intact(&changed), None, "byte {at}");
                assert_eq!(intact(&text.as_bytes()[..at]), None, "cut at {at}");
            }
            assert_eq!(intact(format!("{text}nameserver 10.0.0.2\n").as_bytes()), None);
        }
    }

    #[test]
    fn nothing_but_addresses_and_domains_gets_into_a_file() {
        assert_eq!(ResolvConf::new(vec![], vec![]), Err(Unfit::NoServer));
        for address in [Ipv4Addr::LOCALHOST, Ipv4Addr::UNSPECIFIED, Ipv4Addr::BROADCAST] {
            assert_eq!(ResolvConf::new(vec![SERVER, address], vec![]), Err(Unfit::Server(address)));
        }
        let long = "x".repeat(64);
        let bad = ["", ".", "a..b", "a b", "a\nnameserver 192.0.2.1", "-a", "a\0", "é.example", "#", &long];
        for domain in bad {
            assert_eq!(file(&[domain]), Err(Unfit::Domain(domain.to_owned())));
        }
        assert!(file(&["a", "b.example.", "_tcp.c-d.example"]).is_ok());
        assert_eq!(file(&["a"; 17]), Err(Unfit::TooMany));
    }

    #[test]
    fn only_the_first_three_servers_count() {
        let servers = (1..=5).map(|last| Ipv4Addr::new(10, 0, 0, last)).collect();
        assert_eq!(ResolvConf::new(servers, vec![]).unwrap().servers().len(), 3);
    }

    #[test]
    fn a_file_cannot_send_only_some_names() {
        let domains = Domains::Only(vec!["office.example".to_owned()]);
        let dns = TunnelDns { interface: "culvert0".to_owned(), servers: vec![SERVER], domains };
        assert_eq!(ResolvConf::try_from(&dns), Err(Unfit::SomeNames));
    }
}
