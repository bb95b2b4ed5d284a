//! `culvert reset`.

use std::path::Path;
use std::time::Duration;

use culvert_ipc::{Client, ClientError, Refusal};
use tokio::time::timeout;

use crate::Exit;
use crate::screen::Screen;
use culvert_words::Word;

/// How long it may take, with the time in which an administrator types a password.
const PATIENCE: Duration = Duration::from_secs(160);

/// Has everything taken away from this computer's network. Where the helper can't, it says how to do it by hand.
pub(crate) async fn reset(socket: &Path, screen: &Screen) -> Exit {
    let asked = async { Client::connect(socket).await?.reset().await };
    match timeout(PATIENCE, asked).await.unwrap_or(Err(ClientError::Silent)) {
        Ok(Ok(())) => {
            screen.result(&screen.words.say(Word::ResetDone, &[]));
            return Exit::Done;
        }
        Ok(Err(Refusal::NotKept)) => {
            screen.say(Word::ResetNotKept, &[]);
            return Exit::Other;
        }
        Ok(Err(refusal)) => drop(screen.refused(&refusal)),
        // What follows says how.
        Err(ClientError::NotRunning) => {}
        Err(error) => drop(screen.trouble(&error, socket)),
    }
    screen.by_hand();
    Exit::Other
}
