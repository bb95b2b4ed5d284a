use alloc::vec;
use core::net::Ipv4Addr;
use core::time::Duration;
use std::format;

use culvert_model::FaultCode;

use super::*;

const FIRST: ConnectionId = ConnectionId(1);
const SECOND: ConnectionId = ConnectionId(2);

fn profile(name: &str) -> Profile {
    let mut profile = Profile::new("vpn.example.com".parse().unwrap(), "alice");
    profile.name = name.to_string();
    profile
}

fn password() -> Secret {
    Secret::new("clientPass".to_string())
}

fn network() -> Network {
    Network {
        server: Ipv4Addr::new(198, 51, 100, 1),
        address: Ipv4Addr::new(10, 0, 0, 7),
        peer: None,
        dns: vec![],
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

/// A supervisor whose facts are about the first connection and whose clock stands still.
struct Bench(Supervisor);

impl Bench {
    fn new() -> Self {
        Self(Supervisor::new())
    }

    fn connecting() -> Self {
        let mut bench = Self::new();
        assert_eq!(bench.0.connect(profile("Office"), Some(password()), Instant::ZERO), Ok(FIRST));
        bench
    }

    fn connected() -> Self {
        let mut bench = Self::connecting();
        bench.fact(Fact::SessionUp(network()));
        bench.fact(Fact::PlanApplied);
        bench.drain();
        assert_eq!(bench.state(), State::Connected { network: network() });
        bench
    }

    fn fact(&mut self, fact: Fact) {
        self.0.handle_fact(FIRST, fact, Instant::ZERO);
    }

    fn state(&self) -> State {
        self.0.status().unwrap().state
    }

    /// The actions so far, as words; states by their name alone.
    fn drain(&mut self) -> Vec<String> {
        core::iter::from_fn(|| self.0.poll_action()).map(|action| word(&action)).collect()
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
            State::Disconnecting => "disconnecting".to_string(),
        },
        Action::PublishStatistics { .. } => "counted".to_string(),
        Action::StartSession { connection, .. } => format!("start {}", connection.0),
        Action::AnswerSession { .. } => "answer".to_string(),
        Action::StopSession { connection } => format!("stop {}", connection.0),
        Action::ApplyPlan { .. } => "apply".to_string(),
        Action::UndoPlan { .. } => "undo".to_string(),
    }
}

#[test]
fn before_the_first_connection_there_is_nothing_to_tell() {
    let mut bench = Bench::new();
    assert_eq!(bench.0.status(), None);
    assert_eq!(bench.0.wish(), &Wish::Disconnected);
    assert_eq!(bench.0.disconnect(ConnectionId(0)), Err(Refusal::UnknownConnection));
    bench.0.handle_fact(ConnectionId(0), Fact::SessionUp(network()), Instant::ZERO);
    assert_eq!(bench.drain(), [""; 0]);
}

#[test]
fn the_whole_way_up_and_down() {
    let mut bench = Bench::connecting();
    assert_eq!(bench.drain(), ["LookingUpName", "start 1"]);
    bench.fact(Fact::StageReached(Stage::LookingUpName));
    bench.fact(Fact::StageReached(Stage::ReachingServer));
    bench.fact(Fact::StageReached(Stage::GettingAddress));
    assert_eq!(bench.drain(), ["ReachingServer", "GettingAddress"]);
    bench.fact(Fact::SessionUp(network()));
    assert_eq!(bench.drain(), ["SettingUpNetwork", "apply"]);
    bench.fact(Fact::PlanApplied);
    assert_eq!(bench.drain(), ["connected"]);
    assert!(matches!(bench.0.wish(), Wish::Connected { connection: FIRST, .. }));

    bench.0.disconnect(FIRST).unwrap();
    assert_eq!(bench.0.wish(), &Wish::Disconnected);
    assert_eq!(bench.drain(), ["disconnecting", "stop 1"]);
    bench.fact(Fact::SessionEnded(None));
    assert_eq!(bench.drain(), ["disconnecting", "undo"]);
    assert!(!bench.0.is_idle());
    bench.fact(Fact::PlanUndone { left: None });
    assert_eq!(bench.drain(), ["disconnected"]);
    assert!(bench.0.is_idle());
}

#[test]
fn the_steps_are_told_once_each_with_their_times() {
    let mut supervisor = Supervisor::new();
    let start = Instant::from_micros(5_000_000);
    supervisor.connect(profile(""), None, start).unwrap();
    let at = |ms| start + Duration::from_millis(ms);
    supervisor.handle_fact(FIRST, Fact::StageReached(Stage::AgreeingOnLink), at(40));
    supervisor.handle_fact(FIRST, Fact::StageReached(Stage::CheckingPassword), at(60));
    supervisor.handle_fact(FIRST, Fact::StageReached(Stage::AgreeingOnLink), at(70));
    let status = supervisor.status().unwrap();
    let steps: Vec<_> = status.steps.iter().map(|step| (step.stage, step.after_ms)).collect();
    let expected = [(Stage::LookingUpName, 0), (Stage::AgreeingOnLink, 40), (Stage::CheckingPassword, 60)];
    assert_eq!(steps, expected);
    assert_eq!(status.state, State::Connecting { stage: Stage::AgreeingOnLink, question: None });
    assert_eq!(status.name, "vpn.example.com");
}

#[test]
fn a_new_agreement_is_connected_once_its_own_plan_is_applied() {
    let mut bench = Bench::connected();
    bench.fact(Fact::SessionUp(network()));
    assert_eq!(bench.drain(), [""; 0], "nothing changed");
    let moved = Network { address: Ipv4Addr::new(10, 0, 0, 8), ..network() };
    bench.fact(Fact::SessionUp(moved.clone()));
    assert_eq!(bench.drain(), ["SettingUpNetwork", "apply"]);
    bench.fact(Fact::SessionUp(network()));
    assert_eq!(bench.drain(), ["SettingUpNetwork", "apply"]);
    bench.fact(Fact::PlanApplied);
    assert_eq!(bench.drain(), [""; 0], "that was the other plan");
    bench.fact(Fact::PlanApplied);
    assert_eq!(bench.state(), State::Connected { network: network() });
    bench.fact(Fact::SessionUp(moved));
    bench.drain();
    bench.fact(Fact::PlanFailed(Fault::new(FaultCode::LocalNetwork)));
    assert_eq!(bench.drain(), ["disconnecting", "stop 1"]);
}

#[test]
fn a_failed_attempt_ends_disconnected_with_its_fault() {
    let mut bench = Bench::connecting();
    bench.drain();
    bench.fact(Fact::SessionEnded(fault(FaultCode::GreBlocked)));
    assert_eq!(bench.drain(), ["disconnected: gre_blocked"]);
    assert_eq!(bench.0.wish(), &Wish::Disconnected);
    assert!(bench.0.is_idle());
    assert_eq!(bench.0.connect(profile("Office"), None, Instant::ZERO), Ok(SECOND));
    assert_eq!(bench.drain(), ["LookingUpName", "start 2"]);
}

#[test]
fn a_lost_connection_is_cleared_away_before_it_is_called_disconnected() {
    let mut bench = Bench::connected();
    bench.fact(Fact::SessionEnded(fault(FaultCode::LinkLost)));
    assert_eq!(bench.drain(), ["disconnecting", "undo"]);
    bench.fact(Fact::PlanUndone { left: fault(FaultCode::LocalNetwork) });
    assert_eq!(bench.drain(), ["disconnected: link_lost"]);
}

#[test]
fn what_could_not_be_undone_is_told_if_nothing_else_was_wrong() {
    let mut bench = Bench::connected();
    bench.0.disconnect(FIRST).unwrap();
    bench.fact(Fact::SessionEnded(None));
    bench.fact(Fact::PlanUndone { left: fault(FaultCode::LocalNetwork) });
    assert_eq!(bench.drain().last().unwrap(), "disconnected: local_network");
}

#[test]
fn a_plan_that_fails_is_undone_after_the_session_has_ended() {
    let mut bench = Bench::connecting();
    bench.fact(Fact::SessionUp(network()));
    bench.drain();
    bench.fact(Fact::PlanFailed(Fault::new(FaultCode::LocalNetwork)));
    assert_eq!(bench.drain(), ["disconnecting", "stop 1"]);
    bench.fact(Fact::SessionEnded(None));
    assert_eq!(bench.drain(), ["disconnecting", "undo"]);
    bench.fact(Fact::PlanUndone { left: None });
    assert_eq!(bench.drain(), ["disconnected: local_network"]);
}

#[test]
fn an_address_without_a_plan_stops_the_session() {
    let mut bench = Bench::connecting();
    bench.drain();
    bench.fact(Fact::SessionUp(Network { address: Ipv4Addr::LOCALHOST, ..network() }));
    assert_eq!(bench.drain(), ["disconnecting", "stop 1"]);
    bench.fact(Fact::SessionEnded(fault(FaultCode::ControlLost)));
    assert_eq!(bench.drain(), ["disconnected: bad_address"]);
}

#[test]
fn a_session_that_ends_while_its_plan_is_applied_is_undone() {
    let mut bench = Bench::connecting();
    bench.fact(Fact::SessionUp(network()));
    bench.drain();
    bench.fact(Fact::SessionEnded(fault(FaultCode::PeerClosed)));
    bench.fact(Fact::PlanApplied);
    assert_eq!(bench.drain(), ["disconnecting", "undo"]);
    bench.fact(Fact::PlanUndone { left: None });
    assert_eq!(bench.drain(), ["disconnected: peer_closed"]);
}

#[test]
fn a_question_is_open_until_it_is_answered() {
    let mut bench = Bench::connecting();
    assert_eq!(bench.0.answer(FIRST, password()), Err(Refusal::NoQuestion));
    bench.fact(Fact::StageReached(Stage::CheckingPassword));
    bench.fact(Fact::PasswordWanted { refused: fault(FaultCode::AuthRejected) });
    assert_eq!(bench.drain().last().unwrap(), "CheckingPassword?");
    let State::Connecting { question: Some(Question::Password { refused }), .. } = bench.state() else {
        panic!("no question")
    };
    assert_eq!(refused, fault(FaultCode::AuthRejected));
    assert_eq!(bench.0.answer(SECOND, password()), Err(Refusal::UnknownConnection));
    bench.0.answer(FIRST, password()).unwrap();
    assert_eq!(bench.drain(), ["answer", "CheckingPassword"]);
    assert_eq!(bench.0.answer(FIRST, password()), Err(Refusal::NoQuestion));
}

#[test]
fn who_gives_up_after_a_refused_password_ends_with_the_refusal() {
    let mut bench = Bench::connecting();
    bench.fact(Fact::PasswordWanted { refused: fault(FaultCode::AuthRejected) });
    bench.0.disconnect(FIRST).unwrap();
    bench.drain();
    bench.fact(Fact::SessionEnded(None));
    assert_eq!(bench.drain(), ["disconnected: auth_rejected"]);
}

#[test]
fn an_attempt_can_be_cancelled_at_any_point() {
    let cancelled: [&[Fact]; 3] =
        [&[], &[Fact::StageReached(Stage::WaitingForGre)], &[Fact::PasswordWanted { refused: None }]];
    for facts in cancelled {
        let mut bench = Bench::connecting();
        facts.iter().for_each(|fact| bench.fact(fact.clone()));
        bench.drain();
        bench.0.disconnect(FIRST).unwrap();
        bench.0.disconnect(FIRST).unwrap();
        assert_eq!(bench.drain(), ["disconnecting", "stop 1"], "{facts:?}");
        bench.fact(Fact::StageReached(Stage::GettingAddress));
        bench.fact(Fact::PasswordWanted { refused: None });
        bench.fact(Fact::SessionUp(network()));
        assert_eq!(bench.drain(), [""; 0], "too late");
        bench.fact(Fact::SessionEnded(fault(FaultCode::ControlLost)));
        assert_eq!(bench.drain(), ["disconnected"], "by request there is no fault");
        assert_eq!(bench.0.disconnect(FIRST), Ok(()), "it is so already");
        assert_eq!(bench.drain(), [""; 0]);
    }
}

#[test]
fn cancelled_while_the_plan_is_applied() {
    let mut bench = Bench::connecting();
    bench.fact(Fact::SessionUp(network()));
    bench.drain();
    bench.0.disconnect(FIRST).unwrap();
    bench.fact(Fact::PlanFailed(Fault::new(FaultCode::LocalNetwork)));
    assert_eq!(bench.drain(), ["disconnecting", "stop 1"]);
    bench.fact(Fact::SessionEnded(None));
    assert_eq!(bench.drain(), ["disconnecting", "undo"]);
}

#[test]
fn there_is_one_connection_at_a_time() {
    let mut bench = Bench::connected();
    assert_eq!(bench.0.connect(profile("Home"), None, Instant::ZERO), Err(Refusal::Busy(FIRST)));
    assert_eq!(bench.0.disconnect(SECOND), Err(Refusal::UnknownConnection));
    assert_eq!(bench.drain(), [""; 0]);
}

#[test]
fn the_next_connection_waits_until_the_last_is_taken_down() {
    let mut bench = Bench::connected();
    bench.0.disconnect(FIRST).unwrap();
    assert_eq!(bench.0.connect(profile("Home"), Some(password()), Instant::ZERO), Ok(SECOND));
    assert_eq!(bench.0.connect(profile("Third"), None, Instant::ZERO), Err(Refusal::Busy(SECOND)));
    bench.0.disconnect(FIRST).unwrap();
    bench.fact(Fact::SessionEnded(None));
    assert_eq!(bench.drain(), ["disconnecting", "stop 1", "disconnecting", "undo"]);
    bench.fact(Fact::PlanUndone { left: None });
    assert_eq!(bench.drain(), ["disconnected", "LookingUpName", "start 2"]);
    assert_eq!(bench.0.status().unwrap().name, "Home");
    bench.fact(Fact::SessionUp(network()));
    assert_eq!(bench.drain(), [""; 0], "the first connection's facts are of the past");
}

#[test]
fn a_connection_that_waits_can_be_withdrawn() {
    let mut bench = Bench::connected();
    bench.0.disconnect(FIRST).unwrap();
    bench.0.connect(profile("Home"), Some(password()), Instant::ZERO).unwrap();
    bench.drain();
    bench.0.disconnect(SECOND).unwrap();
    let Some(Action::Publish(status)) = bench.0.poll_action() else { panic!("not told") };
    assert_eq!((status.connection, status.state), (SECOND, State::default()));
    bench.fact(Fact::SessionEnded(None));
    bench.fact(Fact::PlanUndone { left: None });
    assert_eq!(bench.drain(), ["disconnecting", "undo", "disconnected"]);
    assert!(bench.0.password.is_none());
}

#[test]
fn counters_are_told_and_stay_in_the_status() {
    let mut bench = Bench::connected();
    let statistics = Statistics { sent_packets: 3, ..Statistics::default() };
    bench.fact(Fact::Counted(statistics));
    assert_eq!(bench.drain(), ["counted"]);
    assert_eq!(bench.0.status().unwrap().statistics, statistics);
}

/// A host that carries out actions, and that notices what must never be.
#[derive(Default)]
struct Host {
    session: Option<ConnectionId>,
    told_to_stop: bool,
    plan: Option<ConnectionId>,
}

impl Host {
    fn execute(&mut self, action: Action) {
        match action {
            Action::StartSession { connection, .. } => {
                assert_eq!((self.session, self.plan), (None, None), "one at a time");
                (self.session, self.told_to_stop) = (Some(connection), false);
            }
            Action::StopSession { .. } => self.told_to_stop = true,
            Action::ApplyPlan { connection, .. } => {
                assert_eq!(self.session, Some(connection));
                assert!(self.plan.is_none_or(|plan| plan == connection));
                self.plan = Some(connection);
            }
            Action::UndoPlan { connection, .. } => {
                assert_eq!((self.session, self.plan), (None, Some(connection)), "the session goes first");
                self.plan = None;
            }
            Action::AnswerSession { connection, .. } => assert_eq!(self.session, Some(connection)),
            Action::Publish(status) => self.check(&status.state),
            Action::PublishStatistics { .. } => {}
        }
    }

    fn check(&self, state: &State) {
        match state {
            State::Connected { .. } => assert!(self.session.is_some() && self.plan.is_some()),
            State::Disconnected { .. } => {}
            State::Connecting { .. } => assert!(self.plan.is_none() || self.plan == self.session),
            State::Disconnecting => assert!(self.session.is_some() || self.plan.is_some()),
        }
    }
}

#[test]
fn whatever_happens_nothing_is_left_behind() {
    for seed in 1..=2_000_u64 {
        let (mut supervisor, mut host) = (Supervisor::new(), Host::default());
        let mut number = seed;
        for _ in 0..60 {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            happen(&mut supervisor, &mut host, number >> 33);
            settle(&mut supervisor, &mut host);
        }
        for id in 0..=supervisor.last_id {
            let _ = supervisor.disconnect(ConnectionId(id));
        }
        settle(&mut supervisor, &mut host);
        if let Some(connection) = host.session.take() {
            assert!(host.told_to_stop);
            supervisor.handle_fact(connection, Fact::SessionEnded(None), Instant::ZERO);
            settle(&mut supervisor, &mut host);
        }
        let idle = supervisor.is_idle() && host.session.is_none() && host.plan.is_none();
        assert!(idle && supervisor.wish() == &Wish::Disconnected, "seed {seed}: {supervisor:?}");
    }
}

/// Something that a person, a session or the host may do at any time.
fn happen(supervisor: &mut Supervisor, host: &mut Host, number: u64) {
    let id = ConnectionId(supervisor.last_id.saturating_sub(number / 16 % 2));
    let mut tell = |fact| supervisor.handle_fact(host.session.unwrap_or(id), fact, Instant::ZERO);
    match number % 10 {
        0 | 1 => drop(supervisor.connect(profile("x"), None, Instant::ZERO)),
        2 => drop(supervisor.disconnect(id)),
        3 => drop(supervisor.answer(id, password())),
        4 => tell(Fact::StageReached(Stage::PlacingCall)),
        5 => tell(Fact::PasswordWanted { refused: None }),
        6 | 7 if host.session.is_some() => {
            let address = Ipv4Addr::new(10, 0, 0, if number % 32 < 16 { 7 } else { 8 });
            tell(Fact::SessionUp(Network { address, ..network() }));
        }
        8 if host.session.is_some() => {
            tell(Fact::SessionEnded(fault(FaultCode::LinkLost)));
            host.session = None;
        }
        _ => tell(Fact::Counted(Statistics::default())),
    }
}

/// Carries out what follows, with the plan failing now and then.
fn settle(supervisor: &mut Supervisor, host: &mut Host) {
    while let Some(action) = supervisor.poll_action() {
        let answer = match &action {
            Action::ApplyPlan { connection, .. } if supervisor.last_id.is_multiple_of(3) => {
                Some((*connection, Fact::PlanFailed(Fault::new(FaultCode::LocalNetwork))))
            }
            Action::ApplyPlan { connection, .. } => Some((*connection, Fact::PlanApplied)),
            Action::UndoPlan { connection, .. } => Some((*connection, Fact::PlanUndone { left: None })),
            _ => None,
        };
        host.execute(action);
        if let Some((connection, fact)) = answer {
            supervisor.handle_fact(connection, fact, Instant::ZERO);
        }
    }
}
