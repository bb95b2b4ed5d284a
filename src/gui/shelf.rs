//! The user's own profiles and their passwords. Files and keyrings are asked on threads of their own: a window waits for
//! neither.

use culvert_model::Secret;
use culvert_profiles::{Listed, PasswordMode, ProfileId, SavedProfile, Secrets, SecretsError, Store};
use iced::futures::SinkExt;
use iced::futures::channel::mpsc::Sender;
use iced::{Subscription, Task, stream};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

/// What is kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    pub(crate) profiles: Vec<Listed>,
    /// The files that hold no profile, and why.
    pub(crate) unreadable: Vec<String>,
    /// Why nothing could be read at all.
    pub(crate) trouble: Option<String>,
}

/// A profile that was just kept.
#[derive(Clone, Debug)]
pub(crate) struct Added {
    pub(crate) listed: Listed,
    /// Why its password was not.
    pub(crate) password: Option<SecretsError>,
}

/// What is kept, now and after every change by whomever.
pub(crate) fn watch() -> Subscription<Kept> {
    Subscription::run(|| {
        stream::channel(4, async |mut told: Sender<Kept>| {
            let (changed, mut changes) = mpsc::channel(1);
            let watch = spawn_blocking(move || {
                // A change that finds one waiting is told with that.
                Store::of_user().and_then(|store| {
                    store.watch(move || {
                        let _ = changed.try_send(());
                    })
                })
            });
            // Without a watch the window shows what it read first, and what it changes itself.
            let _watch = watch.await.ok().and_then(Result::ok);
            loop {
                if told.send(read().await).await.is_err() || changes.recv().await.is_none() {
                    return std::future::pending().await;
                }
            }
        })
    })
}

/// What is kept now.
pub(crate) async fn read() -> Kept {
    let listed = on_a_thread(|| {
        let (profiles, unreadable) = Store::of_user()?.list()?;
        let unreadable = unreadable.iter().map(|file| file.why.to_string()).collect();
        Ok::<_, culvert_profiles::StoreError>(Kept { profiles, unreadable, trouble: None })
    });
    match listed.await {
        Some(Ok(kept)) => kept,
        Some(Err(error)) => Kept { trouble: Some(error.to_string()), ..Kept::default() },
        None => Kept::default(),
    }
}

/// Keeps a new profile, and its password if there is one.
pub(crate) fn add(saved: SavedProfile, password: Option<Secret>) -> Task<Result<Added, String>> {
    Task::future(async move {
        let adding = on_a_thread(move || {
            let listed =
                Store::of_user().and_then(|store| store.add(saved)).map_err(|error| error.to_string())?;
            let mode = listed.saved.password;
            let kept = password.filter(|_| mode != PasswordMode::Ask).map(|password| {
                Secrets::of_user().keep(&listed.id, listed.saved.profile.display_name(), mode, &password)
            });
            Ok(Added { listed, password: kept.and_then(Result::err) })
        });
        adding.await.unwrap_or_else(|| Err(String::new()))
    })
}

/// The password of a profile, if the keyring has one.
pub(crate) fn password(id: ProfileId) -> Task<Result<Option<Secret>, SecretsError>> {
    Task::future(async move {
        on_a_thread(move || Secrets::of_user().read(&id)).await.unwrap_or(Err(SecretsError::Absent))
    })
}

/// Keeps the password that a server has taken.
pub(crate) fn keep_password(listed: Listed, password: Secret) -> Task<Result<(), SecretsError>> {
    Task::future(async move {
        let keeping = on_a_thread(move || {
            let name = listed.saved.profile.display_name();
            Secrets::of_user().keep(&listed.id, name, listed.saved.password, &password)
        });
        keeping.await.unwrap_or(Err(SecretsError::Absent))
    })
}

/// `None` where the work broke down.
pub(crate) async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    spawn_blocking(work).await.ok()
}
