//! Whoever looks after names on this computer is told, and told again when the tunnel is over.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use culvert_model::DnsMethod;
use culvert_policy::{Domains, TunnelDns};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::timeout;
use zbus::Connection;

use super::file::{self, ResolvConf};
use super::journal::Note;
use super::service::{self, Reply, Request};
use super::{bus, network_manager, resolved};
use crate::host::HostError;
use crate::system_files::SystemFiles;

/// How long the second program may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the parts of a system are that have to do with names.
#[derive(Clone, Debug)]
pub struct DnsSystem {
    /// The root directory: `/`.
    pub root: PathBuf,
    /// The address of the message bus, where it is not the usual one.
    pub bus: Option<String>,
    /// A directory that is ours alone and outlives us.
    pub state: PathBuf,
    /// Who writes the resolver file.
    pub writer: FileWriter,
}

impl DnsSystem {
    /// This system, with notes in `state`. Whoever is not root has the resolver file written by the second program.
    pub fn usual(state: impl Into<PathBuf>) -> Self {
        let writer = match nix::unistd::geteuid().is_root() {
            true => FileWriter::InProcess,
            false => FileWriter::Service(service::SOCKET.into()),
        };
        Self { root: "/".into(), bus: None, state: state.into(), writer }
    }
}

/// Who writes the resolver file where nobody else does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileWriter {
    /// This process, which is root's.
    InProcess,
    /// The second program, behind this socket.
    Service(PathBuf),
}

/// Keeps the name servers of a tunnel in force, and knows what to take back.
#[derive(Debug)]
pub struct DnsKeeper {
    system: DnsSystem,
    held: Option<(Option<DnsMethod>, TunnelDns)>,
}

impl DnsKeeper {
    /// A keeper that has told nobody anything yet.
    pub fn new(system: DnsSystem) -> Self {
        Self { system, held: None }
    }

    /// Puts the name servers of `dns` in force, or with `None` those from before, and reads them back. Who was told;
    /// `None` where names go where they went before, as some names alone must where nobody can tell them from others.
    ///
    /// It may be called again with the same or others.
    ///
    /// # Errors
    /// Why the one who looks after names did not take them, if nobody else did; those from before are in force then.
    pub async fn apply(&mut self, dns: Option<&TunnelDns>) -> Result<Option<DnsMethod>, HostError> {
        if let Some((method, before)) = &self.held
            && dns == Some(before)
            && self.is_in_place().await.unwrap_or(false)
        {
            return Ok(*method);
        }
        let held = self.held.take();
        if let Some((method, before)) = &held {
            let undone = if dns == Some(before) { Ok(()) } else { self.undo(*method, before).await };
            if let Err(error) = undone {
                self.held = held;
                return Err(error);
            }
        }
        let Some(dns) = dns else { return Ok(None) };
        match self.tell(dns).await {
            Ok(method) => {
                if let Some((old, before)) = held.filter(|(old, before)| *old != method && dns == before) {
                    self.forget(old, &before).await;
                }
                self.held = Some((method, dns.clone()));
                Ok(method)
            }
            Err(error) => {
                // What could not be renewed may still be there, and is to be taken back one day.
                self.held = held.filter(|(_, before)| dns == before);
                Err(error)
            }
        }
    }

    /// Whether the name servers that were put in force last still are; they are where none were.
    ///
    /// # Errors
    /// Where they can't be read back.
    pub async fn is_in_place(&self) -> Result<bool, HostError> {
        let Some((method, dns)) = &self.held else { return Ok(true) };
        match method {
            None => Ok(true),
            Some(DnsMethod::Resolved) => resolved::is_in_place(&self.bus().await?, dns).await,
            Some(DnsMethod::NetworkManager) => {
                network_manager::is_in_place(&self.bus().await?, &fitting(dns)?).await
            }
            Some(DnsMethod::Resolvconf | DnsMethod::File) => {
                let reply = self.ask(Request::Check(fitting(dns)?)).await?;
                Ok(reply == Reply::InPlace)
            }
        }
    }

    /// Takes back whatever a run that crashed has left behind, and forgets what this one did.
    ///
    /// # Errors
    /// What could not be taken back, after everything else was.
    pub async fn restore_after_crash(&mut self) -> Result<(), HostError> {
        self.held = None;
        // Neither waits for the other: a bus may hang.
        let (file, bus) = tokio::join!(self.restore_file(), self.restore_by_bus());
        file.and(bus)
    }

    async fn restore_by_bus(&self) -> Result<(), HostError> {
        let note = self.note();
        let files = SystemFiles::new(&self.system.root);
        match self.bus().await {
            Ok(bus) => {
                let links =
                    if resolved::is_in_charge(&files) { resolved::revert(&bus, None).await } else { Ok(()) };
                network_manager::restore(&bus, &note).await.and(links)
            }
            Err(error) if network_manager::is_noted(&note) => Err(error),
            // Without a bus nobody on it has kept anything.
            Err(_) => Ok(()),
        }
    }

    async fn tell(&self, dns: &TunnelDns) -> Result<Option<DnsMethod>, HostError> {
        let files = SystemFiles::new(&self.system.root);
        let mut failed = None;
        if resolved::is_in_charge(&files) {
            match self.tell_resolved(dns).await {
                Ok(()) => return Ok(Some(DnsMethod::Resolved)),
                Err(error) => failed = note_failure(failed, "systemd-resolved", error),
            }
        }
        let wanted = match &dns.domains {
            Domains::All(_) => fitting(dns)?,
            // The others would send every name into the tunnel, also those that are nobody's business there.
            Domains::Only(_) => return failed.map_or(Ok(None), Err),
        };
        if let Ok(bus) = self.bus().await
            && network_manager::is_in_charge(&bus, &files).await
        {
            match network_manager::apply(&bus, &files, &self.note(), &wanted).await {
                Ok(()) => return Ok(Some(DnsMethod::NetworkManager)),
                Err(error) => failed = note_failure(failed, "NetworkManager", error),
            }
        }
        match self.ask(Request::Put(wanted)).await {
            Ok(Reply::PutByResolvconf) => Ok(Some(DnsMethod::Resolvconf)),
            Ok(_) => Ok(Some(DnsMethod::File)),
            Err(error) => Err(failed.unwrap_or(error)),
        }
    }

    async fn tell_resolved(&self, dns: &TunnelDns) -> Result<(), HostError> {
        resolved::apply(&self.bus().await?, dns).await
    }

    async fn undo(&self, method: Option<DnsMethod>, dns: &TunnelDns) -> Result<(), HostError> {
        match method {
            None => Ok(()),
            Some(DnsMethod::Resolved) => resolved::revert(&self.bus().await?, Some(&dns.interface)).await,
            Some(DnsMethod::NetworkManager) => {
                network_manager::restore(&self.bus().await?, &self.note()).await
            }
            Some(DnsMethod::Resolvconf | DnsMethod::File) => self.restore_file().await,
        }
    }

    /// Takes back what was told to somebody who is not in charge any more, if that one still listens.
    async fn forget(&self, method: Option<DnsMethod>, dns: &TunnelDns) {
        if let Err(error) = self.undo(method, dns).await {
            tracing::warn!(%error, ?method, "who looked after names before could not be told to forget");
        }
    }

    async fn restore_file(&self) -> Result<(), HostError> {
        match self.ask(Request::Restore).await {
            // Where there is no second program, none has written anything.
            Err(HostError::Refused { cause, .. })
                if cause.kind() == ErrorKind::NotFound && !file::is_ours(&self.system.root) =>
            {
                Ok(())
            }
            result => result.map(drop),
        }
    }

    async fn ask(&self, request: Request) -> Result<Reply, HostError> {
        match &self.system.writer {
            FileWriter::InProcess => {
                let root = self.system.root.clone();
                let done = tokio::task::spawn_blocking(move || carry_out(&root, request)).await;
                done.unwrap_or_else(|error| Err(io::Error::other(error).into()))
            }
            FileWriter::Service(socket) => ask_service(socket, &request).await,
        }
    }

    async fn bus(&self) -> Result<Connection, HostError> {
        bus::connect(self.system.bus.as_deref()).await
    }

    fn note(&self) -> Note {
        Note::new(&self.system.state, "network-manager")
    }
}

fn carry_out(root: &Path, request: Request) -> Result<Reply, HostError> {
    match request {
        Request::Put(wanted) => file::put(root, &wanted).map(|()| Reply::Put),
        Request::Check(wanted) => {
            Ok(if file::is_in_place(root, &wanted)? { Reply::InPlace } else { Reply::NotInPlace })
        }
        Request::Restore => file::restore(root).map(|_| Reply::Restored),
    }
}

async fn ask_service(socket: &Path, request: &Request) -> Result<Reply, HostError> {
    const ASKING: &str = "asking the program that writes resolv.conf";
    let asking = async {
        let mut stream = UnixStream::connect(socket).await?;
        if stream.peer_cred()?.uid() != 0 {
            return Err(io::Error::new(ErrorKind::PermissionDenied, "whoever listens is not root"));
        }
        stream.write_all(request.to_string().as_bytes()).await?;
        stream.shutdown().await?;
        let mut reply = String::new();
        stream.take(4096).read_to_string(&mut reply).await?;
        Reply::parse(&reply).ok_or(ErrorKind::InvalidData.into())
    };
    let cause = match timeout(PATIENCE, asking).await {
        Ok(Ok(Reply::Failed(text))) => io::Error::other(text),
        Ok(Ok(reply)) => return Ok(reply),
        Ok(Err(error)) => error,
        Err(_) => ErrorKind::TimedOut.into(),
    };
    Err(HostError::Refused { doing: ASKING, cause })
}

fn fitting(dns: &TunnelDns) -> Result<ResolvConf, HostError> {
    let cause = |error| io::Error::new(ErrorKind::InvalidInput, error);
    ResolvConf::try_from(dns)
        .map_err(|error| HostError::Refused { doing: "preparing the resolver file", cause: cause(error) })
}

fn note_failure(before: Option<HostError>, who: &str, error: HostError) -> Option<HostError> {
    tracing::warn!(%error, "{who} looks after names here, but does not take the tunnel's name servers");
    before.or(Some(error))
}
