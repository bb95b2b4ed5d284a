//! Where a connection is, and what the host must look like there.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::net::Ipv4Addr;

use culvert_model::{
    Dns, Fault, Instant, Ipv6, Network, NextTry, Prefix, Profile, Question, Secret, Stage, State, Traffic,
};

use super::portal::Visit;
use super::reach::Reach;
use super::{Patience, millis};
use crate::{Gateway, Guard, HostPlan, Refuse, Routes, Scope, ServerException, TunnelPass, TunnelPlan};

/// What is to be connected, and what is known about it so far.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) profile: Box<Profile>,
    pub(super) patience: Patience,
    /// Known once it was given; it serves every session of this target.
    pub(super) password: Option<Secret>,
    /// The addresses under which the server was found the last time.
    pub(super) found: Vec<Ipv4Addr>,
    /// What led into the tunnel when it was last up.
    pub(super) tunnel: Option<TunnelPlan>,
    /// Whether it was up since it was wished for, or follows on one that was and is blocked: then the guard stays
    /// until somebody disconnects.
    pub(super) was_up: bool,
    /// Losses and failed tries since the tunnel last held for a while.
    pub(super) losses: u32,
}

/// What runs.
#[derive(Debug)]
pub(super) enum Phase {
    /// Nothing.
    Idle { fault: Option<Fault> },
    /// A session that has not been up, or is about to start.
    Dialling { dial: Dial, redial: Option<Redial> },
    /// A session whose tunnel carries traffic.
    Connected { network: Network, since: Instant, reach: Reach },
    /// No session; the next one starts at `at`, or when there is a network.
    Waiting { redial: Redial, at: Option<Instant> },
    /// A session that was told to stop.
    Stopping { then: Then },
    /// No session, and the host about to be as it was.
    Clearing { fault: Option<Fault> },
    /// No session; whether a captive portal is in the way is being looked at, or its page is open.
    Visiting(Visit),
    /// No session, and nothing leaves.
    Blocked { fault: Fault },
}

/// One session before it carries traffic.
#[derive(Debug)]
pub(super) struct Dial {
    pub(super) step: DialStep,
    pub(super) stage: Stage,
    pub(super) question: Option<Question>,
}

/// What a session waits for.
#[derive(Debug)]
pub(super) enum DialStep {
    /// The guard must stand before it may start.
    Guarding,
    /// It looks up the server's name.
    LookingUp,
    /// The guard must let it reach what it found.
    Opening,
    /// It talks to the server.
    Talking,
    /// It is up; the host must be made ready for its traffic.
    Applying { network: Network },
}

/// A tunnel that is to be had back.
#[derive(Clone, Debug)]
pub(super) struct Redial {
    /// Which try, from 1.
    pub(super) attempt: u32,
    /// Why it was lost, or the last try failed.
    pub(super) fault: Fault,
}

/// What follows on a session that was told to stop.
#[derive(Debug)]
pub(super) enum Then {
    /// The host as it was.
    Clear { fault: Option<Fault> },
    /// Nothing leaves.
    Block { fault: Fault },
    /// The next one.
    Redial(Redial),
    /// The next one, after a look for a portal.
    SignIn(Redial),
}

impl Dial {
    pub(super) fn new() -> Self {
        Self { step: DialStep::Guarding, stage: Stage::LookingUpName, question: None }
    }
}

impl Phase {
    /// Whether a session runs, or is being ended.
    pub(super) fn has_session(&self) -> bool {
        match self {
            Self::Dialling { dial, .. } => !matches!(dial.step, DialStep::Guarding),
            Self::Connected { .. } | Self::Stopping { .. } => true,
            Self::Idle { .. }
            | Self::Waiting { .. }
            | Self::Clearing { .. }
            | Self::Visiting(_)
            | Self::Blocked { .. } => false,
        }
    }

    pub(super) fn state(&self, now: Instant) -> State {
        match self {
            Self::Idle { fault } => State::Disconnected { last_fault: fault.clone() },
            Self::Dialling { dial, redial: None } => {
                State::Connecting { stage: dial.stage, question: dial.question.clone() }
            }
            Self::Dialling { redial: Some(redial), .. }
            | Self::Stopping { then: Then::Redial(redial) | Then::SignIn(redial) } => redial.state(),
            Self::Visiting(visit) => visit.state(),
            Self::Connected { network, .. } => State::Connected { network: network.clone() },
            Self::Waiting { redial: Redial { attempt, fault }, at } => {
                let next =
                    at.map_or(NextTry::WithNetwork, |at| NextTry::In(millis(at.saturating_since(now))));
                State::Reconnecting { attempt: *attempt, next, fault: fault.clone() }
            }
            Self::Blocked { fault } | Self::Stopping { then: Then::Block { fault } } => {
                State::Blocked { fault: fault.clone() }
            }
            Self::Stopping { then: Then::Clear { .. } } | Self::Clearing { .. } => State::Disconnecting,
        }
    }

    /// What the host must look like; `None` where it stays as it is.
    pub(super) fn plan(&self, target: Option<&Target>, lockdown: bool) -> Option<HostPlan> {
        let Some(target) = target else {
            let wall = wall(Refuse::Aloud);
            let guard = if let Self::Visiting(visit) = self { visit.open(wall) } else { wall };
            return Some(HostPlan { guard: lockdown.then_some(guard), tunnel: None });
        };
        let guards = lockdown || target.profile.guard;
        let guard = |guard: Guard| guards.then_some(guard);
        match self {
            Self::Idle { .. } | Self::Clearing { .. } => {
                Some(HostPlan { guard: lockdown.then(|| wall(Refuse::Aloud)), tunnel: None })
            }
            Self::Dialling { dial: Dial { step: DialStep::Applying { network }, .. }, .. }
            | Self::Connected { network, .. } => {
                let tunnel = target.tunnel.clone();
                let guarded = target.guard(lockdown);
                let guarded =
                    Guard { names: false, tunnel: pass(target, network, tunnel.as_ref()), ..guarded };
                Some(HostPlan { guard: guard(guarded), tunnel })
            }
            Self::Dialling { dial, redial } => {
                let servers = match dial.step {
                    DialStep::Guarding | DialStep::LookingUp => vec![],
                    _ => target.servers(),
                };
                let refusal = if redial.is_some() { Refuse::Silently } else { Refuse::Aloud };
                let mut tunnel = target.tunnel.clone();
                if let (Some(tunnel), [_, ..]) = (&mut tunnel, servers.as_slice()) {
                    tunnel.servers.clone_from(&servers);
                }
                let guarded = Guard { servers, refusal, ..target.guard(lockdown) };
                Some(HostPlan { guard: guard(guarded), tunnel })
            }
            Self::Waiting { .. } | Self::Stopping { then: Then::Redial(_) | Then::SignIn(_) } => {
                let guarded = Guard { servers: vec![], refusal: Refuse::Silently, ..target.guard(lockdown) };
                Some(HostPlan { guard: guard(guarded), tunnel: target.tunnel.clone() })
            }
            Self::Stopping { .. } => None,
            Self::Visiting(visit) => {
                let guarded = visit.open(target.guard(lockdown));
                Some(HostPlan { guard: guard(guarded), tunnel: visit.tunnel(target.tunnel.as_ref()) })
            }
            Self::Blocked { .. } => {
                let guarded = Guard { servers: vec![], names: false, ..target.guard(lockdown) };
                let tunnel = target.tunnel.as_ref().map(TunnelPlan::without_device);
                Some(HostPlan { guard: guard(guarded), tunnel })
            }
        }
    }
}

impl Redial {
    /// What people are told while there is nothing to wait for.
    pub(super) fn state(&self) -> State {
        State::Reconnecting { attempt: self.attempt, next: NextTry::Now, fault: self.fault.clone() }
    }
}

impl Target {
    /// Something of which nothing is known yet.
    pub(super) fn new(profile: Box<Profile>, patience: Patience) -> Self {
        Self { profile, patience, password: None, found: vec![], tunnel: None, was_up: false, losses: 0 }
    }

    /// Whether a loss is answered by dialling again, where that may help.
    pub(super) fn may_redial(&self) -> bool {
        self.was_up && self.profile.reconnect || self.patience == Patience::Endless
    }

    /// Whether only a person may take the guard away: once it protected something, or was to.
    pub(super) fn keeps_guard(&self) -> bool {
        self.profile.guard && (self.was_up || self.patience == Patience::Endless)
    }

    pub(super) fn servers(&self) -> Vec<ServerException> {
        let port = self.profile.port;
        self.found.iter().map(|&address| ServerException { address, port }).collect()
    }

    /// The guard that fits the profile, with the servers that were found and without a tunnel.
    fn guard(&self, lockdown: bool) -> Guard {
        let scope = match (&self.profile.traffic, &self.tunnel) {
            _ if lockdown => Scope::Everything,
            (Traffic::All, _) => Scope::Everything,
            (Traffic::Only { .. }, Some(TunnelPlan { routes: Routes::Only(prefixes), .. })) => {
                Scope::Only(prefixes.clone())
            }
            (Traffic::Only { routes, .. }, _) => Scope::Only(prefixes(routes)),
        };
        Guard {
            scope,
            servers: self.servers(),
            names: self.profile.servers().any(|server| server.address().is_none()),
            tunnel: None,
            lan: self.profile.lan && !lockdown,
            ipv6: self.profile.ipv6 == Ipv6::Leave && !lockdown,
            checks: false,
            portal: None,
            refusal: Refuse::Aloud,
            gateway: self.profile.gateway.clone().map(|interface| Gateway { interface }),
        }
    }
}

/// What may go through the tunnel.
fn pass(target: &Target, network: &Network, tunnel: Option<&TunnelPlan>) -> Option<TunnelPass> {
    let interface = network.interface.clone()?;
    let is_full = target.profile.traffic == Traffic::All && target.profile.dns != Dns::Leave;
    let servers = tunnel.and_then(|tunnel| tunnel.dns.as_ref()).map(|dns| dns.servers.clone());
    let name_servers = is_full.then(|| servers.unwrap_or_default());
    Some(TunnelPass { interface, address: network.address, name_servers })
}

/// A guard that lets nothing pass.
fn wall(refusal: Refuse) -> Guard {
    Guard {
        scope: Scope::Everything,
        servers: vec![],
        names: false,
        tunnel: None,
        lan: false,
        ipv6: false,
        checks: false,
        portal: None,
        refusal,
        gateway: None,
    }
}

fn prefixes(routes: &[Prefix]) -> Vec<Prefix> {
    let mut prefixes = routes.to_vec();
    prefixes.sort_unstable();
    prefixes.dedup();
    prefixes
}
