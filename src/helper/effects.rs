//! What the helper does to the world, as a list short enough to be played by a test.

use std::io;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use culvert_engine::host::HostKeeper;
use culvert_engine::host::dns::DnsSystem;
use culvert_engine::host::guard::{GuardWatch, leak};
use culvert_engine::resolver::Resolver;
use culvert_engine::tun::DeviceSlot;
use culvert_engine::watch::{Event, Watch};
use culvert_engine::{ConnectRequest, EngineCommand, EngineEvent, clock, portal};
use culvert_model::{ConnectionId, Evidence, Fault, FaultCode, Host, HostReading, Instant, Profile, Secret};
use culvert_policy::{
    Fact, Finding, Guard, HostFact, HostPlan, PolicyRouting, Portal, PortalPass, ServerException, TunnelPlan,
};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use crate::disturbance::Disturbance;
use crate::resolver_file;
use crate::state::{Installed, State, Wanted};

/// How long after the host was changed it is tried whether its guard holds.
const FIRST_TRY: Duration = Duration::from_secs(5);
/// How soon again where that has changed.
const SECOND_TRY: Duration = Duration::from_secs(1);
/// How often from then on.
const LATER_TRIES: Duration = Duration::from_secs(60);
/// How long a look for a portal may take.
const LOOK_PATIENCE: Duration = Duration::from_secs(12);

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

    /// Looks whether the network wants a person to sign in first, in less than a quarter of a minute.
    fn look_for_portal(&self) -> impl Future<Output = Finding> + Send + 'static {
        std::future::ready(Finding::Unknown)
    }

    /// Looks whether anybody on the internet answers through the tunnel, whose name servers these are; in less than a
    /// quarter of a minute.
    fn look_through(&self, name_servers: &[Ipv4Addr]) -> impl Future<Output = bool> + Send + 'static;

    /// Keeps for every later start whether lockdown is on.
    ///
    /// # Errors
    /// Where that can't be kept; it is as before then.
    fn keep_lockdown(&mut self, _on: bool) -> io::Result<()> {
        Ok(())
    }

    /// Keeps for a helper that starts again what is to be connected; `None` is what managed profiles say.
    ///
    /// # Errors
    /// Where that can't be kept; what was kept before stands.
    fn keep_wish(&mut self, _wanted: Option<&Wanted>) -> io::Result<()> {
        Ok(())
    }

    /// Now, on the clock that the times of stages are told by.
    fn now(&self) -> Instant;
}

/// The real thing.
#[derive(Debug)]
pub struct Engine {
    host: HostKeeper,
    device: DeviceSlot,
    state: Memory,
    last_good: LastGood,
    /// What the watch is to expect of the host.
    expected: watch::Sender<Expected>,
    disturbance: Disturbance,
}

/// What must outlive the helper.
#[derive(Debug)]
enum Memory {
    /// It is kept here.
    Kept(State),
    /// There is no place to keep it.
    Missing,
    /// Nothing outlives a helper that runs once.
    Unwanted,
}

impl Memory {
    fn state(&mut self) -> Option<&mut State> {
        match self {
            Self::Kept(state) => Some(state),
            Self::Missing | Self::Unwanted => None,
        }
    }
}

/// Where a server was when it was reached last.
#[derive(Clone, Debug, Default)]
struct LastGood(Arc<Mutex<Option<(Host, Ipv4Addr)>>>);

impl LastGood {
    fn note(&self, server: Host, address: Ipv4Addr) {
        let known = self.lock().replace((server.clone(), address));
        if known.is_some_and(|(name, before)| name == server && before != address) {
            tracing::info!("the server is at another address than the last time");
        }
    }

    fn of(&self, server: &Host) -> Option<Ipv4Addr> {
        self.lock().as_ref().filter(|(name, _)| name == server).map(|(_, address)| *address)
    }

    fn lock(&self) -> MutexGuard<'_, Option<(Host, Ipv4Addr)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the host should hold, and where the server is.
#[derive(Clone, Debug, Default)]
struct Expected {
    guard: Option<Guard>,
    tunnel: Option<TunnelPlan>,
    server: Option<ServerException>,
}

impl Engine {
    /// The real thing, on a host whose names are looked after by `dns`; without it, names go where they always went.
    /// What must outlive the helper is kept in `state`; where there is none, nothing that must is begun.
    pub fn new(dns: Option<DnsSystem>, state: Option<State>) -> Self {
        Self::with(dns, state.map_or(Memory::Missing, Memory::Kept))
    }

    fn with(dns: Option<DnsSystem>, state: Memory) -> Self {
        let device = DeviceSlot::default();
        let host = HostKeeper::new(device.clone(), dns);
        let (last_good, expected) = (LastGood::default(), watch::Sender::default());
        Self { host, device, state, last_good, expected, disturbance: Disturbance::default() }
    }

    /// Remembers that `server` was reached at `address`.
    pub(crate) fn know(&self, server: Host, address: Ipv4Addr) {
        self.last_good.note(server, address);
    }

    /// Writes to the journal. Where that fails the host is changed all the same: what is ours is known by its marks.
    fn note(&mut self, write: impl FnOnce(&mut State) -> io::Result<()>) {
        if let Some(Err(error)) = self.state.state().map(write) {
            tracing::error!(%error, "what is set on this computer could not be noted");
        }
    }
}

/// An engine for one run, after which nobody looks for what it left.
impl Default for Engine {
    fn default() -> Self {
        Self::with(None, Memory::Unwanted)
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
        let last_good = self.last_good.of(&profile.server);
        let request = ConnectRequest { device, last_good, ..ConnectRequest::new(*profile, password) };
        run_session(request, self.last_good.clone(), facts, commands)
    }

    async fn apply(&mut self, plan: &HostPlan) -> Result<HostReading, Fault> {
        // Nothing is missed meanwhile: what is read back counts.
        self.expected.send_modify(|expected| {
            expected.guard = None;
            expected.tunnel = None;
        });
        let installed = Installed::from(plan);
        self.note(|state| state.before_change(&installed));
        let reading = self.host.apply(plan).await.map_err(|error| error.fault())?;
        self.note(|state| state.after_change(&installed));
        let servers = plan.tunnel.as_ref().map(|tunnel| &tunnel.servers);
        let server = servers.or(plan.guard.as_ref().map(|guard| &guard.servers)).and_then(|all| all.first());
        let (guard, tunnel) = (plan.guard.clone(), plan.tunnel.clone());
        self.expected.send_replace(Expected { guard, tunnel, server: server.copied() });
        Ok(reading)
    }

    async fn is_in_place(&self) -> bool {
        self.disturbance.heard();
        let is_in_place = self.host.is_in_place().await;
        if is_in_place {
            // The watch tells once, and then waits to be told again.
            self.expected.send_modify(|_| ());
        }
        is_in_place
    }

    fn look_for_portal(&self) -> impl Future<Output = Finding> + Send + 'static {
        look_for_portal()
    }

    fn look_through(&self, name_servers: &[Ipv4Addr]) -> impl Future<Output = bool> + Send + 'static {
        look_through(Resolver::new(None).asking(name_servers))
    }

    fn watch(&self, facts: mpsc::Sender<HostFact>) {
        tokio::spawn(watch_network(self.expected.subscribe(), facts.clone()));
        tokio::spawn(try_guard(self.expected.subscribe(), facts.clone()));
        let (disturbance, told) = (self.disturbance.clone(), facts.clone());
        tokio::spawn(async move {
            let watching = resolver_file::watch(Path::new("/etc"), || disturbance.tell(&told)).await;
            if let Err(error) = watching {
                tracing::warn!(%error, "changes of resolv.conf go unnoticed");
            }
        });
        let disturbance = self.disturbance.clone();
        tokio::spawn(async move {
            let guard = match GuardWatch::new() {
                Ok(guard) => guard,
                Err(error) => return tracing::warn!(%error, "changes of the packet filter go unnoticed"),
            };
            guard.run(|| disturbance.tell(&facts)).await;
        });
    }

    fn keep_lockdown(&mut self, on: bool) -> io::Result<()> {
        match &mut self.state {
            Memory::Kept(state) => state.set_lockdown(on),
            Memory::Missing | Memory::Unwanted if on => Err(no_place()),
            Memory::Missing | Memory::Unwanted => Ok(()),
        }
    }

    fn keep_wish(&mut self, wanted: Option<&Wanted>) -> io::Result<()> {
        match (&mut self.state, wanted) {
            (Memory::Kept(state), _) => state.set_wish(wanted),
            (Memory::Missing, Some(Wanted::Profile { profile, .. })) if profile.guard => Err(no_place()),
            (Memory::Missing | Memory::Unwanted, _) => Ok(()),
        }
    }

    fn now(&self) -> Instant {
        clock::now()
    }
}

fn no_place() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "there is no place to keep it")
}

/// Asks, on sockets that leave beside the tunnel, for pages whose content is known.
async fn look_for_portal() -> Finding {
    let mark = Some(PolicyRouting::STANDARD.mark);
    let names = Resolver::new(mark).under_guard(true);
    let look = async {
        match portal::probe(mark, &names).await {
            portal::Portal::None => Finding::Through,
            portal::Portal::Unknown => Finding::Unknown,
            portal::Portal::SignIn { url, addresses, ports } => {
                let name_servers = names.servers().await;
                Finding::SignIn(Portal { url, pass: PortalPass { addresses, ports, name_servers } })
            }
        }
    };
    timeout(LOOK_PATIENCE, look).await.unwrap_or(Finding::Unknown)
}

/// Asks for the same pages on ordinary sockets, which go through the tunnel. Whoever answers, and be it a proxy in place
/// of the page, the tunnel leads somewhere.
async fn look_through(names: Resolver) -> bool {
    let found = timeout(LOOK_PATIENCE, portal::probe(None, &names)).await;
    matches!(found, Ok(portal::Portal::None | portal::Portal::SignIn { .. }))
}

/// Tells what happens to the network and to what was set there.
async fn watch_network(mut expected: watch::Receiver<Expected>, facts: mpsc::Sender<HostFact>) {
    let mut watch = match Watch::start() {
        Ok(watch) => watch,
        Err(error) => return tracing::warn!(%error, "changes of the network go unnoticed"),
    };
    loop {
        let event = tokio::select! {
            changed = expected.changed() => {
                if changed.is_err() {
                    return;
                }
                let Expected { tunnel, server, .. } = expected.borrow_and_update().clone();
                watch.aim(server);
                watch.expect(tunnel);
                continue;
            }
            event = watch.next() => event,
        };
        let fact = match event {
            Event::NetworkChanged { usable, moved, .. } => HostFact::NetworkChanged { usable, moved },
            Event::HostDisturbed => HostFact::Disturbed,
            Event::Resumed { asleep } => HostFact::Resumed { asleep },
            // Whatever the tunnel was doing, it will be asked for again after the sleep.
            Event::Suspending(delay) => {
                drop(delay);
                continue;
            }
        };
        if facts.send(fact).await.is_err() {
            return;
        }
    }
}

/// Tries whether the guard holds, and tells when that is no longer as it was told last.
async fn try_guard(mut expected: watch::Receiver<Expected>, facts: mpsc::Sender<HostFact>) {
    let mut told = None;
    let mut wait = FIRST_TRY;
    loop {
        let is_changed = timeout(wait, expected.changed()).await;
        match is_changed {
            Ok(Ok(())) => {
                wait = FIRST_TRY;
                // Where nothing is guarded any more nothing is amiss.
                if told.is_none() || expected.borrow_and_update().guard.is_some() {
                    continue;
                }
            }
            Ok(Err(_)) => return,
            Err(_) => wait = if told.is_some() { FIRST_TRY } else { LATER_TRIES },
        }
        let guard = expected.borrow().guard.clone();
        let leak = guard.as_ref().map_or(Ok(None), leak).unwrap_or_else(|error| {
            tracing::debug!(%error, "the guard can't be tried");
            None
        });
        let leak = leak.map(|device| Fault::new(FaultCode::GuardLeaks).with(Evidence::System(device)));
        if leak != told {
            told.clone_from(&leak);
            wait = SECOND_TRY;
            if facts.send(HostFact::Probed { leak }).await.is_err() {
                return;
            }
        }
    }
}

async fn run_session(
    request: ConnectRequest,
    last_good: LastGood,
    facts: SessionFacts,
    commands: mpsc::Receiver<EngineCommand>,
) -> Option<Fault> {
    let (events, mut happened) = mpsc::channel(16);
    let server = request.profile.server.clone();
    let told = async {
        while let Some(event) = happened.recv().await {
            if let EngineEvent::Up { network } = &event {
                last_good.note(server.clone(), network.server);
            }
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
