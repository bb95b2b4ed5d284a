//! What the helper says to the second program, and what that answers.

use std::fmt;
use std::net::Ipv4Addr;

use super::file::ResolvConf;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Puts these name servers in force.
    Put(ResolvConf),
    /// Asks whether they are.
    Check(ResolvConf),
    /// Puts back what was there before.
    Restore,
}

impl Request {
    /// The request in a text; `None` where it holds anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (verb, body) = text.split_once('\n')?;
        match verb {
            "put" => parse(body).map(Self::Put),
            "check" => parse(body).map(Self::Check),
            "restore" if body.is_empty() => Some(Self::Restore),
            _ => None,
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put(wanted) => write!(f, "put\n{}", wanted.body()),
            Self::Check(wanted) => write!(f, "check\n{}", wanted.body()),
            Self::Restore => f.write_str("restore\n"),
        }
    }
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// A resolver file of ours is in place.
    Put,
    /// The program resolvconf was told.
    PutByResolvconf,
    /// They are in force.
    InPlace,
    /// They are not.
    NotInPlace,
    /// What was there before is there again.
    Restored,
    /// What went wrong.
    Failed(String),
}

impl Reply {
    /// The reply in a text; `None` where it holds anything else.
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_suffix('\n')? {
            "put" => Some(Self::Put),
            "put by resolvconf" => Some(Self::PutByResolvconf),
            "in place" => Some(Self::InPlace),
            "not in place" => Some(Self::NotInPlace),
            "restored" => Some(Self::Restored),
            other => other.strip_prefix("failed: ").map(|text| Self::Failed(text.to_owned())),
        }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put => f.write_str("put\n"),
            Self::PutByResolvconf => f.write_str("put by resolvconf\n"),
            Self::InPlace => f.write_str("in place\n"),
            Self::NotInPlace => f.write_str("not in place\n"),
            Self::Restored => f.write_str("restored\n"),
            Self::Failed(text) => writeln!(f, "failed: {}", text.replace(char::is_control, " ")),
        }
    }
}

fn parse(body: &str) -> Option<ResolvConf> {
    let (mut servers, mut search) = (Vec::new(), Vec::new());
    for line in body.strip_suffix('\n')?.split('\n') {
        match line.split_once(' ')? {
            ("nameserver", address) => servers.push(address.parse::<Ipv4Addr>().ok()?),
            ("search", domains) if search.is_empty() => {
                search = domains.split(' ').map(str::to_owned).collect()
            }
            _ => return None,
        }
    }
    ResolvConf::new(servers, search).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_understood() {
        let servers = vec![Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2)];
        let search = vec!["office.example".to_owned(), "lab.example".to_owned()];
        let (one, two) = (ResolvConf::new(servers.clone(), search), ResolvConf::new(servers, vec![]));
        for request in [Request::Put(one.unwrap()), Request::Check(two.unwrap()), Request::Restore] {
            assert_eq!(Request::parse(&request.to_string()), Some(request));
        }
        let replies =
            [Reply::Put, Reply::PutByResolvconf, Reply::InPlace, Reply::NotInPlace, Reply::Restored];
        for reply in replies.into_iter().chain([Reply::Failed("no room".to_owned())]) {
            assert_eq!(Reply::parse(&reply.to_string()), Some(reply));
        }
    }

    #[test]
    fn nothing_else_is_a_request() {
        let bad = [
            "",
            "put",
            "put\n",
            "put\n\n",
            "restore",
            "restore\nnameserver 10.0.0.1\n",
            "put\nnameserver 10.0.0.1",
            "put\nnameserver 10.0.0.1\n\n",
            "put\nnameserver 127.0.0.1\n",
            "put\nnameserver 10.0.0.1\noptions debug\n",
            "put\nnameserver 10.0.0.1 192.0.2.1\n",
            "put\nnameserver  10.0.0.1\n",
            "put\nnameserver 10.0.0.1\nsearch a;b\n",
            "put\nnameserver 10.0.0.1\nsearch a\nsearch b\n",
            "put\nsearch a\n",
            "put\nnameserver 10.0.0.1\r\n",
            "Put\nnameserver 10.0.0.1\n",
            "put /etc/shadow\nnameserver 10.0.0.1\n",
        ];
        for text in bad {
            assert_eq!(Request::parse(text), None, "{text:?}");
        }
    }
}
