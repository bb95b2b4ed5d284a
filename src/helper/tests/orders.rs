//! What an administrator's files do, from the start and whenever they change. Only root's files count: without root,
//! these tests have nothing to show.

use std::fs;
use std::path::Path;

use culvert_engine::{EngineCommand, reduced};
use culvert_ipc::{Client, Denial, Outcome, Refusal, Request};
use culvert_model::{Encryption, Fault, FaultCode, Profile, Protection, Secret, State};
use culvert_policy::Fact;
use nix::unistd::geteuid;
use tempfile::TempDir;
use tokio::time::{Duration, sleep, timeout};

use super::scripted::{Helper, connect, network, profile, soon, started, told};
use super::state_managed::{etc, write};
use super::table::{KINDS, Stage, is_denied};
use crate::beginning::{Beginning, Place, Plan};
use crate::state::Wanted;
use crate::{Authority, Owner};

const OFFICE: &str = "server = 'office.example.com'\nusername = 'branch-7'\n[managed]\nconnect = 'boot'\n\
                      password-file = 'office.password'\n";
const LOCKDOWN: &str = "server = 'vpn.example.net'\nusername = 'alice'\n[managed]\nlockdown = true\n";

fn is_up(state: &State) -> bool {
    matches!(state, State::Connected { .. })
}

fn is_down(state: &State) -> bool {
    matches!(state, State::Disconnected { .. })
}

fn office() -> TempDir {
    let dir = etc(&[("managed.d/office.toml", OFFICE)]);
    write(dir.path(), "managed.d/office.password", b"geheim\n", 0o600);
    dir
}

/// What a helper finds that starts with these files, and hears of them from then on.
fn plan(etc: &Path, state: &TempDir) -> Plan {
    let place = Place { state: state.path().join("state"), managed: etc.to_owned() };
    let mut beginning = Beginning::read(place);
    beginning.follow();
    beginning.plan
}

#[tokio::test]
async fn what_is_written_between_the_first_look_and_the_following_counts() {
    if !geteuid().is_root() {
        return;
    }
    let (dir, state) = (etc(&[]), tempfile::tempdir().unwrap());
    let place = Place { state: state.path().join("state"), managed: dir.path().to_owned() };
    let mut beginning = Beginning::read(place);
    fs::create_dir_all(dir.path().join("managed.d")).unwrap();
    write(dir.path(), "managed.d/office.password", b"geheim\n", 0o600);
    write(dir.path(), "managed.d/office.toml", OFFICE.as_bytes(), 0o644);
    beginning.follow();
    let mut changes = beginning.plan.changes.unwrap();
    let managed = timeout(Duration::from_secs(10), changes.recv()).await.unwrap().unwrap();
    assert_eq!(managed.profiles.len(), 1);
}

fn helper(etc: &Path) -> Helper {
    Helper::after(Authority::owner_only(), plan(etc, &tempfile::tempdir().unwrap()))
}

async fn protection(client: &mut Client) -> Protection {
    match client.request(Request::Status).await.unwrap() {
        Outcome::Status { protection, .. } => protection,
        other => panic!("{other:?}"),
    }
}

/// Until lockdown is on or off.
async fn locked(client: &mut Client, is_locked: bool) {
    soon(async {
        while protection(client).await.lockdown != is_locked {
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_profile_for_the_boot_is_connected_and_users_only_look() {
    if !geteuid().is_root() {
        return;
    }
    let dir = office();
    let mut stage = Stage::after(false, plan(dir.path(), &tempfile::tempdir().unwrap())).await;
    let session = stage.helper.session().await;
    assert_eq!(session.profile.server.as_str(), "office.example.com");
    let password = reduced(Secret::new("geheim".to_owned()), &session.profile.auth);
    assert_eq!(session.password, Some(password));
    let mut root = stage.helper.watcher().await;
    session.up().await;
    told(&mut root, is_up).await;
    assert_eq!(stage.helper.wish(), Some(Wanted::Managed { id: "office".to_owned() }));
    stage.bus.consents(Some(false));
    for kind in KINDS.into_iter().filter(|kind| kind.uid != 0) {
        let mut program = stage.program(kind);
        let Outcome::Status { connections, .. } = program.request(&Request::Status).await else { panic!() };
        let [status] = connections.as_slice() else { panic!("{kind:?} does not see it") };
        assert_eq!(status.state, State::Connected { network: network() });
        let connection = status.connection;
        let ended = program.request(&Request::Disconnect { connection }).await;
        assert!(is_denied(&ended), "{kind:?}: {ended:?}");
        let other = program.request(&connect(None)).await;
        assert!(is_denied(&other) || matches!(other, Outcome::Refused(Refusal::Busy { .. })), "{other:?}");
    }
}

#[tokio::test]
async fn also_while_it_is_blocked_nobody_connects_in_its_place() {
    if !geteuid().is_root() {
        return;
    }
    let dir = office();
    let mut helper = helper(dir.path());
    let mut client = helper.watcher().await;
    let session = helper.session().await;
    session.end.send(Some(Fault::new(FaultCode::AuthRejected))).unwrap();
    told(&mut client, |state| matches!(state, State::Blocked { .. })).await;
    let refused = client.request(connect(Some("x"))).await.unwrap();
    assert!(matches!(refused, Outcome::Refused(Refusal::Busy { .. })), "{refused:?}");
    assert!(helper.host().iter().all(|word| *word == "guard"), "{:?}", helper.host());

    // But it may itself be dialled again.
    let again = Request::ConnectManaged { id: "office".to_owned(), password: None };
    let outcome = client.request(again).await.unwrap();
    assert!(matches!(outcome, Outcome::Started { .. }), "{outcome:?}");
    let session = helper.session().await;
    assert!(session.password.is_some());
    session.end.send(Some(Fault::new(FaultCode::AuthRejected))).unwrap();
    let status = told(&mut client, |state| matches!(state, State::Blocked { .. })).await;
    assert!(helper.host().iter().all(|word| *word == "guard"), "it was open in between: {:?}", helper.host());

    // An administrator ends it: then it stays so, until the computer starts anew or the files change.
    client.request(Request::Disconnect { connection: status.connection }).await.unwrap();
    told(&mut client, is_down).await;
    let ended = plan(dir.path(), &tempfile::tempdir().unwrap()).boot.unwrap();
    assert_eq!(helper.wish(), Some(Wanted::not(&ended)));
    started(&mut client, connect(Some("x"))).await;
    assert_eq!(helper.session().await.profile.server.as_str(), "vpn.example.com");
}

/// A computer that connects by itself, and whose password file is not there.
#[tokio::test]
async fn whoever_may_connect_gives_the_password_that_it_waits_for() {
    if !geteuid().is_root() {
        return;
    }
    let dir = etc(&[("managed.d/office.toml", OFFICE)]);
    let mut helper = helper(dir.path());
    let mut client = helper.watcher().await;
    let mut session = helper.session().await;
    assert_eq!(session.password, None);
    session.facts.tell(Fact::PasswordWanted { refused: None }).await;
    let asks = |state: &State| matches!(state, State::Connecting { question: Some(_), .. });
    let status = told(&mut client, asks).await;
    let ask = |password: Option<&str>| {
        let password = password.map(|password| Secret::new(password.to_owned()));
        Request::ConnectManaged { id: "office".to_owned(), password }
    };
    for password in [None, Some("geheim")] {
        let outcome = client.request(ask(password)).await.unwrap();
        assert_eq!(outcome, Outcome::Started { connection: status.connection });
    }
    let given = soon(session.commands.recv()).await;
    assert!(matches!(given, Some(EngineCommand::Answer(_))), "{given:?}");
}

/// What an administrator installed for whoever wants it: weak as it may be, its password is nobody's business.
#[tokio::test]
async fn a_manual_profile_is_connected_by_whoever_may_connect() {
    if !geteuid().is_root() {
        return;
    }
    let text = "name = 'Branch'\nserver = 'vpn.example.net'\nusername = 'alice'\nencryption = 'none'\n\
                [managed]\npassword-file = 'office.password'\ngateway = 'eth1'\n";
    let dir = office();
    write(dir.path(), "managed.d/branch.toml", text.as_bytes(), 0o644);
    fs::remove_file(dir.path().join("managed.d/office.toml")).unwrap();
    write(dir.path(), "policy.toml", b"forbid-weaker = true\n", 0o644);
    let mut stage = Stage::after(false, plan(dir.path(), &tempfile::tempdir().unwrap())).await;
    stage.bus.consents(Some(false));
    let mut program = stage.program(KINDS[0]);
    let Outcome::Managed { profiles, .. } = program.request(&Request::Managed).await else { panic!() };
    let told: Vec<_> = profiles.iter().map(|one| (one.id.as_str(), one.name.as_str(), one.at_boot)).collect();
    assert_eq!(told, [("branch", "Branch", false)]);
    let unknown = program.request(&Request::ConnectManaged { id: "office".to_owned(), password: None }).await;
    assert_eq!(unknown, Outcome::Refused(Refusal::UnknownProfile));

    let outcome = program.request(&Request::ConnectManaged { id: "branch".to_owned(), password: None }).await;
    let Outcome::Started { connection } = outcome else { panic!("{outcome:?}") };
    let session = stage.helper.session().await;
    assert_eq!(session.profile.gateway.as_deref(), Some("eth1"));
    assert!(session.password.is_some());
    session.end.send(None).unwrap();
    assert_eq!(program.request(&Request::Disconnect { connection }).await, Outcome::Done);
}

#[tokio::test]
async fn root_alone_is_told_which_files_cannot_be_used() {
    if !geteuid().is_root() {
        return;
    }
    let dir = office();
    write(dir.path(), "managed.d/broken.toml", b"server = 7\n", 0o644);
    write(dir.path(), "managed.d/open.toml", OFFICE.replace("boot", "manual").as_bytes(), 0o666);
    write(dir.path(), "managed.d/office.password", b"two\nlines\n", 0o600);
    let stage = Stage::after(false, plan(dir.path(), &tempfile::tempdir().unwrap())).await;
    for kind in KINDS {
        let Outcome::Managed { faults, .. } = stage.program(kind).request(&Request::Managed).await else {
            panic!()
        };
        let named = |name: &str| faults.iter().any(|fault| fault.contains(name));
        let expected = kind.uid == 0;
        let told = [named("broken.toml"), named("open.toml"), named("office.password")];
        assert_eq!((told, faults.is_empty()), ([expected; 3], !expected), "{kind:?}: {faults:?}");
    }
}

#[tokio::test]
async fn what_is_written_later_counts_at_once() {
    if !geteuid().is_root() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    // Not even the directory is there yet.
    let mut helper = helper(&dir.path().join("culvert"));
    let mut client = helper.watcher().await;
    started(&mut client, connect(Some("x"))).await;
    let users = helper.session().await;
    users.up().await;
    told(&mut client, is_up).await;

    let office = office();
    fs::rename(office.path(), dir.path().join("culvert")).unwrap();
    users.stop().await;
    let managed = helper.session().await;
    assert_eq!(managed.profile.server.as_str(), "office.example.com");
    managed.up().await;
    told(&mut client, is_up).await;
    assert!(!helper.host().contains(&"nothing"), "it was open in between: {:?}", helper.host());

    let other = OFFICE.replace("branch-7", "branch-8");
    write(&dir.path().join("culvert"), "managed.d/office.toml", other.as_bytes(), 0o644);
    managed.stop().await;
    let again = helper.session().await;
    assert_eq!(again.profile.username, "branch-8");
    again.up().await;
    told(&mut client, is_up).await;
    assert!(!helper.host().contains(&"nothing"), "it was open in between: {:?}", helper.host());
    assert!(!protection(&mut client).await.lockdown);

    fs::remove_file(dir.path().join("culvert/managed.d/office.toml")).unwrap();
    again.stop().await;
    told(&mut client, is_down).await;
    assert_eq!(helper.host().last(), Some(&"nothing"));
    assert_eq!(helper.wish(), None);
}

#[tokio::test]
async fn lockdown_and_rules_follow_the_files() {
    if !geteuid().is_root() {
        return;
    }
    let dir = etc(&[]);
    let mut stage = Stage::after(false, plan(dir.path(), &tempfile::tempdir().unwrap())).await;
    let mut root = stage.helper.client().await;
    assert!(!protection(&mut root).await.lockdown);
    write(dir.path(), "managed.d/lock.toml", LOCKDOWN.as_bytes(), 0o644);
    locked(&mut root, true).await;
    let refused = root.request(Request::Lockdown { on: false }).await.unwrap();
    assert_eq!(refused, Outcome::Refused(Refusal::NotPermitted(Denial::Demanded)), "he is told where it is");
    assert!(protection(&mut root).await.is_demanded);
    fs::remove_file(dir.path().join("managed.d/lock.toml")).unwrap();
    locked(&mut root, false).await;
    write(dir.path(), "managed.d/broken.toml", b"[managed]\nlockdown = tru", 0o644);
    locked(&mut root, true).await;
    fs::remove_file(dir.path().join("managed.d/broken.toml")).unwrap();
    locked(&mut root, false).await;

    stage.bus.consents(Some(false));
    let mut program = stage.program(KINDS[0]);
    let weak = Profile { encryption: Encryption::None, ..profile() };
    let weak = Request::Connect { profile: Box::new(weak), password: None };
    let Outcome::Started { connection } = program.request(&weak).await else { panic!("not forbidden yet") };
    stage.helper.session().await.end.send(None).unwrap();
    program.request(&Request::Disconnect { connection }).await;
    write(dir.path(), "policy.toml", b"forbid-weaker = true\n", 0o644);
    write(dir.path(), "managed.d/lock.toml", LOCKDOWN.as_bytes(), 0o644);
    locked(&mut root, true).await;
    assert!(is_denied(&program.request(&weak).await));
}

#[tokio::test]
async fn the_computers_own_connection_is_taken_up_again() {
    if !geteuid().is_root() {
        return;
    }
    let (dir, state) = (office(), tempfile::tempdir().unwrap());
    let place = Place { state: state.path().join("state"), managed: dir.path().to_owned() };
    let wish = |wanted: Option<Wanted>| {
        let mut state = crate::state::State::open(&place.state).unwrap();
        state.set_wish(wanted.as_ref()).unwrap();
        Beginning::read(place.clone()).plan.resume
    };
    let resume = wish(Some(Wanted::Managed { id: "office".to_owned() })).unwrap();
    assert_eq!((resume.owner, resume.managed.as_deref()), (Owner::System, Some("office")));
    assert!(resume.password.is_some());
    let ended = Wanted::not(&plan(dir.path(), &state).boot.unwrap());
    assert!(wish(Some(ended.clone())).is_none());
    assert!(wish(Some(Wanted::Managed { id: "gone".to_owned() })).is_some(), "there is another one");
    let users = wish(Some(Wanted::Profile { owner: 1000, profile: Box::new(profile()) })).unwrap();
    assert_eq!((users.owner, users.managed, users.password), (Owner::User(1000), None, None));
    let other = OFFICE.replace("branch-7", "branch-8");
    write(dir.path(), "managed.d/office.toml", other.as_bytes(), 0o644);
    let resume = wish(Some(ended)).expect("it is not the one that was ended");
    assert_eq!(resume.profile.username, "branch-8");
}

/// The network stays closed for a connection that is to be there again, and is left as it was for one that is not.
#[tokio::test]
async fn what_somebody_has_ended_does_not_close_the_network_at_the_end() {
    if !geteuid().is_root() {
        return;
    }
    let dir = office();
    for is_ended in [false, true] {
        let mut helper = helper(dir.path());
        let mut client = helper.watcher().await;
        let session = helper.session().await;
        session.up().await;
        let connection = told(&mut client, is_up).await.connection;
        let stop = tokio::spawn(session.stop());
        if is_ended {
            client.request(Request::Disconnect { connection }).await.unwrap();
            told(&mut client, is_down).await;
        }
        helper.shut_down();
        soon(stop).await.unwrap();
        let host = helper.host.clone();
        helper.ended().await;
        let last = host.lock().unwrap().last().copied();
        assert_eq!(last, Some(if is_ended { "nothing" } else { "guard" }));
    }
}
