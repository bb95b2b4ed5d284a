//! The plan, whether the host follows it, and what else happens to this computer.

use super::*;

impl Supervisor {
    /// Asks for the plan that the phase wants, if it is another one, or if the host does not follow it.
    pub(super) fn follow(&mut self) {
        let is_missed = self.protection.fault.is_some() && self.unanswered == 0;
        if let Some(plan) = self.phase.plan(self.target.as_ref(), self.lockdown)
            && (plan != self.plan || is_missed)
        {
            self.plan = plan;
            self.request();
        }
    }

    pub(super) fn request(&mut self) {
        self.unanswered += 1;
        self.actions.push_back(Action::ApplyPlan(Box::new(self.plan.clone())));
    }

    /// Where the host is as planned: goes on with what waited for that.
    pub(super) fn settle(&mut self, now: Instant) {
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
                let traffic = self.target.as_ref().map(|target| &target.profile.traffic);
                let reach = traffic.map_or_else(Reach::default, |traffic| Reach::new(traffic, now));
                self.phase = Phase::Connected { network, since: now, reach };
                if let Some(target) = &mut self.target {
                    target.was_up = true;
                }
                self.publish(now);
            }
            Phase::Visiting(visit) if matches!(visit.step, VisitStep::Guarding) => {
                visit.step = VisitStep::Looking;
                self.look();
            }
            Phase::Clearing { .. } => self.finish(now),
            _ => {}
        }
    }

    /// The host could not be made as planned.
    pub(super) fn miss(&mut self, fault: Fault, now: Instant) {
        self.read_back(self.protection.host.clone(), Some(fault.clone()), now);
        match &self.phase {
            // Somebody waits and reads why it failed; where nobody does, it is tried until it works.
            Phase::Dialling { dial, redial: None } if self.is_watched() => {
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
            Phase::Visiting(_) => {
                self.leave(now);
                self.repair_at = Some(now + REPAIR_WAIT);
            }
            _ => {
                if self.loses_device() {
                    self.follow();
                } else {
                    self.repair_at = Some(now + REPAIR_WAIT);
                }
            }
        }
    }

    /// Whether there is a device of a tunnel that is gone in the plan. It may be gone too, and the plan never be met
    /// with it: from now on what led into it leads nowhere, until the next tunnel has one.
    fn loses_device(&mut self) -> bool {
        let is_gone = match &self.phase {
            Phase::Waiting { .. } | Phase::Stopping { then: Then::Redial(_) | Then::SignIn(_) } => true,
            Phase::Dialling { dial, .. } => !matches!(dial.step, DialStep::Applying { .. }),
            _ => false,
        };
        let tunnel = self.target.as_mut().and_then(|target| target.tunnel.as_mut());
        let Some(tunnel) = tunnel.filter(|tunnel| is_gone && tunnel.device.is_some()) else { return false };
        *tunnel = tunnel.without_device();
        true
    }

    /// What leaves past the guard is told until nothing does, and the guard is set anew.
    pub(super) fn hear_of_leak(&mut self, leak: Option<Fault>) {
        if self.leak == leak {
            return;
        }
        self.leak = leak;
        if self.plan != HostPlan::default() {
            self.request();
        }
    }

    pub(super) fn read_back(&mut self, host: HostReading, fault: Option<Fault>, now: Instant) {
        self.unanswered = self.unanswered.saturating_sub(1);
        if self.protection.host != host || self.protection.fault != fault {
            self.protection.host = host;
            self.protection.fault = fault;
            self.publish_protection(now);
        }
    }

    pub(super) fn change_network(&mut self, usable: bool, moved: bool, now: Instant) {
        let came_back = usable && !self.is_online;
        self.is_online = usable;
        if moved || came_back {
            self.looked_at = None;
        }
        if moved || !usable {
            // What was open was so for the portal of that network.
            self.leave(now);
        }
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
    pub(super) fn lose_way(&mut self, now: Instant) {
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
    pub(super) fn hasten(&mut self, now: Instant) {
        if let Phase::Waiting { at, .. } = &mut self.phase {
            *at = Some(now);
        }
    }
}
