//! A session that a test plays, and a helper that runs on it.

use std::io;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use culvert_engine::EngineCommand;
use culvert_ipc::{Client, Notice, Outcome, Request};
use culvert_model::{
    ConnectionId, Fault, HostReading, Instant, Network, Profile, Secret, Stage, State, Status,
};
use culvert_policy::{Fact, Finding, Guard, HostFact, HostPlan};
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::beginning::Plan;
use crate::run::begin;
use crate::state::Wanted;
use crate::{Authority, Effects, Listener, Notifier, SessionFacts};

/// A session as the test holds it.
pub(super) struct Played {
    pub(super) profile: Box<Profile>,
    pub(super) password: Option<Secret>,
    pub(super) facts: SessionFacts,
    pub(super) commands: mpsc::Receiver<EngineCommand>,
    pub(super) end: oneshot::Sender<Option<Fault>>,
}

impl Played {
    pub(super) async fn up(&self) {
        self.facts.tell(Fact::StageReached(Stage::GettingAddress)).await;
        self.facts.tell(Fact::SessionUp(network())).await;
    }

    /// Waits for the order to stop, then ends.
    pub(super) async fn stop(mut self) {
        assert!(matches!(self.commands.recv().await, Some(EngineCommand::Disconnect)));
        self.end.send(None).unwrap();
    }
}

/// Hands every session to the test, and notes what is done to the host.
#[derive(Clone)]
pub(super) struct Scripted {
    sessions: mpsc::UnboundedSender<Played>,
    host: Arc<Mutex<Vec<&'static str>>>,
    disk: Arc<Mutex<Disk>>,
    network: Arc<Mutex<Option<Finding>>>,
    begun: tokio::time::Instant,
}

/// What the next helper would find.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk {
    pub(super) wish: Option<Wanted>,
    pub(super) lockdown: bool,
    pub(super) is_full: bool,
    /// Whether the host never answers.
    pub(super) is_stuck: bool,
}

impl Effects for Scripted {
    fn session(
        &self,
        profile: Box<Profile>,
        password: Option<Secret>,
        facts: SessionFacts,
        commands: mpsc::Receiver<EngineCommand>,
    ) -> impl Future<Output = Option<Fault>> + Send + 'static {
        let (end, ended) = oneshot::channel();
        self.sessions.send(Played { profile, password, facts, commands, end }).unwrap();
        async move { ended.await.expect("the test dropped the session") }
    }

    async fn apply(&mut self, plan: &HostPlan) -> Result<HostReading, Fault> {
        if self.disk.lock().unwrap().is_stuck {
            std::future::pending::<()>().await;
        }
        let word = match plan {
            HostPlan { guard: None, tunnel: None } => "nothing",
            HostPlan { tunnel: None, guard: Some(Guard { portal: Some(_), .. }) } => "page",
            HostPlan { tunnel: None, .. } => "guard",
            HostPlan { .. } => "tunnel",
        };
        self.host.lock().unwrap().push(word);
        Ok(HostReading::default())
    }

    fn look_for_portal(&self) -> impl Future<Output = Finding> + Send + 'static {
        std::future::ready(self.network.lock().unwrap().clone().unwrap_or(Finding::Unknown))
    }

    /// What this finds is told by the real thing in the laboratory; here it would come between other notices.
    fn look_through(&self, _name_servers: &[Ipv4Addr]) -> impl Future<Output = bool> + Send + 'static {
        std::future::pending()
    }

    async fn is_in_place(&self) -> bool {
        true
    }

    fn watch(&self, _facts: mpsc::Sender<HostFact>) {}

    fn keep_lockdown(&mut self, on: bool) -> io::Result<()> {
        let mut disk = self.disk.lock().unwrap();
        if disk.is_full {
            return Err(io::ErrorKind::StorageFull.into());
        }
        disk.lockdown = on;
        Ok(())
    }

    fn keep_wish(&mut self, wanted: Option<&Wanted>) -> io::Result<()> {
        let mut disk = self.disk.lock().unwrap();
        if disk.is_full && wanted.is_some() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        disk.wish = wanted.cloned();
        Ok(())
    }

    fn now(&self) -> Instant {
        Instant::ZERO + self.begun.elapsed()
    }
}

/// A helper with its socket in a directory of its own.
pub(super) struct Helper {
    pub(super) dir: TempDir,
    pub(super) sessions: mpsc::UnboundedReceiver<Played>,
    pub(super) host: Arc<Mutex<Vec<&'static str>>>,
    pub(super) disk: Arc<Mutex<Disk>>,
    /// What a look for a portal shows.
    pub(super) network: Arc<Mutex<Option<Finding>>>,
    shutdown: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Helper {
    pub(super) fn start() -> Self {
        Self::with(Authority::owner_only())
    }

    pub(super) fn with(authority: Authority) -> Self {
        Self::after(authority, Plan::default())
    }

    /// One that finds this from before.
    pub(super) fn after(authority: Authority, plan: Plan) -> Self {
        Self::managed_by(Notifier::default(), authority, plan)
    }

    /// The same below a service manager.
    pub(super) fn managed_by(manager: Notifier, authority: Authority, plan: Plan) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("culvert.sock");
        let listener =
            if authority.is_open() { Listener::bind_for_all(&path) } else { Listener::bind(&path) };
        let listener = listener.unwrap();
        let (sessions, played) = mpsc::unbounded_channel();
        let host = Arc::<Mutex<Vec<_>>>::default();
        let disk = Arc::<Mutex<_>>::default();
        let network = Arc::<Mutex<_>>::default();
        let begun = tokio::time::Instant::now();
        let effects =
            Scripted { sessions, host: host.clone(), disk: disk.clone(), network: network.clone(), begun };
        let (shutdown, told) = oneshot::channel::<()>();
        let end = async move { drop(told.await) };
        let task = tokio::spawn(begin(listener, authority, (effects, plan), manager, end));
        Self { dir, sessions: played, host, disk, network, shutdown: Some(shutdown), task }
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.dir.path().join("culvert.sock")
    }

    pub(super) async fn client(&self) -> Client {
        Client::connect(&self.socket()).await.unwrap()
    }

    /// A client that hears of everything.
    pub(super) async fn watcher(&self) -> Client {
        let mut client = self.client().await;
        let outcome = client.request(Request::Subscribe).await.unwrap();
        assert!(matches!(outcome, Outcome::Status { .. }));
        client
    }

    pub(super) async fn session(&mut self) -> Played {
        soon(self.sessions.recv()).await.unwrap()
    }

    /// Tells the helper to end.
    pub(super) fn shut_down(&mut self) {
        self.shutdown.take().unwrap().send(()).unwrap();
    }

    pub(super) async fn ended(self) -> TempDir {
        soon(self.task).await.unwrap();
        self.dir
    }

    pub(super) fn wish(&self) -> Option<Wanted> {
        self.disk.lock().unwrap().wish.clone()
    }

    pub(super) fn host(&self) -> Vec<&'static str> {
        self.host.lock().unwrap().clone()
    }
}

pub(super) fn profile() -> Profile {
    Profile::new("vpn.example.com".parse().unwrap(), "alice")
}

pub(super) fn network() -> Network {
    Network {
        server: [198, 51, 100, 1].into(),
        address: [10, 0, 0, 7].into(),
        peer: None,
        dns: vec![],
        nbns: vec![],
        mtu: 1400,
        cipher: None,
        auth: None,
        interface: Some("culvert0".to_owned()),
    }
}

pub(super) fn connect(password: Option<&str>) -> Request {
    let password = password.map(|text| Secret::new(text.to_owned()));
    Request::Connect { profile: Box::new(profile()), password }
}

pub(super) async fn started(client: &mut Client, request: Request) -> ConnectionId {
    match client.request(request).await.unwrap() {
        Outcome::Started { connection } => connection,
        other => panic!("{other:?}"),
    }
}

/// The next status that `is` says yes to.
pub(super) async fn told(client: &mut Client, is: impl Fn(&State) -> bool) -> Status {
    let status = async {
        loop {
            match client.notice().await.unwrap() {
                Notice::Changed(status) if is(&status.state) => return *status,
                _ => {}
            }
        }
    };
    soon(status).await
}

pub(super) async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(20), future).await.expect("in time")
}
