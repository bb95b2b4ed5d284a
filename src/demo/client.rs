//! The client's side: a helper in this process, asked over its socket as the window would ask it.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use culvert_helper::{Authority, Engine, Listener};
use culvert_ipc::{Client, Notice, Outcome, Request};
use culvert_model::{ConnectionId, Fault, Network, Profile, Secret, State, Status, Step};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How long connecting or disconnecting may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running helper with its socket in a directory of its own.
pub struct Helper {
    dir: TempDir,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl Helper {
    /// Starts it.
    pub fn start() -> anyhow::Result<Self> {
        let dir = tempfile::tempdir().context("making a directory for the helper's socket")?;
        let listener = Listener::bind(&socket_path(dir.path()))?;
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(culvert_helper::run_with(
            listener,
            Authority::owner_only(),
            Engine::default(),
            async {
                stopped.await.ok();
            },
        ));
        Ok(Self { dir, stop, running })
    }

    /// A program's connection to it, subscribed to everything that changes.
    pub async fn ask(&self) -> anyhow::Result<Asker> {
        let mut client = Client::connect(&socket_path(self.dir.path())).await?;
        client.request(Request::Subscribe).await?;
        Ok(Asker { client })
    }

    /// Ends it.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.stop.send(()).ok();
        timeout(PATIENCE, self.running)
            .await
            .context("the helper does not end")?
            .context("the helper broke down")
    }
}

fn socket_path(dir: &Path) -> std::path::PathBuf {
    dir.join("culvert.sock")
}

/// A program that asks the helper.
pub struct Asker {
    client: Client,
}

/// A tunnel that is up.
pub struct Connected {
    /// Its name.
    pub connection: ConnectionId,
    /// What was agreed.
    pub network: Network,
    /// How long it took.
    pub time: Duration,
}

impl Asker {
    /// Connects; `step` hears of every stage as it is reached.
    pub async fn connect(
        &mut self,
        profile: Profile,
        password: Secret,
        mut step: impl FnMut(&Step),
    ) -> anyhow::Result<Connected> {
        let begun = Instant::now();
        let request = Request::Connect { profile: Box::new(profile), password: Some(password) };
        let connection = match self.client.request(request).await? {
            Outcome::Started { connection } => connection,
            Outcome::Refused(refusal) => bail!("the helper refuses: {refusal}"),
            outcome => bail!("the helper answers something unexpected: {outcome:?}"),
        };
        let mut told = 0;
        loop {
            let status = self.status(connection).await?;
            status.steps.iter().skip(told).for_each(&mut step);
            told = told.max(status.steps.len());
            match status.state {
                State::Connected { network } => {
                    return Ok(Connected { connection, network, time: begun.elapsed() });
                }
                State::Disconnected { last_fault } => {
                    bail!("connecting failed: {}", sentence(last_fault.as_ref()))
                }
                State::Connecting { question: Some(_), .. } => bail!("the server did not take the password"),
                State::Reconnecting { fault, .. } | State::Blocked { fault } => {
                    bail!("the connection was lost: {fault}")
                }
                State::Connecting { .. } | State::Disconnecting => {}
            }
        }
    }

    /// Disconnects; how long it took.
    pub async fn disconnect(&mut self, connection: ConnectionId) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        self.client.request(Request::Disconnect { connection }).await?;
        loop {
            match self.status(connection).await?.state {
                State::Disconnected { last_fault: None } => return Ok(begun.elapsed()),
                State::Disconnected { last_fault } => {
                    bail!("disconnecting failed: {}", sentence(last_fault.as_ref()))
                }
                _ => {}
            }
        }
    }

    /// The next status of `connection`.
    async fn status(&mut self, connection: ConnectionId) -> anyhow::Result<Status> {
        loop {
            let notice =
                timeout(PATIENCE, self.client.notice()).await.context("the helper falls silent")??;
            match notice {
                Notice::Changed(status) if status.connection == connection => return Ok(*status),
                Notice::Changed(_)
                | Notice::OtherChanged(_)
                | Notice::Protected(_)
                | Notice::Counted { .. } => {}
            }
        }
    }
}

fn sentence(fault: Option<&Fault>) -> String {
    match fault {
        Some(fault) if fault.evidence.is_empty() => fault.code.to_string(),
        Some(fault) => format!("{} {:?}", fault.code, fault.evidence),
        None => "no reason was given".to_owned(),
    }
}
