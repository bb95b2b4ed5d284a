//! From a wish to a session, and from its end to what follows.

use super::*;

impl Supervisor {
    /// Starts what is wished for, unless something else still stands in its place.
    pub(super) fn start(&mut self, now: Instant) {
        let Wish::Connected { connection, profile, patience } = &self.wish else { return };
        let is_blocked = match &self.phase {
            Phase::Idle { .. } => false,
            Phase::Blocked { .. } => true,
            Phase::Visiting(visit) if visit.may_be_left() => true,
            _ => return,
        };
        let (connection, profile, patience) = (*connection, profile.clone(), *patience);
        // What a blocked connection left keeps standing until the new one is up, so that nothing slips through.
        let blocked = self.target.take().filter(|_| is_blocked);
        let was_up = blocked.as_ref().is_some_and(|target| target.was_up);
        let tunnel = blocked.and_then(|target| target.tunnel).map(|tunnel| tunnel.without_device());
        self.connection = connection;
        self.name = profile.display_name().into();
        self.server = profile.server.as_str().into();
        self.begun = now;
        self.steps = Vec::new();
        self.statistics = Statistics::default();
        let password = self.password.take();
        self.target = Some(Target { password, tunnel, was_up, ..Target::new(profile, patience) });
        self.dial(None, now);
    }

    /// Prepares a session; it starts when the guard stands.
    pub(super) fn dial(&mut self, redial: Option<Redial>, now: Instant) {
        if redial.is_none() {
            self.note(Stage::LookingUpName, now);
        }
        self.phase = Phase::Dialling { dial: Dial::new(), redial };
        self.publish(now);
        self.follow();
        self.settle(now);
    }

    pub(super) fn reach(&mut self, reached: Stage, now: Instant) {
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
    pub(super) fn find(&mut self, addresses: Vec<Ipv4Addr>, now: Instant) {
        let (Phase::Dialling { dial, .. }, Some(target)) = (&mut self.phase, &mut self.target) else {
            return;
        };
        target.found = addresses;
        dial.step = DialStep::Opening;
        self.follow();
        self.settle(now);
    }

    pub(super) fn ask(&mut self, refused: Option<Fault>, now: Instant) {
        let is_watched = self.is_watched();
        match &mut self.phase {
            Phase::Dialling { dial, redial: None } if refused.is_none() || is_watched => {
                dial.question = Some(Question::Password { refused });
                self.publish(now);
            }
            // Nobody may be there to answer, and each try may count towards locking the account.
            Phase::Dialling { .. } => {
                let fault = refused.unwrap_or_else(|| Fault::new(FaultCode::AuthRejected));
                self.stop(Then::Block { fault }, now);
            }
            _ => {}
        }
    }

    pub(super) fn apply(&mut self, network: Network, now: Instant) {
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
    pub(super) fn after(&mut self, fault: Fault, now: Instant) -> Then {
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
    pub(super) fn without_redial(&self, fault: Fault) -> Then {
        if self.keeps_guard() { Then::Block { fault } } else { Then::Clear { fault: Some(fault) } }
    }

    /// Whether somebody waits for the connection to be there.
    pub(super) fn is_watched(&self) -> bool {
        self.target.as_ref().is_none_or(|target| target.patience == Patience::OneTry)
    }

    /// Whether only a person may take the guard away.
    pub(super) fn keeps_guard(&self) -> bool {
        self.lockdown || self.target.as_ref().is_some_and(Target::keeps_guard)
    }

    /// Lets the session end; then comes what `then` says.
    pub(super) fn stop(&mut self, then: Then, now: Instant) {
        if !matches!(then, Then::Redial(_) | Then::SignIn(_)) {
            self.forget_wish();
        }
        self.phase = Phase::Stopping { then };
        self.publish(now);
        self.actions.push_back(Action::StopSession { connection: self.connection });
    }

    pub(super) fn end(&mut self, fault: Option<Fault>, now: Instant) {
        if !self.phase.has_session() {
            return;
        }
        let then = match mem::replace(&mut self.phase, Phase::Idle { fault: None }) {
            Phase::Stopping { then } => then,
            phase => {
                self.phase = phase;
                // It was not told to end: without a reason, whoever held its other end is gone.
                let fault = fault.unwrap_or(Fault::new(FaultCode::LinkLost));
                let suspects_portal = self.suspects_portal(&fault, now);
                let then = self.after(fault, now);
                if suspects_portal {
                    return self.visit(then, false, now);
                }
                then
            }
        };
        self.go_on(then, now);
    }

    pub(super) fn go_on(&mut self, then: Then, now: Instant) {
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
            Then::SignIn(redial) => self.visit(Then::Redial(redial), true, now),
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
    pub(super) fn forget_wish(&mut self) {
        if matches!(self.wish, Wish::Connected { connection, .. } if connection == self.connection) {
            self.wish = Wish::Disconnected;
        }
    }

    /// The session is no more: the host is to be as it was.
    pub(super) fn clear(&mut self, fault: Option<Fault>, now: Instant) {
        self.forget_wish();
        self.phase = Phase::Clearing { fault };
        self.publish(now);
        self.follow();
        self.settle(now);
    }

    /// Nothing of the connection is left; starts the next one if it is wished for.
    pub(super) fn finish(&mut self, now: Instant) {
        let Phase::Clearing { fault } = &mut self.phase else { return };
        self.phase = Phase::Idle { fault: fault.take() };
        self.target = None;
        self.publish(now);
        self.start(now);
    }

    pub(super) fn count(&mut self, statistics: Statistics) {
        self.statistics = statistics;
        self.actions.push_back(Action::PublishStatistics { connection: self.connection, statistics });
    }
}
