//! What the helper does to the world, as a list short enough to be played by a test.

use culvert_engine::host::HostKeeper;
use culvert_engine::host::guard::GuardWatch;
use culvert_engine::tun::DeviceSlot;
use culvert_engine::{ConnectRequest, EngineCommand, EngineEvent, clock};
use culvert_model::{ConnectionId, Fault, HostReading, Instant, Profile, Secret};
use culvert_policy::{Fact, HostFact, HostPlan};
use tokio::sync::mpsc;

/// Where a running session tells what happens to it.
#[derive(Clone, Debug)]
pub struct SessionFacts {
    connection: ConnectionId,
    facts: mpsc::Sender<(ConnectionId, Fact)>,
}

impl SessionFacts {
    pub(crate) fn new(connection: ConnectionId, facts: mpsc::Sender<(ConnectionId, Fact)>) -> Self {
        Self { connection, facts }
    }

    /// Tells `fact`; waits while the helper is busy with earlier ones.
    pub async fn tell(&self, fact: Fact) {
        // Nobody listens any more only when the helper has ended.
        let _ = self.facts.send((self.connection, fact)).await;
    }
}

/// Everything that decisions can lead to.
pub trait Effects: Send + Sync + 'static {
    /// Runs one session to its end and says why it ended, if not by request. Its facts are any but
    /// `SessionEnded`. A closed `commands` means the same as [`EngineCommand::Disconnect`]; dropping the future ends
    /// the session at once; its device waits for the next one.
    fn session(
        &self,
        profile: Box<Profile>,
        password: Option<Secret>,
        facts: SessionFacts,
        commands: mpsc::Receiver<EngineCommand>,
    ) -> impl Future<Output = Option<Fault>> + Send + 'static;

    /// Brings the host into the state of `plan` and reads it back; the empty plan takes everything away.
    fn apply(&mut self, plan: &HostPlan) -> impl Future<Output = Result<HostReading, Fault>> + Send;

    /// Whether the host still is as the last plan wanted it.
    fn is_in_place(&self) -> impl Future<Output = bool> + Send;

    /// Tells from now on what happens to this computer; [`HostFact::Disturbed`] also where it may have been us.
    fn watch(&self, facts: mpsc::Sender<HostFact>);

    /// Now, on the clock that the times of stages are told by.
    fn now(&self) -> Instant;
}

/// The real thing.
#[derive(Debug)]
pub struct Engine {
    host: HostKeeper,
    device: DeviceSlot,
}

impl Default for Engine {
    fn default() -> Self {
        let device = DeviceSlot::default();
        Self { host: HostKeeper::new(device.clone()), device }
    }
}

impl Effects for Engine {
    fn session(
        &self,
        profile: Box<Profile>,
        password: Option<Secret>,
        facts: SessionFacts,
        commands: mpsc::Receiver<EngineCommand>,
    ) -> impl Future<Output = Option<Fault>> + Send + 'static {
        let device = self.device.clone();
        let request = ConnectRequest { device, ..ConnectRequest::new(*profile, password) };
        run_session(request, facts, commands)
    }

    async fn apply(&mut self, plan: &HostPlan) -> Result<HostReading, Fault> {
        self.host.apply(plan).await.map_err(|error| error.fault())
    }

    async fn is_in_place(&self) -> bool {
        self.host.is_in_place().await
    }

    fn watch(&self, facts: mpsc::Sender<HostFact>) {
        tokio::spawn(async move {
            let guard = match GuardWatch::new() {
                Ok(guard) => guard,
                Err(error) => return tracing::warn!(%error, "changes of the packet filter go unnoticed"),
            };
            // One that waits says everything.
            let told = || {
                let _ = facts.try_send(HostFact::Disturbed);
            };
            guard.run(told).await;
        });
    }

    fn now(&self) -> Instant {
        clock::now()
    }
}

async fn run_session(
    request: ConnectRequest,
    facts: SessionFacts,
    commands: mpsc::Receiver<EngineCommand>,
) -> Option<Fault> {
    let (events, mut happened) = mpsc::channel(16);
    let told = async {
        while let Some(event) = happened.recv().await {
            facts.tell(fact(event)).await;
        }
    };
    let (fault, ()) = tokio::join!(culvert_engine::connect(request, events, commands), told);
    fault
}

fn fact(event: EngineEvent) -> Fact {
    match event {
        EngineEvent::StageReached(stage) => Fact::StageReached(stage),
        EngineEvent::ServerFound(addresses) => Fact::ServerFound(addresses),
        EngineEvent::PasswordWanted { refused } => Fact::PasswordWanted { refused },
        EngineEvent::Up { network } => Fact::SessionUp(network),
        EngineEvent::Statistics(statistics) => Fact::Counted(statistics),
    }
}
