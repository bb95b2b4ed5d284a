//! `culvert portal`.

use std::path::Path;
use std::time::Duration;

use culvert_ipc::{Client, ClientError, Notice, Outcome, Phase, Refusal, Request};
use culvert_model::{ConnectionId, SignIn, State};
use tokio::time::timeout;

use crate::Exit;
use crate::screen::Screen;
use culvert_words::{Word, Words};

/// How long an attempt may take to end, and the look for a portal after it.
const PATIENCE: Duration = Duration::from_secs(40);

/// Has the way to the network's sign-in page opened, and tells where that is.
pub(crate) async fn portal(socket: &Path, screen: &Screen) -> Result<Exit, ClientError> {
    let mut client = Client::connect(socket).await?;
    let Outcome::Status { connections, others, protection } = client.request(Request::Subscribe).await?
    else {
        return Err(ClientError::Unexpected);
    };
    let own = connections.iter().find(|status| !matches!(status.state, State::Disconnected { .. }));
    let other = others.iter().find(|other| other.phase != Phase::Disconnected);
    let connection = own.map(|status| status.connection).or(other.map(|other| other.connection));
    if let Some(exit) = ask(&mut client, connection, screen).await? {
        return Ok(exit);
    }
    let found = timeout(PATIENCE, found(&mut client, protection.sign_in));
    match found.await.unwrap_or(Err(ClientError::Silent))? {
        Some(open) => {
            screen.result(&opening(&open, &screen.words));
            Ok(Exit::Done)
        }
        None => {
            screen.say(Word::PortalNone, &[]);
            Ok(Exit::Other)
        }
    }
}

/// Asks for it; how it ended, where that is known at once.
async fn ask(
    client: &mut Client,
    connection: Option<ConnectionId>,
    screen: &Screen,
) -> Result<Option<Exit>, ClientError> {
    Ok(match client.request(Request::SignIn { connection }).await? {
        Outcome::Refused(Refusal::NothingClosed) => {
            screen.result(&screen.words.say(Word::PortalNotClosed, &[]));
            Some(Exit::Done)
        }
        Outcome::Refused(Refusal::Busy { .. }) => {
            screen.say(Word::PortalBusy, &[]);
            Some(Exit::Other)
        }
        Outcome::Refused(refusal) => Some(screen.refused(&refusal)),
        _ => None,
    })
}

/// What was found, if anything was: after a look that is over.
async fn found(client: &mut Client, mut sign_in: Option<SignIn>) -> Result<Option<SignIn>, ClientError> {
    let mut has_begun = false;
    loop {
        match sign_in {
            Some(SignIn::Open { .. }) => return Ok(sign_in),
            Some(SignIn::Looking) => has_begun = true,
            None if has_begun => return Ok(None),
            None => {}
        }
        sign_in = loop {
            if let Notice::Protected(protection) = client.notice().await? {
                break protection.sign_in;
            }
        };
    }
}

/// What is open for signing in, in words.
pub(crate) fn opening(sign_in: &SignIn, words: &Words) -> String {
    match sign_in {
        SignIn::Looking => words.say(Word::PortalLooking, &[]),
        SignIn::Open { page, left_ms } => {
            let seconds = left_ms.div_ceil(1000);
            let left = format!("{}:{:02}", seconds / 60, seconds % 60);
            words.say(Word::PortalOpen, &[("page", page), ("left", &left)])
        }
    }
}
