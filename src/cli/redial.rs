//! `culvert redial`.

use std::path::Path;

use culvert_ipc::{Client, ClientError, Outcome, Request};
use culvert_model::State;
use culvert_words::Word;

use crate::Exit;
use crate::screen::Screen;

/// Has a lost connection dialled at once.
pub(crate) async fn redial(socket: &Path, screen: &Screen) -> Result<Exit, ClientError> {
    let mut client = Client::connect(socket).await?;
    let Outcome::Status { connections, .. } = client.request(Request::Status).await? else {
        return Err(ClientError::Unexpected);
    };
    let is_lost = |state: &State| matches!(state, State::Reconnecting { .. });
    let Some(lost) = connections.into_iter().find(|status| is_lost(&status.state)) else {
        screen.result(&screen.words.say(Word::NothingLost, &[]));
        return Ok(Exit::Done);
    };
    match client.request(Request::Redial { connection: lost.connection }).await? {
        Outcome::Refused(refusal) => Ok(screen.refused(&refusal)),
        _ => {
            screen.result(&screen.words.say(Word::TryingNow, &[]));
            Ok(Exit::Done)
        }
    }
}
