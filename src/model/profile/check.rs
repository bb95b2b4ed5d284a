//! What the types of a profile leave open.

use super::{AuthMethod, Dns, Encryption, Host, Ipv6, Keepalive, Mtu, Profile, Traffic};
use crate::is_host_address;

/// A field that can't be used as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the profile's {field} cannot be used")]
pub struct Unusable {
    /// Its name.
    pub field: &'static str,
}

/// Something by which a profile asks for less than the default protection: of what goes through the tunnel, or against
/// what goes past it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weakness {
    /// Encryption with 40 or 56 bits will do.
    FewBits,
    /// Encryption is given up where the server has none.
    EncryptionOptional,
    /// There is no encryption.
    NoEncryption,
    /// The keys change every 256 packets only.
    Stateful,
    /// The server need not prove itself.
    MsChapV1,
    /// The server need not prove itself, and no keys come of it.
    ChapMd5,
    /// The password crosses in clear.
    Pap,
    /// Traffic goes past a tunnel that is lost.
    NoGuard,
    /// The local network is reached beside the tunnel.
    Lan,
    /// IPv6 goes past the tunnel.
    Ipv6,
    /// Names are looked up beside the tunnel.
    Dns,
}

impl Profile {
    /// The longest name of a profile, a user or a domain, in bytes (RFC 2759 section 4 allows names of 256).
    pub const LONGEST_NAME: usize = 256;
    /// The most prefixes in [`Traffic::Only`].
    pub const MOST_ROUTES: usize = 256;

    /// Checks what the types of the fields leave open.
    ///
    /// # Errors
    /// The first field that can't be used.
    pub fn check(&self) -> Result<(), Unusable> {
        let domain = self.domain.as_deref().unwrap_or_default();
        check(is_name(&self.name), "name")?;
        check(is_name(&self.username) && !self.username.is_empty(), "username")?;
        check(is_name(domain), "domain")?;
        check(self.port != 0, "port")?;
        check(self.auth.iter().next().is_some(), "auth")?;
        check(self.further_servers.len() <= Self::MOST_FURTHER_SERVERS, "further_servers")?;
        check(is_mtu(self.mtu), "mtu")?;
        check(is_keepalive(self.keepalive), "keepalive")?;
        check(is_traffic(&self.traffic), "traffic")?;
        check(is_dns(&self.dns), "dns")?;
        check(!(self.through_other_vpn && self.guard), "through_other_vpn")?;
        check(self.gateway.is_none(), "gateway")?;
        let mut domains = self.search_domains.iter();
        let are_few = domains.len() <= Self::MOST_SEARCH_DOMAINS;
        check(are_few && domains.all(|domain| is_domain(domain)), "search_domains")
    }

    /// Whether it requires encryption, and allows no login that gives keys for it (RFC 3079).
    pub fn lacks_keys(&self) -> bool {
        self.encryption.is_required() && !self.auth.iter().any(AuthMethod::gives_keys)
    }

    /// By what it asks for less than the default protection. Which networks are behind the tunnel is no question of
    /// that.
    pub fn weaknesses(&self) -> impl Iterator<Item = Weakness> + '_ {
        let encryption = match self.encryption {
            Encryption::Required128 => None,
            Encryption::Required => Some(Weakness::FewBits),
            Encryption::Preferred => Some(Weakness::EncryptionOptional),
            Encryption::None => Some(Weakness::NoEncryption),
        };
        let methods = self.auth.iter().filter_map(|method| match method {
            AuthMethod::MsChapV2 => None,
            AuthMethod::MsChapV1 => Some(Weakness::MsChapV1),
            AuthMethod::ChapMd5 => Some(Weakness::ChapMd5),
            AuthMethod::Pap => Some(Weakness::Pap),
        });
        let others = [
            (self.stateful, Weakness::Stateful),
            (!self.guard, Weakness::NoGuard),
            (self.lan, Weakness::Lan),
            (self.ipv6 == Ipv6::Leave, Weakness::Ipv6),
            (self.dns == Dns::Leave, Weakness::Dns),
        ];
        let others = others.into_iter().filter_map(|(is_so, weakness)| is_so.then_some(weakness));
        encryption.into_iter().chain(methods).chain(others)
    }

    /// Whether it asks for less than the default protection.
    pub fn is_weaker(&self) -> bool {
        self.weaknesses().next().is_some()
    }
}

fn check(usable: bool, field: &'static str) -> Result<(), Unusable> {
    if usable { Ok(()) } else { Err(Unusable { field }) }
}

fn is_name(text: &str) -> bool {
    text.len() <= Profile::LONGEST_NAME && !text.chars().any(char::is_control)
}

fn is_mtu(mtu: Mtu) -> bool {
    match mtu {
        Mtu::Auto => true,
        Mtu::Bytes(bytes) => (576..=1500).contains(&bytes),
    }
}

fn is_keepalive(keepalive: Keepalive) -> bool {
    match keepalive {
        Keepalive::Auto => true,
        Keepalive::Seconds(seconds) => Keepalive::SECONDS.contains(&seconds),
    }
}

fn is_traffic(traffic: &Traffic) -> bool {
    match traffic {
        Traffic::All => true,
        Traffic::Only { routes, classful } => {
            routes.len() <= Profile::MOST_ROUTES && (*classful || !routes.is_empty())
        }
    }
}

fn is_dns(dns: &Dns) -> bool {
    match dns {
        Dns::FromServer | Dns::Leave => true,
        Dns::Servers(servers) => {
            (1..=Dns::MOST).contains(&servers.len()) && servers.iter().copied().all(is_host_address)
        }
    }
}

fn is_domain(domain: &str) -> bool {
    domain.parse::<Host>().is_ok_and(|domain| domain.address().is_none() && !domain.as_str().contains(':'))
}

#[cfg(test)]
mod tests {
    use alloc::borrow::ToOwned;
    use alloc::string::String;
    use alloc::vec;
    use core::net::Ipv4Addr;

    use super::*;
    use crate::{AuthMethods, Prefix};

    #[test]
    fn everything_below_the_default_is_weaker() {
        let good = Profile::new("vpn.example.com".parse().unwrap(), "alice");
        assert!(!good.is_weaker());
        let weak = [
            Profile { encryption: Encryption::Required, ..good.clone() },
            Profile { encryption: Encryption::Preferred, ..good.clone() },
            Profile { encryption: Encryption::None, ..good.clone() },
            Profile { stateful: true, ..good.clone() },
            Profile { auth: AuthMethods::new([AuthMethod::MsChapV2, AuthMethod::Pap]), ..good.clone() },
            Profile { auth: AuthMethods::new([AuthMethod::MsChapV1]), ..good.clone() },
            Profile { guard: false, ..good.clone() },
            Profile { lan: true, ..good.clone() },
            Profile { ipv6: Ipv6::Leave, ..good.clone() },
            Profile { dns: Dns::Leave, ..good },
        ];
        assert!(weak.iter().all(Profile::is_weaker));
    }

    #[test]
    fn required_encryption_takes_a_login_that_gives_keys() {
        let good = Profile::new("vpn.example.com".parse().unwrap(), "alice");
        assert!(!good.lacks_keys());
        let chap = Profile { auth: AuthMethods::new([AuthMethod::ChapMd5, AuthMethod::Pap]), ..good };
        assert!(chap.lacks_keys());
        assert!(!Profile { encryption: Encryption::Preferred, ..chap }.lacks_keys());
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let good = Profile::new("vpn.example.com".parse().unwrap(), "alice");
        assert_eq!(good.check(), Ok(()));
        let long = "x".repeat(Profile::LONGEST_NAME + 1);
        let servers = |address, count| Dns::Servers(vec![address; count]);
        let domains = |domain: &str, count| vec![domain.to_owned(); count];
        let server = Ipv4Addr::new(203, 0, 113, 53);
        let most = Profile {
            dns: servers(server, Dns::MOST),
            search_domains: domains("office.example.com", Profile::MOST_SEARCH_DOMAINS),
            ..good.clone()
        };
        assert_eq!(most.check(), Ok(()));
        let cases = [
            ("name", Profile { name: "a\nb".to_owned(), ..good.clone() }),
            ("name", Profile { name: long.clone(), ..good.clone() }),
            ("username", Profile { username: String::new(), ..good.clone() }),
            ("username", Profile { username: "a\0".to_owned(), ..good.clone() }),
            ("domain", Profile { domain: Some(long), ..good.clone() }),
            ("port", Profile { port: 0, ..good.clone() }),
            ("auth", Profile { auth: AuthMethods::new([]), ..good.clone() }),
            ("mtu", Profile { mtu: Mtu::Bytes(575), ..good.clone() }),
            ("keepalive", Profile { keepalive: Keepalive::Seconds(4), ..good.clone() }),
            ("further_servers", Profile { further_servers: vec![good.server.clone(); 8], ..good.clone() }),
            ("traffic", Profile { traffic: Traffic::only(vec![]), ..good.clone() }),
            ("traffic", Profile { traffic: Traffic::only(vec![Prefix::ALL; 257]), ..good.clone() }),
            ("dns", Profile { dns: servers(server, 0), ..good.clone() }),
            ("dns", Profile { dns: servers(server, Dns::MOST + 1), ..good.clone() }),
            ("dns", Profile { dns: servers(Ipv4Addr::LOCALHOST, 1), ..good.clone() }),
            ("through_other_vpn", Profile { through_other_vpn: true, ..good.clone() }),
            ("gateway", Profile { gateway: Some("eth1".to_owned()), ..good.clone() }),
            ("search_domains", Profile { search_domains: domains("a b", 1), ..good.clone() }),
            ("search_domains", Profile { search_domains: domains("::1", 1), ..good.clone() }),
            ("search_domains", Profile { search_domains: domains("a.example", 17), ..good }),
        ];
        for (field, profile) in cases {
            assert_eq!(profile.check(), Err(Unusable { field }), "{profile:?}");
        }
    }
}
