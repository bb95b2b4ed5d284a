//! Networks that want a person to sign in.

use culvert_ipc::{Client, Notice, Outcome, Refusal, Request};
use culvert_model::{ConnectionId, Evidence, Fault, FaultCode, Protection, SignIn, State};
use culvert_policy::{Finding, Portal, PortalPass};

use super::scripted::{Helper, connect, soon, started, told};

const PAGE: &str = "http://login.hotel.example/";

fn hotel(helper: &Helper) {
    let pass =
        PortalPass { addresses: vec![[192, 0, 2, 80].into()], ports: vec![80, 443], name_servers: vec![] };
    let portal = Portal { url: PAGE.to_owned(), pass };
    *helper.network.lock().unwrap() = Some(Finding::SignIn(portal));
}

async fn protected(client: &mut Client, is: impl Fn(&Protection) -> bool) -> Protection {
    let protection = async {
        loop {
            match client.notice().await.unwrap() {
                Notice::Protected(protection) if is(&protection) => return protection,
                _ => {}
            }
        }
    };
    soon(protection).await
}

fn is_open(protection: &Protection) -> bool {
    matches!(&protection.sign_in, Some(SignIn::Open { page, .. }) if page == PAGE)
}

#[tokio::test]
async fn a_portal_is_named_as_what_stops_an_attempt() {
    let mut helper = Helper::start();
    hotel(&helper);
    let mut client = helper.watcher().await;
    let connection = started(&mut client, connect(Some("clientPass"))).await;
    helper.session().await.end.send(Some(Fault::new(FaultCode::TcpTimeout))).unwrap();
    let status = told(&mut client, |state| matches!(state, State::Disconnected { .. })).await;
    let State::Disconnected { last_fault: Some(fault) } = status.state else { panic!("no fault") };
    assert_eq!(
        (fault.code, fault.evidence),
        (FaultCode::CaptivePortal, vec![Evidence::SignInPage(PAGE.to_owned())])
    );
    for (connection, refusal) in
        [(None, Refusal::NothingClosed), (Some(connection), Refusal::UnknownConnection)]
    {
        let asked = client.request(Request::SignIn { connection }).await.unwrap();
        assert_eq!(asked, Outcome::Refused(refusal));
    }
}

#[tokio::test]
async fn under_lockdown_the_page_is_open_until_the_portal_lets_through_and_it_dials() {
    let mut helper = Helper::start();
    hotel(&helper);
    let mut client = helper.watcher().await;
    client.request(Request::Lockdown { on: true }).await.unwrap();
    let connection = started(&mut client, connect(Some("clientPass"))).await;
    helper.session().await.end.send(Some(Fault::new(FaultCode::TcpTimeout))).unwrap();
    told(
        &mut client,
        |state| matches!(state, State::Blocked { fault } if fault.code == FaultCode::CaptivePortal),
    )
    .await;
    assert!(!helper.host().contains(&"page"), "nothing opens by itself");
    let stranger = client.request(Request::SignIn { connection: Some(ConnectionId(9)) }).await.unwrap();
    assert_eq!(stranger, Outcome::Refused(Refusal::UnknownConnection));

    let asked = client.request(Request::SignIn { connection: Some(connection) }).await.unwrap();
    assert_eq!(asked, Outcome::Done);
    protected(&mut client, is_open).await;
    assert_eq!(helper.host().last(), Some(&"page"));
    let Outcome::Status { protection, .. } = client.request(Request::Status).await.unwrap() else {
        panic!("no status")
    };
    let Some(SignIn::Open { left_ms, .. }) = protection.sign_in else { panic!("not open") };
    assert!((240_000..=300_000).contains(&left_ms), "{left_ms}");

    *helper.network.lock().unwrap() = Some(Finding::Through);
    protected(&mut client, |protection| protection.sign_in.is_none()).await;
    let played = helper.session().await;
    assert_eq!(helper.host().last(), Some(&"guard"), "it is closed before anybody dials");
    assert!(played.password.is_some(), "nobody has to type it again");
}

#[tokio::test]
async fn what_is_open_ends_with_the_helper() {
    let mut helper = Helper::start();
    hotel(&helper);
    let mut client = helper.watcher().await;
    client.request(Request::Lockdown { on: true }).await.unwrap();
    assert_eq!(client.request(Request::SignIn { connection: None }).await.unwrap(), Outcome::Done);
    protected(&mut client, is_open).await;
    helper.shut_down();
    let host = helper.host.clone();
    helper.ended().await;
    assert_eq!(host.lock().unwrap().last(), Some(&"guard"));
}
