//! What people type: servers, users, domains and numbers.

use std::net::Ipv4Addr;

use culvert_model::{
    Dns, Host, HostError, Keepalive, Mtu, PPTP_PORT, Prefix, PrefixError, Profile, is_host_address,
};

use crate::SavedProfile;

/// Why something typed can't be meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TypedError {
    /// A web page's address instead of a server's.
    #[error("this is the server's name or address alone, without http:// and what follows")]
    WebAddress,
    /// Something else behind the bracket of an IPv6 address.
    #[error("after ] only :PORT may follow")]
    AfterBracket,
    /// No server's name or address.
    #[error(transparent)]
    Server(#[from] HostError),
    /// No port.
    #[error("a port is a number from 1 to 65535")]
    Port,
    /// Nothing was typed.
    #[error("it can't be empty")]
    Empty,
    /// More than `LONGEST_NAME`.
    #[error("it has at most {LONGEST_NAME} bytes")]
    TooLong,
    /// A line break, or something else that is not seen.
    #[error("it has no control characters")]
    ControlCharacter,
    /// No domain of the internet's names.
    #[error("a domain is written like office.example.com")]
    SearchDomain,
    /// No MTU.
    #[error("it is a number of bytes from 576 to 1500, or auto")]
    Mtu,
    /// No time between questions.
    #[error("it is a number of seconds from 5 to 300, or auto")]
    Keepalive,
    /// No network.
    #[error(transparent)]
    Network(#[from] PrefixError),
    /// No address of a name server.
    #[error("a name server is an address like 192.0.2.53")]
    NameServer,
    /// More than there can be of them.
    #[error("there can be at most {0}")]
    TooMany(usize),
}

/// The longest name of a user or a domain, in bytes.
const LONGEST_NAME: usize = 256;

/// A server and its port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its name or address.
    pub host: Host,
    /// The TCP port.
    pub port: u16,
}

/// `HOST`, `HOST:PORT`, `[IPV6]` or `[IPV6]:PORT`. (An IPv6 address is understood, so that the answer can be that
/// PPTP does not have it.)
///
/// # Errors
/// Why that is no server.
pub fn server(text: &str) -> Result<Server, TypedError> {
    if text.contains('/') {
        return Err(TypedError::WebAddress);
    }
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, port)) => (host, Some(port.strip_prefix(':').ok_or(TypedError::AfterBracket)?)),
        None => match text.split_once(':') {
            Some((host, port)) if !port.contains(':') => (host, Some(port)),
            _ => (text, None),
        },
    };
    let host = host.parse::<Host>()?;
    let port = match port {
        None => PPTP_PORT,
        Some(port) => match port.parse() {
            Ok(port @ 1..) => port,
            _ => return Err(TypedError::Port),
        },
    };
    Ok(Server { host, port })
}

/// A user, and the domain that was written in front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The Windows domain.
    pub domain: Option<String>,
    /// The name, also one with an `@`: that is for the server to understand.
    pub name: String,
}

/// `NAME` or `DOMAIN\NAME`.
///
/// # Errors
/// Why that is no user.
pub fn user(text: &str) -> Result<User, TypedError> {
    let (domain, name) = match text.split_once('\\') {
        Some((before, name)) => (Some(domain(before)?), name),
        None => (None, text),
    };
    Ok(User { domain, name: name_of(name)? })
}

/// A Windows domain.
///
/// # Errors
/// Why that is none.
pub fn domain(text: &str) -> Result<String, TypedError> {
    name_of(text)
}

/// A domain of the internet's names, such as `office.example.com`.
///
/// # Errors
/// [`TypedError::SearchDomain`].
pub fn search_domain(text: &str) -> Result<String, TypedError> {
    let domain = text.parse::<Host>().ok().filter(|domain| !domain.as_str().contains(':'));
    domain.map(String::from).ok_or(TypedError::SearchDomain)
}

/// What a person calls a connection; empty means that it is called like its server.
///
/// # Errors
/// Why nothing can be called so.
pub fn name(text: &str) -> Result<String, TypedError> {
    if text.is_empty() { Ok(String::new()) } else { name_of(text) }
}

/// What a person wants to remember of a connection, at most [`SavedProfile::LONGEST_NOTES`].
///
/// # Errors
/// [`TypedError::TooLong`].
pub fn notes(text: &str) -> Result<String, TypedError> {
    if text.len() > SavedProfile::LONGEST_NOTES { Err(TypedError::TooLong) } else { Ok(text.to_owned()) }
}

/// Servers with commas or spaces between them, at most [`Profile::MOST_FURTHER_SERVERS`].
///
/// # Errors
/// Why one of them is none, or that they are too many.
pub fn further_servers(text: &str) -> Result<Vec<Host>, TypedError> {
    list(text, Profile::MOST_FURTHER_SERVERS, |one| Ok(one.parse()?))
}

/// Networks with commas or spaces between them, at most [`Profile::MOST_ROUTES`].
///
/// # Errors
/// Why one of them is none, or that they are too many.
pub fn networks(text: &str) -> Result<Vec<Prefix>, TypedError> {
    list(text, Profile::MOST_ROUTES, |one| Ok(one.parse()?))
}

/// Addresses of name servers with commas or spaces between them, at most [`Dns::MOST`].
///
/// # Errors
/// That one of them is none, or that they are too many.
pub fn name_servers(text: &str) -> Result<Vec<Ipv4Addr>, TypedError> {
    let server = |one: &str| one.parse().ok().filter(|address| is_host_address(*address));
    list(text, Dns::MOST, |one| server(one).ok_or(TypedError::NameServer))
}

/// Domains with commas or spaces between them, at most [`Profile::MOST_SEARCH_DOMAINS`].
///
/// # Errors
/// That one of them is none, or that they are too many.
pub fn search_domains(text: &str) -> Result<Vec<String>, TypedError> {
    list(text, Profile::MOST_SEARCH_DOMAINS, search_domain)
}

fn list<T>(
    text: &str,
    most: usize,
    one: impl Fn(&str) -> Result<T, TypedError>,
) -> Result<Vec<T>, TypedError> {
    let parts = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|part| !part.is_empty());
    let all = parts.map(one).collect::<Result<Vec<_>, _>>()?;
    if all.len() > most { Err(TypedError::TooMany(most)) } else { Ok(all) }
}

/// A number of bytes, or `auto`.
///
/// # Errors
/// [`TypedError::Mtu`].
pub fn mtu(text: &str) -> Result<Mtu, TypedError> {
    match text.parse() {
        _ if text == "auto" => Ok(Mtu::Auto),
        Ok(bytes @ 576..=1500) => Ok(Mtu::Bytes(bytes)),
        _ => Err(TypedError::Mtu),
    }
}

/// A number of seconds, or `auto`.
///
/// # Errors
/// [`TypedError::Keepalive`].
pub fn keepalive(text: &str) -> Result<Keepalive, TypedError> {
    match text.parse() {
        _ if text == "auto" => Ok(Keepalive::Auto),
        Ok(seconds) if Keepalive::SECONDS.contains(&seconds) => Ok(Keepalive::Seconds(seconds)),
        _ => Err(TypedError::Keepalive),
    }
}

fn name_of(text: &str) -> Result<String, TypedError> {
    if text.is_empty() {
        return Err(TypedError::Empty);
    }
    if text.len() > LONGEST_NAME {
        return Err(TypedError::TooLong);
    }
    if text.chars().any(char::is_control) {
        return Err(TypedError::ControlCharacter);
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_may_have_a_port() {
        let parsed = |text: &str| server(text).map(|server| (server.host.to_string(), server.port));
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
    fn the_address_of_a_web_page_is_no_server() {
        for text in ["http://vpn.example.com/", "https://vpn.example.com", "vpn.example.com/login"] {
            assert_eq!(server(text), Err(TypedError::WebAddress), "{text}");
        }
    }

    #[test]
    fn a_user_may_have_a_domain() {
        let parsed = |text: &str| user(text).map(|user| (user.domain, user.name));
        assert_eq!(parsed("alice"), Ok((None, "alice".to_owned())));
        assert_eq!(parsed(r"OFFICE\alice"), Ok((Some("OFFICE".to_owned()), "alice".to_owned())));
        assert_eq!(parsed("alice@example.com"), Ok((None, "alice@example.com".to_owned())));
        for text in ["", r"\alice", r"OFFICE\", "a\tb", &"x".repeat(257)] {
            assert!(parsed(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_list_has_commas_or_spaces_and_an_end() {
        let networks = networks("10.0.0.0/8, 192.0.2.0/24\n203.0.113.0/24,").expect("three networks");
        assert_eq!(networks.len(), 3);
        assert_eq!(super::networks(" "), Ok(Vec::new()));
        let meant = "10.0.0.0/8".parse().expect("a network");
        let host_bits = TypedError::Network(PrefixError::HostBits(meant));
        assert_eq!(super::networks("10.0.0.1/8"), Err(host_bits));
        assert_eq!(name_servers("192.0.2.53,127.0.0.1"), Err(TypedError::NameServer));
        assert_eq!(name_servers("dns.example.com"), Err(TypedError::NameServer));
        let many = "192.0.2.53 ".repeat(Dns::MOST + 1);
        assert_eq!(name_servers(&many), Err(TypedError::TooMany(Dns::MOST)));
        assert_eq!(further_servers("a.example b.example").map(|all| all.len()), Ok(2));
        assert!(matches!(further_servers("a_b!"), Err(TypedError::Server(_))));
        assert_eq!(search_domains("a.example,b.example").map(|all| all.len()), Ok(2));
    }

    #[test]
    fn a_name_may_be_left_out_and_notes_have_an_end() {
        assert_eq!(name("").as_deref(), Ok(""));
        assert_eq!(name("a\nb"), Err(TypedError::ControlCharacter));
        assert_eq!(notes(&"x".repeat(SavedProfile::LONGEST_NOTES + 1)), Err(TypedError::TooLong));
        assert_eq!(notes("one\ntwo").as_deref(), Ok("one\ntwo"));
    }

    #[test]
    fn a_search_domain_is_a_name() {
        assert_eq!(search_domain("office.example.com").as_deref(), Ok("office.example.com"));
        for text in ["", "a b", "[::1]", "2001:db8::1"] {
            assert!(search_domain(text).is_err(), "{text:?}");
        }
    }
}
