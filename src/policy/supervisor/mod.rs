//! What a person wants, what is, and what follows from both.

mod action;
#[cfg(test)]
mod model_tests;
mod phase;
#[cfg(test)]
mod tests;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::mem;
use core::net::Ipv4Addr;
use core::time::Duration;

use culvert_model::{
    ConnectionId, Evidence, Fault, FaultCode, HostReading, Instant, Network, Profile, Protection, Question,
    Secret, Stage, State, Statistics, Status, Step,
};

pub use action::{Action, Fact, HostFact, Patience, Refusal, Wish};
use phase::{Dial, DialStep, Phase, Redial, Target, Then};

use crate::recovery::{Chance, Recovery};
use crate::{HostPlan, TunnelPlan};

/// How long the host may stay other than planned before the plan is applied again.
const REPAIR_WAIT: Duration = Duration::from_secs(1);
/// A tunnel that held so long has earned a fresh start: the next loss waits as short as the first.
const STEADY: Duration = Duration::from_secs(30);
/// After a longer sleep, every server has given the session up.
const LONG_SLEEP: Duration = Duration::from_secs(60);

/// Decides for the one connection there can be, and for the host around it.
///
/// Commands and facts go in, then [`Supervisor::poll_action`] hands out what follows until there is no more, and
/// [`Supervisor::poll_timeout`] says when to come back. The result of each action comes back as a fact. The guard
/// stands before the first packet leaves, and falls only after an explicit disconnect, or after an attempt that was
/// never up: a network that blocks PPTP must not cost the internet. A plan is undone only after its session has
/// ended, so that nothing leaves beside a tunnel that still stands.
#[derive(Debug)]
pub struct Supervisor {
    wish: Wish,
    lockdown: bool,
    /// The password of a wish whose session is not started yet.
    password: Option<Secret>,
    phase: Phase,
    target: Option<Target>,
    connection: ConnectionId,
    name: String,
    begun: Instant,
    steps: Vec<Step>,
    statistics: Statistics,
    last_id: u64,
    chance: Chance,
    /// The plan that was asked for last.
    plan: HostPlan,
    /// How many requests for plans are not answered yet.
    unanswered: u32,
    protection: Protection,
    /// When the plan is asked for again, because the host does not follow it.
    repair_at: Option<Instant>,
    is_online: bool,
    actions: VecDeque<Action>,
}

impl Supervisor {
    /// A supervisor of a host on which nothing of ours is. `seed` spreads the waits of different machines.
    pub fn new(seed: u64) -> Self {
        Self {
            wish: Wish::default(),
            lockdown: false,
            password: None,
            phase: Phase::Idle { fault: None },
            target: None,
            connection: ConnectionId::default(),
            name: String::new(),
            begun: Instant::ZERO,
            steps: Vec::new(),
            statistics: Statistics::default(),
            last_id: 0,
            chance: Chance::new(seed),
            plan: HostPlan::default(),
            unanswered: 0,
            protection: Protection::default(),
            repair_at: None,
            is_online: true,
            actions: VecDeque::new(),
        }
    }

    /// What is wanted.
    pub fn wish(&self) -> &Wish {
        &self.wish
    }

    /// Whether no session runs and the host is as it was, or as lockdown wants it.
    pub fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::Idle { .. }) && self.unanswered == 0
    }

    /// What is, as of `now`; `None` before the first connection.
    pub fn status(&self, now: Instant) -> Option<Status> {
        (self.connection != ConnectionId::default()).then(|| Status {
            connection: self.connection,
            name: self.name.clone(),
            state: self.phase.state(now),
            steps: self.steps.clone(),
            statistics: self.statistics,
        })
    }

    /// What stands on the host.
    pub fn protection(&self) -> &Protection {
        &self.protection
    }

    /// Wishes for a connection. Where the last one is still being taken down, the new one starts after that.
    ///
    /// # Errors
    /// [`Refusal::Busy`] if another one is wished for.
    pub fn connect(
        &mut self,
        profile: Profile,
        password: Option<Secret>,
        patience: Patience,
        now: Instant,
    ) -> Result<ConnectionId, Refusal> {
        if let Wish::Connected { connection, .. } = self.wish {
            return Err(Refusal::Busy(connection));
        }
        self.last_id += 1;
        let connection = ConnectionId(self.last_id);
        self.wish = Wish::Connected { connection, profile: Box::new(profile), patience };
        self.password = password;
        self.start(now);
        Ok(connection)
    }

    /// Takes up a connection that an earlier helper had. With the password it is dialled again; without, nothing
    /// leaves until somebody connects anew or disconnects. Where its profile has no guard, it is over then.
    ///
    /// # Errors
    /// [`Refusal::Busy`] if there is a connection already.
    pub fn take_up(
        &mut self,
        profile: Profile,
        password: Option<Secret>,
        fault: Fault,
        now: Instant,
    ) -> Result<ConnectionId, Refusal> {
        if self.wish != Wish::Disconnected || !matches!(self.phase, Phase::Idle { .. }) {
            return Err(Refusal::Busy(self.connection));
        }
        self.last_id += 1;
        self.connection = ConnectionId(self.last_id);
        self.name = profile.display_name().into();
        self.begun = now;
        let (profile, patience) = (Box::new(profile), Patience::OneTry);
        let is_dialled = password.is_some() && profile.reconnect;
        if is_dialled {
            self.wish = Wish::Connected { connection: self.connection, profile: profile.clone(), patience };
        }
        self.target = Some(Target { was_up: true, losses: 1, password, ..Target::new(profile, patience) });
        if is_dialled {
            self.dial(Some(Redial { attempt: 1, fault }), now);
        } else {
            self.go_on(Then::Block { fault }, now);
        }
        Ok(self.connection)
    }

    /// The password of the present connection, where it is known.
    pub fn password(&self) -> Option<&Secret> {
        self.target.as_ref()?.password.as_ref()
    }

    /// Answers the open question.
    ///
    /// # Errors
    /// [`Refusal::UnknownConnection`] or [`Refusal::NoQuestion`] if nothing of the kind was asked.
    pub fn answer(
        &mut self,
        connection: ConnectionId,
        password: Secret,
        now: Instant,
    ) -> Result<(), Refusal> {
        if connection != self.connection || matches!(self.phase, Phase::Idle { .. }) {
            return Err(Refusal::UnknownConnection);
        }
        let Phase::Dialling { dial: Dial { question: question @ Some(_), .. }, .. } = &mut self.phase else {
            return Err(Refusal::NoQuestion);
        };
        *question = None;
        if let Some(target) = &mut self.target {
            target.password = Some(password.clone());
        }
        self.actions.push_back(Action::AnswerSession { connection, password });
        self.publish(now);
        Ok(())
    }

    /// Wishes for no connection any more. A connection that has ended already is no error.
    ///
    /// # Errors
    /// [`Refusal::UnknownConnection`] if the connection is neither there nor wished for.
    pub fn disconnect(&mut self, connection: ConnectionId, now: Instant) -> Result<(), Refusal> {
        let is_wished =
            matches!(self.wish, Wish::Connected { connection: wished, .. } if wished == connection);
        let is_here = connection == self.connection && connection != ConnectionId::default();
        if !is_here && !is_wished {
            return Err(Refusal::UnknownConnection);
        }
        if is_here {
            self.give_up(now);
        } else {
            self.withdraw();
        }
        Ok(())
    }

    /// Whether nothing may leave but through a tunnel, connected or not.
    pub fn set_lockdown(&mut self, lockdown: bool, now: Instant) {
        if self.lockdown == lockdown {
            return;
        }
        self.lockdown = lockdown;
        self.protection.lockdown = lockdown;
        self.actions.push_back(Action::PublishProtection(self.protection.clone()));
        match &self.phase {
            Phase::Blocked { fault } if !self.keeps_guard() => self.clear(Some(fault.clone()), now),
            _ => self.follow(),
        }
    }

    /// Takes notice of something that happened to a connection. A fact about another connection, or without a place
    /// in the present state, changes nothing.
    pub fn handle_fact(&mut self, connection: ConnectionId, fact: Fact, now: Instant) {
        if connection != self.connection {
            return;
        }
        match fact {
            Fact::Counted(statistics) => self.count(statistics),
            Fact::StageReached(stage) => self.reach(stage, now),
            Fact::ServerFound(addresses) => self.find(addresses, now),
            Fact::PasswordWanted { refused } => self.ask(refused, now),
            Fact::SessionUp(network) => self.apply(network, now),
            Fact::SessionEnded(fault) => self.end(fault, now),
        }
    }

    /// Takes notice of something that happened to this computer.
    pub fn handle_host_fact(&mut self, fact: HostFact, now: Instant) {
        match fact {
            HostFact::PlanApplied(reading) => {
                self.read_back(reading, None);
                self.repair_at = None;
                self.settle(now);
            }
            HostFact::PlanFailed(fault) => self.miss(fault, now),
            HostFact::Disturbed => {
                if self.plan != HostPlan::default() {
                    self.request();
                }
            }
            HostFact::NetworkChanged { usable, moved } => self.change_network(usable, moved, now),
            HostFact::Resumed { asleep } => {
                if asleep >= LONG_SLEEP {
                    self.lose_way(now);
                }
                self.hasten(now);
            }
        }
    }

    /// Does what its time has come for.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.repair_at.is_some_and(|at| at <= now) {
            self.repair_at = None;
            self.request();
        }
        if let Phase::Waiting { redial, at: Some(at) } = &self.phase
            && *at <= now
        {
            let redial = redial.clone();
            self.dial(Some(redial), now);
        }
    }

    /// When to call [`Self::handle_timeout`].
    pub fn poll_timeout(&self) -> Option<Instant> {
        let next = match &self.phase {
            Phase::Waiting { at, .. } => *at,
            _ => None,
        };
        [next, self.repair_at].into_iter().flatten().min()
    }

    /// The next thing to be done.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// Starts what is wished for, unless something else still stands in its place.
    fn start(&mut self, now: Instant) {
        let Wish::Connected { connection, profile, patience } = &self.wish else { return };
        if !matches!(self.phase, Phase::Idle { .. } | Phase::Blocked { .. }) {
            return;
        }
        let (connection, profile, patience) = (*connection, profile.clone(), *patience);
        // What a blocked connection left keeps standing until the new one is up, so that nothing slips through.
        let blocked = self.target.take().filter(|_| matches!(self.phase, Phase::Blocked { .. }));
        let was_up = blocked.as_ref().is_some_and(|target| target.was_up);
        let tunnel = blocked.and_then(|target| target.tunnel);
        self.connection = connection;
        self.name = profile.display_name().into();
        self.begun = now;
        self.steps = Vec::new();
        self.statistics = Statistics::default();
        let password = self.password.take();
        self.target = Some(Target { password, tunnel, was_up, ..Target::new(profile, patience) });
        self.dial(None, now);
    }

    /// Prepares a session; it starts when the guard stands.
    fn dial(&mut self, redial: Option<Redial>, now: Instant) {
        if redial.is_none() {
            self.note(Stage::LookingUpName, now);
        }
        self.phase = Phase::Dialling { dial: Dial::new(), redial };
        self.publish(now);
        self.follow();
        self.settle(now);
    }

    /// Asks for the plan that the phase wants, if it is another one, or if the host does not follow it.
    fn follow(&mut self) {
        let is_missed = self.protection.fault.is_some() && self.unanswered == 0;
        if let Some(plan) = self.phase.plan(self.target.as_ref(), self.lockdown)
            && (plan != self.plan || is_missed)
        {
            self.plan = plan;
            self.request();
        }
    }

    fn request(&mut self) {
        self.unanswered += 1;
        self.actions.push_back(Action::ApplyPlan(Box::new(self.plan.clone())));
    }

    /// Where the host is as planned: goes on with what waited for that.
    fn settle(&mut self, now: Instant) {
        if self.unanswered > 0 {
            return;
        }
        let connection = self.connection;
        match &mut self.phase {
            Phase::Dialling { dial: Dial { step: step @ DialStep::Guarding, .. }, .. } => {
                *step = DialStep::LookingUp;
                if let Some(Target { profile, password, .. }) = &self.target {
                    let (profile, password) = (profile.clone(), password.clone());
                    self.actions.push_back(Action::StartSession { connection, profile, password });
                }
            }
            Phase::Dialling { dial: Dial { step: step @ DialStep::Opening, .. }, .. } => {
                *step = DialStep::Talking;
                self.actions.push_back(Action::ReachServer { connection });
            }
            Phase::Dialling { dial: Dial { step: DialStep::Applying { network }, .. }, .. } => {
                let network = network.clone();
                self.phase = Phase::Connected { network, since: now };
                if let Some(target) = &mut self.target {
                    target.was_up = true;
                }
                self.publish(now);
            }
            Phase::Clearing { .. } => self.finish(now),
            _ => {}
        }
    }

    /// The host could not be made as planned.
    fn miss(&mut self, fault: Fault, now: Instant) {
        self.read_back(self.protection.host.clone(), Some(fault.clone()));
        match &self.phase {
            Phase::Dialling { dial, redial: None } => {
                let is_started = !matches!(dial.step, DialStep::Guarding);
                let then = self.without_redial(fault);
                if is_started { self.stop(then, now) } else { self.go_on(then, now) }
            }
            Phase::Clearing { fault: reason } => {
                let reason = reason.clone().or(Some(fault));
                self.phase = Phase::Clearing { fault: reason };
                self.settle(now);
                self.repair_at = Some(now + REPAIR_WAIT);
            }
            _ => self.repair_at = Some(now + REPAIR_WAIT),
        }
    }

    fn read_back(&mut self, host: HostReading, fault: Option<Fault>) {
        self.unanswered = self.unanswered.saturating_sub(1);
        if self.protection.host != host || self.protection.fault != fault {
            self.protection.host = host;
            self.protection.fault = fault;
            self.actions.push_back(Action::PublishProtection(self.protection.clone()));
        }
    }

    fn reach(&mut self, reached: Stage, now: Instant) {
        let Phase::Dialling { dial, redial } = &mut self.phase else { return };
        if dial.stage == reached {
            return;
        }
        dial.stage = reached;
        if redial.is_none() {
            self.note(reached, now);
            self.publish(now);
        }
    }

    /// The session found the server and waits until the guard lets it go there.
    fn find(&mut self, addresses: Vec<Ipv4Addr>, now: Instant) {
        let (Phase::Dialling { dial, .. }, Some(target)) = (&mut self.phase, &mut self.target) else {
            return;
        };
        target.found = addresses;
        dial.step = DialStep::Opening;
        self.follow();
        self.settle(now);
    }

    fn ask(&mut self, refused: Option<Fault>, now: Instant) {
        match &mut self.phase {
            Phase::Dialling { dial, redial: None } => {
                dial.question = Some(Question::Password { refused });
                self.publish(now);
            }
            // Nobody may be there to answer, and each try may count towards locking the account.
            Phase::Dialling { redial: Some(_), .. } => {
                let fault = refused.unwrap_or_else(|| Fault::new(FaultCode::AuthRejected));
                self.stop(Then::Block { fault }, now);
            }
            _ => {}
        }
    }

    fn apply(&mut self, network: Network, now: Instant) {
        let (redial, is_first) = match &self.phase {
            Phase::Dialling { redial, .. } => (redial.clone(), redial.is_none()),
            Phase::Connected { network: present, .. } if *present != network => (None, false),
            _ => return,
        };
        let Some(target) = &mut self.target else { return };
        match TunnelPlan::new(&target.profile, &network) {
            Ok(tunnel) => {
                target.tunnel = Some(tunnel);
                target.found = alloc::vec![network.server];
                let stage = Stage::SettingUpNetwork;
                let dial = Dial { step: DialStep::Applying { network }, stage, question: None };
                self.phase = Phase::Dialling { dial, redial };
                if is_first {
                    self.note(stage, now);
                }
                self.publish(now);
                self.follow();
                self.settle(now);
            }
            Err(fault) => {
                let then = self.after(fault, now);
                self.stop(then, now);
            }
        }
    }

    /// What follows on the end of a session because of `fault`.
    fn after(&mut self, fault: Fault, now: Instant) -> Then {
        let was_steady = matches!(self.phase, Phase::Connected { since, .. } if since + STEADY <= now);
        match &mut self.target {
            Some(target) if target.may_redial() && Recovery::of(fault.code) != Recovery::Stop => {
                target.losses = if was_steady { 1 } else { target.losses.saturating_add(1) };
                Then::Redial(Redial { attempt: target.losses, fault })
            }
            _ => self.without_redial(fault),
        }
    }

    /// What follows on `fault` where dialling again by itself would not help.
    fn without_redial(&self, fault: Fault) -> Then {
        if self.keeps_guard() { Then::Block { fault } } else { Then::Clear { fault: Some(fault) } }
    }

    /// Whether only a person may take the guard away.
    fn keeps_guard(&self) -> bool {
        self.lockdown || self.target.as_ref().is_some_and(Target::keeps_guard)
    }

    /// Lets the session end; then comes what `then` says.
    fn stop(&mut self, then: Then, now: Instant) {
        if !matches!(then, Then::Redial(_)) {
            self.forget_wish();
        }
        self.phase = Phase::Stopping { then };
        self.publish(now);
        self.actions.push_back(Action::StopSession { connection: self.connection });
    }

    /// The person wants no connection. Who gives up instead of typing another password ends with what was wrong
    /// with the last one.
    fn give_up(&mut self, now: Instant) {
        self.forget_wish();
        match &self.phase {
            Phase::Dialling { dial: Dial { step: DialStep::Guarding, .. }, .. }
            | Phase::Waiting { .. }
            | Phase::Blocked { .. } => self.clear(None, now),
            Phase::Dialling { dial, .. } => {
                let refused = match &dial.question {
                    Some(Question::Password { refused }) => refused.clone(),
                    None => None,
                };
                self.stop(Then::Clear { fault: refused }, now);
            }
            Phase::Connected { .. } => self.stop(Then::Clear { fault: None }, now),
            Phase::Stopping { then: Then::Clear { .. } } => {}
            Phase::Stopping { .. } => {
                self.phase = Phase::Stopping { then: Then::Clear { fault: None } };
                self.publish(now);
            }
            Phase::Idle { .. } | Phase::Clearing { .. } => {}
        }
    }

    /// Gives up a wish whose session is not started yet.
    fn withdraw(&mut self) {
        let Wish::Connected { connection, profile, .. } = mem::take(&mut self.wish) else { return };
        self.password = None;
        self.actions.push_back(Action::Publish(Box::new(Status {
            connection,
            name: profile.display_name().into(),
            state: State::default(),
            steps: Vec::new(),
            statistics: Statistics::default(),
        })));
    }

    fn end(&mut self, fault: Option<Fault>, now: Instant) {
        if !self.phase.has_session() {
            return;
        }
        let then = match mem::replace(&mut self.phase, Phase::Idle { fault: None }) {
            Phase::Stopping { then } => then,
            phase => {
                self.phase = phase;
                // It was not told to end: without a reason, whoever held its other end is gone.
                self.after(fault.unwrap_or(Fault::new(FaultCode::LinkLost)), now)
            }
        };
        self.go_on(then, now);
    }

    fn go_on(&mut self, then: Then, now: Instant) {
        match then {
            Then::Clear { fault } => self.clear(fault, now),
            Then::Block { fault } if !self.keeps_guard() => self.clear(Some(fault), now),
            Then::Block { fault } => {
                self.forget_wish();
                self.phase = Phase::Blocked { fault };
                self.publish(now);
                self.follow();
                self.start(now);
            }
            Then::Redial(redial) => {
                let wait = Recovery::of(redial.fault.code).wait(redial.attempt, &mut self.chance);
                let at = self.is_online.then(|| now + wait);
                self.phase = Phase::Waiting { redial, at };
                self.publish(now);
                self.follow();
            }
        }
    }

    /// No wish for this connection any more; one for a later connection stays.
    fn forget_wish(&mut self) {
        if matches!(self.wish, Wish::Connected { connection, .. } if connection == self.connection) {
            self.wish = Wish::Disconnected;
        }
    }

    /// The session is no more: the host is to be as it was.
    fn clear(&mut self, fault: Option<Fault>, now: Instant) {
        self.forget_wish();
        self.phase = Phase::Clearing { fault };
        self.publish(now);
        self.follow();
        self.settle(now);
    }

    /// Nothing of the connection is left; starts the next one if it is wished for.
    fn finish(&mut self, now: Instant) {
        let Phase::Clearing { fault } = &mut self.phase else { return };
        self.phase = Phase::Idle { fault: fault.take() };
        self.target = None;
        self.publish(now);
        self.start(now);
    }

    fn change_network(&mut self, usable: bool, moved: bool, now: Instant) {
        let came_back = usable && !self.is_online;
        self.is_online = usable;
        if moved {
            self.lose_way(now);
        }
        if came_back || moved && usable {
            self.hasten(now);
        }
        if let (Phase::Waiting { at, .. }, false) = (&mut self.phase, usable) {
            *at = None;
            self.publish(now);
        }
    }

    /// The way that the session used is gone.
    fn lose_way(&mut self, now: Instant) {
        let is_used = matches!(self.phase, Phase::Connected { .. } | Phase::Dialling { redial: Some(_), .. });
        if !is_used || !self.phase.has_session() {
            return;
        }
        let evidence = Evidence::System("the network changed".to_string());
        let then = self.after(Fault::new(FaultCode::LinkLost).with(evidence), now);
        if matches!(then, Then::Redial(_)) {
            self.phase = Phase::Stopping { then };
            self.publish(now);
            self.actions.push_back(Action::AbandonSession { connection: self.connection });
            self.follow();
        }
    }

    /// Does not wait any longer.
    fn hasten(&mut self, now: Instant) {
        if let Phase::Waiting { at, .. } = &mut self.phase {
            *at = Some(now);
        }
    }

    fn count(&mut self, statistics: Statistics) {
        self.statistics = statistics;
        self.actions.push_back(Action::PublishStatistics { connection: self.connection, statistics });
    }

    fn note(&mut self, stage: Stage, now: Instant) {
        if self.steps.iter().all(|step| step.stage != stage) {
            let after = now.saturating_since(self.begun).as_millis();
            self.steps.push(Step { stage, after_ms: u64::try_from(after).unwrap_or(u64::MAX) });
        }
    }

    fn publish(&mut self, now: Instant) {
        if let Some(status) = self.status(now) {
            self.actions.push_back(Action::Publish(Box::new(status)));
        }
    }
}
