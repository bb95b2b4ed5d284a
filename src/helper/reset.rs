//! The way out: the network as it was before Culvert, without a server, a window or a network.

use std::path::Path;
use std::time::Duration;
use std::{fs, io};

use culvert_engine::host::dns::{DnsKeeper, DnsSystem};
use culvert_engine::host::{self, HostError};
use culvert_ipc::{Client, ClientError, Refusal};
use nix::unistd::geteuid;
use rustix::process::{PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::time::{sleep, timeout};

use crate::state::State;
use crate::{Alone, NotAlone, Place};

/// How long a helper that runs may take, before it is ended.
const PATIENCE: Duration = Duration::from_millis(600);
/// How long the kernel may take to end it.
const END_PATIENCE: Duration = Duration::from_secs(2);
/// The helper's program, as the kernel calls it.
const PROGRAM: &str = "culvertd";
/// How long those who look after names may take: the guard does not wait for them. On a slow or busy computer it takes
/// a second only to start the unit that writes the file.
const NAMES_PATIENCE: Duration = Duration::from_secs(5);

/// Why something of ours may still be there.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// There is a helper, and it does not do it.
    #[error("the culvertd that runs does not take everything away: {0}. {STOP}")]
    Helper(#[from] ClientError),
    /// The same, by its own word.
    #[error("the culvertd that runs refuses: {0}. {STOP}")]
    Refused(Refusal),
    /// The same; it says nothing.
    #[error("the culvertd that runs has not taken everything away in time. {STOP}")]
    TooSlow,
    /// Whether there is one can't be told.
    #[error(transparent)]
    NotAlone(NotAlone),
    /// The system refused.
    #[error(transparent)]
    Host(#[from] HostError),
    /// Those who look after names do not answer.
    #[error("name servers could not be put back: nobody answers")]
    Names,
    /// Files can't be removed.
    #[error("what the helper keeps in {path} could not be removed: {cause}")]
    State {
        /// The directory.
        path: String,
        /// The system's error.
        cause: io::Error,
    },
}

const STOP: &str = "Stop it (systemctl stop culvertd.socket culvertd.service), then try again.";

/// Takes everything of ours away, lockdown as well. A helper that runs does it itself: nobody else could.
///
/// # Errors
/// What could not be taken away, after everything else was.
pub async fn reset(socket: &Path, place: &Place) -> Result<(), ResetError> {
    match Alone::claim() {
        Ok(_alone) => {
            let host = clear_host(place).await;
            host.and(clear_files(place))
        }
        Err(NotAlone::Running) => match timeout(PATIENCE, ask(socket)).await {
            // Nothing else is left: the file may be in root's power.
            Ok(Err(ResetError::Refused(Refusal::NotKept))) => clear_files(place),
            Ok(Err(ResetError::Refused(refusal))) => Err(ResetError::Refused(refusal)),
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => end_and_clear(place, error).await,
            Err(_) => end_and_clear(place, ResetError::TooSlow).await,
        },
        Err(error) => Err(ResetError::NotAlone(error)),
    }
}

/// Ends a helper that does not do it, because of `error`, and does it in its place.
async fn end_and_clear(place: &Place, error: ResetError) -> Result<(), ResetError> {
    if !geteuid().is_root() {
        return Err(error);
    }
    tracing::warn!(%error, "ending the culvertd that runs");
    if let Err(cause) = end_helper() {
        tracing::error!(%cause, "the culvertd that runs could not be ended");
        return Err(error);
    }
    let alone = timeout(END_PATIENCE, async {
        loop {
            match Alone::claim() {
                Err(NotAlone::Running) => sleep(Duration::from_millis(10)).await,
                claimed => return claimed,
            }
        }
    });
    // The next one, if a service manager starts it, may be here already: it finds nothing to keep.
    let files = clear_files(place);
    let _alone = alone.await.ok();
    clear_host(place).await.and(files)
}

fn end_helper() -> io::Result<()> {
    let Some(pid) = Alone::holder()? else { return Ok(()) };
    // From here on the number can't come to mean another process.
    let process = pidfd_open(pid, PidfdFlags::empty())?;
    let name = fs::read_to_string(format!("/proc/{pid}/comm"))?;
    if name.trim_end() != PROGRAM {
        return Err(io::Error::other(format!("its place is taken by {}", name.trim_end().escape_debug())));
    }
    Ok(pidfd_send_signal(process, Signal::KILL)?)
}

/// What [`host::repair`] does, but without waiting for others.
async fn clear_host(place: &Place) -> Result<(), ResetError> {
    let names = async {
        let mut names = DnsKeeper::new(DnsSystem::usual(&place.state));
        let restored = timeout(NAMES_PATIENCE, names.restore_after_crash()).await;
        restored.map_or(Err(ResetError::Names), |restored| Ok(restored?))
    };
    let (names, rest) = tokio::join!(names, host::repair(None, false));
    names.and(rest.map_err(ResetError::from))
}

async fn ask(socket: &Path) -> Result<(), ResetError> {
    Client::connect(socket).await?.reset().await?.map_err(ResetError::Refused)
}

fn clear_files(place: &Place) -> Result<(), ResetError> {
    let clear = || match State::open_existing(&place.state)? {
        Some(mut state) => state.clear(),
        None => Ok(()),
    };
    clear().map_err(|cause| ResetError::State { path: place.state.display().to_string(), cause })
}
