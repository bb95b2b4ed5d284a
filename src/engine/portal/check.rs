//! Questions whose answer is known.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use culvert_model::{Host, is_host_address};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::answer::Answer;
use super::url::Url;
use crate::resolver::{Resolver, connect_marked};

/// How long one name, and one page, may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How much of an answer is read, in bytes.
const MOST: usize = 4096;
/// How many addresses a portal may have.
const MOST_ADDRESSES: usize = 8;

/// What stands between this computer and the internet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Portal {
    /// Nothing: the answer was the known one.
    None,
    /// Somebody else answered: a person has to sign in.
    SignIn {
        /// Where a browser gets to the sign-in page: what the network named, if that is an ordinary address, or else
        /// the page that was asked for, in whose place the network puts its own.
        url: String,
        /// The addresses that have to be open for it; a handful at most, and each of a host.
        addresses: Vec<Ipv4Addr>,
        /// The TCP ports that have to be: those of the web, and the one that the network named.
        ports: Vec<u16>,
    },
    /// No answer, or none from which anything follows.
    Unknown,
}

/// A page that is there to find out about portals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// Whose it is.
    pub host: &'static str,
    /// The rest of its address, from the slash on.
    pub path: &'static str,
    /// What it says.
    pub says: Says,
}

/// The known answer to a [`Check`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// "No content" (RFC 9110 section 15.3.5).
    Nothing,
    /// This and nothing more.
    Text(&'static str),
}

/// The pages, in the order in which they are asked for, each only if the one before said nothing: GNOME's, which
/// NetworkManager asks for by default; Mozilla's, which Firefox does; and Ubuntu's.
pub const CHECKS: [Check; 3] = [
    Check {
        host: "nmcheck.gnome.org",
        path: "/check_network_status.txt",
        says: Says::Text("NetworkManager is online"),
    },
    Check { host: "detectportal.firefox.com", path: "/success.txt", says: Says::Text("success") },
    Check { host: "connectivity-check.ubuntu.com", path: "/", says: Says::Nothing },
];

/// Asks for the pages of [`CHECKS`], one after the other, until one tells something; 30 seconds at most.
///
/// Where there is a guard, it has to let the page's address through: [`Check::find`] says which it is, and
/// [`Check::probe`] asks.
pub async fn probe(mark: Option<u32>, names: &Resolver) -> Portal {
    for check in CHECKS {
        let Some(address) = check.find(names).await else { continue };
        match check.probe(address, mark, names).await {
            Portal::Unknown => (),
            portal => return portal,
        }
    }
    Portal::Unknown
}

impl Check {
    /// Where the page is, by the name servers of this network; nothing if they do not say so in 5 seconds. A portal's
    /// name server may well name the portal itself.
    pub async fn find(&self, names: &Resolver) -> Option<Ipv4Addr> {
        addresses(names, &self.host.parse().ok()?).await.into_iter().next()
    }

    /// Asks for the page at this address, on a socket with `mark`, for 5 seconds at most, and as long again for the
    /// name of the portal.
    pub async fn probe(&self, address: Ipv4Addr, mark: Option<u32>, names: &Resolver) -> Portal {
        let mut bytes = Vec::with_capacity(MOST);
        match timeout(PATIENCE, self.fetch(address, mark, &mut bytes)).await {
            Ok(Ok(())) => (),
            // What came before it broke off may do.
            Ok(Err(error)) => tracing::debug!(%error, check = self.host, "the page did not come"),
            Err(_) => tracing::debug!(check = self.host, "the page did not come in time"),
        }
        match self.judge(&bytes) {
            Verdict::Known => Portal::None,
            Verdict::Unclear => Portal::Unknown,
            Verdict::Foreign(url) => self.sign_in(address, url, names).await,
        }
    }

    async fn fetch(&self, address: Ipv4Addr, mark: Option<u32>, bytes: &mut Vec<u8>) -> io::Result<()> {
        let (mut stream, _path) = connect_marked((address, 80).into(), mark).await?;
        stream.write_all(self.request().as_bytes()).await?;
        read(&mut stream, bytes).await
    }

    fn request(&self) -> String {
        let Self { host, path, .. } = self;
        format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nCache-Control: no-cache\r\n\r\n")
    }

    /// What these bytes say.
    fn judge(&self, bytes: &[u8]) -> Verdict {
        let Some(answer) = Answer::read(bytes) else { return Verdict::Unclear };
        match answer.status {
            _ if self.is_known(&answer) => Verdict::Known,
            200 if self.may_become_known(&answer) => Verdict::Unclear,
            // "Network authentication required" (RFC 6585 section 6) is for this very purpose.
            200..=399 | 511 => match answer.location.and_then(|target| Url::read(target, self.host)) {
                // The page itself would rather be asked for by TLS.
                Some(url) if url.is_secure && url.host.as_str() == self.host => Verdict::Unclear,
                url => Verdict::Foreign(url),
            },
            _ => Verdict::Unclear,
        }
    }

    fn is_known(&self, answer: &Answer<'_>) -> bool {
        match self.says {
            Says::Nothing => answer.status == 204,
            Says::Text(text) => answer.status == 200 && answer.body.trim_ascii() == text.as_bytes(),
        }
    }

    /// Whether it broke off before it could be told from the known answer.
    fn may_become_known(&self, answer: &Answer<'_>) -> bool {
        let Says::Text(text) = self.says else { return false };
        !answer.is_whole && text.as_bytes().starts_with(answer.body)
    }

    async fn sign_in(&self, address: Ipv4Addr, url: Option<Url>, names: &Resolver) -> Portal {
        // The page that was asked for is answered there, whatever it is.
        let mut open = vec![address];
        let host = url.as_ref().map_or_else(|| self.host.parse().ok(), |url| Some(url.host.clone()));
        if let Some(host) = host {
            // A browser may get another one of them.
            open.extend(addresses(names, &host).await);
        }
        open.sort_unstable();
        open.dedup();
        let mut ports = vec![80, 443];
        ports.extend(url.as_ref().and_then(|url| url.port).filter(|port| !ports.contains(port)));
        let url = url.map_or_else(|| format!("http://{}{}", self.host, self.path), |url| url.text);
        Portal::SignIn { url, addresses: open, ports }
    }
}

/// What an answer shows.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    /// It is the known one.
    Known,
    /// Somebody else answered, and may have named a page.
    Foreign(Option<Url>),
    /// Nothing.
    Unclear,
}

/// Reads until the answer is whole, or as much as is taken.
async fn read(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> io::Result<()> {
    let mut stream = stream.take(MOST as u64);
    while !Answer::read(bytes).is_some_and(|answer| answer.is_whole) {
        if stream.read_buf(bytes).await? == 0 {
            break;
        }
    }
    Ok(())
}

/// The addresses of hosts that go by this name.
async fn addresses(names: &Resolver, host: &Host) -> Vec<Ipv4Addr> {
    let mut found = match timeout(PATIENCE, names.lookup(host)).await {
        Ok(Ok(found)) => found,
        Ok(Err(fault)) => {
            tracing::debug!(code = fault.code.as_str(), "the name is not known");
            return Vec::new();
        }
        Err(_) => return Vec::new(),
    };
    found.retain(|address| is_host_address(*address));
    found.truncate(MOST_ADDRESSES - 1);
    found
}

#[cfg(test)]
mod tests {
    use culvert_proto::Chance;

    use super::*;

    const GNOME: Check = CHECKS[0];
    const MOZILLA: Check = CHECKS[1];
    const UBUNTU: Check = CHECKS[2];

    fn foreign(url: &str) -> Verdict {
        Verdict::Foreign(Url::read(url, GNOME.host))
    }

    #[test]
    fn the_known_answer_is_known_and_another_is_not() {
        let ok = |body: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let close = |body: &str| format!("HTTP/1.1 200 OK\r\n\r\n{body}");
        let go = |target: &str| format!("HTTP/1.1 302 Found\r\nLocation: {target}\r\n\r\n");
        let none = Verdict::Foreign(None);
        for (check, answer, verdict) in [
            (GNOME, ok("NetworkManager is online\n"), Verdict::Known),
            (GNOME, close("NetworkManager is online"), Verdict::Known),
            (MOZILLA, ok("success\n"), Verdict::Known),
            (UBUNTU, "HTTP/1.1 204 No Content\r\n\r\n".to_owned(), Verdict::Known),
            (GNOME, ok("<html>Welcome to Hotel Example"), none.clone()),
            (GNOME, ok(""), none.clone()),
            (GNOME, "HTTP/1.1 204 No Content\r\n\r\n".to_owned(), none.clone()),
            (UBUNTU, ok(""), none.clone()),
            (GNOME, "HTTP/1.1 511 Network Authentication Required\r\n\r\n".to_owned(), none.clone()),
            (GNOME, go("http://login.example.com/"), foreign("http://login.example.com/")),
            (GNOME, go("javascript:alert(1)"), none),
            (GNOME, go("/login"), foreign("http://nmcheck.gnome.org/login")),
            // None of these says anything.
            (GNOME, go("https://nmcheck.gnome.org/check_network_status.txt"), Verdict::Unclear),
            (GNOME, close("NetworkManager is"), Verdict::Unclear),
            (GNOME, "HTTP/1.1 503 Service Unavailable\r\n\r\n".to_owned(), Verdict::Unclear),
            (GNOME, "HTTP/1.1 403 Forbidden\r\n\r\n".to_owned(), Verdict::Unclear),
            (GNOME, "220 mail.example.com ESMTP\r\n".to_owned(), Verdict::Unclear),
            (GNOME, String::new(), Verdict::Unclear),
        ] {
            assert_eq!(check.judge(answer.as_bytes()), verdict, "{answer:?}");
        }
    }

    #[test]
    fn a_request_says_nothing_about_who_asks() {
        assert_eq!(
            GNOME.request(),
            "GET /check_network_status.txt HTTP/1.1\r\nHost: nmcheck.gnome.org\r\nConnection: close\r\n\
             Cache-Control: no-cache\r\n\r\n"
        );
    }

    /// Answers cut, joined and changed at random: none of them breaks anything, and whatever comes out may be opened.
    #[test]
    fn no_answer_is_too_hostile() {
        let seeds = [
            "HTTP/1.1 302 Found\r\nLocation: http://login.example.com:8080/?mac=00:11&x=%20#y\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n19\r\nNetworkManager is online\n\r\n0\r\n\r\n",
            "HTTP/1.0 511 x\nlocation:\u{a0}//login.example.com\r\r\ncontent-length: 18446744073709551616\n\n",
        ];
        let mut chance = Chance::new([7; 32]);
        let below = |chance: &mut Chance, bound: usize| chance.u32() as usize % bound.max(1);
        let (mut opened, mut known) = (0, 0);
        for _ in 0..100_000 {
            let mut bytes = seeds[below(&mut chance, seeds.len())].as_bytes().to_vec();
            for _ in 0..below(&mut chance, 6) {
                let at = below(&mut chance, bytes.len());
                match chance.u32() % 4 {
                    0 => bytes.truncate(at),
                    1 => bytes.insert(at.min(bytes.len()), chance.bytes::<1>()[0]),
                    2 => bytes.extend_from_within(at..),
                    _ => {
                        if let Some(byte) = bytes.get_mut(at) {
                            *byte = b" \r\n\0:/@\\\xff\x7f0"[below(&mut chance, 11)];
                        }
                    }
                }
            }
            match GNOME.judge(&bytes) {
                Verdict::Foreign(Some(url)) => {
                    opened += 1;
                    assert!(url.text.bytes().all(|byte| byte.is_ascii_graphic()) && url.text.len() <= 1024);
                    let scheme = url.text.split_once("://").unwrap().0.to_ascii_lowercase();
                    assert!(scheme == "http" || scheme == "https");
                }
                Verdict::Known => known += 1,
                Verdict::Foreign(None) | Verdict::Unclear => (),
            }
        }
        assert!(opened > 10_000 && known > 1_000, "{opened} {known}");
    }
}
