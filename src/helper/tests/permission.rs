//! Who may do what: table D of the security targets, against a scripted polkit.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use culvert_ipc::Denial;
use nix::unistd::geteuid;
use tokio::net::UnixListener;
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::sleep;

use super::bus::{Bus, Mood, Session};
use super::part::play;
use super::scripted::soon;
use crate::authority::{Action, Authority, Group, Patience, Peer};

/// The user who asks, and one of the group.
const USER: u32 = 1234;
const MEMBER: u32 = 1235;
/// The user as whom the helper runs.
const HELPER: u32 = 999;
/// For a polkit that tries it.
const LITTLE: Patience =
    Patience { alone: Duration::from_millis(500), with_person: Duration::from_millis(1500) };

/// A program that can be asked about.
struct Program {
    child: Child,
}

impl Program {
    fn start() -> Self {
        Self { child: Command::new("sleep").arg("600").spawn().unwrap() }
    }

    fn pid(&self) -> u32 {
        self.child.id()
    }

    fn peer(&self, uid: u32) -> Peer {
        Peer::living(uid, i32::try_from(self.pid()).unwrap())
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.end();
    }
}

fn authority(bus: &Bus) -> Authority {
    with_patience(bus, Patience::default())
}

fn with_patience(bus: &Bus, patience: Patience) -> Authority {
    Authority::judging(HELPER, Group::Listed(vec![MEMBER]), Some(bus.address.clone()), patience)
}

async fn may(authority: &Authority, peer: &Peer, action: Action) -> Result<(), Denial> {
    soon(authority.may(peer, action, oneshot::channel().0)).await
}

/// A cell of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    Yes,
    /// If an administrator vouches.
    Admin,
    No,
}

/// Table D. Programs of the user's service manager count as its screen's, those of no session as from afar.
fn table(action: Action, session: Session) -> Cell {
    let column = match session {
        Session::Active | Session::Service => 0,
        Session::Inactive => 1,
        Session::Remote | Session::None => 2,
    };
    let row = match action {
        Action::Connect => [Cell::Yes, Cell::Admin, Cell::Admin],
        Action::TakeOver | Action::Lockdown | Action::Weaken => [Cell::Admin, Cell::Admin, Cell::No],
        Action::Reset => [Cell::Admin; 3],
    };
    row[column]
}

const SESSIONS: [Session; 5] =
    [Session::Active, Session::Inactive, Session::Remote, Session::Service, Session::None];

#[tokio::test]
async fn every_action_from_every_session_is_as_in_the_table() {
    let (bus, program) = (Bus::start().await, Program::start());
    let (authority, peer) = (authority(&bus), program.peer(USER));
    for session in SESSIONS {
        bus.seat(program.pid(), session);
        for action in Action::ALL {
            for consent in [false, true] {
                bus.consents(Some(consent));
                let verdict = may(&authority, &peer, action).await;
                let cell = table(action, session);
                let expected = cell == Cell::Yes || (cell == Cell::Admin && consent);
                assert_eq!(verdict.is_ok(), expected, "{action:?}, {session:?}, {consent}: {verdict:?}");
                let asked = bus.asked();
                assert!(asked.iter().all(|one| one.pid == program.pid() && one.uid == USER));
                let prompts = asked.iter().filter(|one| one.interactive).count();
                assert_eq!(prompts, usize::from(cell == Cell::Admin), "{action:?}, {session:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_refusal_says_what_it_would_take() {
    let (bus, program) = (Bus::start().await, Program::start());
    let (authority, peer) = (authority(&bus), program.peer(USER));
    let remote = Denial::Remote { group: "listed".to_owned() };
    let cases = [
        (Action::Connect, Session::Remote, remote.clone()),
        (Action::Connect, Session::None, remote),
        (Action::Connect, Session::Inactive, Denial::Administrator),
        (Action::TakeOver, Session::Active, Denial::Administrator),
        (Action::TakeOver, Session::Service, Denial::Administrator),
        (Action::TakeOver, Session::Remote, Denial::Forbidden),
        (Action::Lockdown, Session::None, Denial::Forbidden),
    ];
    for (action, session, denial) in cases {
        bus.seat(program.pid(), session);
        assert_eq!(may(&authority, &peer, action).await, Err(denial), "{action:?}, {session:?}");
    }
}

#[tokio::test]
async fn root_and_the_helpers_user_need_nobodys_word_and_members_only_to_connect() {
    let (bus, program) = (Bus::start().await, Program::start());
    let authority = authority(&bus);
    bus.seat(program.pid(), Session::Remote);
    for action in Action::ALL {
        for uid in [0, HELPER] {
            assert_eq!(may(&authority, &program.peer(uid), action).await, Ok(()), "{uid}, {action:?}");
        }
        let verdict = may(&authority, &program.peer(MEMBER), action).await;
        assert_eq!(verdict.is_ok(), action == Action::Connect, "{action:?}: {verdict:?}");
        let questions = bus.asked();
        assert_eq!(questions.is_empty(), action == Action::Connect);
    }
}

#[tokio::test]
async fn without_polkit_the_answer_is_no_for_everybody_but_root_and_members() {
    let program = Program::start();
    let is_refused = async |authority: &Authority, reason: &str| {
        for action in Action::ALL {
            assert_eq!(may(authority, &program.peer(0), action).await, Ok(()), "{reason}");
            let (is_connect, group) = (action == Action::Connect, "listed".to_owned());
            let denial = Denial::NoAuthority { group: is_connect.then_some(group) };
            let member = may(authority, &program.peer(MEMBER), action).await;
            assert_eq!(member.is_ok(), is_connect, "{reason}, {action:?}");
            assert_eq!(
                may(authority, &program.peer(USER), action).await,
                Err(denial),
                "{reason}, {action:?}"
            );
        }
    };
    let group = Group::Listed(vec![MEMBER]);
    let nowhere = Some("unix:path=/nonexistent/bus".to_owned());
    is_refused(&Authority::judging(HELPER, group, nowhere, Patience::default()), "no bus").await;
    let empty = Bus::empty();
    is_refused(&authority(&empty), "no polkit on the bus").await;
    let failing = Bus::start().await;
    failing.seat(program.pid(), Session::Active);
    failing.is(Mood::Failing);
    is_refused(&authority(&failing), "a polkit that fails").await;
    let mut crashing = Bus::start().await;
    crashing.seat(program.pid(), Session::Active);
    let judging = authority(&crashing);
    assert_eq!(may(&judging, &program.peer(USER), Action::Connect).await, Ok(()));
    crashing.crash().await;
    is_refused(&judging, "a polkit that crashed").await;
}

#[tokio::test]
async fn a_bus_that_went_away_is_joined_again() {
    let (mut bus, program) = (Bus::start().await, Program::start());
    bus.seat(program.pid(), Session::Active);
    let authority = authority(&bus);
    let peer = program.peer(USER);
    let connect = || may(&authority, &peer, Action::Connect);
    connect().await.unwrap();
    bus.restart().await;
    connect().await.unwrap();
}

#[tokio::test]
async fn a_polkit_that_does_not_answer_is_a_no_in_time_and_the_question_is_taken_back() {
    let (bus, program) = (Bus::start().await, Program::start());
    bus.seat(program.pid(), Session::Active);
    bus.is(Mood::Silent);
    let authority = with_patience(&bus, LITTLE);
    for action in [Action::Connect, Action::Lockdown] {
        let begun = Instant::now();
        assert_eq!(may(&authority, &program.peer(USER), action).await, Err(Denial::TooSlow));
        let took = begun.elapsed();
        assert!(took >= LITTLE.alone && took < LITTLE.alone * 6, "{took:?}");
    }
    soon(bus.taken_back(2)).await;
}

#[tokio::test]
async fn a_person_who_does_not_answer_is_a_no_in_time_and_the_question_is_taken_back() {
    let (bus, program) = (Bus::start().await, Program::start());
    bus.seat(program.pid(), Session::Active);
    bus.consents(None);
    let patience = Patience { with_person: LITTLE.with_person, ..Patience::default() };
    let authority = with_patience(&bus, patience);
    let verdict = may(&authority, &program.peer(USER), Action::Lockdown).await;
    assert_eq!(verdict, Err(Denial::TooSlow));
    soon(bus.taken_back(1)).await;
}

#[tokio::test]
async fn a_user_is_asked_one_thing_at_a_time_and_not_when_nobody_waits_any_more() {
    let (bus, program) = (Bus::start().await, Program::start());
    bus.seat(program.pid(), Session::Active);
    bus.consents(None);
    let authority = authority(&bus);
    let (first, peer) = (authority.clone(), program.peer(USER));
    let (asking, asked) = oneshot::channel();
    let first = tokio::spawn(async move { first.may(&peer, Action::Lockdown, asking).await });
    soon(asked).await.expect("it is told that somebody is asked");
    for _ in 0..5 {
        let second = may(&authority, &program.peer(USER), Action::Lockdown).await;
        assert_eq!(second, Err(Denial::AlreadyAsking));
    }
    let prompts = |asked: Vec<super::bus::Asked>| asked.iter().filter(|one| one.interactive).count();
    while prompts(bus.script.asked.lock().unwrap().clone()) == 0 {
        yield_now().await;
    }
    assert_eq!(prompts(bus.asked()), 1);
    // The program hangs up.
    first.abort();
    soon(bus.taken_back(1)).await;
    bus.consents(Some(true));
    assert_eq!(may(&authority, &program.peer(USER), Action::Lockdown).await, Ok(()));
}

#[tokio::test]
async fn who_ends_before_or_while_polkit_thinks_gets_nothing() {
    let bus = Bus::start().await;
    let authority = authority(&bus);
    let mut gone = Program::start();
    bus.seat(gone.pid(), Session::Active);
    let peer = gone.peer(USER);
    gone.end();
    assert_eq!(may(&authority, &peer, Action::Connect).await, Err(Denial::Unrecognised));
    assert!(bus.asked().is_empty(), "polkit is not asked about whoever comes next");

    let mut ending = Program::start();
    bus.seat(ending.pid(), Session::Active);
    bus.is(Mood::Slow(Duration::from_secs(1)));
    let peer = ending.peer(USER);
    let (verdict, ()) = tokio::join!(may(&authority, &peer, Action::Connect), async {
        while bus.script.asked.lock().unwrap().is_empty() {
            sleep(Duration::from_millis(5)).await;
        }
        ending.end();
    });
    assert_eq!(verdict, Err(Denial::Unrecognised), "polkit said yes to a process that is no more");
    assert_eq!(bus.asked().len(), 1);
}

#[tokio::test]
async fn a_number_that_another_process_has_by_now_is_not_the_peer() {
    let (bus, program) = (Bus::start().await, Program::start());
    bus.seat(program.pid(), Session::Active);
    let (authority, pid) = (authority(&bus), i32::try_from(program.pid()).unwrap());
    let earlier = program.peer(USER).started().unwrap() - 1;
    let peer = Peer::made_up(USER, pid, Some(earlier));
    assert_eq!(may(&authority, &peer, Action::Connect).await, Err(Denial::Unrecognised));
    let unknown = Peer::made_up(USER, pid, None);
    assert_eq!(may(&authority, &unknown, Action::Connect).await, Err(Denial::Unrecognised));
    assert!(bus.asked().is_empty());
}

#[tokio::test]
async fn polkit_is_asked_about_the_very_process_that_connected() {
    let (bus, dir, here) = (Bus::start().await, tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let socket = here.path().join("socket");
    let listener = UnixListener::bind(&socket).unwrap();
    let mut program = play("ask", geteuid().as_raw(), dir.path(), &socket);
    let (stream, _) = soon(listener.accept()).await.unwrap();
    let peer = Peer::of(&stream).unwrap();
    bus.seat(program.id(), Session::Active);
    let authority = authority(&bus);
    let peer = peer.seen_as(USER);
    assert_eq!(may(&authority, &peer, Action::Connect).await, Ok(()));
    let asked = bus.asked();
    let [question] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((question.pid, question.handle_pid), (program.id(), Some(program.id())));

    bus.is(Mood::Old);
    assert_eq!(
        may(&authority, &peer, Action::Connect).await,
        Ok(()),
        "a polkit without handles is asked again"
    );
    let handles: Vec<_> = bus.asked().iter().map(|one| one.handle_pid.is_some()).collect();
    assert_eq!(handles, [true, false]);
    program.kill().unwrap();
    program.wait().unwrap();
    assert_eq!(may(&authority, &peer, Action::Connect).await, Err(Denial::Unrecognised));
}
