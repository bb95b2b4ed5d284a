//! Captive portals: named where a server can't be reached, and opened for a while where somebody asks.

use super::*;
use crate::{Finding, Guard, Portal, Refuse};

/// How long a look may take, with what has to be set for it.
const LOOK: Duration = Duration::from_secs(15);
/// How long a sign-in page is open at most.
const OPENING: Duration = Duration::from_secs(300);
/// How often it is looked whether the portal lets us through meanwhile.
const NEXT_LOOK: Duration = Duration::from_secs(4);
/// How long a network that had no portal is believed to have none.
const BELIEF: Duration = Duration::from_secs(300);

/// One look for a portal, and the opening that may follow.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) step: VisitStep,
    /// Whether a person wants the page open.
    pub(super) is_asked: bool,
    /// When it is over, whatever was found.
    until: Instant,
    /// What follows.
    pub(super) then: Then,
}

#[derive(Debug)]
pub(super) enum VisitStep {
    /// The guard must let the look out.
    Guarding,
    /// The look is under way.
    Looking,
    /// The page is open; the next look is due then, unless one is under way.
    Open { portal: Portal, look_at: Option<Instant> },
}

impl Visit {
    /// The connection's state meanwhile.
    pub(super) fn state(&self) -> State {
        match &self.then {
            Then::Redial(redial) | Then::SignIn(redial) => redial.state(),
            Then::Block { fault } if self.is_asked => State::Blocked { fault: fault.clone() },
            Then::Clear { fault } if self.is_asked => State::Disconnected { last_fault: fault.clone() },
            // The attempt is not over before its fault is known.
            Then::Block { .. } | Then::Clear { .. } => {
                State::Connecting { stage: Stage::ReachingServer, question: None }
            }
        }
    }

    /// The guard with what the visit needs.
    pub(super) fn open(&self, guard: Guard) -> Guard {
        let portal = match &self.step {
            VisitStep::Open { portal, .. } => Some(portal.pass.clone()),
            _ => None,
        };
        let refusal = if self.dials() { Refuse::Silently } else { Refuse::Aloud };
        Guard { servers: Vec::new(), names: true, checks: true, portal, refusal, ..guard }
    }

    /// The routes: while the page is open, they and the name servers are the network's own.
    pub(super) fn tunnel(&self, tunnel: Option<&TunnelPlan>) -> Option<TunnelPlan> {
        match (&self.step, &self.then) {
            (VisitStep::Open { .. }, _) => None,
            (_, Then::Block { .. }) => tunnel.map(TunnelPlan::without_device),
            _ => tunnel.cloned(),
        }
    }

    /// Whether another connection may begin in its place.
    pub(super) fn may_be_left(&self) -> bool {
        self.is_asked && !self.dials()
    }

    /// When there is something to be done.
    pub(super) fn timeout(&self) -> Instant {
        match self.step {
            VisitStep::Open { look_at: Some(at), .. } => at.min(self.until),
            _ => self.until,
        }
    }

    /// What everybody may know of it.
    pub(super) fn sign_in(&self, now: Instant) -> SignIn {
        let left_ms = millis(self.until.saturating_since(now));
        match &self.step {
            VisitStep::Guarding | VisitStep::Looking => SignIn::Looking,
            VisitStep::Open { portal, .. } => SignIn::Open { page: portal.url.clone(), left_ms },
        }
    }

    fn dials(&self) -> bool {
        matches!(self.then, Then::Redial(_) | Then::SignIn(_))
    }

    /// Names the portal as what is in the way, where it may be.
    fn name(&mut self, portal: &Portal) {
        let fault = match &mut self.then {
            Then::Redial(redial) | Then::SignIn(redial) => Some(&mut redial.fault),
            Then::Block { fault } => Some(fault),
            Then::Clear { fault } => fault.as_mut(),
        };
        let fits = |fault: &&mut Fault| {
            Recovery::of(fault.code) == Recovery::Redial && fault.code != FaultCode::HelperRestarted
        };
        if let Some(fault) = fault.filter(fits) {
            let stage = fault.stage;
            *fault = Fault::new(FaultCode::CaptivePortal).with(Evidence::SignInPage(portal.url.clone()));
            fault.stage = stage;
        }
    }
}

impl Supervisor {
    /// Looks for a captive portal and, if there is one, opens the way to its sign-in page for a while.
    ///
    /// # Errors
    /// [`Refusal::NothingClosed`] where anybody may leave anyway, [`Refusal::Busy`] while a connection is up or made.
    pub fn sign_in(&mut self, now: Instant) -> Result<(), Refusal> {
        let then = match &mut self.phase {
            Phase::Idle { fault } if self.lockdown => Then::Clear { fault: fault.clone() },
            Phase::Idle { .. } => return Err(Refusal::NothingClosed),
            Phase::Blocked { fault } => Then::Block { fault: fault.clone() },
            Phase::Waiting { redial, .. }
            | Phase::Dialling { dial: Dial { step: DialStep::Guarding, .. }, redial: Some(redial) } => {
                Then::Redial(redial.clone())
            }
            Phase::Visiting(visit) if visit.is_asked || visit.dials() => {
                visit.is_asked = true;
                return Ok(());
            }
            Phase::Stopping { then: then @ Then::Redial(_) } => {
                if let Then::Redial(redial) = then {
                    *then = Then::SignIn(redial.clone());
                }
                return Ok(());
            }
            Phase::Dialling { dial, redial: Some(redial) }
                if !matches!(dial.step, DialStep::Applying { .. }) =>
            {
                let then = Then::SignIn(redial.clone());
                self.stop(then, now);
                return Ok(());
            }
            _ => return Err(Refusal::Busy(self.connection)),
        };
        self.visit(then, true, now);
        Ok(())
    }

    /// Closes what was opened for a person to sign in.
    pub fn end_sign_in(&mut self, now: Instant) {
        if matches!(&self.phase, Phase::Visiting(visit) if visit.is_asked) {
            self.leave(now);
        }
    }

    /// Whether it is to be looked for a portal after `fault`: it tells a third party that somebody looks.
    pub(super) fn suspects_portal(&self, fault: &Fault, now: Instant) -> bool {
        let is_known = self.looked_at.is_some_and(|at| now < at + BELIEF);
        let Phase::Dialling { redial, .. } = &self.phase else { return false };
        let is_suspicious =
            fault.code.class() == FaultClass::Unreachable && fault.code != FaultCode::Ipv6Server;
        is_suspicious && answers(fault) && self.is_online && (redial.is_none() || !is_known)
    }

    pub(super) fn visit(&mut self, then: Then, is_asked: bool, now: Instant) {
        self.looked_at = Some(now);
        self.phase = Phase::Visiting(Visit { step: VisitStep::Guarding, is_asked, until: now + LOOK, then });
        self.publish(now);
        self.follow();
        self.settle(now);
    }

    /// Starts a look, now that nothing stands in its way.
    pub(super) fn look(&mut self) {
        self.last_look += 1;
        self.actions.push_back(Action::CheckPortal { look: self.last_look });
    }

    /// Takes notice of what a look has shown.
    pub(super) fn conclude(&mut self, look: u64, finding: Finding, now: Instant) {
        let Phase::Visiting(visit) = &mut self.phase else { return };
        if look != self.last_look {
            return;
        }
        if let Finding::SignIn(portal) = &finding {
            visit.name(portal);
            self.looked_at = None;
        }
        match (&mut visit.step, finding) {
            (VisitStep::Looking, Finding::SignIn(portal)) if visit.is_asked => {
                visit.step = VisitStep::Open { portal, look_at: Some(now + NEXT_LOOK) };
                visit.until = now + OPENING;
                if let Some(Target { tunnel: Some(tunnel), .. }) = &mut self.target {
                    *tunnel = tunnel.without_device();
                }
                self.follow();
                self.publish(now);
            }
            (VisitStep::Looking, _) => self.leave(now),
            (VisitStep::Open { .. }, Finding::Through) => self.pass_through(now),
            (VisitStep::Open { look_at, .. }, _) => *look_at = Some(now + NEXT_LOOK),
            (VisitStep::Guarding, _) => {}
        }
    }

    /// Closes what was open, and goes on as if nobody had looked.
    pub(super) fn leave(&mut self, now: Instant) {
        match mem::replace(&mut self.phase, Phase::Idle { fault: None }) {
            Phase::Visiting(Visit { then: Then::SignIn(redial), .. }) => {
                self.go_on(Then::Redial(redial), now);
            }
            Phase::Visiting(visit) => self.go_on(visit.then, now),
            phase => self.phase = phase,
        }
    }

    /// The portal lets us through: closes what was open, and dials where that was in the way.
    fn pass_through(&mut self, now: Instant) {
        let Phase::Visiting(Visit { then, .. }) = &self.phase else { return };
        let redial = match (then, &self.target) {
            (Then::Redial(redial) | Then::SignIn(redial), _) => Some(redial.clone()),
            (Then::Block { fault }, Some(target))
                if fault.code == FaultCode::CaptivePortal && (target.profile.reconnect || !target.was_up) =>
            {
                let (profile, patience) = (target.profile.clone(), target.patience);
                let redial = target.was_up.then(|| Redial { attempt: 1, fault: fault.clone() });
                self.wish = Wish::Connected { connection: self.connection, profile, patience };
                return self.dial(redial, now);
            }
            _ => None,
        };
        match redial {
            Some(redial) => self.dial(Some(redial), now),
            None => self.leave(now),
        }
    }

    /// Does what its time has come for.
    pub(super) fn attend(&mut self, now: Instant) {
        let Phase::Visiting(visit) = &mut self.phase else { return };
        if visit.until <= now {
            return self.leave(now);
        }
        if let VisitStep::Open { look_at: look_at @ Some(_), .. } = &mut visit.step
            && look_at.is_some_and(|at| at <= now)
        {
            *look_at = None;
            self.look();
        }
    }
}

/// Whether there may be a portal at all: its name server at least would have answered.
fn answers(fault: &Fault) -> bool {
    let is_silence = |seen: &Evidence| {
        use culvert_model::NameServerSaid::{Nothing, Unreachable};
        matches!(
            seen,
            Evidence::NoNameServer
                | Evidence::SilentFor(_)
                | Evidence::NameServer { said: Nothing | Unreachable, .. }
        )
    };
    fault.code != FaultCode::DnsFailed || fault.evidence.is_empty() || !fault.evidence.iter().all(is_silence)
}
