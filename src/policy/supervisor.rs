//! What a person wants, what is, and what follows from both.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::mem;

use culvert_model::{
    ConnectionId, Fault, Instant, Network, Profile, Question, Secret, Stage, State, Statistics, Status, Step,
};

use crate::HostPlan;

/// What a person wants, whatever is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Wish {
    /// No connection.
    #[default]
    Disconnected,
    /// This one.
    Connected {
        /// Its name.
        connection: ConnectionId,
        /// To what and how.
        profile: Box<Profile>,
    },
}

/// Something to be done. Actions are to be carried out in the order in which they are handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Tell everybody who listens that this is the status now.
    Publish(Box<Status>),
    /// Tell everybody who listens that these are the counters now.
    PublishStatistics {
        /// Which connection's.
        connection: ConnectionId,
        /// The counters.
        statistics: Statistics,
    },
    /// Start a session; it ends with [`Fact::SessionEnded`], whatever happens.
    StartSession {
        /// Its connection.
        connection: ConnectionId,
        /// To what and how.
        profile: Box<Profile>,
        /// The password, if it is known.
        password: Option<Secret>,
    },
    /// Give the session the password that it asked for.
    AnswerSession {
        /// Its connection.
        connection: ConnectionId,
        /// The password.
        password: Secret,
    },
    /// Let the session end in good order.
    StopSession {
        /// Its connection.
        connection: ConnectionId,
    },
    /// Bring the host into this state; answered by [`Fact::PlanApplied`] or [`Fact::PlanFailed`].
    ApplyPlan {
        /// Whose it is.
        connection: ConnectionId,
        /// The state.
        plan: HostPlan,
    },
    /// Take all of this, also what was half applied, off the host again; answered by [`Fact::PlanUndone`].
    UndoPlan {
        /// Whose it is.
        connection: ConnectionId,
        /// What was applied.
        plan: HostPlan,
    },
}

/// Something that happened to a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The session entered a stage.
    StageReached(Stage),
    /// The session needs the password; the refusal of the last one, where there was one.
    PasswordWanted {
        /// Why the last password was not taken.
        refused: Option<Fault>,
    },
    /// The session has an address and may carry traffic. It comes again when the server negotiated anew.
    SessionUp(Network),
    /// The session is no more; why, if not by request.
    SessionEnded(Option<Fault>),
    /// The host is as planned, and was read back.
    PlanApplied,
    /// The host could not be brought into the planned state.
    PlanFailed(Fault),
    /// Nothing of the plan is left on the host, or what is left could not be removed.
    PlanUndone {
        /// Why something is left.
        left: Option<Fault>,
    },
    /// The counters of the session.
    Counted(Statistics),
}

/// Why a command changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// One connection at a time: this one is there.
    #[error("another connection is up or on its way")]
    Busy(ConnectionId),
    /// No connection has that name (any more).
    #[error("there is no such connection")]
    UnknownConnection,
    /// Nothing was asked.
    #[error("no question is open")]
    NoQuestion,
}

/// Decides for the one connection there can be.
///
/// Commands and facts go in, then [`Supervisor::poll_action`] hands out what follows until there is no more. The
/// result of each action comes back as a fact. A plan is undone only after its session has ended, so that nothing
/// leaves beside a tunnel that still stands.
#[derive(Debug, Default)]
pub struct Supervisor {
    wish: Wish,
    /// The password of a wish whose session is not started yet.
    password: Option<Secret>,
    phase: Phase,
    connection: ConnectionId,
    name: String,
    begun: Instant,
    steps: Vec<Step>,
    statistics: Statistics,
    last_id: u64,
    actions: VecDeque<Action>,
}

/// What runs, and what is applied.
#[derive(Debug)]
enum Phase {
    /// No session, no plan.
    Idle { fault: Option<Fault> },
    /// A session, no plan.
    Connecting { stage: Stage, question: Option<Question> },
    /// A session, and a plan about to be applied; of several, the last one counts.
    Applying { plan: HostPlan, network: Network, unanswered: u32 },
    /// A session and its plan.
    Connected { plan: HostPlan, network: Network },
    /// A session that was told to stop, and its plan if there is one.
    Stopping { plan: Option<HostPlan>, fault: Option<Fault> },
    /// No session, and a plan about to be undone.
    Undoing { fault: Option<Fault> },
}

impl Default for Phase {
    fn default() -> Self {
        Self::Idle { fault: None }
    }
}

impl Supervisor {
    /// A supervisor of a host on which nothing of ours is.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is wanted.
    pub fn wish(&self) -> &Wish {
        &self.wish
    }

    /// Whether no session runs and no plan is applied.
    pub fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::Idle { .. })
    }

    /// What is; `None` before the first connection.
    pub fn status(&self) -> Option<Status> {
        (self.connection != ConnectionId::default()).then(|| Status {
            connection: self.connection,
            name: self.name.clone(),
            state: self.phase.state(),
            steps: self.steps.clone(),
            statistics: self.statistics,
        })
    }

    /// Wishes for a connection. Where the last one is still being taken down, the new one starts after that.
    ///
    /// # Errors
    /// [`Refusal::Busy`] if another one is wished for.
    pub fn connect(
        &mut self,
        profile: Profile,
        password: Option<Secret>,
        now: Instant,
    ) -> Result<ConnectionId, Refusal> {
        if let Wish::Connected { connection, .. } = self.wish {
            return Err(Refusal::Busy(connection));
        }
        self.last_id += 1;
        let connection = ConnectionId(self.last_id);
        self.wish = Wish::Connected { connection, profile: Box::new(profile) };
        self.password = password;
        if self.is_idle() {
            self.start(now);
        }
        Ok(connection)
    }

    /// Answers the open question.
    ///
    /// # Errors
    /// [`Refusal::UnknownConnection`] or [`Refusal::NoQuestion`] if nothing of the kind was asked.
    pub fn answer(&mut self, connection: ConnectionId, password: Secret) -> Result<(), Refusal> {
        if connection != self.connection || self.is_idle() {
            return Err(Refusal::UnknownConnection);
        }
        let Phase::Connecting { question: question @ Some(_), .. } = &mut self.phase else {
            return Err(Refusal::NoQuestion);
        };
        *question = None;
        self.actions.push_back(Action::AnswerSession { connection, password });
        self.publish();
        Ok(())
    }

    /// Wishes for no connection any more. A connection that has ended already is no error.
    ///
    /// # Errors
    /// [`Refusal::UnknownConnection`] if the connection is neither there nor wished for.
    pub fn disconnect(&mut self, connection: ConnectionId) -> Result<(), Refusal> {
        let is_wished =
            matches!(self.wish, Wish::Connected { connection: wished, .. } if wished == connection);
        let is_here = connection == self.connection && self.status().is_some();
        if is_here {
            self.stop(None);
        } else if is_wished {
            self.withdraw();
        } else {
            return Err(Refusal::UnknownConnection);
        }
        Ok(())
    }

    /// Takes notice of something that happened. A fact about another connection, or without a place in the present
    /// state, changes nothing.
    pub fn handle_fact(&mut self, connection: ConnectionId, fact: Fact, now: Instant) {
        if connection != self.connection {
            return;
        }
        match fact {
            Fact::Counted(statistics) => self.count(statistics),
            Fact::StageReached(stage) => self.reach(stage, now),
            Fact::PasswordWanted { refused } => self.ask(Question::Password { refused }),
            Fact::SessionUp(network) => self.apply(network, now),
            Fact::PlanApplied => self.settle(),
            Fact::PlanFailed(fault) if matches!(self.phase, Phase::Applying { .. }) => self.stop(Some(fault)),
            Fact::PlanFailed(_) => {}
            Fact::SessionEnded(fault) => self.end(fault, now),
            Fact::PlanUndone { left } => self.finish(left, now),
        }
    }

    /// The next thing to be done.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// Starts what is wished for.
    fn start(&mut self, now: Instant) {
        let Wish::Connected { connection, profile } = &self.wish else { return };
        let (connection, profile) = (*connection, profile.clone());
        self.connection = connection;
        self.name = name(&profile);
        self.begun = now;
        self.steps = Vec::new();
        self.statistics = Statistics::default();
        self.phase = Phase::Connecting { stage: Stage::LookingUpName, question: None };
        self.note(Stage::LookingUpName, now);
        self.publish();
        let password = self.password.take();
        self.actions.push_back(Action::StartSession { connection, profile, password });
    }

    /// Gives up a wish whose session is not started yet.
    fn withdraw(&mut self) {
        let Wish::Connected { connection, profile } = mem::take(&mut self.wish) else { return };
        self.password = None;
        self.actions.push_back(Action::Publish(Box::new(Status {
            connection,
            name: name(&profile),
            state: State::default(),
            steps: Vec::new(),
            statistics: Statistics::default(),
        })));
    }

    fn reach(&mut self, reached: Stage, now: Instant) {
        let Phase::Connecting { stage, .. } = &mut self.phase else { return };
        if *stage == reached {
            return;
        }
        *stage = reached;
        self.note(reached, now);
        self.publish();
    }

    fn ask(&mut self, asked: Question) {
        let Phase::Connecting { question, .. } = &mut self.phase else { return };
        *question = Some(asked);
        self.publish();
    }

    fn apply(&mut self, network: Network, now: Instant) {
        let unanswered = match &self.phase {
            Phase::Connecting { .. } => 0,
            Phase::Applying { unanswered, .. } => *unanswered,
            Phase::Connected { network: present, .. } if *present != network => 0,
            _ => return,
        };
        let Wish::Connected { profile, .. } = &self.wish else { return };
        match HostPlan::new(profile, &network) {
            Ok(plan) => {
                self.phase = Phase::Applying { plan: plan.clone(), network, unanswered: unanswered + 1 };
                self.note(Stage::SettingUpNetwork, now);
                self.publish();
                self.actions.push_back(Action::ApplyPlan { connection: self.connection, plan });
            }
            Err(fault) => self.stop(Some(fault)),
        }
    }

    fn settle(&mut self) {
        self.phase = match mem::take(&mut self.phase) {
            Phase::Applying { plan, network, unanswered: ..=1 } => Phase::Connected { plan, network },
            Phase::Applying { plan, network, unanswered } => {
                self.phase = Phase::Applying { plan, network, unanswered: unanswered - 1 };
                return;
            }
            other => {
                self.phase = other;
                return;
            }
        };
        self.publish();
    }

    /// Lets the session end, because of `fault` or by request. Who gives up instead of typing another password
    /// ends with what was wrong with the last one.
    fn stop(&mut self, fault: Option<Fault>) {
        let (plan, fault) = match mem::take(&mut self.phase) {
            Phase::Connecting { question: Some(Question::Password { refused }), .. } => (None, refused),
            Phase::Connecting { .. } => (None, fault),
            Phase::Applying { plan, .. } | Phase::Connected { plan, .. } => (Some(plan), fault),
            other => {
                self.phase = other;
                return;
            }
        };
        self.wish = Wish::Disconnected;
        self.phase = Phase::Stopping { plan, fault };
        self.publish();
        self.actions.push_back(Action::StopSession { connection: self.connection });
    }

    fn end(&mut self, fault: Option<Fault>, now: Instant) {
        let (plan, fault) = match mem::take(&mut self.phase) {
            Phase::Connecting { .. } => (None, fault),
            Phase::Applying { plan, .. } | Phase::Connected { plan, .. } => (Some(plan), fault),
            Phase::Stopping { plan, fault } => return self.clear(plan, fault, now),
            other => {
                self.phase = other;
                return;
            }
        };
        self.wish = Wish::Disconnected;
        self.clear(plan, fault, now);
    }

    /// The session is no more: undoes the plan if there is one.
    fn clear(&mut self, plan: Option<HostPlan>, fault: Option<Fault>, now: Instant) {
        self.phase = Phase::Undoing { fault };
        match plan {
            None => self.finish(None, now),
            Some(plan) => {
                self.publish();
                self.actions.push_back(Action::UndoPlan { connection: self.connection, plan });
            }
        }
    }

    /// Nothing of the connection is left; starts the next one if it is wished for.
    fn finish(&mut self, left: Option<Fault>, now: Instant) {
        let Phase::Undoing { fault } = &mut self.phase else { return };
        self.phase = Phase::Idle { fault: fault.take().or(left) };
        self.publish();
        self.start(now);
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

    fn publish(&mut self) {
        if let Some(status) = self.status() {
            self.actions.push_back(Action::Publish(Box::new(status)));
        }
    }
}

impl Phase {
    fn state(&self) -> State {
        match self {
            Self::Idle { fault } => State::Disconnected { last_fault: fault.clone() },
            Self::Connecting { stage, question } => {
                State::Connecting { stage: *stage, question: question.clone() }
            }
            Self::Applying { .. } => State::Connecting { stage: Stage::SettingUpNetwork, question: None },
            Self::Connected { network, .. } => State::Connected { network: network.clone() },
            Self::Stopping { .. } | Self::Undoing { .. } => State::Disconnecting,
        }
    }
}

/// What people call the connection.
fn name(profile: &Profile) -> String {
    if profile.name.is_empty() { profile.server.to_string() } else { profile.name.clone() }
}

#[cfg(test)]
mod tests;
