//! `culvert managed`, and connecting one of them.

use std::path::Path;

use culvert_ipc::{Client, ClientError, ManagedOutline, Outcome, Refusal, Request};
use culvert_model::Profile;

use crate::Exit;
use crate::arguments::ConnectOptions;
use crate::connect::{Way, until_interrupted};
use crate::password::Source;
use crate::screen::Screen;
use culvert_words::Word;

/// Lists what an administrator has installed.
pub(crate) async fn list(socket: &Path, screen: &Screen) -> Result<Exit, ClientError> {
    let (profiles, faults) = ask(&mut Client::connect(socket).await?).await?;
    for fault in &faults {
        screen.say(Word::ManagedUnusable, &[("why", fault)]);
    }
    if profiles.is_empty() {
        screen.say(Word::ManagedNone, &[]);
    }
    for ManagedOutline { id, name, server, username, at_boot } in &profiles {
        let (user, server) = (username.as_str(), server.as_str());
        let word = if *at_boot { Word::ManagedAtBoot } else { Word::ManagedManual };
        let names = [("id", id.as_str()), ("name", name), ("user", user), ("server", server)];
        screen.result(&screen.words.say(word, &names));
    }
    Ok(Exit::Done)
}

/// Connects the profile `id`.
pub(crate) async fn connect(
    socket: &Path,
    options: &ConnectOptions,
    id: &str,
    screen: &Screen,
) -> Result<Exit, ClientError> {
    let mut client = Client::connect(socket).await?;
    let Some(managed) =
        ask(&mut client).await?.0.into_iter().find(|managed| managed.id == id || managed.name == id)
    else {
        return Ok(screen.refused(&Refusal::UnknownProfile));
    };
    // No more than a person is told of it.
    let profile = Profile { name: managed.name, ..Profile::new(managed.server, managed.username) };
    let source = Source::new(options.password_stdin);
    let mut interrupted = until_interrupted().await;
    // Nobody is asked before it is known that the administrator left no password.
    let password = match source {
        Source::StandardInput => match source.first(&profile, screen, &mut interrupted).await {
            Ok(password) => Some(password),
            Err(exit) => return Ok(exit),
        },
        Source::Terminal | Source::Nowhere => None,
    };
    let way = Way { profile, source, typed: None, is_json: options.json, screen };
    let request = Request::ConnectManaged { id: managed.id, password };
    way.go(client, request, interrupted).await.map(|(exit, _)| exit)
}

/// The profiles, and, for root, what can't be used.
async fn ask(client: &mut Client) -> Result<(Vec<ManagedOutline>, Vec<String>), ClientError> {
    match client.request(Request::Managed).await? {
        Outcome::Managed { profiles, faults } => Ok((profiles, faults)),
        _ => Err(ClientError::Unexpected),
    }
}
