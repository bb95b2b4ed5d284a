//! What programs ask and hear.

use culvert_engine::EngineCommand;
use culvert_ipc::{Answer, ClientError, Goodbye, Notice, Outcome, Refusal, Request};
use culvert_model::{
    ConnectionId, Fault, FaultCode, Profile, Protection, Question, Secret, Stage, State, Statistics,
};
use culvert_policy::Fact;
use tokio::sync::oneshot;

use super::scripted::{Helper, connect, network, profile, started, told};

fn is_down(state: &State) -> bool {
    matches!(state, State::Disconnected { .. })
}

fn is_reconnecting(state: &State) -> bool {
    matches!(state, State::Reconnecting { .. })
}

fn is_up(state: &State) -> bool {
    matches!(state, State::Connected { .. })
}

#[tokio::test]
async fn a_connection_comes_up_and_goes_down() {
    let mut helper = Helper::start();
    let mut client = helper.watcher().await;
    let connection = started(&mut client, connect(Some("clientPass"))).await;
    let session = helper.session().await;
    assert_eq!(*session.profile, profile());
    let hash = b"\x44\xEB\xBA\x8D\x53\x12\xB8\xD6\x11\x47\x44\x11\xF5\x69\x89\xAE";
    // RFC 2759 section 9.2: no more of the password than the login needs.
    assert_eq!(session.password, Some(Secret::of_nt_hash(hash)));
    session.up().await;
    let status = told(&mut client, is_up).await;
    assert_eq!(status.state, State::Connected { network: network() });
    let stages: Vec<_> = status.steps.iter().map(|step| step.stage).collect();
    assert_eq!(stages, [Stage::LookingUpName, Stage::GettingAddress, Stage::SettingUpNetwork]);
    assert_eq!(helper.host(), ["guard", "tunnel"]);

    let outcome = client.request(Request::Disconnect { connection }).await.unwrap();
    assert_eq!(outcome, Outcome::Done);
    session.stop().await;
    let status = told(&mut client, is_down).await;
    assert_eq!(status.state, State::default());
    assert_eq!(helper.host(), ["guard", "tunnel", "nothing"]);
    helper.shut_down();
    helper.ended().await;
}

#[tokio::test]
async fn everybody_sees_the_same_and_who_comes_later_sees_what_was() {
    let mut helper = Helper::start();
    let (mut one, mut other) = (helper.watcher().await, helper.watcher().await);
    started(&mut one, connect(None)).await;
    let session = helper.session().await;
    let fault = Fault::new(FaultCode::GreBlocked).at(Stage::WaitingForGre);
    session.end.send(Some(fault.clone())).unwrap();
    let seen = told(&mut one, is_down).await;
    assert_eq!(seen.state, State::Disconnected { last_fault: Some(fault) });
    assert_eq!(told(&mut other, is_down).await, seen);
    let outcome = helper.client().await.request(Request::Status).await.unwrap();
    assert_eq!(
        outcome,
        Outcome::Status { connections: vec![seen], others: vec![], protection: Protection::default() }
    );
}

#[tokio::test]
async fn a_question_is_answered_through_the_helper() {
    let mut helper = Helper::start();
    let mut client = helper.watcher().await;
    let connection = started(&mut client, connect(None)).await;
    let mut session = helper.session().await;
    assert_eq!(session.password, None);
    let refused = Some(Fault::new(FaultCode::AuthRejected));
    session.facts.tell(Fact::PasswordWanted { refused: refused.clone() }).await;
    let asked = Some(Question::Password { refused });
    let status =
        told(&mut client, |state| matches!(state, State::Connecting { question: Some(_), .. })).await;
    assert_eq!(status.state, State::Connecting { stage: Stage::LookingUpName, question: asked });

    let answer =
        |text: &str| Request::Answer { connection, answer: Answer::Password(Secret::new(text.to_owned())) };
    assert_eq!(client.request(answer("clientPass")).await.unwrap(), Outcome::Done);
    let Some(EngineCommand::Answer(password)) = session.commands.recv().await else { panic!("no answer") };
    assert!(password.nt_hash().is_some() && password.expose().is_empty());
    let outcome = client.request(answer("again")).await.unwrap();
    assert_eq!(outcome, Outcome::Refused(Refusal::NoQuestion));
    let outcome = client.request(answer(&"x".repeat(2000))).await.unwrap();
    assert_eq!(outcome, Outcome::Refused(Refusal::Unusable { field: "password".to_owned() }));
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_and_changes_nothing() {
    let mut helper = Helper::start();
    let mut client = helper.client().await;
    let unusable = Profile { username: String::new(), ..profile() };
    let request = Request::Connect { profile: Box::new(unusable), password: None };
    let outcome = client.request(request).await.unwrap();
    assert_eq!(outcome, Outcome::Refused(Refusal::Unusable { field: "username".to_owned() }));
    let unknown = Request::Disconnect { connection: ConnectionId(7) };
    assert_eq!(client.request(unknown).await.unwrap(), Outcome::Refused(Refusal::UnknownConnection));
    assert_eq!(
        client.request(Request::Status).await.unwrap(),
        Outcome::Status { connections: vec![], others: vec![], protection: Protection::default() }
    );

    let connection = started(&mut client, connect(None)).await;
    let busy = Refusal::Busy { connection, name: "vpn.example.com".to_owned() };
    assert_eq!(client.request(connect(None)).await.unwrap(), Outcome::Refused(busy));
    drop(helper.session().await);
    assert!(helper.sessions.try_recv().is_err(), "one session was started");
}

#[tokio::test]
async fn counters_are_told_to_who_listens() {
    let mut helper = Helper::start();
    let mut client = helper.watcher().await;
    let connection = started(&mut client, connect(None)).await;
    let session = helper.session().await;
    session.up().await;
    told(&mut client, is_up).await;
    let statistics = Statistics { received_packets: 5, ..Statistics::default() };
    session.facts.tell(Fact::Counted(statistics)).await;
    assert_eq!(client.notice().await.unwrap(), Notice::Counted { connection, statistics });
}

#[tokio::test]
async fn a_session_that_breaks_down_is_a_fault_and_not_the_end_of_the_helper() {
    let mut helper = Helper::start();
    let mut client = helper.watcher().await;
    started(&mut client, connect(None)).await;
    let session = helper.session().await;
    session.up().await;
    told(&mut client, is_up).await;
    drop(session);
    let State::Reconnecting { fault, .. } = told(&mut client, is_reconnecting).await.state else { panic!() };
    assert_eq!(fault.code, FaultCode::LocalDevice);
    helper.session().await.up().await;
    told(&mut client, is_up).await;
}

#[tokio::test]
async fn told_to_end_it_undoes_everything_first() {
    let mut helper = Helper::start();
    let (mut client, mut idle) = (helper.watcher().await, helper.client().await);
    started(&mut client, connect(None)).await;
    let session = helper.session().await;
    session.up().await;
    told(&mut client, is_up).await;
    helper.shut_down();
    told(&mut client, |state| *state == State::Disconnecting).await;
    let outcome = idle.request(connect(None)).await.unwrap();
    assert_eq!(outcome, Outcome::Refused(Refusal::ShuttingDown));
    session.stop().await;
    told(&mut client, is_down).await;
    let goodbye = client.notice().await.unwrap_err();
    assert!(matches!(goodbye, ClientError::Goodbye(Goodbye::ShuttingDown)), "{goodbye:?}");
    let host = helper.host.clone();
    let dir = helper.ended().await;
    assert_eq!(*host.lock().unwrap(), ["guard", "tunnel", "nothing"]);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "the socket is gone");
}

#[tokio::test(start_paused = true)]
async fn a_session_that_does_not_end_is_ended() {
    let mut helper = Helper::start();
    let mut client = helper.watcher().await;
    let connection = started(&mut client, connect(None)).await;
    let session = helper.session().await;
    client.request(Request::Disconnect { connection }).await.unwrap();
    // The test keeps the session alive: only the helper's own deadline can end it.
    let (_end, facts) = (session.end, session.facts);
    let status = told(&mut client, is_down).await;
    assert_eq!(status.state, State::default());
    facts.tell(Fact::SessionUp(network())).await;
    let (keep, _) = oneshot::channel::<()>();
    drop(keep);
    assert_eq!(helper.host(), ["guard", "nothing"]);
}
