use alloc::vec;
use alloc::vec::Vec;
use core::net::Ipv4Addr;
use core::time::Duration;
use std::format;

use culvert_model::{Dns, FaultCode, NextTry, Question, State, Traffic};

use super::*;
use crate::{Finding, Guard, Refuse, Scope};

const FIRST: ConnectionId = ConnectionId(1);
const SECOND: ConnectionId = ConnectionId(2);
pub(super) const SERVER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);

pub(super) fn profile(name: &str) -> Profile {
    let mut profile = Profile::new("vpn.example.com".parse().unwrap(), "alice");
    profile.name = name.to_string();
    profile
}

pub(super) fn password() -> Secret {
    Secret::new("clientPass".to_string())
}

pub(super) fn network() -> Network {
    Network {
        server: SERVER,
        address: Ipv4Addr::new(10, 0, 0, 7),
        peer: None,
        dns: vec![Ipv4Addr::new(10, 0, 0, 1)],
        nbns: vec![],
        mtu: 1400,
        cipher: None,
        auth: None,
        interface: Some("culvert0".to_string()),
    }
}

fn fault(code: FaultCode) -> Option<Fault> {
    Some(Fault::new(code))
}

/// A supervisor whose facts are about the last connection.
pub(super) struct Bench {
    pub(super) supervisor: Supervisor,
    pub(super) now: Instant,
    pub(super) connection: ConnectionId,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self { supervisor: Supervisor::new(1), now: Instant::ZERO, connection: FIRST }
    }

    pub(super) fn connecting(profile: Profile) -> Self {
        let mut bench = Self::new();
        bench.connect(profile, Patience::OneTry);
        bench
    }

    /// As the others, past the moment when the server is found and may be reached.
    pub(super) fn talking(profile: Profile) -> Self {
        let mut bench = Self::connecting(profile);
        bench.reach_server();
        bench.drain();
        bench
    }

    pub(super) fn connected() -> Self {
        let mut bench = Self::talking(profile("Office"));
        bench.up();
        bench
    }

    pub(super) fn connect(&mut self, profile: Profile, patience: Patience) {
        self.connection = self.supervisor.connect(profile, Some(password()), patience, self.now).unwrap();
    }

    /// Goes on to where the session talks to the server.
    pub(super) fn reach_server(&mut self) {
        self.applied();
        self.fact(Fact::ServerFound(vec![SERVER]));
        self.applied();
    }

    pub(super) fn up(&mut self) {
        self.fact(Fact::SessionUp(network()));
        self.applied();
        self.drain();
        assert_eq!(self.state(), State::Connected { network: network() });
    }

    pub(super) fn fact(&mut self, fact: Fact) {
        self.supervisor.handle_fact(self.connection, fact, self.now);
    }

    pub(super) fn host(&mut self, fact: HostFact) {
        self.supervisor.handle_host_fact(fact, self.now);
    }

    /// The host follows every plan that was asked for.
    pub(super) fn applied(&mut self) {
        while self.supervisor.unanswered > 0 {
            self.host(HostFact::PlanApplied(HostReading::default()));
        }
    }

    /// A look for a portal has shown something.
    pub(super) fn looked(&mut self, look: u64, finding: Finding) {
        self.host(HostFact::PortalChecked { look, finding });
    }

    pub(super) fn disconnect(&mut self) {
        self.supervisor.disconnect(self.connection, self.now).unwrap();
    }

    /// Lets `time` pass.
    pub(super) fn pass(&mut self, time: Duration) {
        self.now += time;
        self.supervisor.handle_timeout(self.now);
    }

    pub(super) fn state(&self) -> State {
        self.supervisor.status(self.now).unwrap().state
    }

    pub(super) fn guard(&self) -> Option<&Guard> {
        self.supervisor.plan.guard.as_ref()
    }

    /// The actions so far, as words; states by their name alone.
    pub(super) fn drain(&mut self) -> Vec<String> {
        core::iter::from_fn(|| self.supervisor.poll_action()).map(|action| word(&action)).collect()
    }
}

fn word(action: &Action) -> String {
    match action {
        Action::Publish(status) => match &status.state {
            State::Disconnected { last_fault: None } => "disconnected".to_string(),
            State::Disconnected { last_fault: Some(fault) } => format!("disconnected: {fault}"),
            State::Connecting { stage, question: None } => format!("{stage:?}"),
            State::Connecting { stage, question: Some(_) } => format!("{stage:?}?"),
            State::Connected { .. } => "connected".to_string(),
            State::Reconnecting { attempt, next: NextTry::Now, .. } => format!("reconnecting {attempt}"),
            State::Reconnecting { attempt, next: NextTry::In(_), .. } => format!("waiting {attempt}"),
            State::Reconnecting { attempt, next: NextTry::WithNetwork, .. } => format!("offline {attempt}"),
            State::Disconnecting => "disconnecting".to_string(),
            State::Blocked { fault } => format!("blocked: {fault}"),
        },
        Action::PublishProtection(protection) => match &protection.fault {
            None => "protection".to_string(),
            Some(fault) => format!("protection: {fault}"),
        },
        Action::PublishStatistics { .. } => "counted".to_string(),
        Action::StartSession { connection, .. } => format!("start {}", connection.0),
        Action::ReachServer { .. } => "reach".to_string(),
        Action::AnswerSession { .. } => "answer".to_string(),
        Action::StopSession { connection } => format!("stop {}", connection.0),
        Action::AbandonSession { .. } => "abandon".to_string(),
        Action::ApplyPlan(plan) => format!("apply {}", shape(plan)),
        Action::CheckPortal { look } => format!("look {look}"),
        Action::LookThrough { look, .. } => format!("look through {look}"),
    }
}

/// A plan in a few words.
fn shape(plan: &HostPlan) -> String {
    let mut words = vec![];
    if let Some(guard) = &plan.guard {
        words.push("guard");
        words.extend(guard.names.then_some("names"));
        words.extend((!guard.servers.is_empty()).then_some("server"));
        words.extend(guard.checks.then_some("look"));
        words.extend(guard.portal.is_some().then_some("page"));
        words.extend(guard.tunnel.is_some().then_some("tunnel"));
    }
    if let Some(tunnel) = &plan.tunnel {
        words.push(if tunnel.device.is_some() { "routes" } else { "nowhere" });
    }
    if words.is_empty() { "nothing".to_string() } else { words.join("+") }
}

#[test]
fn before_the_first_connection_there_is_nothing_to_tell() {
    let mut bench = Bench::new();
    assert_eq!(bench.supervisor.status(Instant::ZERO), None);
    assert_eq!(bench.supervisor.wish(), &Wish::Disconnected);
    let nobody = ConnectionId::default();
    assert_eq!(bench.supervisor.disconnect(nobody, Instant::ZERO), Err(Refusal::UnknownConnection));
    bench.supervisor.handle_fact(nobody, Fact::SessionUp(network()), Instant::ZERO);
    assert_eq!(bench.drain(), [""; 0]);
}

#[test]
fn the_whole_way_up_and_down() {
    let mut bench = Bench::connecting(profile("Office"));
    assert_eq!(
        bench.drain(),
        ["LookingUpName", "apply guard+names"],
        "the guard comes before the first packet"
    );
    bench.applied();
    assert_eq!(bench.drain(), ["start 1"]);
    bench.fact(Fact::StageReached(Stage::LookingUpName));
    bench.fact(Fact::ServerFound(vec![SERVER]));
    assert_eq!(bench.drain(), ["apply guard+names+server"]);
    bench.applied();
    assert_eq!(bench.drain(), ["reach"]);
    bench.fact(Fact::StageReached(Stage::ReachingServer));
    bench.fact(Fact::StageReached(Stage::GettingAddress));
    assert_eq!(bench.drain(), ["ReachingServer", "GettingAddress"]);
    bench.fact(Fact::SessionUp(network()));
    assert_eq!(bench.drain(), ["SettingUpNetwork", "apply guard+server+tunnel+routes"]);
    bench.applied();
    assert_eq!(bench.drain(), ["connected"]);

    bench.disconnect();
    assert_eq!(bench.supervisor.wish(), &Wish::Disconnected);
    assert_eq!(bench.drain(), ["disconnecting", "stop 1"]);
    bench.fact(Fact::SessionEnded(None));
    assert_eq!(bench.drain(), ["disconnecting", "apply nothing"]);
    assert!(!bench.supervisor.is_idle());
    bench.applied();
    assert_eq!(bench.drain(), ["disconnected"]);
    assert!(bench.supervisor.is_idle());
}

#[test]
fn without_a_guard_there_is_only_the_tunnel() {
    let mut bench = Bench::connecting(Profile { guard: false, ..profile("Office") });
    assert_eq!(bench.drain(), ["LookingUpName", "start 1"]);
    bench.fact(Fact::ServerFound(vec![SERVER]));
    assert_eq!(bench.drain(), ["reach"]);
    bench.fact(Fact::SessionUp(network()));
    assert_eq!(bench.drain(), ["SettingUpNetwork", "apply routes"]);
    bench.applied();
    bench.fact(Fact::SessionEnded(fault(FaultCode::AuthRejected)));
    bench.applied();
    assert_eq!(bench.drain().last().unwrap(), "disconnected: auth_rejected", "nothing holds anything back");
}

#[test]
fn an_address_needs_no_name_servers() {
    let mut bench = Bench::connecting(Profile::new("198.51.100.1".parse().unwrap(), "alice"));
    assert_eq!(bench.drain(), ["LookingUpName", "apply guard"]);
}

#[test]
fn the_steps_are_told_once_each_with_their_times() {
    let mut bench = Bench::talking(profile(""));
    bench.now = Instant::ZERO + Duration::from_millis(40);
    bench.fact(Fact::StageReached(Stage::AgreeingOnLink));
    bench.now = Instant::ZERO + Duration::from_millis(60);
    bench.fact(Fact::StageReached(Stage::CheckingPassword));
    bench.fact(Fact::StageReached(Stage::AgreeingOnLink));
    let status = bench.supervisor.status(bench.now).unwrap();
    let steps: Vec<_> = status.steps.iter().map(|step| (step.stage, step.after_ms)).collect();
    let expected = [(Stage::LookingUpName, 0), (Stage::AgreeingOnLink, 40), (Stage::CheckingPassword, 60)];
    assert_eq!(steps, expected);
    assert_eq!(status.state, State::Connecting { stage: Stage::AgreeingOnLink, question: None });
    assert_eq!(status.name, "vpn.example.com");
}

#[test]
fn a_failed_attempt_gives_the_network_back() {
    let mut bench = Bench::talking(profile("Office"));
    bench.fact(Fact::SessionEnded(fault(FaultCode::GreBlocked)));
    assert_eq!(bench.drain(), ["disconnecting", "apply nothing"]);
    bench.applied();
    assert_eq!(bench.drain(), ["disconnected: gre_blocked"]);
    assert!(bench.supervisor.is_idle());
}

#[test]
fn a_lost_tunnel_is_dialled_again_behind_the_guard() {
    let mut bench = Bench::connected();
    bench.fact(Fact::SessionEnded(fault(FaultCode::LinkLost)));
    assert_eq!(bench.drain(), ["waiting 1", "apply guard+names+routes"], "the device stays for the programs");
    assert_eq!(bench.guard().unwrap().refusal, Refuse::Silently, "their connections outlive it");
    bench.applied();
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.drain(), ["reconnecting 1", "start 1"]);
    bench.fact(Fact::ServerFound(vec![SERVER]));
    bench.applied();
    bench.fact(Fact::SessionEnded(fault(FaultCode::TcpTimeout)));
    assert_eq!(
        bench.drain(),
        [
            "apply guard+names+server+routes",
            "reach",
            "reconnecting 2",
            "protection",
            "apply guard+names+look+routes"
        ]
    );
    bench.applied();
    assert_eq!(bench.drain(), ["look 1"], "a captive portal may be in the way");
    bench.looked(1, Finding::Unknown);
    assert_eq!(bench.drain(), ["waiting 2", "protection", "apply guard+names+routes"]);
    bench.applied();
    bench.pass(Duration::from_millis(1400));
    assert_eq!(bench.drain(), [""; 0], "the second wait is longer");
    bench.pass(Duration::from_millis(600));
    assert_eq!(bench.drain(), ["reconnecting 2", "start 1"]);
    bench.reach_server();
    bench.drain();
    bench.up();
}

#[test]
fn a_tunnel_that_held_a_while_starts_counting_anew() {
    let mut bench = Bench::connected();
    for (held, attempt) in [(1, 1), (1, 2), (1, 3), (40, 1)] {
        bench.pass(Duration::from_secs(held));
        bench.drain();
        bench.fact(Fact::SessionEnded(fault(FaultCode::LinkLost)));
        assert_eq!(bench.drain()[0], format!("waiting {attempt}"));
        bench.applied();
        bench.pass(Duration::from_secs(60));
        bench.reach_server();
        bench.drain();
        bench.up();
    }
}

#[test]
fn a_refused_login_while_reconnecting_stops_and_asks() {
    let mut bench = Bench::connected();
    bench.fact(Fact::SessionEnded(fault(FaultCode::LinkLost)));
    bench.applied();
    bench.pass(Duration::from_secs(1));
    bench.reach_server();
    bench.drain();
    bench.fact(Fact::PasswordWanted { refused: fault(FaultCode::AuthRejected) });
    assert_eq!(bench.drain(), ["blocked: auth_rejected", "stop 1"]);
    bench.fact(Fact::SessionEnded(None));
    assert_eq!(bench.drain(), ["blocked: auth_rejected", "apply guard+nowhere"]);
    bench.applied();
    assert_eq!(bench.supervisor.poll_timeout(), None, "nothing is tried by itself");

    // Connecting anew keeps the guard, and giving up gives the network back.
    bench.connect(profile("Office"), Patience::OneTry);
    bench.reach_server();
    bench.drain();
    bench.fact(Fact::SessionEnded(fault(FaultCode::AuthRejected)));
    assert_eq!(bench.drain()[0], "blocked: auth_rejected");
    bench.applied();
    bench.disconnect();
    bench.applied();
    assert_eq!(bench.drain().last().unwrap(), "disconnected");
    assert_eq!(bench.supervisor.plan, HostPlan::default());
}

#[test]
fn encryption_faults_and_false_servers_are_not_tried_again() {
    for code in [FaultCode::ServerNotAuthentic, FaultCode::MppeNotOffered, FaultCode::MppeKeysDiffer] {
        let mut bench = Bench::connected();
        bench.fact(Fact::SessionEnded(fault(code)));
        assert!(matches!(bench.state(), State::Blocked { .. }), "{code}");
        bench.pass(Duration::from_secs(3600));
        assert!(bench.drain().iter().all(|word| !word.starts_with("start")), "{code}");
    }
}

#[test]
fn a_profile_may_forbid_dialling_again() {
    let mut bench = Bench::talking(Profile { reconnect: false, ..profile("Office") });
    bench.up();
    bench.fact(Fact::SessionEnded(fault(FaultCode::LinkLost)));
    assert_eq!(bench.drain(), ["blocked: link_lost", "apply guard+nowhere"]);
}

#[test]
fn a_server_that_still_holds_the_last_session_is_given_time() {
    let mut bench = Bench::connected();
    bench.fact(Fact::SessionEnded(fault(FaultCode::SessionStillOpen)));
    let State::Reconnecting { next: NextTry::In(next), fault, .. } = bench.state() else { panic!("no wait") };
    assert!((11_000..=15_000).contains(&next), "{next}");
    assert_eq!(fault.code, FaultCode::SessionStillOpen, "and it is said");
}

#[test]
fn who_does_not_want_to_wait_has_it_dialled_at_once() {
    let mut bench = Bench::connected();
    let connection = bench.supervisor.connection;
    bench.fact(Fact::SessionEnded(fault(FaultCode::LinkLost)));
    bench.applied();
    bench.drain();
    assert!(bench.supervisor.poll_timeout() > Some(bench.now));
    bench.supervisor.redial_now(connection, bench.now).unwrap();
    assert_eq!(bench.drain(), ["reconnecting 1", "start 1"]);
    let other = ConnectionId(99);
    assert_eq!(bench.supervisor.redial_now(other, bench.now), Err(Refusal::UnknownConnection));
    // Without a network there is nothing to dial by.
    bench.host(HostFact::NetworkChanged { usable: false, moved: true });
    bench.fact(Fact::SessionEnded(None));
    bench.applied();
    bench.drain();
    bench.supervisor.redial_now(connection, bench.now).unwrap();
    assert_eq!(bench.drain(), [""; 0]);
}

#[test]
fn without_a_network_it_waits_for_one_and_then_no_longer() {
    let mut bench = Bench::connected();
    bench.host(HostFact::NetworkChanged { usable: false, moved: true });
    assert_eq!(bench.drain(), ["reconnecting 1", "abandon", "apply guard+names+routes"]);
    bench.fact(Fact::SessionEnded(None));
    bench.applied();
    bench.pass(Duration::from_secs(600));
    assert_eq!(bench.drain(), ["offline 1"], "there is no time to tell");
    bench.host(HostFact::NetworkChanged { usable: true, moved: false });
    assert_eq!(bench.supervisor.poll_timeout(), Some(bench.now));
    bench.pass(Duration::ZERO);
    assert_eq!(bench.drain(), ["reconnecting 1", "start 1"]);
}

#[test]
fn a_long_sleep_ends_the_session_and_a_short_one_does_not() {
    let mut bench = Bench::connected();
    bench.host(HostFact::Resumed { asleep: Duration::from_secs(20) });
    assert_eq!(bench.drain(), [""; 0]);
    bench.host(HostFact::Resumed { asleep: Duration::from_secs(600) });
    assert_eq!(bench.drain()[..2], ["reconnecting 1", "abandon"]);
}

#[test]
fn lockdown_stands_before_and_after_and_in_between() {
    let mut bench = Bench::new();
    bench.supervisor.set_lockdown(true, bench.now);
    assert_eq!(bench.drain(), ["protection", "apply guard"]);
    bench.applied();
    bench.connect(Profile { guard: false, ..profile("Office") }, Patience::OneTry);
    assert_eq!(bench.drain(), ["LookingUpName", "apply guard+names"]);
    bench.reach_server();
    bench.drain();
    bench.fact(Fact::SessionEnded(fault(FaultCode::GreBlocked)));
    assert_eq!(bench.drain(), ["blocked: gre_blocked", "apply guard"]);
    bench.applied();
    bench.disconnect();
    bench.applied();
    assert_eq!(bench.drain(), ["disconnecting", "disconnected"]);
    assert_eq!(shape(&bench.supervisor.plan), "guard");
    bench.supervisor.set_lockdown(false, bench.now);
    assert_eq!(bench.drain(), ["protection", "apply nothing"]);
}

#[test]
fn an_administrators_connection_is_tried_for_as_long_as_it_is_wished_for() {
    let mut bench = Bench::new();
    bench.connect(profile("Site"), Patience::Endless);
    bench.reach_server();
    bench.drain();
    for attempt in 1..=20 {
        bench.fact(Fact::SessionEnded(fault(FaultCode::TcpTimeout)));
        if let Phase::Visiting(_) = bench.supervisor.phase {
            bench.applied();
            bench.drain();
            bench.looked(bench.supervisor.last_look, Finding::Through);
        }
        assert_eq!(bench.drain()[0], format!("waiting {attempt}"));
        assert!(bench.guard().is_some());
        bench.applied();
        bench.pass(Duration::from_secs(60));
        bench.reach_server();
        bench.drain();
    }
    // Each tells a third party that somebody is there.
    assert!(bench.supervisor.last_look <= 5, "{} looks in 20 minutes", bench.supervisor.last_look);
    bench.up();
}

#[test]
fn a_split_tunnel_guards_what_goes_through_it() {
    let office = "10.1.0.0/16".parse().unwrap();
    let mut bench = Bench::talking(Profile { traffic: Traffic::only([office]), ..profile("Office") });
    assert_eq!(bench.guard().unwrap().scope, Scope::Only(vec![office]));
    bench.up();
    let guard = bench.guard().unwrap();
    assert_eq!(guard.scope, Scope::Only(vec![office]));
    assert_eq!(
        guard.tunnel.as_ref().unwrap().name_servers,
        None,
        "other names are asked where they always were"
    );
}

#[test]
fn networks_that_leave_nothing_out_are_guarded_as_everything() {
    let halves = ["0.0.0.0/1", "128.0.0.0/1"].map(|half| half.parse().unwrap());
    let mut bench = Bench::talking(Profile { traffic: Traffic::only(halves), ..profile("Office") });
    bench.fact(Fact::SessionUp(network()));
    bench.applied();
    let guard = bench.supervisor.plan.guard.clone().expect("it is guarded");
    assert_eq!(guard.scope, Scope::Everything);
}

#[test]
fn the_name_servers_that_are_told_are_those_that_are_asked() {
    let own = [192, 0, 2, 53].into();
    for (dns, told) in
        [(Dns::FromServer, network().dns), (Dns::Servers(vec![own]), vec![own]), (Dns::Leave, vec![])]
    {
        let mut bench = Bench::talking(Profile { dns, ..profile("Office") });
        bench.fact(Fact::SessionUp(network()));
        bench.applied();
        assert_eq!(bench.state(), State::Connected { network: Network { dns: told, ..network() } });
    }
    assert!(!network().dns.is_empty(), "the server tells some");
}

#[test]
fn a_new_agreement_is_connected_once_its_own_plan_is_applied() {
    let mut bench = Bench::connected();
    bench.fact(Fact::SessionUp(network()));
    assert_eq!(bench.drain(), [""; 0], "nothing changed");
    let moved = Network { address: Ipv4Addr::new(10, 0, 0, 8), ..network() };
    bench.fact(Fact::SessionUp(moved.clone()));
    assert_eq!(bench.drain(), ["SettingUpNetwork", "apply guard+server+tunnel+routes"]);
    bench.fact(Fact::SessionUp(network()));
    assert_eq!(bench.drain(), ["SettingUpNetwork", "apply guard+server+tunnel+routes"]);
    bench.host(HostFact::PlanApplied(HostReading::default()));
    assert_eq!(bench.drain(), [""; 0], "that was the other plan");
    bench.host(HostFact::PlanApplied(HostReading::default()));
    assert_eq!(bench.state(), State::Connected { network: network() });
    bench.fact(Fact::SessionUp(moved));
    bench.drain();
    bench.host(HostFact::PlanFailed(Fault::new(FaultCode::LocalNetwork)));
    assert_eq!(bench.drain(), ["protection: local_network", "blocked: local_network", "stop 1"]);
}

#[test]
fn a_plan_that_fails_is_undone_after_the_session_has_ended() {
    let mut bench = Bench::talking(profile("Office"));
    bench.fact(Fact::SessionUp(network()));
    bench.drain();
    bench.host(HostFact::PlanFailed(Fault::new(FaultCode::LocalNetwork)));
    assert_eq!(bench.drain(), ["protection: local_network", "disconnecting", "stop 1"]);
    bench.fact(Fact::SessionEnded(None));
    assert_eq!(bench.drain(), ["disconnecting", "apply nothing"]);
    bench.applied();
    assert_eq!(bench.drain(), ["protection", "disconnected: local_network"]);
}

#[test]
fn what_could_not_be_undone_is_told_and_tried_again() {
    let mut bench = Bench::connected();
    bench.disconnect();
    bench.fact(Fact::SessionEnded(None));
    bench.drain();
    bench.host(HostFact::PlanFailed(Fault::new(FaultCode::LocalNetwork)));
    assert_eq!(bench.drain(), ["protection: local_network", "disconnected: local_network"]);
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.drain(), ["apply nothing"]);
}

#[test]
fn what_somebody_else_changed_is_put_back() {
    let mut bench = Bench::connected();
    bench.host(HostFact::Disturbed);
    assert_eq!(bench.drain(), ["apply guard+server+tunnel+routes"]);
    bench.host(HostFact::PlanFailed(Fault::new(FaultCode::LocalNetwork)));
    assert_eq!(bench.drain(), ["protection: local_network"], "nobody may believe to be protected");
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.drain(), ["apply guard+server+tunnel+routes", "look through 1"]);
    bench.applied();
    assert_eq!(bench.drain(), ["protection"]);
}

#[test]
fn an_address_without_a_plan_stops_the_session() {
    let mut bench = Bench::talking(profile("Office"));
    bench.fact(Fact::SessionUp(Network { address: Ipv4Addr::LOCALHOST, ..network() }));
    assert_eq!(bench.drain(), ["disconnecting", "stop 1"]);
    bench.fact(Fact::SessionEnded(fault(FaultCode::ControlLost)));
    bench.applied();
    assert_eq!(bench.drain().last().unwrap(), "disconnected: bad_address");
}

#[test]
fn a_question_is_open_until_it_is_answered() {
    let mut bench = Bench::talking(profile("Office"));
    let answer = |bench: &mut Bench, connection| bench.supervisor.answer(connection, password(), bench.now);
    assert_eq!(answer(&mut bench, FIRST), Err(Refusal::NoQuestion));
    bench.fact(Fact::StageReached(Stage::CheckingPassword));
    bench.fact(Fact::PasswordWanted { refused: fault(FaultCode::AuthRejected) });
    assert_eq!(bench.drain().last().unwrap(), "CheckingPassword?");
    let State::Connecting { question: Some(Question::Password { refused }), .. } = bench.state() else {
        panic!("no question")
    };
    assert_eq!(refused, fault(FaultCode::AuthRejected));
    assert_eq!(answer(&mut bench, SECOND), Err(Refusal::UnknownConnection));
    answer(&mut bench, FIRST).unwrap();
    assert_eq!(bench.drain(), ["answer", "CheckingPassword"]);
    assert_eq!(answer(&mut bench, FIRST), Err(Refusal::NoQuestion));
}

#[test]
fn who_gives_up_after_a_refused_password_ends_with_the_refusal() {
    let mut bench = Bench::talking(profile("Office"));
    bench.fact(Fact::PasswordWanted { refused: fault(FaultCode::AuthRejected) });
    bench.disconnect();
    bench.fact(Fact::SessionEnded(None));
    bench.applied();
    assert_eq!(bench.drain().last().unwrap(), "disconnected: auth_rejected");
}

#[test]
fn an_attempt_can_be_cancelled_at_any_point() {
    let cancelled: [&[Fact]; 3] =
        [&[], &[Fact::StageReached(Stage::WaitingForGre)], &[Fact::PasswordWanted { refused: None }]];
    for facts in cancelled {
        let mut bench = Bench::talking(profile("Office"));
        facts.iter().for_each(|fact| bench.fact(fact.clone()));
        bench.drain();
        bench.disconnect();
        assert_eq!(bench.drain(), ["disconnecting", "stop 1"], "{facts:?}");
        bench.fact(Fact::StageReached(Stage::GettingAddress));
        bench.fact(Fact::PasswordWanted { refused: None });
        bench.fact(Fact::SessionUp(network()));
        assert_eq!(bench.drain(), [""; 0], "too late");
        bench.fact(Fact::SessionEnded(fault(FaultCode::ControlLost)));
        bench.applied();
        assert_eq!(bench.drain().last().unwrap(), "disconnected", "by request there is no fault");
        bench.disconnect();
        assert_eq!(bench.drain(), [""; 0], "it is so already");
    }
    let mut bench = Bench::connecting(profile("Office"));
    bench.disconnect();
    bench.applied();
    assert!(bench.drain().iter().all(|word| !word.starts_with("start")), "the session never began");
}

#[test]
fn there_is_one_connection_at_a_time() {
    let mut bench = Bench::connected();
    let busy = bench.supervisor.connect(profile("Home"), None, Patience::OneTry, bench.now);
    assert_eq!(busy, Err(Refusal::Busy(FIRST)));
    assert_eq!(bench.supervisor.disconnect(SECOND, bench.now), Err(Refusal::UnknownConnection));
    assert_eq!(bench.drain(), [""; 0]);
}

#[test]
fn the_next_connection_waits_until_the_last_is_taken_down() {
    let mut bench = Bench::connected();
    bench.disconnect();
    bench.connect(profile("Home"), Patience::OneTry);
    let third = bench.supervisor.connect(profile("Third"), None, Patience::OneTry, bench.now);
    assert_eq!(third, Err(Refusal::Busy(SECOND)));
    bench.drain();
    bench.supervisor.handle_fact(FIRST, Fact::SessionEnded(None), bench.now);
    bench.applied();
    let expected =
        ["disconnecting", "apply nothing", "disconnected", "LookingUpName", "apply guard+names", "start 2"];
    assert_eq!(bench.drain(), expected);
    assert_eq!(bench.supervisor.status(bench.now).unwrap().name, "Home");
    bench.supervisor.handle_fact(FIRST, Fact::SessionUp(network()), bench.now);
    assert_eq!(bench.drain(), [""; 0], "the first connection's facts are of the past");
}

#[test]
fn a_connection_that_waits_can_be_withdrawn() {
    let mut bench = Bench::connected();
    bench.disconnect();
    bench.connect(profile("Home"), Patience::OneTry);
    bench.drain();
    bench.disconnect();
    let Some(Action::Publish(status)) = bench.supervisor.poll_action() else { panic!("not told") };
    assert_eq!((status.connection, status.state), (SECOND, State::default()));
    bench.supervisor.handle_fact(FIRST, Fact::SessionEnded(None), bench.now);
    bench.applied();
    assert_eq!(bench.drain(), ["disconnecting", "apply nothing", "disconnected"]);
    assert!(bench.supervisor.password.is_none());
}

#[test]
fn counters_are_told_and_stay_in_the_status() {
    let mut bench = Bench::connected();
    let statistics = Statistics { sent_packets: 3, ..Statistics::default() };
    bench.fact(Fact::Counted(statistics));
    assert_eq!(bench.drain(), ["counted"]);
    assert_eq!(bench.supervisor.status(bench.now).unwrap().statistics, statistics);
}

#[test]
fn what_an_earlier_helper_had_is_blocked_until_somebody_connects_or_disconnects() {
    let restarted = || Fault::new(FaultCode::HelperRestarted);
    let mut bench = Bench::new();
    bench.connection = bench.supervisor.take_up(profile("Office"), None, restarted(), bench.now).unwrap();
    assert_eq!(bench.drain(), ["blocked: helper_restarted", "apply guard"]);
    bench.applied();
    bench.supervisor.take_up(profile("x"), None, restarted(), bench.now).unwrap_err();

    bench.connect(profile("Office"), Patience::OneTry);
    bench.reach_server();
    bench.fact(Fact::SessionEnded(fault(FaultCode::AuthRejected)));
    bench.applied();
    assert!(matches!(bench.state(), State::Blocked { .. }) && bench.guard().is_some());
    bench.disconnect();
    bench.applied();
    assert!(bench.guard().is_none() && bench.supervisor.is_idle());
}

#[test]
fn what_an_earlier_helper_had_without_a_guard_is_over() {
    let mut bench = Bench::new();
    let profile = Profile { guard: false, ..profile("Office") };
    let fault = Fault::new(FaultCode::HelperRestarted);
    bench.supervisor.take_up(profile, None, fault.clone(), bench.now).unwrap();
    bench.drain();
    let state = bench.supervisor.status(bench.now).unwrap().state;
    assert_eq!(state, State::Disconnected { last_fault: Some(fault) });
    assert!(bench.supervisor.is_idle() && bench.supervisor.plan == HostPlan::default());
}

#[test]
fn what_an_earlier_helper_had_is_dialled_again_where_the_password_is_known() {
    let fault = Fault::new(FaultCode::HelperRestarted);
    let mut bench = Bench::new();
    let secret = Some(password());
    bench.connection = bench.supervisor.take_up(profile("Office"), secret, fault, bench.now).unwrap();
    assert_eq!(bench.drain(), ["reconnecting 1", "apply guard+names"]);
    assert_eq!(bench.guard().map(|guard| guard.refusal), Some(Refuse::Silently));
    bench.reach_server();
    bench.up();
    assert_eq!(bench.supervisor.password(), Some(&password()));
    bench.disconnect();
    bench.fact(Fact::SessionEnded(None));
    bench.applied();
    assert!(bench.guard().is_none() && bench.supervisor.is_idle());
}

#[test]
fn what_leaves_past_the_guard_is_told_until_nothing_does() {
    let mut bench = Bench::connected();
    let leak = fault(FaultCode::GuardLeaks);
    bench.host(HostFact::Probed { leak: leak.clone() });
    bench.applied();
    assert_eq!(bench.supervisor.protection(bench.now).fault, leak, "setting the guard anew proves nothing");
    assert_eq!(bench.drain(), ["apply guard+server+tunnel+routes", "protection: guard_leaks"]);
    bench.host(HostFact::Probed { leak });
    assert!(bench.supervisor.poll_action().is_none(), "what is known is not told again");
    bench.host(HostFact::Probed { leak: None });
    bench.applied();
    assert_eq!(bench.supervisor.protection(bench.now).fault, None);
}

#[test]
fn a_device_that_somebody_removed_does_not_keep_the_next_try_waiting() {
    let mut bench = Bench::connected();
    bench.fact(Fact::SessionEnded(fault(FaultCode::LocalDevice)));
    assert_eq!(bench.drain(), ["waiting 1", "apply guard+names+routes"]);
    bench.host(HostFact::PlanFailed(Fault::new(FaultCode::LocalDevice)));
    assert_eq!(bench.drain(), ["protection: local_device", "apply guard+names+nowhere"]);
    bench.applied();
    bench.drain();
    bench.pass(Duration::from_secs(1));
    bench.reach_server();
    assert!(bench.drain().contains(&"start 1".to_string()), "it is not dialled");
    bench.up();
    assert!(bench.supervisor.plan.tunnel.as_ref().is_some_and(|tunnel| tunnel.device.is_some()));
}

#[test]
fn where_nobody_waits_a_refused_password_is_told_and_not_asked_for() {
    let mut bench = Bench::new();
    bench.connect(profile("Site"), Patience::Endless);
    bench.reach_server();
    bench.fact(Fact::PasswordWanted { refused: None });
    bench.drain();
    assert!(
        matches!(bench.state(), State::Connecting { question: Some(_), .. }),
        "somebody may come and give it"
    );
    bench.fact(Fact::PasswordWanted { refused: fault(FaultCode::AuthRejected) });
    assert_eq!(bench.drain(), ["blocked: auth_rejected", "stop 1"]);
    bench.fact(Fact::SessionEnded(None));
    bench.applied();
    assert!(bench.guard().is_some());
    assert_eq!(bench.supervisor.poll_timeout(), None, "each try may count towards locking the account");
}

#[test]
fn where_nobody_waits_a_plan_that_fails_is_tried_until_it_holds() {
    let mut bench = Bench::new();
    bench.connect(profile("Site"), Patience::Endless);
    bench.reach_server();
    bench.fact(Fact::SessionUp(network()));
    bench.drain();
    for _ in 0..5 {
        bench.host(HostFact::PlanFailed(Fault::new(FaultCode::LocalNetwork)));
        bench.pass(Duration::from_secs(1));
        assert!(bench.drain().iter().any(|word| word.starts_with("apply guard+server+tunnel")), "given up");
    }
    bench.applied();
    assert_eq!(bench.state(), State::Connected { network: network() });
}
