//! A model of the world, and what must hold in it whatever happens: table B of what may leave in each state.

use alloc::collections::BTreeSet;
use alloc::vec;
use core::time::Duration;

use culvert_model::{FaultCode, Ipv6, State, Traffic};

use super::tests::{SERVER, network, password, profile};
use super::*;
use crate::{Finding, Guard, Portal, PortalPass, Refuse, Scope};

/// A world that carries out actions, now and then wrongly, and notices what must never be.
struct World {
    supervisor: Supervisor,
    now: Instant,
    /// The session that runs.
    session: Option<Running>,
    /// What the host holds.
    host: HostPlan,
    /// What people were told last.
    state: State,
    /// From which state to which one a connection was told to have gone.
    edges: BTreeSet<(&'static str, &'static str)>,
    /// Whether a guard stood since a tunnel was up or lockdown began, so that only a person may take it away.
    is_kept: bool,
    /// Whether a person asked for it to fall.
    may_fall: bool,
    number: u64,
    has_guard: bool,
    /// The look for a portal that runs.
    look: Option<u64>,
    /// The look through the tunnel that runs.
    through: Option<u64>,
    /// When somebody last asked for the sign-in page.
    asked_at: Option<Instant>,
    /// What the last looks found since then.
    found: Option<Portal>,
}

struct Running {
    connection: ConnectionId,
    may_reach: bool,
    has_found: bool,
    is_up: bool,
}

impl World {
    fn new(seed: u64) -> Self {
        Self {
            supervisor: Supervisor::new(seed),
            now: Instant::ZERO,
            session: None,
            host: HostPlan::default(),
            state: State::default(),
            edges: BTreeSet::new(),
            is_kept: false,
            may_fall: false,
            number: seed,
            has_guard: true,
            look: None,
            through: None,
            asked_at: None,
            found: None,
        }
    }

    fn chance(&mut self, of: u64) -> u64 {
        self.number =
            self.number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.number >> 33) % of
    }

    fn fact(&mut self, fact: Fact) {
        let connection =
            self.session.as_ref().map_or(self.supervisor.connection, |session| session.connection);
        self.supervisor.handle_fact(connection, fact, self.now);
    }

    /// Something that a person, a session, the network or the host may do at any time.
    fn happen(&mut self) {
        let pick = self.chance(24);
        match pick {
            0 | 1 => self.connect(),
            2 => self.disconnect(),
            3 => {
                let lockdown = self.chance(2) == 0;
                self.may_fall |= !lockdown;
                self.supervisor.set_lockdown(lockdown, self.now);
            }
            4 if self.chance(2) == 0 => {
                drop(self.supervisor.redial_now(self.supervisor.connection, self.now));
            }
            4 => drop(self.supervisor.answer(self.supervisor.connection, password(), self.now)),
            5 => {
                let refused = (self.chance(2) == 0).then(|| Fault::new(FaultCode::AuthRejected));
                if self.session.is_some() {
                    self.fact(Fact::PasswordWanted { refused });
                }
            }
            6 => {
                let usable = self.chance(3) > 0;
                let moved = self.chance(2) == 0;
                self.supervisor.handle_host_fact(HostFact::NetworkChanged { usable, moved }, self.now);
            }
            7 => {
                let asleep = Duration::from_secs(self.chance(120));
                self.supervisor.handle_host_fact(HostFact::Resumed { asleep }, self.now);
            }
            8 => self.supervisor.handle_host_fact(HostFact::Disturbed, self.now),
            20 => {
                let leak = (self.chance(2) == 0).then(|| Fault::new(FaultCode::GuardLeaks));
                self.supervisor.handle_host_fact(HostFact::Probed { leak }, self.now);
            }
            9..=11 => {
                let time = Duration::from_millis(self.chance(90_000));
                self.now += time;
                self.supervisor.handle_timeout(self.now);
            }
            21 => {
                if self.supervisor.sign_in(self.now).is_ok() {
                    self.asked_at = Some(self.now);
                }
            }
            22 | 23 => self.look(),
            _ => self.play_session(pick),
        }
    }

    /// What a look may show; now and then an old one does.
    fn look(&mut self) {
        if let Some(look) = self.through.take() {
            let is_through = self.chance(2) == 0;
            self.supervisor.handle_host_fact(HostFact::LookedThrough { look, is_through }, self.now);
        }
        let Some(look) = self.look.take() else { return };
        let finding = match self.chance(5) {
            0 => Finding::Through,
            1 => Finding::Unknown,
            _ => Finding::SignIn(portal()),
        };
        if let Finding::SignIn(portal) = &finding {
            self.found = Some(portal.clone());
        }
        let look = if self.chance(8) == 0 { look.saturating_sub(1) } else { look };
        self.supervisor.handle_host_fact(HostFact::PortalChecked { look, finding }, self.now);
    }

    fn connect(&mut self) {
        let guard = self.chance(4) > 0;
        let traffic = match self.chance(4) {
            0 => Traffic::only(["10.1.0.0/16".parse().unwrap()]),
            _ => Traffic::All,
        };
        let patience = if self.chance(4) == 0 { Patience::Endless } else { Patience::OneTry };
        let reconnect = self.chance(4) > 0;
        let gateway = (guard && self.chance(2) == 0).then(|| "lan0".to_string());
        let lan = self.chance(2) == 0;
        let ipv6 = if self.chance(2) == 0 { Ipv6::Leave } else { Ipv6::Block };
        let profile = Profile { guard, traffic, reconnect, gateway, lan, ipv6, ..profile("x") };
        let had_wish = self.supervisor.wish() != &Wish::Disconnected;
        let started = self.supervisor.connect(profile, Some(password()), patience, self.now);
        assert_eq!(started.is_err(), had_wish);
        if started.is_ok() {
            // Whoever connects to something without a guard wants none.
            self.may_fall |= !guard;
            self.has_guard = guard;
        }
    }

    /// Begins where an earlier helper was killed.
    fn take_up(&mut self) {
        let traffic = if self.chance(4) == 0 { Traffic::only([]) } else { Traffic::All };
        let profile = Profile { traffic, guard: self.chance(4) > 0, ..profile("x") };
        (self.is_kept, self.may_fall, self.has_guard) = (profile.guard, false, profile.guard);
        let lockdown = self.chance(4) == 0;
        let known = (self.chance(2) == 0).then(password);
        self.supervisor.set_lockdown(lockdown, self.now);
        self.supervisor.take_up(profile, known, Fault::new(FaultCode::HelperRestarted), self.now).unwrap();
        self.settle(true);
    }

    fn disconnect(&mut self) {
        let wished = match self.supervisor.wish() {
            Wish::Connected { connection, .. } => *connection,
            Wish::Disconnected => self.supervisor.connection,
        };
        if self.supervisor.disconnect(wished, self.now).is_ok() {
            self.may_fall = true;
        }
    }

    fn play_session(&mut self, pick: u64) {
        let Some(session) = &mut self.session else { return };
        match pick {
            12 | 13 if !session.has_found => {
                session.has_found = true;
                self.fact(Fact::ServerFound(vec![SERVER]));
            }
            14..=16 if session.may_reach => {
                session.is_up = true;
                let last = if self.chance(8) == 0 { 8 } else { 7 };
                self.fact(Fact::SessionUp(Network { address: [10, 0, 0, last].into(), ..network() }));
            }
            17 => {
                let codes =
                    [FaultCode::LinkLost, FaultCode::TcpTimeout, FaultCode::AuthRejected, FaultCode::Busy];
                let code = codes[usize::try_from(self.chance(4)).unwrap()];
                self.fact(Fact::SessionEnded(Some(Fault::new(code))));
                self.session = None;
            }
            _ => self.fact(Fact::StageReached(Stage::PlacingCall)),
        }
    }

    /// Carries out what follows, with plans failing now and then.
    fn settle(&mut self, may_fail: bool) {
        while let Some(action) = self.supervisor.poll_action() {
            self.execute(action, may_fail);
        }
        self.check();
    }

    fn execute(&mut self, action: Action, may_fail: bool) {
        match action {
            Action::ApplyPlan(plan) => {
                let fact = if may_fail && self.chance(12) == 0 {
                    HostFact::PlanFailed(Fault::new(FaultCode::LocalNetwork))
                } else {
                    self.take_over(*plan);
                    HostFact::PlanApplied(HostReading::default())
                };
                self.supervisor.handle_host_fact(fact, self.now);
            }
            Action::StartSession { connection, profile, .. } => {
                assert!(self.session.is_none(), "one session at a time");
                assert!(!profile.guard || self.host.guard.is_some(), "no packet before the guard stands");
                self.session = Some(Running { connection, may_reach: false, has_found: false, is_up: false });
            }
            Action::ReachServer { connection } => {
                let session = self.session.as_mut().unwrap();
                assert_eq!(session.connection, connection);
                session.may_reach = true;
                let opens = |guard: &Guard| guard.servers.iter().any(|server| server.address == SERVER);
                assert!(self.host.guard.as_ref().is_none_or(opens), "the guard stands in the way");
            }
            Action::CheckPortal { look } => {
                let lets = |guard: &Guard| guard.checks && guard.names && guard.servers.is_empty();
                assert!(self.host.guard.as_ref().is_none_or(lets), "the guard stands in the way");
                self.look = Some(look);
            }
            Action::LookThrough { look, .. } => {
                let target = self.supervisor.target.as_ref().unwrap();
                assert!(
                    matches!(self.state, State::Connected { .. }) && target.profile.traffic == Traffic::All
                );
                self.through = Some(look);
            }
            Action::StopSession { connection } | Action::AbandonSession { connection } => {
                let session = self.session.take().expect("a session to end");
                assert_eq!(session.connection, connection);
                self.supervisor.handle_fact(connection, Fact::SessionEnded(None), self.now);
            }
            Action::AnswerSession { connection, .. } => {
                assert_eq!(self.session.as_ref().unwrap().connection, connection);
            }
            Action::Publish(status) => {
                if status.connection == self.supervisor.connection {
                    let (from, to) = (name(&self.state), name(&status.state));
                    if from != to {
                        self.edges.insert((from, to));
                    }
                    self.state = status.state;
                }
            }
            Action::PublishProtection(_) | Action::PublishStatistics { .. } => {}
        }
    }

    fn take_over(&mut self, plan: HostPlan) {
        let falls = self.host.guard.is_some() && plan.guard.is_none();
        assert!(
            !falls || !self.is_kept || self.may_fall,
            "the guard fell, and nobody asked for it: {self:?}"
        );
        if falls {
            self.is_kept = false;
        }
        self.host = plan;
        let guarded = self.host.guard.as_ref();
        if guarded.is_some_and(|guard| guard.tunnel.is_some()) || self.supervisor.lockdown {
            self.is_kept = true;
            self.may_fall = false;
        }
    }

    /// Beside the tunnel: the local network and IPv6 only where the profile says so, and never under lockdown.
    fn opens_only_what_was_asked_for(&self, guard: &Guard) -> bool {
        let profile = self.supervisor.target.as_ref().map(|target| &target.profile);
        let may = |is: fn(&Profile) -> bool| {
            !self.supervisor.lockdown && profile.is_some_and(|profile| is(profile))
        };
        (!guard.lan || may(|profile| profile.lan))
            && (!guard.ipv6 || may(|profile| profile.ipv6 == Ipv6::Leave))
    }

    /// A sign-in page is open to all only after somebody asked, for that page, for five minutes, without a tunnel,
    /// and in no state that says anything else; looks leave only meanwhile, or before an attempt is called failed.
    fn opens_no_page_unasked(&self, guard: &Guard) -> bool {
        let asked = self.asked_at.map(|at| at + Duration::from_secs(15 + 300));
        let is_told = matches!(
            self.state,
            State::Disconnected { .. } | State::Blocked { .. } | State::Reconnecting { .. }
        ) || self.supervisor.connection == ConnectionId::default();
        let is_apart = guard.tunnel.is_none() && guard.servers.is_empty() && self.session.is_none();
        let is_due = guard.portal.as_ref().is_none_or(|pass| {
            let is_found = self.found.as_ref().is_some_and(|portal| portal.pass == *pass);
            asked.is_some_and(|until| self.now < until) && is_found && is_told && self.host.tunnel.is_none()
        });
        (!guard.checks && guard.portal.is_none()) || guard.checks && is_apart && is_due
    }

    /// The table: what the host may let pass in each state that people are told.
    fn check(&self) {
        if self.supervisor.unanswered > 0 || self.supervisor.repair_at.is_some() {
            return;
        }
        assert_eq!(self.host, self.supervisor.plan);
        let lockdown = self.supervisor.lockdown;
        let guard = self.host.guard.as_ref();
        assert!(!lockdown || guard.is_some_and(|guard| guard.scope == Scope::Everything), "{self:?}");
        let guards = lockdown || self.supervisor.target.as_ref().is_some_and(|target| target.profile.guard);
        // Where anything at all may pass, devices behind a gateway are kept from all but the tunnel.
        let gateway = self.supervisor.target.as_ref().and_then(|target| target.profile.gateway.as_ref());
        let keeps = |guard: &Guard| guard.gateway.as_ref().map(|gateway| &gateway.interface) == gateway;
        assert!(guard.is_none_or(|guard| keeps(guard) || is_wall(guard)), "{self:?}");
        assert!(guard.is_none_or(|guard| self.opens_only_what_was_asked_for(guard)), "{self:?}");
        assert!(guard.is_none_or(|guard| self.opens_no_page_unasked(guard)), "{self:?}");
        let is_shut = |guard: &Guard| is_wall(guard) || guard.checks && guard.tunnel.is_none();
        match &self.state {
            State::Disconnected { .. } => {
                assert_eq!((guard.is_some(), &self.host.tunnel), (lockdown, &None), "{self:?}");
                assert!(self.session.is_none() && guard.is_none_or(is_shut));
            }
            State::Connecting { .. } => {
                assert_eq!(guard.is_some(), guards);
                assert!(guard.is_none_or(|guard| guard.tunnel.is_none()), "{self:?}");
            }
            State::Connected { network } => {
                assert!(self.session.as_ref().is_some_and(|session| session.is_up));
                assert_eq!(guard.is_some(), guards);
                let passes = |guard: &Guard| {
                    guard.tunnel.as_ref().is_some_and(|pass| pass.address == network.address) && !guard.names
                };
                assert!(guard.is_none_or(passes) && self.host.tunnel.as_ref().unwrap().device.is_some());
            }
            State::Reconnecting { .. } => {
                assert_eq!(guard.is_some(), guards);
                let is_shut = |guard: &Guard| guard.tunnel.is_none() && guard.refusal == Refuse::Silently;
                assert!(guard.is_none_or(is_shut), "{self:?}");
                assert!(self.session.is_none() || guard.is_some() || !guards);
            }
            State::Blocked { .. } => {
                assert!(guards && guard.is_some_and(is_shut), "{self:?}");
                assert!(self.host.tunnel.as_ref().is_none_or(|tunnel| tunnel.device.is_none()));
            }
            State::Disconnecting => {
                // Everything is taken away at once, after the session has ended.
                let is_kept =
                    self.session.as_ref().is_none_or(|session| !session.may_reach || guard.is_some());
                assert!(!guards || is_kept, "{self:?}");
                assert!(self.session.is_some() || guard.is_none_or(is_wall), "{self:?}");
            }
        }
    }
}

/// Whether nothing but what always may can leave, and what the profile opens for good.
fn is_wall(guard: &Guard) -> bool {
    guard.servers.is_empty()
        && !guard.names
        && guard.tunnel.is_none()
        && guard.portal.is_none()
        && !guard.checks
}

pub(super) fn portal() -> Portal {
    let pass = PortalPass { addresses: vec![SERVER], ports: vec![80, 443], name_servers: vec![] };
    Portal { url: "http://login.hotel.example/".to_string(), pass }
}

impl core::fmt::Debug for World {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("World")
            .field("state", &self.state)
            .field("host", &self.host)
            .field("phase", &self.supervisor.phase)
            .field("has_guard", &self.has_guard)
            .finish_non_exhaustive()
    }
}

/// The state graph, as it is told. The laboratory goes its edges under watch.
const EDGES: [(&str, &str); 18] = [
    ("blocked", "connecting"),
    ("blocked", "disconnecting"),
    ("connected", "blocked"),
    ("connected", "connecting"),
    ("connected", "disconnecting"),
    ("connected", "reconnecting"),
    ("connecting", "blocked"),
    ("connecting", "connected"),
    ("connecting", "disconnecting"),
    ("connecting", "reconnecting"),
    ("disconnected", "blocked"),
    ("disconnected", "connecting"),
    ("disconnected", "disconnecting"),
    ("disconnected", "reconnecting"),
    ("disconnecting", "disconnected"),
    ("reconnecting", "blocked"),
    ("reconnecting", "connected"),
    ("reconnecting", "disconnecting"),
];

const fn name(state: &State) -> &'static str {
    match state {
        State::Disconnected { .. } => "disconnected",
        State::Connecting { .. } => "connecting",
        State::Connected { .. } => "connected",
        State::Reconnecting { .. } => "reconnecting",
        State::Disconnecting => "disconnecting",
        State::Blocked { .. } => "blocked",
    }
}

#[test]
fn whatever_happens_the_host_obeys_the_table() {
    let mut edges = BTreeSet::new();
    let mut opened = 0;
    for seed in 1..=4_000_u64 {
        let mut world = World::new(seed);
        if seed % 4 == 0 {
            world.take_up();
        }
        for _ in 0..80 {
            world.happen();
            world.settle(true);
            opened += u32::from(world.host.guard.as_ref().is_some_and(|guard| guard.portal.is_some()));
        }
        world.disconnect();
        world.supervisor.end_sign_in(world.now);
        world.supervisor.set_lockdown(false, world.now);
        world.may_fall = true;
        world.settle(false);
        world.disconnect();
        world.settle(false);
        for _ in 0..3 {
            world.now += Duration::from_secs(2);
            world.supervisor.handle_timeout(world.now);
            world.settle(false);
        }
        let is_clean = world.session.is_none() && world.host == HostPlan::default();
        assert!(is_clean && world.supervisor.is_idle(), "seed {seed}: {world:?}");
        edges.append(&mut world.edges);
    }
    assert_eq!(edges, BTreeSet::from(EDGES), "every edge of the state graph was gone, and no other");
    assert!(opened > 1000, "sign-in pages were open: {opened}");
}
