//! What a person wants, what is, and what follows from both.

mod action;
mod command;
mod host;
#[cfg(test)]
mod model_tests;
mod phase;
mod portal;
#[cfg(test)]
mod portal_tests;
mod reach;
#[cfg(test)]
mod reach_tests;
mod session;
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
    ConnectionId, Dns, Evidence, Fault, FaultClass, FaultCode, Held, HostReading, Instant, Network, Profile,
    Protection, Question, Secret, SignIn, Stage, State, Statistics, Status, Step, Traffic,
};

pub use action::{Action, Fact, HostFact, Patience, Refusal, Wish};
use phase::{Dial, DialStep, Phase, Redial, Target, Then};
use portal::VisitStep;
use reach::Reach;

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
    server: String,
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
    /// What leaves past the guard, as far as anybody knows.
    leak: Option<Fault>,
    /// When the plan is asked for again, because the host does not follow it.
    repair_at: Option<Instant>,
    is_online: bool,
    /// The last look for a portal, or through the tunnel.
    last_look: u64,
    /// When this network was last found to have none.
    looked_at: Option<Instant>,
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
            server: String::new(),
            begun: Instant::ZERO,
            steps: Vec::new(),
            statistics: Statistics::default(),
            last_id: 0,
            chance: Chance::new(seed),
            plan: HostPlan::default(),
            unanswered: 0,
            protection: Protection::default(),
            leak: None,
            repair_at: None,
            is_online: true,
            last_look: 0,
            looked_at: None,
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
        let (up_ms, internet) = match &self.phase {
            Phase::Connected { since, reach, .. } => {
                (Some(millis(now.saturating_since(*since))), reach.is_through)
            }
            _ => (None, None),
        };
        (self.connection != ConnectionId::default()).then(|| Status {
            connection: self.connection,
            name: self.name.clone(),
            server: self.server.clone(),
            state: self.state(now),
            steps: self.steps.clone(),
            statistics: self.statistics,
            up_ms,
            internet,
            held: self.target.as_ref().map_or_else(Held::default, |target| Held::of(&target.profile)),
            managed: None,
        })
    }

    /// The state, with the name servers that are asked and not those that the server told.
    fn state(&self, now: Instant) -> State {
        let mut state = self.phase.state(now);
        if let (State::Connected { network }, Some(target)) = (&mut state, &self.target) {
            match &target.profile.dns {
                Dns::FromServer => {}
                Dns::Servers(servers) => network.dns.clone_from(servers),
                Dns::Leave => network.dns.clear(),
            }
        }
        state
    }

    /// What stands on the host, as of `now`.
    pub fn protection(&self, now: Instant) -> Protection {
        Protection { sign_in: self.opening(now), ..self.protection.clone() }
    }

    fn opening(&self, now: Instant) -> Option<SignIn> {
        match &self.phase {
            Phase::Visiting(visit) => Some(visit.sign_in(now)),
            _ => None,
        }
    }

    /// The password of the present connection, where it is known.
    pub fn password(&self) -> Option<&Secret> {
        self.target.as_ref()?.password.as_ref()
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
                self.read_back(reading, self.leak.clone(), now);
                self.repair_at = None;
                self.settle(now);
            }
            HostFact::PlanFailed(fault) => self.miss(fault, now),
            HostFact::Disturbed => {
                if self.plan != HostPlan::default() {
                    self.request();
                }
            }
            HostFact::Probed { leak } => self.hear_of_leak(leak),
            HostFact::PortalChecked { look, finding } => self.conclude(look, finding, now),
            HostFact::LookedThrough { look, is_through } => self.hear_of_reach(look, is_through, now),
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
        self.attend(now);
        self.look_through(now);
    }

    /// When to call [`Self::handle_timeout`].
    pub fn poll_timeout(&self) -> Option<Instant> {
        let next = match &self.phase {
            Phase::Waiting { at, .. } => *at,
            Phase::Visiting(visit) => Some(visit.timeout()),
            Phase::Connected { reach, .. } => reach.timeout(),
            _ => None,
        };
        [next, self.repair_at].into_iter().flatten().min()
    }

    /// The next thing to be done.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    fn note(&mut self, stage: Stage, now: Instant) {
        if self.steps.iter().all(|step| step.stage != stage) {
            let after_ms = millis(now.saturating_since(self.begun));
            self.steps.push(Step { stage, after_ms });
        }
    }

    fn publish(&mut self, now: Instant) {
        if let Some(status) = self.status(now) {
            self.actions.push_back(Action::Publish(Box::new(status)));
        }
        if self.opening(now) != self.protection.sign_in {
            self.publish_protection(now);
        }
    }

    fn publish_protection(&mut self, now: Instant) {
        self.protection = self.protection(now);
        self.actions.push_back(Action::PublishProtection(self.protection.clone()));
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
