//! `culvert disconnect`.

use std::path::Path;
use std::time::Duration;

use culvert_ipc::{Client, ClientError, Notice, Outcome, Outline, Phase, Request};
use culvert_model::{ConnectionId, State, Status};
use tokio::time::timeout;

use crate::Exit;
use crate::screen::Screen;
use culvert_words::Word;

/// How long an orderly end may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Ends the connection, and stays until it has ended. Without one of one's own it is another user's.
pub(crate) async fn disconnect(socket: &Path, screen: &Screen) -> Result<Exit, ClientError> {
    let mut client = Client::connect(socket).await?;
    let Outcome::Status { connections, others, .. } = client.request(Request::Subscribe).await? else {
        return Err(ClientError::Unexpected);
    };
    let own = connections.into_iter().find(|status| !is_down(&status.state));
    let other = others.iter().find(|other| other.phase != Phase::Disconnected).map(|other| other.connection);
    let Some(connection) = own.as_ref().map(|status| status.connection).or(other) else {
        screen.result(&screen.words.say(Word::NotConnected, &[]));
        return Ok(Exit::Done);
    };
    if let Outcome::Refused(refusal) = client.request(Request::Disconnect { connection }).await? {
        return Ok(screen.refused(&refusal));
    }
    timeout(PATIENCE, ended(&mut client, connection)).await.unwrap_or(Err(ClientError::Silent))?;
    let done = match &own {
        Some(status) => screen.words.say(Word::Disconnected, &[("name", &status.name)]),
        None => screen.words.say(Word::NotConnected, &[]),
    };
    screen.result(&done);
    Ok(Exit::Done)
}

async fn ended(client: &mut Client, connection: ConnectionId) -> Result<(), ClientError> {
    let own = |status: &Status| status.connection == connection && is_down(&status.state);
    let other = Outline { connection, phase: Phase::Disconnected };
    loop {
        match client.notice().await? {
            Notice::Changed(status) if own(&status) => return Ok(()),
            Notice::OtherChanged(outline) if outline == other => return Ok(()),
            _ => {}
        }
    }
}

fn is_down(state: &State) -> bool {
    matches!(state, State::Disconnected { .. })
}
