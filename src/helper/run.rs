//! The one place where decisions meet effects.

use std::io;
use std::time::Duration;

use culvert_engine::{EngineCommand, reduced};
use culvert_ipc::{Answer, Denial, Notice, Outcome, Refusal, Request};
use culvert_model::{
    ConnectionId, Evidence, Fault, FaultCode, Profile, Protection, Question, Secret, State, Status,
};
use culvert_policy::{self as policy, Action, Fact, HostFact, Patience, Supervisor, Wish};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::{AbortHandle, JoinError};
use tokio::time::{Instant, sleep_until};

use crate::authority::{Authority, Owner, Owners, Peer};
use crate::beginning::{Beginning, Plan};
use crate::request::{check_password, check_profile};
use crate::state::managed::Managed;
use crate::state::{Lockdown, Wanted};
use crate::{Effects, Listener, Notifier, SessionFacts, server};

mod kept;
mod orders;
mod portal;
mod reach;

use orders::Orders;

/// How long a session may take to end in good order: two waits of 2 seconds (RFC 2637 section 2), and some more.
const STOP_PATIENCE: Duration = Duration::from_secs(8);
/// The same where everything is taken away at once, server or not.
const RESET_PATIENCE: Duration = Duration::from_millis(200);
/// Notices that wait for one slow reader; beyond them it misses the oldest, never the last.
const NOTICE_QUEUE: usize = 64;
/// Requests and facts that wait for the helper.
const QUEUE: usize = 64;

/// The whole helper: listens on `listener` until `shutdown` is ready, then ends with everything undone but what an
/// administrator wants to stand. What a helper that crashed left on the host goes first; `manager` hears when the host
/// is as it is to be.
pub async fn run(
    listener: Listener,
    authority: Authority,
    mut beginning: Beginning,
    manager: Notifier,
    shutdown: impl Future<Output = ()>,
) {
    authority.obey(beginning.rules());
    let effects = beginning.clear_up().await;
    beginning.follow();
    begin(listener, authority, (effects, beginning.plan), manager, shutdown).await;
}

/// As [`run()`], with effects of one's own, and nothing from before.
pub async fn run_with(
    listener: Listener,
    authority: Authority,
    effects: impl Effects,
    shutdown: impl Future<Output = ()>,
) {
    begin(listener, authority, (effects, Plan::default()), Notifier::default(), shutdown).await;
}

pub(crate) async fn begin(
    listener: Listener,
    authority: Authority,
    (effects, plan): (impl Effects, Plan),
    manager: Notifier,
    shutdown: impl Future<Output = ()>,
) {
    let (calls, requests) = mpsc::channel(QUEUE);
    let (closing, closed) = watch::channel(false);
    let owners = Owners::default();
    let mut run = Run::new(effects, owners.clone(), authority.clone(), manager);
    // Nobody comes before the host is as it is to be.
    run.begin(plan).await;
    let server = tokio::spawn(server::serve(listener, authority, owners, calls, closed));
    tracing::info!("ready");
    run.tell(Notifier::ready);
    run.run(requests, shutdown).await;
    closing.send_replace(true);
    if let Err(error) = server.await {
        tracing::error!(%error, "the server broke down");
    }
    tracing::info!("ended");
}

/// A request on its way to the loop; who asks may ask for it.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) peer: Peer,
    pub(crate) request: Request,
    pub(crate) answer: oneshot::Sender<Answered>,
}

/// The loop's answer; after `Subscribe` with everything that changes from then on.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) outcome: Outcome,
    pub(crate) notices: Option<broadcast::Receiver<Notice>>,
}

struct Run<E> {
    effects: E,
    manager: Notifier,
    /// What it was told last.
    outline: &'static str,
    supervisor: Supervisor,
    owners: Owners,
    session: Option<Session>,
    facts: mpsc::Sender<(ConnectionId, Fact)>,
    told: mpsc::Receiver<(ConnectionId, Fact)>,
    host_told: mpsc::Receiver<HostFact>,
    host_facts: mpsc::Sender<HostFact>,
    notices: broadcast::Sender<Notice>,
    authority: Authority,
    orders: Orders,
    /// The managed connection, by its profile's name.
    managed: Option<(ConnectionId, String)>,
    /// What was kept last for the next helper, if anything was.
    kept: Option<Option<Wanted>>,
    /// The connection whose password the service manager keeps.
    left: Option<ConnectionId>,
    is_ending: bool,
    /// Whether sessions end at once, without a word to the server.
    is_hasty: bool,
}

/// A session that runs.
struct Session {
    commands: mpsc::Sender<EngineCommand>,
    abort: AbortHandle,
    stop_by: Option<Instant>,
}

impl<E: Effects> Run<E> {
    fn new(effects: E, owners: Owners, authority: Authority, manager: Notifier) -> Self {
        let (facts, told) = mpsc::channel(QUEUE);
        let (notices, _) = broadcast::channel(NOTICE_QUEUE);
        let (host_facts, host_told) = mpsc::channel(QUEUE);
        effects.watch(host_facts.clone());
        let supervisor = Supervisor::new(u64::from(std::process::id()));
        Self {
            effects,
            manager,
            outline: "",
            supervisor,
            owners,
            session: None,
            facts,
            told,
            host_told,
            host_facts,
            notices,
            authority,
            orders: Orders::default(),
            managed: None,
            kept: None,
            left: None,
            is_ending: false,
            is_hasty: false,
        }
    }

    async fn run(mut self, mut requests: mpsc::Receiver<Asked>, shutdown: impl Future<Output = ()>) {
        tokio::pin!(shutdown);
        let mut watchdog = self.manager.watchdog();
        let mut written = self.orders.changes.take();
        while !(self.is_ending && self.supervisor.is_idle()) {
            let stop_by = self.session.as_ref().and_then(|session| session.stop_by);
            let now = self.effects.now();
            let decide_at =
                self.supervisor.poll_timeout().map(|at| Instant::now() + at.saturating_since(now));
            tokio::select! {
                () = &mut shutdown, if !self.is_ending => self.end(),
                Some((connection, fact)) = self.told.recv() => self.take_notice(connection, fact),
                Some(fact) = self.host_told.recv() => self.hear_of_host(fact).await,
                Some(asked) = requests.recv() => self.answer(asked),
                managed = changed(&mut written) => self.obey(&managed),
                () = until(stop_by) => self.abort(),
                () = watchdog.due() => self.tell(Notifier::alive),
                () = until(decide_at) => self.supervisor.handle_timeout(self.effects.now()),
            }
            self.execute().await;
        }
    }

    /// Tells the service manager.
    fn tell(&self, word: impl FnOnce(&Notifier) -> io::Result<()>) {
        self.has_told(word);
    }

    /// As [`Run::tell`]; whether it could be told.
    fn has_told(&self, word: impl FnOnce(&Notifier) -> io::Result<()>) -> bool {
        word(&self.manager)
            .inspect_err(|error| tracing::warn!(%error, "the service manager can't be told"))
            .is_ok()
    }

    fn tell_outline(&mut self, outline: &'static str) {
        if self.outline != outline {
            self.outline = outline;
            self.tell(|manager| manager.status(outline));
        }
    }

    /// Starts to take everything down.
    fn end(&mut self) {
        tracing::info!("told to end");
        self.tell(Notifier::stopping);
        self.is_ending = true;
        if self.guards_end() {
            self.supervisor.set_lockdown(true, self.effects.now());
        }
        self.disconnect_all();
    }

    fn disconnect_all(&mut self) {
        let now = self.effects.now();
        // A connection that waits for the present one, then that itself, which may be blocked.
        let wished = match self.supervisor.wish() {
            Wish::Connected { connection, .. } => Some(*connection),
            Wish::Disconnected => None,
        };
        let present = self.supervisor.status(now).map(|status| status.connection);
        for connection in wished.into_iter().chain(present) {
            let _ = self.supervisor.disconnect(connection, now);
        }
        self.supervisor.end_sign_in(now);
    }

    async fn hear_of_host(&mut self, fact: HostFact) {
        // Most changes are our own.
        if fact == HostFact::Disturbed {
            if self.effects.is_in_place().await {
                return;
            }
            tracing::warn!("somebody else changed what was set for the connection");
        }
        self.supervisor.handle_host_fact(fact, self.effects.now());
    }

    fn take_notice(&mut self, connection: ConnectionId, fact: Fact) {
        if matches!(fact, Fact::SessionEnded(_)) {
            self.session = None;
        }
        self.supervisor.handle_fact(connection, fact, self.effects.now());
    }

    /// Ends a session that would not end by itself. That it ended comes back as a fact.
    fn abort(&mut self) {
        if let Some(session) = &mut self.session {
            tracing::warn!("the session did not end in time");
            session.stop_by = None;
            session.abort.abort();
        }
    }

    fn answer(&mut self, asked: Asked) {
        let mut notices = None;
        let outcome = match asked.request {
            Request::Connect { profile, password } => self.connect(&asked.peer, *profile, password),
            Request::ConnectManaged { id, password } => self.connect_managed(&asked.peer, &id, password),
            Request::Managed => Ok(self.managed_profiles(&asked.peer)),
            Request::Answer { connection, answer: Answer::Password(password) } => {
                self.give_password(connection, password)
            }
            Request::Disconnect { connection } => self.disconnect(connection),
            Request::Redial { connection } => self.redial(connection),
            Request::SignIn { connection } => self.sign_in(connection),
            Request::Lockdown { on } => self.set_lockdown(on),
            Request::Reset => self.reset(),
            Request::Status => Ok(self.status()),
            Request::Subscribe => {
                notices = Some(self.notices.subscribe());
                Ok(self.status())
            }
        };
        let outcome = outcome.unwrap_or_else(Outcome::Refused);
        // Who asked may have hung up since.
        let _ = asked.answer.send(Answered { outcome, notices });
    }

    fn connect(
        &mut self,
        peer: &Peer,
        profile: Profile,
        password: Option<Secret>,
    ) -> Result<Outcome, Refusal> {
        if self.is_ending {
            return Err(Refusal::ShuttingDown);
        }
        check_profile(&profile)?;
        password.as_ref().map_or(Ok(()), check_password)?;
        self.check_orders()?;
        self.dial(peer, profile, password)
    }

    fn dial(&mut self, peer: &Peer, profile: Profile, password: Option<Secret>) -> Result<Outcome, Refusal> {
        self.keep_guarded(peer, &profile)?;
        let password = password.map(|password| reduced(password, &profile.auth));
        let started = self.supervisor.connect(profile, password, Patience::OneTry, self.effects.now());
        let connection = started.map_err(|refusal| self.refused(refusal))?;
        self.owners.add(connection, Owner::from(peer));
        self.is_hasty = false;
        Ok(Outcome::Started { connection })
    }

    fn give_password(&mut self, connection: ConnectionId, password: Secret) -> Result<Outcome, Refusal> {
        check_password(&password)?;
        let password = match self.supervisor.wish() {
            Wish::Connected { profile, .. } => reduced(password, &profile.auth),
            Wish::Disconnected => password,
        };
        self.supervisor
            .answer(connection, password, self.effects.now())
            .map_err(|refusal| self.refused(refusal))?;
        Ok(Outcome::Done)
    }

    fn set_lockdown(&mut self, on: bool) -> Result<Outcome, Refusal> {
        if self.is_ending {
            return Err(Refusal::ShuttingDown);
        }
        if !on && self.orders.demand.lockdown {
            return Err(Refusal::NotPermitted(Denial::Demanded));
        }
        if let Err(error) = self.effects.keep_lockdown(on) {
            tracing::error!(%error, on, "lockdown could not be kept on the disk");
            return Err(Refusal::NotKept);
        }
        self.orders.own_lockdown = if on { Lockdown::On } else { Lockdown::Off };
        self.supervisor.set_lockdown(self.is_locked(), self.effects.now());
        Ok(Outcome::Done)
    }

    /// Takes everything away, whatever anybody wants: an administrator has to be able to.
    fn reset(&mut self) -> Result<Outcome, Refusal> {
        tracing::warn!("told to take everything away");
        let kept = self.effects.keep_lockdown(false);
        self.is_hasty = true;
        self.orders.own_lockdown = Lockdown::Off;
        self.hurry();
        self.supervisor.set_lockdown(false, self.effects.now());
        self.disconnect_all();
        kept.map(|()| Outcome::Done).map_err(|error| {
            tracing::error!(%error, "lockdown could not be switched off for later");
            Refusal::NotKept
        })
    }

    fn disconnect(&mut self, connection: ConnectionId) -> Result<Outcome, Refusal> {
        self.supervisor
            .disconnect(connection, self.effects.now())
            .map_err(|refusal| self.refused(refusal))?;
        Ok(Outcome::Done)
    }

    fn redial(&mut self, connection: ConnectionId) -> Result<Outcome, Refusal> {
        self.supervisor
            .redial_now(connection, self.effects.now())
            .map_err(|refusal| self.refused(refusal))?;
        Ok(Outcome::Done)
    }

    fn status(&self) -> Outcome {
        let now = self.effects.now();
        let connections = self.supervisor.status(now).map(|status| self.named(status)).into_iter().collect();
        let protection = self.demanded(self.supervisor.protection(now));
        Outcome::Status { connections, others: Vec::new(), protection }
    }

    fn refused(&self, refusal: policy::Refusal) -> Refusal {
        match refusal {
            policy::Refusal::Busy(connection) => {
                let name =
                    self.supervisor.status(self.effects.now()).map(|status| status.name).unwrap_or_default();
                Refusal::Busy { connection, name }
            }
            policy::Refusal::UnknownConnection => Refusal::UnknownConnection,
            policy::Refusal::NothingClosed => Refusal::NothingClosed,
            policy::Refusal::NoQuestion => Refusal::NoQuestion,
        }
    }

    /// Carries out what was decided, in order; the results are decided upon at once.
    async fn execute(&mut self) {
        while let Some(action) = self.supervisor.poll_action() {
            match action {
                Action::Publish(status) => self.publish(*status),
                Action::PublishStatistics { connection, statistics } => {
                    let _ = self.notices.send(Notice::Counted { connection, statistics });
                }
                Action::StartSession { connection, profile, password } => {
                    self.start(connection, profile, password);
                }
                Action::AnswerSession { password, .. } => self.command(EngineCommand::Answer(password)),
                Action::CheckPortal { look } => self.look_for_portal(look),
                Action::LookThrough { look, name_servers } => self.look_through(look, &name_servers),
                Action::ReachServer { .. } => self.command(EngineCommand::Reach),
                Action::StopSession { .. } => self.stop(),
                Action::AbandonSession { .. } => self.abandon(),
                Action::PublishProtection(protection) => self.publish_protection(protection),
                Action::ApplyPlan(plan) => {
                    let fact = match self.effects.apply(&plan).await {
                        Ok(reading) => HostFact::PlanApplied(reading),
                        Err(fault) => HostFact::PlanFailed(fault),
                    };
                    self.supervisor.handle_host_fact(fact, self.effects.now());
                }
            }
        }
    }

    fn publish(&mut self, status: Status) {
        self.keep_wish(&status);
        self.leave_session(&status);
        self.let_go(&status);
        self.tell_outline(outline(&status.state));
        let connection = status.connection.0;
        match &status.state {
            State::Disconnected { last_fault: None } => tracing::info!(connection, "disconnected"),
            State::Disconnected { last_fault: Some(fault) } => {
                tracing::warn!(connection, %fault, stage = ?fault.stage, "disconnected");
                tracing::debug!(connection, evidence = ?fault.evidence);
            }
            State::Connecting { question: Some(Question::Password { refused: None }), .. } => {
                tracing::info!(connection, "waits for a password");
            }
            State::Connecting { stage, question } => {
                tracing::debug!(connection, ?stage, asked = question.is_some(), "connecting");
            }
            State::Connected { .. } => match status.internet {
                None => tracing::info!(connection, "connected"),
                Some(true) => tracing::debug!(connection, "the internet is reached"),
                Some(false) => {
                    tracing::warn!(connection, "nobody on the internet answers through the tunnel")
                }
            },
            State::Reconnecting { attempt, next, fault } => {
                tracing::warn!(connection, attempt, ?next, %fault, "reconnecting");
            }
            State::Blocked { fault } => tracing::warn!(connection, %fault, "blocked"),
            State::Disconnecting => tracing::info!(connection, "disconnecting"),
        }
        // Nobody may be listening.
        let _ = self.notices.send(Notice::Changed(Box::new(self.named(status))));
    }

    /// With the administrator's profile that it is made from, which the supervisor does not know.
    fn named(&self, status: Status) -> Status {
        let managed = self.managed.as_ref().filter(|(connection, _)| *connection == status.connection);
        Status { managed: managed.map(|(_, id)| id.clone()), ..status }
    }

    fn publish_protection(&self, protection: Protection) {
        if let Some(fault) = &protection.fault {
            tracing::error!(%fault, "the host is not as planned");
            tracing::debug!(evidence = ?fault.evidence);
        }
        let _ = self.notices.send(Notice::Protected(self.demanded(protection)));
    }

    fn demanded(&self, protection: Protection) -> Protection {
        let is_demanded = self.orders.demand.lockdown;
        let is_assumed = !is_demanded && self.orders.own_lockdown == Lockdown::Unreadable;
        Protection { is_demanded, is_assumed, ..protection }
    }

    fn start(&mut self, connection: ConnectionId, profile: Box<Profile>, password: Option<Secret>) {
        let (commands, told) = mpsc::channel(4);
        let facts = SessionFacts::new(connection, self.facts.clone());
        let session = tokio::spawn(self.effects.session(profile, password, facts.clone(), told));
        self.session = Some(Session { commands, abort: session.abort_handle(), stop_by: None });
        tokio::spawn(async move {
            let fault = session.await.unwrap_or_else(|error| broken(&error));
            facts.tell(Fact::SessionEnded(fault)).await;
        });
    }

    fn stop(&mut self) {
        self.command(EngineCommand::Disconnect);
        if let Some(session) = &mut self.session {
            session.stop_by = Some(Instant::now() + STOP_PATIENCE);
        }
        if self.is_hasty {
            self.hurry();
        }
    }

    /// Lets a session that is about to stop have no more than a moment for it.
    fn hurry(&mut self) {
        if let Some(Session { stop_by: Some(stop_by), .. }) = &mut self.session {
            *stop_by = (*stop_by).min(Instant::now() + RESET_PATIENCE);
        }
    }

    /// Ends a session that has nobody to say goodbye to.
    fn abandon(&mut self) {
        if let Some(session) = &mut self.session {
            session.abort.abort();
        }
    }

    fn command(&self, command: EngineCommand) {
        // A session that does not take its commands is ended by `stop_by`, or has ended already.
        if let Some(session) = &self.session {
            let _ = session.commands.try_send(command);
        }
    }
}

/// What `systemctl status` shows.
const fn outline(state: &State) -> &'static str {
    match state {
        State::Disconnected { .. } => "Not connected",
        State::Connecting { .. } => "Connecting",
        State::Connected { .. } => "Connected",
        State::Reconnecting { .. } => "Connecting again",
        State::Disconnecting => "Disconnecting",
        State::Blocked { .. } => "Blocked: not connected, and nothing leaves this computer",
    }
}

/// The fault of a session that ended in no order: by us, or by a mistake of ours.
fn broken(error: &JoinError) -> Option<Fault> {
    if error.is_cancelled() {
        return None;
    }
    tracing::error!("the session broke down");
    let evidence = Evidence::System("the session broke down".to_owned());
    Some(Fault::new(FaultCode::LocalDevice).with(evidence))
}

/// What an administrator wrote, when that has changed.
async fn changed(written: &mut Option<mpsc::Receiver<Managed>>) -> Managed {
    if let Some(written) = written
        && let Some(managed) = written.recv().await
    {
        return managed;
    }
    std::future::pending().await
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
