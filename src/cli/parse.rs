//! Servers, users and domains as people write them.

use culvert_model::{Host, Keepalive, Mtu, PPTP_PORT};

/// A server and its port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) host: Host,
    pub(crate) port: u16,
}

/// `HOST`, `HOST:PORT`, `[IPV6]` or `[IPV6]:PORT`. (An IPv6 address is understood, so that the answer can be that
/// PPTP does not have it.)
pub(crate) fn server(text: &str) -> Result<Server, String> {
    if text.contains('/') {
        return Err("this is the server's name or address alone, without http:// and what follows".to_owned());
    }
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, port)) => (host, Some(port.strip_prefix(':').ok_or("after ] only :PORT may follow")?)),
        None => match text.split_once(':') {
            Some((host, port)) if !port.contains(':') => (host, Some(port)),
            _ => (text, None),
        },
    };
    let host = host.parse::<Host>().map_err(|error| error.to_string())?;
    let port = match port {
        None => PPTP_PORT,
        Some(port) => match port.parse() {
            Ok(port @ 1..) => port,
            _ => return Err("a port is a number from 1 to 65535".to_owned()),
        },
    };
    Ok(Server { host, port })
}

/// A user, and the domain that was written in front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) domain: Option<String>,
    pub(crate) name: String,
}

/// `NAME` or `DOMAIN\NAME`.
pub(crate) fn user(text: &str) -> Result<User, String> {
    let (domain, name) = match text.split_once('\\') {
        Some((before, name)) => (Some(domain(before)?), name),
        None => (None, text),
    };
    Ok(User { domain, name: name_of(name, "a user name")? })
}

/// A Windows domain.
pub(crate) fn domain(text: &str) -> Result<String, String> {
    name_of(text, "a domain")
}

/// A domain of the internet's names, such as `office.example.com`.
pub(crate) fn search_domain(text: &str) -> Result<String, String> {
    let domain = text.parse::<Host>().ok().filter(|domain| !domain.as_str().contains(':'));
    domain.map(String::from).ok_or_else(|| "a domain is written like office.example.com".to_owned())
}

/// A number of bytes, or `auto`.
pub(crate) fn mtu(text: &str) -> Result<Mtu, String> {
    match text.parse() {
        _ if text == "auto" => Ok(Mtu::Auto),
        Ok(bytes @ 576..=1500) => Ok(Mtu::Bytes(bytes)),
        _ => Err("it is a number of bytes from 576 to 1500, or auto".to_owned()),
    }
}

/// A number of seconds, or `auto`.
pub(crate) fn keepalive(text: &str) -> Result<Keepalive, String> {
    match text.parse() {
        _ if text == "auto" => Ok(Keepalive::Auto),
        Ok(seconds) if Keepalive::SECONDS.contains(&seconds) => Ok(Keepalive::Seconds(seconds)),
        _ => Err("it is a number of seconds from 5 to 300, or auto".to_owned()),
    }
}

fn name_of(text: &str, what: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err(format!("{what} can't be empty"));
    }
    if text.len() > 256 {
        return Err(format!("{what} has at most 256 bytes"));
    }
    if text.chars().any(char::is_control) {
        return Err(format!("{what} has no control characters"));
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
            assert!(server(text).unwrap_err().contains("without http://"), "{text}");
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
    fn a_search_domain_is_a_name() {
        assert_eq!(search_domain("office.example.com").as_deref(), Ok("office.example.com"));
        for text in ["", "a b", "[::1]", "2001:db8::1"] {
            assert!(search_domain(text).is_err(), "{text:?}");
        }
    }
}
