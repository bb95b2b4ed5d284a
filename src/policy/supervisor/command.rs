//! What a person wants.

use super::*;

impl Supervisor {
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
        let profile = Profile { traffic: profile.traffic.settled(), ..profile };
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
        let profile = Profile { traffic: profile.traffic.settled(), ..profile };
        self.last_id += 1;
        self.connection = ConnectionId(self.last_id);
        self.name = profile.display_name().into();
        self.server = profile.server.as_str().into();
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

    /// Dials a tunnel that was lost at once instead of later; where nothing is waited for, all stays as it is.
    ///
    /// # Errors
    /// [`Refusal::UnknownConnection`] if there is no such connection.
    pub fn redial_now(&mut self, connection: ConnectionId, now: Instant) -> Result<(), Refusal> {
        if connection != self.connection || matches!(self.phase, Phase::Idle { .. }) {
            return Err(Refusal::UnknownConnection);
        }
        if self.is_online {
            self.hasten(now);
            self.handle_timeout(now);
        }
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
        self.publish_protection(now);
        match &self.phase {
            Phase::Blocked { fault } if !self.keeps_guard() => self.clear(Some(fault.clone()), now),
            Phase::Visiting(visit) if visit.is_asked && !self.keeps_guard() => self.leave(now),
            _ => self.follow(),
        }
    }

    /// The person wants no connection. Who gives up instead of typing another password ends with what was wrong
    /// with the last one.
    pub(super) fn give_up(&mut self, now: Instant) {
        self.forget_wish();
        match &self.phase {
            Phase::Dialling { dial: Dial { step: DialStep::Guarding, .. }, .. }
            | Phase::Waiting { .. }
            | Phase::Visiting(_)
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
    pub(super) fn withdraw(&mut self) {
        let Wish::Connected { connection, profile, .. } = mem::take(&mut self.wish) else { return };
        self.password = None;
        let status = Status::new(connection, profile.display_name().into(), State::default());
        self.actions.push_back(Action::Publish(Box::new(status)));
    }
}
