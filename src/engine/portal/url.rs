//! Addresses that a browser may be sent to.

use culvert_model::Host;

/// The longest address that is taken, in bytes.
const LONGEST: usize = 1024;

/// An address of the web that is fit to be shown and opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    pub(super) text: String,
    pub(super) host: Host,
    pub(super) is_secure: bool,
    /// The TCP port, where one is named.
    pub(super) port: Option<u16>,
}

impl Url {
    /// Reads the target of a redirection on `from`; nothing if it is anything but HTTP to an ordinary host. One that
    /// has a user name in front of its host is none: it looks as if it led somewhere else.
    pub(super) fn read(target: &str, from: &str) -> Option<Self> {
        let text = match target.strip_prefix('/') {
            Some(rest) if rest.starts_with('/') => format!("http:{target}"),
            Some(_) => format!("http://{from}{target}"),
            None => target.to_owned(),
        };
        let is_fit = |byte: u8| byte.is_ascii_graphic() && !b"\"'<>\\^`{|}".contains(&byte);
        if text.len() > LONGEST || !text.bytes().all(is_fit) {
            return None;
        }
        let (scheme, rest) = text.split_once("://")?;
        let is_secure = scheme.eq_ignore_ascii_case("https");
        if !is_secure && !scheme.eq_ignore_ascii_case("http") {
            return None;
        }
        let authority = rest.split(['/', '?', '#']).next()?;
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, Some(port.parse::<u16>().ok()?)),
            None => (authority, None),
        };
        let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if !host.bytes().all(is_fit) {
            return None;
        }
        let host = host.parse().ok()?;
        Some(Self { text, host, is_secure, port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(target: &str) -> Option<(String, String)> {
        let url = Url::read(target, "check.example.com")?;
        Some((url.text, url.host.to_string()))
    }

    #[test]
    fn ordinary_addresses_are_taken() {
        for (target, text, host) in [
            (
                "http://login.example.com/?a=b&c=%20",
                "http://login.example.com/?a=b&c=%20",
                "login.example.com",
            ),
            ("HTTPS://10.0.0.1:8443/x#y", "HTTPS://10.0.0.1:8443/x#y", "10.0.0.1"),
            ("https://login.example.com", "https://login.example.com", "login.example.com"),
            ("/login", "http://check.example.com/login", "check.example.com"),
            ("//login.example.com/x", "http://login.example.com/x", "login.example.com"),
        ] {
            assert_eq!(read(target), Some((text.to_owned(), host.to_owned())));
        }
    }

    #[test]
    fn others_are_not() {
        let long = format!("http://login.example.com/{}", "x".repeat(LONGEST));
        for target in [
            "",
            "/\\login.example.com",
            "login.example.com",
            "javascript://login.example.com/%0aalert(1)",
            "file:///etc/passwd",
            "http://",
            "http:///x",
            "http://bank.example.com@login.example.com/",
            "http://login.example.com:0x50/",
            "http://login.example.com:99999/",
            "http://[2001:db8::1]/",
            "http://login.example.com/ x",
            "http://login.example.com/\r\nSet-Cookie: x",
            "http://login.example.com/\u{202e}",
            "http://log\u{131}n.example.com/",
            "http://login.example.com/\"onload=\"",
            &long,
        ] {
            assert_eq!(read(target), None, "{target:?}");
        }
    }
}
