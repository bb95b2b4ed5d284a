//! As a script calls it.

use std::path::Path;
use std::time::Duration;

use culvert_ipc::{Denial, FromHelper, Goodbye, Notice, Outcome, Refusal, Request};
use culvert_model::{
    ConnectionId, Encryption, Evidence, Fault, FaultCode, NextTry, Protection, Question, Stage, State,
    Statistics, Status,
};
use tokio::process::Command;

use crate::play::{CONNECT, CONNECTION, connecting, finished, program, start, status, told, up};

#[tokio::test]
async fn connected_is_zero_and_says_to_what() {
    let mut play = connecting(&[]).await;
    play.helper.tell(State::Connecting { stage: Stage::ReachingServer, question: None }).await;
    play.helper.tell(up()).await;
    let (code, out, err) = finished(play.program).await;
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(out, format!("{}\n", serde_json::to_string(&status(up())).unwrap()));
}

#[tokio::test]
async fn each_kind_of_fault_has_its_exit_status_and_its_words() {
    let cases = [
        (FaultCode::AuthRejected, 3, "(like Windows error 691)"),
        (FaultCode::ServerNotAuthentic, 3, "Do not try again here."),
        (FaultCode::DnsFailed, 4, "The server's name vpn.example.com can't be found."),
        (FaultCode::TcpTimeout, 4, "vpn.example.com does not answer."),
        (FaultCode::GreBlocked, 5, "(like Windows error 806)"),
        (FaultCode::ClosedBeforeGre, 5, "(like Windows error 619)"),
        (FaultCode::MppeNotOffered, 6, "The server offers no encryption"),
        (FaultCode::LocalNetwork, 7, "The system says: no route"),
    ];
    for (code, exit, words) in cases {
        let mut play = connecting(&[]).await;
        let fault = Fault::new(code).with(Evidence::System("no route".to_owned()));
        play.helper.tell(State::Disconnected { last_fault: Some(fault.clone()) }).await;
        let (status, out, err) = finished(play.program).await;
        assert_eq!(status, exit, "{code}");
        assert!(err.contains(words) && !err.contains("clientPass"), "{err}");
        assert!(out.contains(code.as_str()), "{out}");
    }
}

#[tokio::test]
async fn a_refused_password_from_a_script_is_not_asked_for_again() {
    let mut play = connecting(&[]).await;
    let refused = Some(Fault::new(FaultCode::AuthRejected));
    let question = Some(Question::Password { refused });
    play.helper.tell(State::Connecting { stage: Stage::CheckingPassword, question }).await;
    assert_eq!(play.helper.asked().await, Request::Disconnect { connection: CONNECTION });
    play.helper.reply(Outcome::Done).await;
    play.helper.tell(State::Disconnecting).await;
    play.helper.tell(State::default()).await;
    let (code, out, err) = finished(play.program).await;
    assert_eq!(code, 3);
    assert!(err.contains("did not accept the user name or password"), "{err}");
    assert!(out.contains("auth_rejected"), "{out}");
}

/// Somebody else's rules may have come between.
#[tokio::test]
async fn who_may_not_cancel_is_told_so_at_once() {
    let mut play = connecting(&[]).await;
    play.helper.tell(State::Connecting { stage: Stage::ReachingServer, question: None }).await;
    let id = play.program.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().await.unwrap().success());
    play.helper.asked().await;
    play.helper.reply(Outcome::Refused(Refusal::NotPermitted(Denial::Forbidden))).await;
    let (code, _, err) = finished(play.program).await;
    assert!(code == 7 && err.contains("do not allow this"), "{code}: {err}");
}

#[tokio::test]
async fn ctrl_c_cancels_the_attempt() {
    let mut play = connecting(&[]).await;
    play.helper.tell(State::Connecting { stage: Stage::ReachingServer, question: None }).await;
    let id = play.program.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().await.unwrap().success());
    assert_eq!(play.helper.asked().await, Request::Disconnect { connection: CONNECTION });
    play.helper.reply(Outcome::Done).await;
    play.helper.tell(State::default()).await;
    let (code, _, err) = finished(play.program).await;
    assert_eq!((code, err.as_str()), (130, "Cancelled.\n"));
}

#[tokio::test]
async fn what_is_weak_is_warned_of_in_a_line_each() {
    let weak = [
        "--encryption=none",
        "--auth=pap,mschapv1",
        "--stateful",
        "--no-guard",
        "--ipv6=leave",
        "--lan",
        "--leave-dns",
    ];
    let mut play = start(&[&CONNECT[..], &weak].concat(), "x\n").await;
    play.helper.asked().await;
    play.helper
        .reply(Outcome::Status { connections: vec![], others: vec![], protection: Protection::default() })
        .await;
    let Request::Connect { profile, .. } = play.helper.asked().await else { panic!("no connect") };
    assert_eq!(profile.encryption, Encryption::None);
    let busy = Refusal::Busy { connection: ConnectionId(1), name: "Home".to_owned() };
    play.helper.reply(Outcome::Refused(busy)).await;
    let (code, _, err) = finished(play.program).await;
    assert_eq!(code, 7);
    assert_eq!(err.lines().filter(|line| line.starts_with("Warning: ")).count(), 8, "{err}");
    assert!(err.contains("There is a connection already: Home. End it first"), "{err}");
}

#[tokio::test]
async fn a_helper_that_hangs_up_is_named() {
    let mut play = connecting(&[]).await;
    play.helper.say(FromHelper::Goodbye(Goodbye::ShuttingDown)).await;
    let (code, _, err) = finished(play.program).await;
    assert_eq!(code, 7);
    assert!(err.starts_with("Culvert's network service is shutting down. "), "{err}");
}

#[tokio::test]
async fn disconnect_waits_for_the_end() {
    let mut play = start(&["disconnect"], "").await;
    assert_eq!(play.helper.asked().await, Request::Subscribe);
    play.helper
        .reply(Outcome::Status {
            connections: vec![status(up())],
            others: vec![],
            protection: Protection::default(),
        })
        .await;
    assert_eq!(play.helper.asked().await, Request::Disconnect { connection: CONNECTION });
    play.helper.reply(Outcome::Done).await;
    play.helper.tell(State::Disconnecting).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(play.program.try_wait().unwrap().is_none());
    play.helper.tell(State::default()).await;
    let (code, out, _) = finished(play.program).await;
    assert_eq!((code, out.as_str()), (0, "Disconnected from vpn.example.com.\n"));
}

#[tokio::test]
async fn a_lost_connection_is_dialled_at_once_and_no_other() {
    let fault = Fault::new(FaultCode::LinkLost);
    let lost = State::Reconnecting { attempt: 3, next: NextTry::In(9000), fault };
    for (state, is_lost) in [(lost, true), (up(), false)] {
        let mut play = start(&["redial"], "").await;
        assert_eq!(play.helper.asked().await, Request::Status);
        let (connections, protection) = (vec![status(state)], Protection::default());
        play.helper.reply(Outcome::Status { connections, others: vec![], protection }).await;
        if is_lost {
            assert_eq!(play.helper.asked().await, Request::Redial { connection: CONNECTION });
            play.helper.reply(Outcome::Done).await;
        }
        let (code, out, _) = finished(play.program).await;
        assert_eq!((code, out.starts_with("Trying now.")), (0, is_lost), "{out}");
    }
}

#[tokio::test]
async fn disconnect_without_a_connection_is_done_at_once() {
    let mut play = start(&["disconnect"], "").await;
    play.helper.asked().await;
    play.helper
        .reply(Outcome::Status {
            connections: vec![status(State::default())],
            others: vec![],
            protection: Protection::default(),
        })
        .await;
    let (code, out, _) = finished(play.program).await;
    assert_eq!((code, out.as_str()), (0, "Not connected.\n"));
}

#[tokio::test]
async fn reset_waits_until_nothing_is_left() {
    let mut play = start(&["reset"], "").await;
    let status =
        |state, protection| Outcome::Status { connections: vec![status(state)], others: vec![], protection };
    let locked = Protection { lockdown: true, ..Protection::default() };
    assert_eq!(play.helper.asked().await, Request::Subscribe);
    play.helper.reply(status(up(), locked.clone())).await;
    assert_eq!(play.helper.asked().await, Request::Reset);
    play.helper.reply(Outcome::Done).await;
    assert_eq!(play.helper.asked().await, Request::Status);
    play.helper.reply(status(State::default(), locked)).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(play.program.try_wait().unwrap().is_none());
    play.helper.tell(State::default()).await;
    assert_eq!(play.helper.asked().await, Request::Status);
    play.helper.reply(status(State::default(), Protection::default())).await;
    let (code, out, err) = finished(play.program).await;
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains("as it was before"), "{out}");
}

#[tokio::test]
async fn where_nobody_can_be_asked_reset_says_how_to_do_it_by_hand() {
    let output = program(Path::new("/nowhere/culvert.sock"), &["reset"]).output().await.unwrap();
    let (code, _, err) = told(&output);
    assert_eq!(code, 7);
    assert!(err.ends_with("culvertd --reset\n") && err.contains("sudo "), "{err}");

    let mut play = start(&["reset"], "").await;
    play.helper.asked().await;
    let protection = Protection::default();
    play.helper.reply(Outcome::Status { connections: vec![], others: vec![], protection }).await;
    play.helper.asked().await;
    play.helper.reply(Outcome::Refused(Refusal::NotPermitted(Denial::Administrator))).await;
    let (code, _, err) = finished(play.program).await;
    assert_eq!(code, 7);
    assert!(err.starts_with("This takes an administrator") && err.ends_with("culvertd --reset\n"), "{err}");
}

#[tokio::test]
async fn reset_says_where_lockdown_would_come_back() {
    let mut play = start(&["reset"], "").await;
    let clear = || Outcome::Status { connections: vec![], others: vec![], protection: Protection::default() };
    play.helper.asked().await;
    play.helper.reply(clear()).await;
    assert_eq!(play.helper.asked().await, Request::Reset);
    play.helper.reply(Outcome::Refused(Refusal::NotKept)).await;
    assert_eq!(play.helper.asked().await, Request::Status);
    play.helper.reply(clear()).await;
    let (code, out, err) = finished(play.program).await;
    assert_eq!((code, out.as_str()), (7, ""));
    assert!(err.starts_with("The network is open again, but") && err.contains("once more"), "{err}");
}

#[tokio::test]
async fn status_tells_what_is_and_what_changes() {
    let mut play = start(&["status", "--json", "--watch"], "").await;
    assert_eq!(play.helper.asked().await, Request::Subscribe);
    play.helper
        .reply(Outcome::Status { connections: vec![], others: vec![], protection: Protection::default() })
        .await;
    play.helper.tell(up()).await;
    let statistics = Statistics { sent_bytes: 5, ..Statistics::default() };
    play.helper.say(FromHelper::Notice(Notice::Counted { connection: CONNECTION, statistics })).await;
    play.helper.say(FromHelper::Goodbye(Goodbye::ShuttingDown)).await;
    let (code, out, _) = finished(play.program).await;
    assert_eq!(code, 7);
    let seen: Vec<Status> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [before, changed, counted] = seen.as_slice() else { panic!("{out}") };
    assert_eq!((before.connection, &before.state), (ConnectionId(0), &State::default()));
    assert_eq!(*changed, status(up()));
    assert_eq!(*counted, Status { statistics, ..status(up()) });

    let mut play = start(&["status"], "").await;
    assert_eq!(play.helper.asked().await, Request::Status);
    play.helper
        .reply(Outcome::Status { connections: vec![], others: vec![], protection: Protection::default() })
        .await;
    let (code, out, _) = finished(play.program).await;
    assert_eq!((code, out.as_str()), (0, "Not connected.\n"));
}

#[tokio::test]
async fn what_reads_the_same_is_told_once() {
    let mut play = start(&["status", "--watch"], "").await;
    assert_eq!(play.helper.asked().await, Request::Subscribe);
    play.helper
        .reply(Outcome::Status {
            connections: vec![status(up())],
            others: vec![],
            protection: Protection::default(),
        })
        .await;
    play.helper.tell(State::Disconnecting).await;
    let statistics = Statistics { sent_bytes: 5, ..Statistics::default() };
    let counted = Status { statistics, ..status(State::Disconnecting) };
    play.helper.say(FromHelper::Notice(Notice::Changed(Box::new(counted)))).await;
    play.helper.tell(State::default()).await;
    play.helper.say(FromHelper::Goodbye(Goodbye::ShuttingDown)).await;
    let (_, out, _) = finished(play.program).await;
    assert_eq!(out.matches("Disconnecting from vpn.example.com").count(), 1, "{out}");
    assert!(out.ends_with("Not connected.\n"), "{out}");
}

#[tokio::test]
async fn a_contradiction_shows_the_usage_of_connect() {
    let mut program = program(Path::new("/nowhere"), &["connect", "--server=h", "--user=u", "--auth=pap"]);
    let (code, _, err) = told(&program.output().await.unwrap());
    assert_eq!(code, 2);
    assert!(err.contains("Usage: culvert connect"), "{err}");
}

#[tokio::test]
async fn a_wrong_command_line_is_two() {
    let cases: [&[&str]; 12] = [
        &[],
        &["reboot"],
        &["connect"],
        &["connect", "--server=h"],
        &["connect", "--server=h:0", "--user=u"],
        &["connect", "--server=h", "--user="],
        &["connect", "--server=h", "--user=u", "--encryption=some"],
        &["connect", "--server=h", "--user=u", "--auth=eap"],
        &["connect", "--server=h", "--user=u", "--auth=pap"],
        &["connect", "--server=h", "--user=u", "--mtu=100"],
        &["connect", "--server=h", "--user=u", "--route=10.0.0.1/8"],
        &["connect", "--server=h", "--user=u", "--password=secret"],
    ];
    for arguments in cases {
        let output = program(Path::new("/nowhere"), arguments).output().await.unwrap();
        let (code, _, err) = told(&output);
        assert_eq!(code, 2, "{arguments:?}: {err}");
        assert!(!err.is_empty());
    }
    let output = program(Path::new("/nowhere"), &["--help"]).output().await.unwrap();
    let (code, out, _) = told(&output);
    assert!(code == 0 && out.contains("connect") && out.contains("CULVERT_SOCKET"), "{out}");
}

#[tokio::test]
async fn without_a_helper_it_says_how_to_start_one() {
    for arguments in [&["status"][..], &["disconnect"], &CONNECT] {
        let output = program(Path::new("/nowhere/culvert.sock"), arguments).output().await.unwrap();
        let (code, _, err) = told(&output);
        assert_eq!(code, 7);
        assert!(err.contains("is not running") && err.contains("sudo "), "{err}");
    }
}

#[tokio::test]
async fn a_helper_that_lies_beside_the_program_is_named_by_its_path() {
    let dir = tempfile::tempdir().unwrap();
    let (own, helper) = (dir.path().join("culvert"), dir.path().join("culvertd"));
    // By a program of its own: a file that this process has open to write can't be started.
    let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_culvert")).arg(&own).status().await.unwrap();
    assert!(copied.success());
    let said = async || {
        let mut command = Command::new(&own);
        command.args(["status", "--socket=/nowhere/culvert.sock"]).env("LC_ALL", "C");
        let output = command.output().await.unwrap();
        told(&output).2
    };
    assert!(said().await.ends_with("sudo culvertd --reset\n"));
    std::fs::write(&helper, "").unwrap();
    assert!(said().await.ends_with(&format!("sudo {} --reset\n", helper.display())));
}

#[tokio::test]
async fn without_a_password_nothing_is_asked_for() {
    let no_line = start(&CONNECT, "").await;
    let (code, _, err) = finished(no_line.program).await;
    assert_eq!(code, 2, "{err}");
    let mut nobody = start(&["connect", "--server=h", "--user=u"], "").await;
    assert!(nobody.helper.hung_up().await);
    let (code, _, err) = finished(nobody.program).await;
    assert_eq!(code, 2);
    assert!(err.contains("--password-stdin"), "{err}");
}
