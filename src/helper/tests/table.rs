//! Every request by every kind of program, over the socket: table D of the security targets. Only root can become
//! other users: without it, these tests have nothing to show.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use culvert_engine::EngineCommand;
use culvert_ipc::{Answer, Client, Denial, Notice, Outcome, Outline, Phase, Refusal, Request};
use culvert_model::{ConnectionId, Encryption, Profile, Secret, State};
use culvert_policy::Fact;
use nix::unistd::geteuid;
use tempfile::TempDir;
use tokio::time::sleep;

use super::bus::{Bus, Mood, Session};
use super::part::Relay;
use super::scripted::{Helper, Played, connect, profile, soon, started, told};
use crate::authority::{Authority, Group, Patience};
use crate::beginning::Plan;

pub(super) const USER: u32 = 1234;
pub(super) const MEMBER: u32 = 1235;

/// A kind of program, and what table D gives it: to connect, and to change what is another's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub(super) uid: u32,
    session: Session,
    connect: Cell,
    take_over: Cell,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Yes,
    Admin,
    No,
}

impl Cell {
    fn is_yes(self, consent: bool) -> bool {
        self == Self::Yes || (self == Self::Admin && consent)
    }
}

pub(super) const KINDS: [Kind; 9] = [
    Kind { uid: USER, session: Session::Active, connect: Cell::Yes, take_over: Cell::Admin },
    Kind { uid: USER, session: Session::Service, connect: Cell::Yes, take_over: Cell::Admin },
    Kind { uid: USER, session: Session::Inactive, connect: Cell::Admin, take_over: Cell::Admin },
    Kind { uid: USER, session: Session::Remote, connect: Cell::Admin, take_over: Cell::No },
    Kind { uid: USER, session: Session::None, connect: Cell::Admin, take_over: Cell::No },
    Kind { uid: MEMBER, session: Session::Remote, connect: Cell::Yes, take_over: Cell::No },
    Kind { uid: MEMBER, session: Session::Active, connect: Cell::Yes, take_over: Cell::Admin },
    Kind { uid: 0, session: Session::Remote, connect: Cell::Yes, take_over: Cell::Yes },
    Kind { uid: 0, session: Session::Active, connect: Cell::Yes, take_over: Cell::Yes },
];

/// A helper, its scripted polkit, and one program at a time.
pub(super) struct Stage {
    pub(super) bus: Bus,
    pub(super) helper: Helper,
    dir: TempDir,
}

impl Stage {
    async fn set(forbids_weaker: bool) -> Self {
        Self::after(forbids_weaker, Plan::default()).await
    }

    /// One whose helper finds this at its start.
    pub(super) async fn after(forbids_weaker: bool, plan: Plan) -> Self {
        let bus = Bus::start().await;
        let group = Group::Listed(vec![MEMBER]);
        let authority = Authority::judging(0, group, Some(bus.address.clone()), Patience::default());
        let authority = if forbids_weaker { authority.forbidding_weaker() } else { authority };
        let helper = Helper::after(authority, plan);
        fs::set_permissions(helper.dir.path(), Permissions::from_mode(0o755)).unwrap();
        Self { bus, helper, dir: tempfile::tempdir().unwrap() }
    }

    pub(super) fn program(&self, kind: Kind) -> Relay {
        let relay = Relay::start(kind.uid, self.dir.path(), &self.helper.socket());
        self.bus.seat(relay.pid(), kind.session);
        relay
    }

    /// That nothing has come of what was refused: no session was started, nothing was done to the host, and root
    /// sees what it saw.
    async fn stays_untouched(&mut self, root: &mut Client, before: &Outcome, host: &[&str], why: &str) {
        assert!(self.helper.sessions.try_recv().is_err(), "a session was started: {why}");
        assert_eq!(self.helper.host(), host, "{why}");
        assert_eq!(status(root).await, *before, "{why}");
    }
}

async fn status(client: &mut Client) -> Outcome {
    timeless(client.request(Request::Status).await.unwrap())
}

/// The same whenever it was asked for.
fn timeless(mut outcome: Outcome) -> Outcome {
    if let Outcome::Status { connections, .. } = &mut outcome {
        connections.iter_mut().for_each(|one| one.up_ms = None);
    }
    outcome
}

/// Ends a session as its server would.
async fn end(client: &mut Client, session: Played) {
    session.stop().await;
    while !is_idle(&status(client).await) {}
}

fn is_idle(outcome: &Outcome) -> bool {
    let Outcome::Status { connections, .. } = outcome else { panic!("{outcome:?}") };
    connections.iter().all(|one| matches!(one.state, State::Disconnected { .. }))
}

fn password(connection: ConnectionId) -> Request {
    Request::Answer { connection, answer: Answer::Password(Secret::new("clientPass".to_owned())) }
}

pub(super) fn is_denied(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Refused(Refusal::NotPermitted(_)))
}

#[tokio::test]
async fn everybody_may_look_and_who_may_connect_is_as_in_the_table() {
    if !geteuid().is_root() {
        return;
    }
    let mut stage = Stage::set(false).await;
    let mut root = stage.helper.client().await;
    for kind in KINDS {
        for consent in [false, true] {
            let why = format!("{kind:?}, {consent}");
            stage.bus.consents(Some(consent));
            let (before, host) = (status(&mut root).await, stage.helper.host());
            let mut program = stage.program(kind);
            stage.bus.asked();
            for look in [Request::Status, Request::Subscribe] {
                assert!(matches!(program.request(&look).await, Outcome::Status { .. }), "{why}");
            }
            assert!(stage.bus.asked().is_empty(), "nobody is asked about who looks: {why}");
            let outcome = program.request(&connect(None)).await;
            let prompts = stage.bus.asked().iter().filter(|one| one.interactive).count();
            assert_eq!(prompts, usize::from(kind.connect == Cell::Admin), "{why}");
            if !kind.connect.is_yes(consent) {
                assert!(is_denied(&outcome), "{why}: {outcome:?}");
                stage.stays_untouched(&mut root, &before, &host, &why).await;
                continue;
            }
            let Outcome::Started { connection } = outcome else { panic!("{why}: {outcome:?}") };
            let mut session = stage.helper.session().await;
            session.facts.tell(Fact::PasswordWanted { refused: None }).await;
            while program.request(&password(connection)).await != Outcome::Done {}
            assert!(matches!(session.commands.recv().await, Some(EngineCommand::Answer(_))), "{why}");
            assert_eq!(program.request(&Request::Disconnect { connection }).await, Outcome::Done, "{why}");
            let is_prompted = stage.bus.asked().iter().any(|one| one.interactive);
            assert_eq!(is_prompted, kind.connect == Cell::Admin, "for an answer or an end: {why}");
            end(&mut root, session).await;
        }
    }
}

#[tokio::test]
async fn who_may_touch_anothers_connection_is_as_in_the_table() {
    if !geteuid().is_root() {
        return;
    }
    let mut stage = Stage::set(false).await;
    for kind in KINDS {
        for consent in [false, true] {
            let why = format!("{kind:?}, {consent}");
            stage.bus.consents(Some(consent));
            let mut root = stage.helper.watcher().await;
            let mut owner = stage.program(Kind { uid: MEMBER + 1, session: Session::Active, ..KINDS[0] });
            let Outcome::Started { connection } = owner.request(&connect(None)).await else {
                panic!("{why}")
            };
            let session = stage.helper.session().await;
            session.up().await;
            told(&mut root, |state| matches!(state, State::Connected { .. })).await;
            let (before, host) = (status(&mut root).await, stage.helper.host());

            let mut program = stage.program(kind);
            let seen = program.request(&Request::Status).await;
            if kind.uid == 0 {
                assert_eq!(timeless(seen), before, "{why}");
            } else {
                let others = vec![Outline { connection, phase: Phase::Connected }];
                assert!(
                    matches!(seen, Outcome::Status { connections, others: seen, .. } if connections.is_empty() && seen == others),
                    "{why}"
                );
            }
            let busy = program.request(&connect(None)).await;
            if kind.connect.is_yes(consent) {
                let name = if kind.uid == 0 { "vpn.example.com" } else { "" }.to_owned();
                assert_eq!(busy, Outcome::Refused(Refusal::Busy { connection, name }), "{why}");
            } else {
                assert!(is_denied(&busy), "{why}");
            }
            let answered = program.request(&password(connection)).await;
            if kind.take_over.is_yes(consent) {
                assert_eq!(answered, Outcome::Refused(Refusal::NoQuestion), "{why}");
            } else {
                assert!(is_denied(&answered), "{why}: {answered:?}");
            }
            stage.stays_untouched(&mut root, &before, &host, &why).await;

            let ended = program.request(&Request::Disconnect { connection }).await;
            if kind.take_over.is_yes(consent) {
                assert_eq!(ended, Outcome::Done, "{why}");
            } else {
                assert!(is_denied(&ended), "{why}: {ended:?}");
                stage.stays_untouched(&mut root, &before, &host, &why).await;
                assert_eq!(owner.request(&Request::Disconnect { connection }).await, Outcome::Done);
            }
            end(&mut root, session).await;
        }
    }
}

#[tokio::test]
async fn where_it_is_forbidden_weaker_protection_takes_an_administrator() {
    if !geteuid().is_root() {
        return;
    }
    let mut stage = Stage::set(true).await;
    let mut root = stage.helper.client().await;
    let weak = Profile { encryption: Encryption::None, ..profile() };
    let weak = Request::Connect { profile: Box::new(weak), password: None };
    for kind in KINDS {
        for consent in [false, true] {
            let why = format!("{kind:?}, {consent}");
            stage.bus.consents(Some(consent));
            let (before, host) = (status(&mut root).await, stage.helper.host());
            let mut program = stage.program(kind);
            let told = program.request(&Request::Status).await;
            let Outcome::Status { protection, .. } = told else { panic!("{why}: {told:?}") };
            assert_eq!(
                protection.forbids_weaker,
                kind.uid != 0,
                "who needs leave knows before asking: {why}"
            );
            let outcome = program.request(&weak).await;
            if kind.connect.is_yes(consent) && kind.take_over.is_yes(consent) {
                let Outcome::Started { connection } = outcome else { panic!("{why}: {outcome:?}") };
                let session = stage.helper.session().await;
                program.request(&Request::Disconnect { connection }).await;
                end(&mut root, session).await;
            } else {
                assert!(is_denied(&outcome), "{why}: {outcome:?}");
                let is_told_what = outcome == Outcome::Refused(Refusal::NotPermitted(Denial::Weaker));
                assert_eq!(is_told_what, kind.connect.is_yes(consent), "{why}: {outcome:?}");
                stage.stays_untouched(&mut root, &before, &host, &why).await;
            }
        }
    }
}

#[tokio::test]
async fn who_may_switch_lockdown_is_as_in_the_table() {
    if !geteuid().is_root() {
        return;
    }
    let mut stage = Stage::set(false).await;
    let mut root = stage.helper.client().await;
    let (on, off) = (Request::Lockdown { on: true }, Request::Lockdown { on: false });
    for kind in KINDS {
        for consent in [false, true] {
            let why = format!("{kind:?}, {consent}");
            stage.bus.consents(Some(consent));
            let (before, host) = (status(&mut root).await, stage.helper.host());
            let mut program = stage.program(kind);
            for request in [&on, &off] {
                let outcome = program.request(request).await;
                if kind.take_over.is_yes(consent) {
                    assert_eq!(outcome, Outcome::Done, "{why}");
                } else {
                    assert!(is_denied(&outcome), "{why}: {outcome:?}");
                    stage.stays_untouched(&mut root, &before, &host, &why).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_reset_takes_an_administrator_wherever_somebody_sits() {
    if !geteuid().is_root() {
        return;
    }
    let mut stage = Stage::set(false).await;
    let mut root = stage.helper.client().await;
    for kind in KINDS {
        for consent in [false, true] {
            let why = format!("{kind:?}, {consent}");
            stage.bus.consents(Some(consent));
            let (before, host) = (status(&mut root).await, stage.helper.host());
            let outcome = stage.program(kind).request(&Request::Reset).await;
            if kind.uid == 0 || consent {
                assert_eq!(outcome, Outcome::Done, "{why}");
            } else {
                assert!(is_denied(&outcome), "{why}: {outcome:?}");
                stage.stays_untouched(&mut root, &before, &host, &why).await;
            }
        }
    }
}

#[tokio::test]
async fn who_hangs_up_takes_the_question_along() {
    if !geteuid().is_root() {
        return;
    }
    let mut stage = Stage::set(false).await;
    stage.bus.consents(None);
    let mut root = stage.helper.client().await;
    let (before, host) = (status(&mut root).await, stage.helper.host());
    let mut program = stage.program(Kind { session: Session::Inactive, ..KINDS[0] });
    program.ask(&connect(None));
    while !stage.bus.script.asked.lock().unwrap().iter().any(|one| one.interactive) {
        sleep(Duration::from_millis(5)).await;
    }
    drop(program);
    soon(stage.bus.taken_back(1)).await;
    stage.stays_untouched(&mut root, &before, &host, "the program has gone").await;
}

#[tokio::test]
async fn without_polkit_only_root_and_members_get_in() {
    if !geteuid().is_root() {
        return;
    }
    let mut stage = Stage::set(false).await;
    let mut root = stage.helper.client().await;
    stage.bus.is(Mood::Failing);
    for (uid, is_allowed) in [(USER, false), (MEMBER, true), (0, true)] {
        let mut program = stage.program(Kind { uid, ..KINDS[0] });
        assert!(matches!(program.request(&Request::Status).await, Outcome::Status { .. }));
        let outcome = program.request(&connect(None)).await;
        if is_allowed {
            let Outcome::Started { connection } = outcome else { panic!("{uid}: {outcome:?}") };
            let session = stage.helper.session().await;
            program.request(&Request::Disconnect { connection }).await;
            end(&mut root, session).await;
        } else {
            let denial = Denial::NoAuthority { group: Some("listed".to_owned()) };
            assert_eq!(outcome, Outcome::Refused(Refusal::NotPermitted(denial)));
            assert!(stage.helper.sessions.try_recv().is_err());
        }
    }
}

/// Numbers can be guessed: what is not there yet is nobody's to end.
#[tokio::test]
async fn a_connection_that_does_not_exist_yet_can_not_be_ended() {
    if !geteuid().is_root() {
        return;
    }
    let mut stage = Stage::set(false).await;
    let mut root = stage.helper.client().await;
    let last = started(&mut root, connect(None)).await;
    let mut program = stage.program(KINDS[0]);
    let next = ConnectionId(last.0 + 1);
    for request in [Request::Disconnect { connection: next }, password(next)] {
        assert_eq!(program.request(&request).await, Outcome::Refused(Refusal::UnknownConnection));
    }
    assert!(stage.bus.asked().is_empty());
    drop(stage.helper.session().await);
}

#[tokio::test]
async fn of_anothers_connection_only_the_outline_is_told() {
    if !geteuid().is_root() {
        return;
    }
    let mut stage = Stage::set(false).await;
    let mut watching = stage.program(KINDS[0]);
    watching.request(&Request::Subscribe).await;
    let mut owner = stage.program(Kind { uid: MEMBER, ..KINDS[0] });
    owner.request(&Request::Subscribe).await;
    let Outcome::Started { connection } = owner.request(&connect(Some("clientPass"))).await else { panic!() };
    let session = stage.helper.session().await;
    session.up().await;
    let mut heard = Vec::new();
    loop {
        let notice = soon(watching.notice()).await;
        heard.push(serde_json::to_string(&notice).unwrap());
        let Notice::OtherChanged(outline) = notice else { panic!("{notice:?}") };
        if outline == (Outline { connection, phase: Phase::Connected }) {
            break;
        }
    }
    let text = heard.concat();
    for hidden in ["vpn.example.com", "alice", "198.51.100.1", "10.0.0.7", "culvert0"] {
        assert!(!text.contains(hidden), "{hidden}: {text}");
    }
    loop {
        match soon(owner.notice()).await {
            Notice::Changed(status) if matches!(status.state, State::Connected { .. }) => break,
            Notice::Changed(_) => {}
            other => panic!("the owner hears everything: {other:?}"),
        }
    }
}
