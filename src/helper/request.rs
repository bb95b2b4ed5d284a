//! What of a request is looked at before anybody acts on it.

use culvert_ipc::Refusal;
use culvert_model::{
    AuthMethod, Dns, Encryption, Host, Ipv6, Keepalive, Mtu, Profile, Secret, Traffic, is_host_address,
};

/// The longest name of a profile, a user or a domain, in bytes (RFC 2759 section 4 allows names of 256).
const LONGEST_NAME: usize = 256;
/// The longest password, in bytes: 256 characters (RFC 2759 section 8.3) of up to 4 bytes each.
const LONGEST_PASSWORD: usize = 1024;
/// The most prefixes.
const MOST_ROUTES: usize = 256;

/// Checks what the types of a profile leave open.
pub(crate) fn check_profile(profile: &Profile) -> Result<(), Refusal> {
    let domain = profile.domain.as_deref().unwrap_or_default();
    check(is_name(&profile.name), "name")?;
    check(is_name(&profile.username) && !profile.username.is_empty(), "username")?;
    check(is_name(domain), "domain")?;
    check(profile.port != 0, "port")?;
    check(profile.auth.iter().next().is_some(), "auth")?;
    check(profile.further_servers.len() <= Profile::MOST_FURTHER_SERVERS, "further_servers")?;
    check(is_mtu(profile.mtu), "mtu")?;
    check(is_keepalive(profile.keepalive), "keepalive")?;
    check(is_traffic(&profile.traffic), "traffic")?;
    check(is_dns(&profile.dns), "dns")?;
    check(profile.gateway.is_none(), "gateway")?;
    let domains = &profile.search_domains;
    check(
        domains.len() <= Profile::MOST_SEARCH_DOMAINS && domains.iter().map(String::as_str).all(is_domain),
        "search_domains",
    )
}

/// Whether the profile asks for less than the default protection: of what goes through the tunnel, or against what goes
/// past it. Which networks are behind the tunnel is no question of that.
pub(crate) fn is_weaker(profile: &Profile) -> bool {
    profile.encryption != Encryption::Required128
        || profile.stateful
        || profile.auth.iter().any(|method| method != AuthMethod::MsChapV2)
        || !profile.guard
        || profile.lan
        || profile.ipv6 == Ipv6::Leave
        || profile.dns == Dns::Leave
}

/// Checks a password's length: its text is nobody's business.
pub(crate) fn check_password(password: &Secret) -> Result<(), Refusal> {
    check(password.expose().len() <= LONGEST_PASSWORD, "password")
}

fn check(usable: bool, field: &str) -> Result<(), Refusal> {
    if usable { Ok(()) } else { Err(Refusal::Unusable { field: field.to_owned() }) }
}

fn is_name(text: &str) -> bool {
    text.len() <= LONGEST_NAME && !text.chars().any(char::is_control)
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
            routes.len() <= MOST_ROUTES && (*classful || !routes.is_empty())
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
    use std::net::Ipv4Addr;

    use culvert_model::{AuthMethods, Prefix};

    use super::*;

    #[test]
    fn everything_below_the_default_is_weaker() {
        let good = Profile::new("vpn.example.com".parse().unwrap(), "alice");
        assert!(!is_weaker(&good));
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
        assert!(weak.iter().all(is_weaker));
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let good = Profile::new("vpn.example.com".parse().unwrap(), "alice");
        assert_eq!(check_profile(&good), Ok(()));
        let long = "x".repeat(LONGEST_NAME + 1);
        let servers = |address, count| Dns::Servers(vec![address; count]);
        let domains = |domain: &str, count| vec![domain.to_owned(); count];
        let server = Ipv4Addr::new(203, 0, 113, 53);
        let most = Profile {
            dns: servers(server, Dns::MOST),
            search_domains: domains("office.example.com", Profile::MOST_SEARCH_DOMAINS),
            ..good.clone()
        };
        assert_eq!(check_profile(&most), Ok(()));
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
            ("gateway", Profile { gateway: Some("eth1".to_owned()), ..good.clone() }),
            ("search_domains", Profile { search_domains: domains("a b", 1), ..good.clone() }),
            ("search_domains", Profile { search_domains: domains("::1", 1), ..good.clone() }),
            ("search_domains", Profile { search_domains: domains("a.example", 17), ..good }),
        ];
        for (field, profile) in cases {
            let refusal = Refusal::Unusable { field: field.to_owned() };
            assert_eq!(check_profile(&profile), Err(refusal), "{profile:?}");
        }
        assert_eq!(check_password(&Secret::new("x".repeat(1024))), Ok(()));
        assert!(check_password(&Secret::new("x".repeat(1025))).is_err());
    }
}
