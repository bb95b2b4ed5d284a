//! `culvert lockdown`.

use std::path::Path;
use std::time::Duration;

use culvert_ipc::{Client, ClientError, Notice, Outcome, Request};
use culvert_model::Protection;
use tokio::time::timeout;

use crate::Exit;
use crate::screen::Screen;
use culvert_words::Word;

/// How long the host may take to follow.
const PATIENCE: Duration = Duration::from_secs(5);

/// Switches lockdown on or off, and stays until the host was read back.
pub(crate) async fn lockdown(socket: &Path, on: bool, screen: &Screen) -> Result<Exit, ClientError> {
    let mut client = Client::connect(socket).await?;
    let Outcome::Status { protection, .. } = client.request(Request::Subscribe).await? else {
        return Err(ClientError::Unexpected);
    };
    if let Outcome::Refused(refusal) = client.request(Request::Lockdown { on }).await? {
        return Ok(screen.refused(&refusal));
    }
    let done = match is_done(&protection, on) {
        true => protection,
        false => timeout(PATIENCE, followed(&mut client, on)).await.unwrap_or(Err(ClientError::Silent))?,
    };
    if let Some(fault) = &done.fault {
        return Ok(screen.fault(fault, ""));
    }
    screen.result(&screen.words.say(if on { Word::LockdownOn } else { Word::LockdownOff }, &[]));
    Ok(Exit::Done)
}

async fn followed(client: &mut Client, on: bool) -> Result<Protection, ClientError> {
    loop {
        match client.notice().await? {
            Notice::Protected(protection) if is_done(&protection, on) || protection.fault.is_some() => {
                return Ok(protection);
            }
            _ => {}
        }
    }
}

/// Whether the host is as lockdown wants it; without lockdown, a connection may still have its guard.
fn is_done(protection: &Protection, on: bool) -> bool {
    protection.lockdown == on && protection.fault.is_none() && (!on || protection.host.guard.is_some())
}
