//! What a helper leaves to the next one, and what that makes of it.

use culvert_ipc::{Client, Outcome, Refusal, Request};
use culvert_model::{FaultCode, Prefix, Profile, State, Status, Traffic};
use nix::unistd::geteuid;

use super::scripted::{Disk, Helper, connect, network, profile, started, told};
use crate::beginning::{Plan, Resume};
use crate::state::{Lockdown, State as Kept, Wanted};
use crate::{Authority, Effects, Engine, Owner};

fn is_down(state: &State) -> bool {
    matches!(state, State::Disconnected { .. })
}

fn is_up(state: &State) -> bool {
    matches!(state, State::Connected { .. })
}

fn resume(owner: u32, profile: Profile) -> Plan {
    let resume = Resume { owner: Owner::User(owner), managed: None, profile, password: None };
    Plan { resume: Some(resume), ..Plan::default() }
}

/// A helper after one that was killed while this user was connected.
fn after_a_crash(profile: Profile) -> Helper {
    Helper::after(Authority::owner_only(), resume(geteuid().as_raw(), profile))
}

async fn status(client: &mut Client) -> Status {
    match client.request(Request::Status).await.unwrap() {
        Outcome::Status { connections, .. } => connections.into_iter().next().unwrap(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_connected_is_kept_until_it_is_disconnected() {
    let mut helper = Helper::start();
    let mut client = helper.watcher().await;
    assert_eq!(helper.wish(), None);
    let connection = started(&mut client, connect(Some("clientPass"))).await;
    let owner = geteuid().as_raw();
    let wanted = Some(Wanted::Profile { owner, profile: Box::new(profile()) });
    let session = helper.session().await;
    assert_eq!(helper.wish(), wanted, "before anything leaves");
    session.up().await;
    told(&mut client, is_up).await;
    assert_eq!(helper.wish(), wanted);
    client.request(Request::Disconnect { connection }).await.unwrap();
    session.stop().await;
    told(&mut client, is_down).await;
    assert_eq!(helper.wish(), None);
    helper.shut_down();
    helper.ended().await;
}

#[tokio::test]
async fn a_good_end_leaves_no_wish() {
    let mut helper = Helper::start();
    let mut client = helper.watcher().await;
    started(&mut client, connect(Some("clientPass"))).await;
    let session = helper.session().await;
    session.up().await;
    told(&mut client, is_up).await;
    helper.shut_down();
    session.stop().await;
    let (disk, host) = (helper.disk.clone(), helper.host.clone());
    helper.ended().await;
    assert_eq!(disk.lock().unwrap().wish, None);
    assert_eq!(host.lock().unwrap().last(), Some(&"nothing"));
}

#[tokio::test]
async fn the_classful_network_of_a_connection_is_kept_by_name() {
    let mut helper = Helper::start();
    let mut client = helper.watcher().await;
    let traffic = Traffic::Only { routes: vec![], classful: true };
    let profile = Box::new(Profile { traffic, ..profile() });
    started(&mut client, Request::Connect { profile, password: None }).await;
    helper.session().await.up().await;
    told(&mut client, is_up).await;
    let Some(Wanted::Profile { profile, .. }) = helper.wish() else { panic!("nothing is kept") };
    let routes = vec![Prefix::classful(network().address).unwrap()];
    assert_eq!(profile.traffic, Traffic::Only { routes, classful: true });
}

#[tokio::test]
async fn after_a_crash_nothing_leaves_until_somebody_disconnects() {
    let mut helper = after_a_crash(profile());
    let mut client = helper.watcher().await;
    let found = status(&mut client).await;
    assert!(
        matches!(&found.state, State::Blocked { fault } if fault.code == FaultCode::HelperRestarted),
        "{found:?}"
    );
    assert_eq!(helper.host(), ["guard"]);
    assert!(helper.sessions.try_recv().is_err(), "it dialled without a password");
    let connection = found.connection;
    assert_eq!(client.request(Request::Disconnect { connection }).await.unwrap(), Outcome::Done);
    told(&mut client, is_down).await;
    assert_eq!(helper.host(), ["guard", "nothing"]);
    helper.shut_down();
    helper.ended().await;
}

#[tokio::test]
async fn after_a_crash_a_client_brings_the_password() {
    let mut helper = after_a_crash(profile());
    let mut client = helper.watcher().await;
    started(&mut client, connect(Some("clientPass"))).await;
    helper.session().await.up().await;
    told(&mut client, is_up).await;
    assert!(!helper.host().contains(&"nothing"), "{:?}", helper.host());
}

#[tokio::test]
async fn a_connection_without_a_guard_is_over_with_its_helper() {
    let mut helper = after_a_crash(Profile { guard: false, ..profile() });
    let mut client = helper.client().await;
    assert!(is_down(&status(&mut client).await.state));
    assert!(!helper.host().contains(&"guard"));
    helper.shut_down();
    helper.ended().await;
}

/// Lockdown that nobody switched on is said to be so, until somebody switches.
#[tokio::test]
async fn lockdown_for_safety_is_told_from_one_that_was_wanted() {
    for (lockdown, expected) in [(Lockdown::Unreadable, true), (Lockdown::On, false)] {
        let helper = Helper::after(Authority::owner_only(), Plan { lockdown, ..Plan::default() });
        let mut client = helper.client().await;
        let told = async |client: &mut Client| match client.request(Request::Status).await.unwrap() {
            Outcome::Status { protection, .. } => (protection.lockdown, protection.is_assumed),
            other => panic!("{other:?}"),
        };
        assert_eq!(told(&mut client).await, (true, expected));
        assert_eq!(client.request(Request::Lockdown { on: true }).await.unwrap(), Outcome::Done);
        assert_eq!(told(&mut client).await, (true, false), "now somebody wants it");
    }
}

#[tokio::test]
async fn lockdown_is_kept_or_not_switched() {
    let plan = Plan { lockdown: Lockdown::On, ..Plan::default() };
    let mut helper = Helper::after(Authority::owner_only(), plan);
    let mut client = helper.client().await;
    let Outcome::Status { protection, .. } = client.request(Request::Status).await.unwrap() else {
        panic!("no status")
    };
    assert!(protection.lockdown);
    assert_eq!(helper.host(), ["guard"]);
    assert_eq!(client.request(Request::Lockdown { on: false }).await.unwrap(), Outcome::Done);
    helper.disk.lock().unwrap().is_full = true;
    let refused = client.request(Request::Lockdown { on: true }).await.unwrap();
    assert_eq!(refused, Outcome::Refused(Refusal::NotKept));
    assert!(!helper.disk.lock().unwrap().lockdown);
    helper.shut_down();
    helper.ended().await;
}

/// What is said to be on for good and is gone after a restart is worse than a no.
#[tokio::test]
async fn lockdown_is_not_switched_on_where_there_is_no_place_to_keep_it() {
    let mut engine = Engine::new(None, None);
    assert!(engine.keep_lockdown(true).is_err());
    assert!(engine.keep_lockdown(false).is_ok(), "there is nothing to take back");
    let dir = tempfile::tempdir().unwrap();
    let mut engine = Engine::new(None, Kept::open(&dir.path().join("state")).ok());
    assert!(engine.keep_lockdown(true).is_ok());
}

/// The next helper would open the network if this one died.
#[tokio::test]
async fn nothing_guarded_is_begun_where_there_is_no_place_to_keep_it() {
    let wanted = |guard| {
        let profile = Box::new(Profile { guard, ..profile() });
        Some(Wanted::Profile { owner: 1000, profile })
    };
    let mut engine = Engine::new(None, None);
    assert!(engine.keep_wish(wanted(true).as_ref()).is_err());
    assert!(engine.keep_wish(wanted(false).as_ref()).is_ok(), "nothing of it is to outlive the helper");
    assert!(engine.keep_wish(None).is_ok(), "there is nothing to take back");
    assert!(Engine::default().keep_wish(wanted(true).as_ref()).is_ok(), "nobody comes after it");
}

/// A helper that starts after a crash would open the network if it knew nothing of the connection.
#[tokio::test]
async fn nothing_guarded_is_begun_that_a_full_disk_cannot_keep() {
    let mut helper = Helper::start();
    let mut client = helper.client().await;
    helper.disk.lock().unwrap().is_full = true;
    let refused = client.request(connect(Some("clientPass"))).await.unwrap();
    assert_eq!(refused, Outcome::Refused(Refusal::NotKept));
    assert!(helper.host().is_empty() && helper.disk.lock().unwrap().wish.is_none());

    helper.disk.lock().unwrap().is_full = false;
    started(&mut client, connect(Some("clientPass"))).await;
    assert!(helper.disk.lock().unwrap().wish.is_some());
    helper.shut_down();
    helper.ended().await;
}

/// A session that says goodbye to nobody: its server hangs.
#[tokio::test(start_paused = true)]
async fn a_reset_waits_for_no_server_and_switches_lockdown_off() {
    let plan = Plan { lockdown: Lockdown::On, ..Plan::default() };
    let mut helper = Helper::after(Authority::owner_only(), plan);
    helper.disk.lock().unwrap().lockdown = true;
    let mut client = helper.watcher().await;
    started(&mut client, connect(Some("clientPass"))).await;
    let session = helper.session().await;
    session.up().await;
    told(&mut client, is_up).await;
    let begin = tokio::time::Instant::now();
    helper.client().await.reset().await.unwrap().unwrap();
    assert!(begin.elapsed().as_millis() < 1000, "{:?}", begin.elapsed());
    assert_eq!(helper.host().last(), Some(&"nothing"));
    let disk = helper.disk.lock().unwrap().clone();
    assert!(!disk.lockdown && disk.wish.is_none());
    assert!(session.end.is_closed());
}

/// Lockdown would be back at the next start, and nobody would know why.
#[tokio::test(start_paused = true)]
async fn a_reset_says_so_where_lockdown_cannot_be_switched_off_for_later() {
    let plan = Plan { lockdown: Lockdown::On, ..Plan::default() };
    let helper = Helper::after(Authority::owner_only(), plan);
    *helper.disk.lock().unwrap() = Disk { lockdown: true, is_full: true, ..Disk::default() };
    let reset = helper.client().await.reset().await.unwrap();
    assert_eq!(reset, Err(Refusal::NotKept));
    assert_eq!(helper.host().last(), Some(&"nothing"), "the network is open all the same");
    assert!(helper.disk.lock().unwrap().lockdown);
}
