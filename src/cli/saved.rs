//! `culvert connect PROFILE`.

use std::path::Path;

use culvert_ipc::{Client, ClientError, Request};

use crate::Exit;
use crate::arguments::ConnectOptions;
use crate::connect::{Way, until_interrupted, warn};
use crate::password::Source;
use crate::profile;
use crate::screen::Screen;
use culvert_words::Word;

/// Connects the saved profile of this name.
pub(crate) async fn connect(
    socket: &Path,
    options: &ConnectOptions,
    name: &str,
    screen: &Screen,
) -> Result<Exit, ClientError> {
    let listed = match profile::open(screen).and_then(|store| profile::pick(&store, name, screen)) {
        Ok(listed) => listed,
        Err(exit) => return Ok(exit),
    };
    let mut profile = listed.saved.profile.clone();
    if let Err(why) = options.fields.apply(&mut profile) {
        screen.say(Word::ProfileWrong, &[("reason", &why)]);
        return Ok(Exit::Usage);
    }
    warn(&profile, screen);
    let client = Client::connect(socket).await?;
    let mut interrupted = until_interrupted().await;
    let source = Source::new(options.password_stdin);
    let kept = match source {
        Source::StandardInput => None,
        Source::Terminal | Source::Nowhere => profile::password(&listed, screen).await,
    };
    let (password, typed) = match kept {
        Some(password) => (password, None),
        None => match source.first(&profile, screen, &mut interrupted).await {
            Ok(password) => (password.clone(), Some(password).filter(|_| source == Source::Terminal)),
            Err(exit) => return Ok(exit),
        },
    };
    let request = Request::Connect { profile: Box::new(profile.clone()), password: Some(password) };
    let way = Way { profile, source, typed, is_json: options.json, screen };
    let (exit, typed) = way.go(client, request, interrupted).await?;
    if exit == Exit::Done {
        // What could not be kept was said; it is connected all the same.
        let _ = profile::keep(&listed, typed, screen).await;
    }
    Ok(exit)
}
