//! `culvert disconnect`.

use std::path::Path;
use std::time::Duration;

use culvert_ipc::{Client, ClientError, Notice, Outcome, Request};
use culvert_model::{ConnectionId, State, Status};
use tokio::time::timeout;

use crate::Exit;
use crate::screen::Screen;
use crate::words::Word;

/// How long an orderly end may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Ends the connection, and stays until it has ended.
pub(crate) async fn disconnect(socket: &Path, screen: &Screen) -> Result<Exit, ClientError> {
    let mut client = Client::connect(socket).await?;
    let Outcome::Status { connections } = client.request(Request::Subscribe).await? else {
        return Err(ClientError::Unexpected);
    };
    let Some(status) = connections.iter().find(|status| !is_down(status)) else {
        screen.result(&screen.words.say(Word::NotConnected, &[]));
        return Ok(Exit::Done);
    };
    let connection = status.connection;
    if let Outcome::Refused(refusal) = client.request(Request::Disconnect { connection }).await? {
        return Ok(screen.refused(&refusal));
    }
    timeout(PATIENCE, ended(&mut client, connection)).await.unwrap_or(Err(ClientError::Silent))?;
    screen.result(&screen.words.say(Word::Disconnected, &[("name", &status.name)]));
    Ok(Exit::Done)
}

async fn ended(client: &mut Client, connection: ConnectionId) -> Result<(), ClientError> {
    loop {
        match client.notice().await? {
            Notice::Changed(status) if status.connection == connection && is_down(&status) => return Ok(()),
            _ => {}
        }
    }
}

fn is_down(status: &Status) -> bool {
    matches!(status.state, State::Disconnected { .. })
}
