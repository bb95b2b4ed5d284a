//! A resolver on marked sockets.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use culvert_model::{Evidence, Fault, FaultCode, Host, NameServerSaid, Stage};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until, timeout};

use super::Found;
use super::config::{self, Config};
use super::exchange::{self, Failure};
use super::message::{Answer, Kind, Query};
use super::name;
use crate::host::dns;
use crate::system_files::SystemFiles;
use crate::tcp;

/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// After how long the next name server is asked as well.
const NEXT: Duration = Duration::from_millis(1500);

/// How many name servers are asked.
const MOST_SERVERS: usize = 4;

/// How often an answer that is but another name is asked about.
const MOST_ALIASES: usize = 4;

/// Looks up the server's name.
#[derive(Clone, Debug)]
pub struct Resolver {
    files: SystemFiles,
    bus: Option<String>,
    mark: Option<u32>,
    guarded: bool,
    tunnels: Vec<Ipv4Addr>,
    /// Asked and no others, where there are any.
    given: Vec<Ipv4Addr>,
}

impl Resolver {
    /// A resolver whose packets bear `mark`.
    pub fn new(mark: Option<u32>) -> Self {
        let files = SystemFiles::new("/");
        Self { files, bus: None, mark, guarded: false, tunnels: Vec::new(), given: Vec::new() }
    }

    /// The same with the files of another root directory.
    #[must_use]
    pub fn at(self, root: impl Into<PathBuf>) -> Self {
        Self { files: SystemFiles::new(root), ..self }
    }

    /// The same with the message bus at another address.
    #[must_use]
    pub fn on_bus(self, address: impl Into<String>) -> Self {
        Self { bus: Some(address.into()), ..self }
    }

    /// The same, told whether there is a guard: what a stub on this computer asks would not get past it.
    #[must_use]
    pub fn under_guard(self, guarded: bool) -> Self {
        Self { guarded, ..self }
    }

    /// The same, told which name servers are the tunnel's: outside of it they are strangers.
    #[must_use]
    pub fn without(self, servers: &[Ipv4Addr]) -> Self {
        Self { tunnels: servers.to_vec(), ..self }
    }

    /// The same, asking these name servers and no others; without any, it looks for them as ever.
    #[must_use]
    pub fn asking(self, servers: &[Ipv4Addr]) -> Self {
        Self { given: servers.to_vec(), ..self }
    }

    /// The name servers elsewhere that are asked.
    pub async fn servers(&self) -> Vec<Ipv4Addr> {
        let servers = self.config().await.servers.into_iter().take(MOST_SERVERS);
        servers
            .filter_map(|server| match server.ip() {
                IpAddr::V4(address) => Some(address),
                IpAddr::V6(_) => None,
            })
            .collect()
    }

    /// The addresses of `server`, the preferred one first.
    ///
    /// # Errors
    /// As [`Resolver::find`].
    pub async fn lookup(&self, server: &Host) -> Result<Vec<Ipv4Addr>, Fault> {
        Ok(self.find(server).await?.addresses)
    }

    /// The addresses of `server` and how long they hold, after ten seconds at most.
    ///
    /// # Errors
    /// [`FaultCode::DnsFailed`] with what each name server said, [`FaultCode::Ipv6Server`] where the name has IPv6
    /// addresses alone, or [`FaultCode::LocalPermission`] where the mark may not be set.
    pub async fn find(&self, server: &Host) -> Result<Found, Fault> {
        let found = match server.address() {
            Some(address) => by_hand(&[address]),
            None => timeout(PATIENCE, self.search(server)).await.unwrap_or_else(|_| {
                let seconds = u32::try_from(PATIENCE.as_secs()).unwrap_or(u32::MAX);
                Err(Fault::new(FaultCode::DnsFailed).with(Evidence::SilentFor(seconds)))
            }),
        };
        found.map_err(|fault| fault.at(Stage::LookingUpName))
    }

    async fn search(&self, server: &Host) -> Result<Found, Fault> {
        let hosts = self.files.read("etc/hosts").unwrap_or_default();
        let listed =
            name::ascii(server.as_str()).map(|name| config::hosts(&hosts, name.trim_end_matches('.')));
        if let Some(listed) = listed.filter(|listed| !listed.is_empty()) {
            return by_hand(&listed);
        }
        let config = self.config().await;
        let servers = match (config.servers.is_empty(), self.guarded) {
            (false, _) => config.servers,
            (true, false) => config.stubs,
            (true, true) => Vec::new(),
        };
        if servers.is_empty() {
            return Err(Fault::new(FaultCode::DnsFailed).with(Evidence::NoNameServer));
        }
        let servers = servers.get(..MOST_SERVERS).unwrap_or(&servers);
        let mut fault = Fault::new(FaultCode::DnsFailed);
        for name in name::candidates(server, &config.search) {
            match self.addresses(servers, name).await {
                Err(failed) if failed.is_final => return Err(failed.fault),
                Err(failed) => fault = failed.fault,
                Ok(found) => return Ok(found),
            }
        }
        Err(fault)
    }

    async fn config(&self) -> Config {
        if !self.given.is_empty() {
            let servers = self.given.iter().map(|&address| (address, config::PORT).into()).collect();
            return Config { servers, ..Config::default() };
        }
        let mut config = Config::read(&self.files, &self.tunnels);
        if config.servers.is_empty() {
            let upstreams = dns::upstreams(&self.files, self.bus.as_deref()).await;
            config.add(&upstreams, &self.tunnels);
        }
        config
    }

    /// The addresses of one name.
    async fn addresses(&self, servers: &[SocketAddr], mut name: String) -> Result<Found, NotFound> {
        for _ in 0..=MOST_ALIASES {
            let (server, answer) = self.ask(servers, &name, Kind::Ipv4).await?;
            let said = match answer {
                Answer::Addresses(mut addresses, lifetime) => {
                    let mut seen = Vec::new();
                    addresses.retain(|&address| {
                        !seen.contains(&address) && {
                            seen.push(address);
                            true
                        }
                    });
                    return Ok(Found { addresses, valid_for: Some(lifetime) });
                }
                Answer::Alias(target) => {
                    name = target;
                    continue;
                }
                Answer::NoAddress => match self.ask(&[server], &name, Kind::Ipv6).await {
                    Ok((_, Answer::Addresses(..))) => {
                        return Err(NotFound { fault: Fault::new(FaultCode::Ipv6Server), is_final: true });
                    }
                    _ => NameServerSaid::NoAddress,
                },
                Answer::NoSuchName => NameServerSaid::NoSuchName,
                Answer::Failed(_) | Answer::Truncated => NameServerSaid::Nonsense,
            };
            return Err(NotFound { fault: fault([(server.ip(), said)]), is_final: false });
        }
        let nonsense = servers.first().map(|server| (server.ip(), NameServerSaid::Nonsense));
        Err(NotFound { fault: fault(nonsense), is_final: false })
    }

    /// Asks one name server after the other, the next one when the last one fails or takes its time, and takes the
    /// first answer.
    async fn ask(
        &self,
        servers: &[SocketAddr],
        name: &str,
        kind: Kind,
    ) -> Result<(SocketAddr, Answer), NotFound> {
        let ask = |server: SocketAddr| async move {
            let id = random_id().map_err(Failure::Local);
            let query = id.map(|id| Query::new(name, kind, id));
            let answer = match query {
                Ok(Some(query)) => exchange::ask(server, self.mark, &query).await,
                Ok(None) => Ok(Answer::NoSuchName),
                Err(failure) => Err(failure),
            };
            (server, answer)
        };
        let mut waiting = servers.iter().copied();
        let mut asked = FuturesUnordered::new();
        let mut said = Vec::new();
        let mut next = Instant::now();
        loop {
            tokio::select! {
                Some((server, answer)) = asked.next() => match answer {
                    Ok(answer) => return Ok((server, answer)),
                    Err(Failure::Server(nothing)) => {
                        said.push((server.ip(), nothing));
                        next = Instant::now();
                    }
                    Err(Failure::Local(error)) => {
                        return Err(NotFound { fault: tcp::local_fault(&error), is_final: true });
                    }
                },
                () = sleep_until(next), if waiting.len() > 0 => {
                    asked.extend(waiting.next().map(ask));
                    next = Instant::now() + NEXT;
                }
                else => return Err(NotFound { fault: fault(said), is_final: true }),
            }
        }
    }
}

/// Why a name was not found.
struct NotFound {
    fault: Fault,
    /// Other names need not be tried.
    is_final: bool,
}

fn fault(said: impl IntoIterator<Item = (IpAddr, NameServerSaid)>) -> Fault {
    let evidence = said.into_iter().map(|(address, said)| Evidence::NameServer { address, said });
    Fault { evidence: evidence.collect(), ..Fault::new(FaultCode::DnsFailed) }
}

/// What somebody wrote down: an address in the place of the name, or a line of `/etc/hosts`.
fn by_hand(addresses: &[IpAddr]) -> Result<Found, Fault> {
    let ipv4 = |address: &IpAddr| match address {
        IpAddr::V4(address) => Some(*address),
        IpAddr::V6(_) => None,
    };
    match addresses.iter().filter_map(ipv4).collect::<Vec<_>>() {
        none if none.is_empty() => Err(Fault::new(FaultCode::Ipv6Server)),
        addresses => Ok(Found { addresses, valid_for: None }),
    }
}

fn random_id() -> std::io::Result<u16> {
    let mut bytes = [0; 2];
    getrandom::fill(&mut bytes).map_err(std::io::Error::from)?;
    Ok(u16::from_be_bytes(bytes))
}
