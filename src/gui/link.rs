//! The way to the helper: what it tells, and what it is asked.

use std::path::{Path, PathBuf};
use std::time::Duration;

use culvert_ipc::{
    Client, ClientError, Goodbye, ManagedOutline, Notice, Outcome, Outline, Refusal, Request,
    SOCKET_VARIABLE, VERSION, default_socket_path,
};
use culvert_model::{Protection, Status};
use iced::futures::SinkExt;
use iced::futures::channel::mpsc::Sender;
use iced::{Subscription, Task, stream};
use tokio::time::sleep;

/// How long after the helper was lost it is looked for again.
const RETRY: Duration = Duration::from_secs(1);
/// Where a package puts the helper, and where a build by hand does.
const PROGRAMS: [&str; 4] =
    ["/usr/sbin/culvertd", "/usr/bin/culvertd", "/usr/local/sbin/culvertd", "/usr/local/bin/culvertd"];

/// What comes from the helper.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Heard {
    /// Everything, once it can be talked to.
    All(Box<Told>),
    /// A change.
    Notice(Box<Notice>),
    /// It can't be talked to.
    Lost(Trouble),
}

/// Everything that the helper knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Told {
    pub(crate) connections: Vec<Status>,
    pub(crate) others: Vec<Outline>,
    pub(crate) protection: Protection,
    pub(crate) managed: Vec<ManagedOutline>,
}

/// Why the helper can't be talked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It is not on this computer.
    Missing,
    /// It is, and does not run.
    Stopped,
    /// It is of an earlier version.
    Older,
    /// It is of a later version.
    Newer,
    /// It does not talk to this user.
    NotAllowed,
    /// What listens belongs to somebody else: nothing was sent to it.
    Impostor,
    /// The way there can't be trusted: nothing was sent.
    Untrusted { path: PathBuf, why: &'static str },
    /// Something else, for the log.
    Other(String),
}

/// Where the helper listens.
pub(crate) fn socket() -> PathBuf {
    let named = std::env::var_os(SOCKET_VARIABLE).filter(|path| !path.is_empty());
    named.map_or_else(|| default_socket_path().to_owned(), PathBuf::from)
}

/// What the helper tells, for as long as the program runs.
pub(crate) fn listen() -> Subscription<Heard> {
    Subscription::run(|| {
        stream::channel(64, async |mut told: Sender<Heard>| {
            let mut last = None;
            loop {
                let (was_there, trouble) = follow(&mut told).await;
                // What has not changed is not drawn anew, every second.
                if was_there || last.as_ref() != Some(&trouble) {
                    last = Some(trouble.clone());
                    // Nobody listens any more only when the program ends.
                    if told.send(Heard::Lost(trouble)).await.is_err() {
                        return;
                    }
                }
                sleep(RETRY).await;
            }
        })
    })
}

/// Tells everything and then every change, until that is no longer possible. Says whether anything was told, and why
/// not more.
async fn follow(told: &mut Sender<Heard>) -> (bool, Trouble) {
    let mut was_there = false;
    let following = async {
        let mut client = Client::connect(&socket()).await?;
        let Outcome::Managed { profiles: managed, .. } = client.request(Request::Managed).await? else {
            return Err(ClientError::Unexpected);
        };
        let Outcome::Status { connections, others, protection } = client.request(Request::Subscribe).await?
        else {
            return Err(ClientError::Unexpected);
        };
        let all = Told { connections, others, protection, managed };
        was_there = true;
        told.send(Heard::All(Box::new(all))).await.ok();
        loop {
            let notice = client.notice().await?;
            if told.send(Heard::Notice(Box::new(notice))).await.is_err() {
                return Ok(());
            }
        }
    };
    let trouble = following.await.map_or_else(|error| trouble(&error), |()| Trouble::Stopped);
    (was_there, trouble)
}

/// Asks the helper, on a connection of its own: a person who is asked for a password there may take minutes.
pub(crate) fn ask(request: Request) -> Task<Result<Outcome, Trouble>> {
    Task::future(async move {
        let asking = async { Client::connect(&socket()).await?.request(request).await };
        asking.await.map_err(|error| trouble(&error))
    })
}

fn trouble(error: &ClientError) -> Trouble {
    match error {
        ClientError::NotRunning | ClientError::Lost | ClientError::Goodbye(Goodbye::ShuttingDown) => {
            if PROGRAMS.iter().any(|program| Path::new(program).exists()) {
                Trouble::Stopped
            } else {
                Trouble::Missing
            }
        }
        ClientError::OtherVersion { theirs } if *theirs < VERSION => Trouble::Older,
        ClientError::OtherVersion { .. } => Trouble::Newer,
        ClientError::NotAllowed => Trouble::NotAllowed,
        ClientError::Impostor { .. } => Trouble::Impostor,
        ClientError::Untrusted { path, why } => Trouble::Untrusted { path: path.clone(), why },
        error => Trouble::Other(error.to_string()),
    }
}

/// What became of a repair.
#[derive(Clone, Debug)]
pub(crate) enum Repaired {
    Done,
    /// Nothing of ours is left, but lockdown comes back with the next start.
    NotKept,
    Refused(Refusal),
    /// The helper could not be asked.
    Not,
}

/// How long it may take, with the time in which an administrator types a password.
const PATIENCE: Duration = Duration::from_secs(160);

/// Has the helper take away everything of its own from this computer's network.
pub(crate) fn repair() -> Task<Repaired> {
    Task::future(async {
        let asking = async { Client::connect(&socket()).await?.reset().await };
        match tokio::time::timeout(PATIENCE, asking).await {
            Ok(Ok(Ok(()))) => Repaired::Done,
            Ok(Ok(Err(Refusal::NotKept))) => Repaired::NotKept,
            Ok(Ok(Err(refusal))) => Repaired::Refused(refusal),
            Ok(Err(_)) | Err(_) => Repaired::Not,
        }
    })
}

/// The helper's program, for whoever has to start it by hand.
pub(crate) fn program() -> &'static str {
    PROGRAMS.into_iter().find(|program| Path::new(program).exists()).unwrap_or("culvertd")
}
