//! The way out: the network as it was before Culvert, without a server, a window or a network.

use std::io;
use std::path::Path;
use std::time::Duration;

use culvert_engine::host::dns::{DnsKeeper, DnsSystem};
use culvert_engine::host::{self, HostError};
use culvert_ipc::{Client, ClientError, Refusal};
use tokio::time::timeout;

use crate::state::State;
use crate::{Alone, NotAlone, Place};

/// How long a helper that runs may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long those who look after names may take: the guard does not wait for them.
const NAMES_PATIENCE: Duration = Duration::from_millis(600);

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
        Err(NotAlone::Running) => timeout(PATIENCE, ask(socket)).await.unwrap_or(Err(ResetError::TooSlow)),
        Err(error) => Err(ResetError::NotAlone(error)),
    }
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
