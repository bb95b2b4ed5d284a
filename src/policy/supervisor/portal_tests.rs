use core::time::Duration;
use std::string::String;

use culvert_model::{FaultCode, NextTry};

use super::model_tests::portal;
use super::tests::{Bench, profile};
use super::*;
use crate::{Finding, Guard};

fn found() -> Finding {
    Finding::SignIn(portal())
}

/// One that was up, lost its tunnel, and finds a portal when it dials again.
fn behind_a_portal() -> Bench {
    let mut bench = Bench::connected();
    bench.fact(Fact::SessionEnded(Some(Fault::new(FaultCode::LinkLost))));
    bench.applied();
    bench.pass(Duration::from_secs(1));
    bench.reach_server();
    unreachable(&mut bench, found());
    bench
}

/// The server was not reached, and a look has shown this.
fn unreachable(bench: &mut Bench, finding: Finding) {
    bench.fact(Fact::SessionEnded(Some(Fault::new(FaultCode::TcpTimeout))));
    bench.applied();
    answer(bench, finding);
    bench.drain();
}

fn answer(bench: &mut Bench, finding: Finding) {
    bench.looked(bench.supervisor.last_look, finding);
    bench.applied();
}

/// Asks for the page; this is what a look finds.
fn sign_in(bench: &mut Bench, finding: Finding) {
    bench.supervisor.sign_in(bench.now).unwrap();
    bench.applied();
    answer(bench, finding);
    bench.drain();
}

fn is_open(bench: &Bench) -> bool {
    bench.guard().is_some_and(|guard| guard.portal.as_ref() == Some(&portal().pass))
}

fn code(state: &State) -> Option<FaultCode> {
    match state {
        State::Disconnected { last_fault } => last_fault.as_ref().map(|fault| fault.code),
        State::Blocked { fault } | State::Reconnecting { fault, .. } => Some(fault.code),
        _ => None,
    }
}

fn page(bench: &Bench) -> Option<(String, u64)> {
    match bench.supervisor.protection(bench.now).sign_in {
        Some(SignIn::Open { page, left_ms }) => Some((page, left_ms)),
        _ => None,
    }
}

#[test]
fn a_first_attempt_that_a_portal_stops_says_so() {
    let mut bench = Bench::talking(profile("Office"));
    bench.fact(Fact::SessionEnded(Some(Fault::new(FaultCode::TcpTimeout))));
    assert_eq!(bench.drain(), ["ReachingServer", "protection", "apply guard+names+look"]);
    bench.applied();
    assert_eq!(bench.drain(), ["look 1"]);
    answer(&mut bench, found());
    let State::Disconnected { last_fault: Some(fault) } = bench.state() else {
        panic!("{:?}", bench.state())
    };
    assert_eq!(fault.code, FaultCode::CaptivePortal);
    assert_eq!(fault.evidence, [Evidence::SignInPage(portal().url)]);
    assert_eq!(bench.guard(), None, "the network is given back: anybody may sign in");
    assert_eq!(bench.supervisor.sign_in(bench.now), Err(Refusal::NothingClosed));
}

#[test]
fn what_a_look_does_not_explain_stays_what_it_is() {
    for finding in [Finding::Through, Finding::Unknown] {
        let mut bench = Bench::talking(profile("Office"));
        unreachable(&mut bench, finding);
        assert_eq!(code(&bench.state()), Some(FaultCode::TcpTimeout));
    }
    for fault in [FaultCode::AuthRejected, FaultCode::LinkLost, FaultCode::GreBlocked, FaultCode::Ipv6Server]
    {
        let mut bench = Bench::talking(profile("Office"));
        bench.fact(Fact::SessionEnded(Some(Fault::new(fault))));
        assert!(!bench.drain().iter().any(|word| word.contains("look")), "{fault} is no portal's doing");
    }
}

#[test]
fn a_look_that_never_ends_holds_nothing_up() {
    let mut bench = Bench::talking(profile("Office"));
    bench.fact(Fact::SessionEnded(Some(Fault::new(FaultCode::TcpTimeout))));
    bench.applied();
    bench.pass(Duration::from_secs(15));
    bench.applied();
    assert_eq!(code(&bench.state()), Some(FaultCode::TcpTimeout));
    bench.drain();
    answer(&mut bench, found());
    assert_eq!(code(&bench.state()), Some(FaultCode::TcpTimeout), "too late");
}

#[test]
fn a_lost_tunnel_names_the_portal_and_opens_nothing_by_itself() {
    let bench = behind_a_portal();
    assert_eq!(code(&bench.state()), Some(FaultCode::CaptivePortal));
    assert!(matches!(bench.state(), State::Reconnecting { .. }));
    let shut = |guard: &Guard| guard.portal.is_none() && !guard.checks;
    assert!(bench.guard().is_some_and(shut));
}

#[test]
fn an_opening_ends_when_the_portal_lets_through_and_it_dials() {
    let mut bench = behind_a_portal();
    sign_in(&mut bench, found());
    assert!(is_open(&bench) && bench.supervisor.plan.tunnel.is_none());
    assert_eq!(page(&bench), Some((portal().url, 300_000)));
    assert!(matches!(bench.state(), State::Reconnecting { .. }), "what people are told stays");
    bench.pass(Duration::from_secs(4));
    assert_eq!(bench.drain(), ["look 3"], "it is looked again");
    answer(&mut bench, found());
    assert!(is_open(&bench), "not yet");
    bench.pass(Duration::from_secs(4));
    bench.drain();
    bench.looked(4, Finding::Through);
    assert_eq!(page(&bench), None);
    assert_eq!(bench.drain(), ["reconnecting 2", "protection", "apply guard+names+nowhere"]);
    bench.applied();
    assert_eq!(bench.drain(), ["start 1"]);
    bench.reach_server();
    bench.drain();
    bench.up();
}

#[test]
fn an_opening_ends_after_five_minutes() {
    let mut bench = behind_a_portal();
    sign_in(&mut bench, found());
    bench.pass(Duration::from_secs(299));
    answer(&mut bench, Finding::Unknown);
    assert!(is_open(&bench));
    assert_eq!(page(&bench).map(|(_, left)| left), Some(1000));
    bench.pass(Duration::from_secs(1));
    assert!(!is_open(&bench) && page(&bench).is_none());
    assert!(matches!(bench.state(), State::Reconnecting { next: NextTry::In(_), .. }), "it dials by itself");
}

#[test]
fn an_opening_ends_with_its_network_and_by_a_disconnect() {
    let mut bench = behind_a_portal();
    sign_in(&mut bench, found());
    bench.host(HostFact::NetworkChanged { usable: false, moved: false });
    assert!(!is_open(&bench));
    let mut bench = behind_a_portal();
    sign_in(&mut bench, found());
    bench.disconnect();
    bench.applied();
    assert_eq!((bench.state(), bench.guard()), (State::default(), None));
}

#[test]
fn from_blocked_it_dials_only_what_a_portal_stopped() {
    let offline = Profile { reconnect: false, ..profile("Office") };
    for (profile, fault, dials) in [
        (profile("Office"), FaultCode::TcpTimeout, true),
        (profile("Office"), FaultCode::AuthRejected, false),
    ] {
        let mut bench = Bench::new();
        bench.supervisor.set_lockdown(true, bench.now);
        bench.connect(profile, Patience::OneTry);
        bench.reach_server();
        bench.fact(Fact::SessionEnded(Some(Fault::new(fault))));
        bench.applied();
        answer(&mut bench, Finding::Unknown);
        assert_eq!(code(&bench.state()), Some(fault));
        sign_in(&mut bench, found());
        assert!(matches!(bench.state(), State::Blocked { .. }) && is_open(&bench));
        bench.pass(Duration::from_secs(4));
        bench.drain();
        answer(&mut bench, Finding::Through);
        assert_eq!(matches!(bench.state(), State::Connecting { .. }), dials, "{fault}");
        assert!(!is_open(&bench));
    }
    let mut bench = Bench::talking(offline);
    bench.up();
    bench.fact(Fact::SessionEnded(Some(Fault::new(FaultCode::LinkLost))));
    bench.applied();
    sign_in(&mut bench, found());
    bench.pass(Duration::from_secs(4));
    answer(&mut bench, Finding::Through);
    assert!(matches!(bench.state(), State::Blocked { .. }), "it was told not to dial by itself");
}

#[test]
fn under_lockdown_a_page_opens_without_any_connection() {
    let mut bench = Bench::new();
    assert_eq!(bench.supervisor.sign_in(bench.now), Err(Refusal::NothingClosed));
    bench.supervisor.set_lockdown(true, bench.now);
    bench.applied();
    sign_in(&mut bench, Finding::Unknown);
    assert!(!is_open(&bench) && bench.supervisor.is_idle());
    sign_in(&mut bench, found());
    assert!(is_open(&bench));
    bench.pass(Duration::from_secs(300));
    bench.applied();
    assert!(!is_open(&bench) && bench.guard().is_some() && bench.supervisor.is_idle());
    sign_in(&mut bench, found());
    bench.supervisor.set_lockdown(false, bench.now);
    bench.applied();
    assert!(bench.guard().is_none() && bench.supervisor.is_idle());
}

#[test]
fn nothing_is_opened_beside_a_tunnel() {
    let mut bench = Bench::connected();
    assert_eq!(bench.supervisor.sign_in(bench.now), Err(Refusal::Busy(bench.connection)));
    let mut bench = Bench::talking(profile("Office"));
    assert_eq!(bench.supervisor.sign_in(bench.now), Err(Refusal::Busy(bench.connection)));
}

#[test]
fn an_attempt_under_way_is_ended_for_the_page() {
    let mut bench = Bench::connected();
    bench.fact(Fact::SessionEnded(Some(Fault::new(FaultCode::LinkLost))));
    bench.applied();
    bench.pass(Duration::from_secs(1));
    bench.reach_server();
    bench.drain();
    bench.supervisor.sign_in(bench.now).unwrap();
    assert_eq!(bench.drain(), ["reconnecting 1", "stop 1"]);
    bench.fact(Fact::SessionEnded(None));
    bench.applied();
    answer(&mut bench, found());
    assert!(is_open(&bench));
    assert!(bench.supervisor.plan.guard.as_ref().is_some_and(|guard| guard.servers.is_empty()));
}
