//! The user's own profiles and their passwords. Files and keyrings are asked on threads of their own: a window waits for
//! neither.

use culvert_model::Secret;
use culvert_profiles::{
    Listed, PasswordMode, ProfileId, SavedProfile, Secrets, SecretsError, Store, StoreError,
};
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

/// What becomes of a password when its profile is changed.
#[derive(Clone, Debug, Default)]
pub(crate) enum Password {
    /// What the way it is kept asks for.
    #[default]
    Stay,
    Forget,
    Keep(Secret),
}

/// A profile that was just changed.
#[derive(Clone, Debug)]
pub(crate) struct Replaced {
    pub(crate) listed: Listed,
    /// Why a new password was not kept.
    pub(crate) unkept: Option<SecretsError>,
    /// Why an old one may still be there.
    pub(crate) unforgotten: Option<SecretsError>,
}

/// Why a profile was not changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotReplaced {
    /// Another program has changed or removed it meanwhile.
    Meanwhile,
    Because(String),
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
        Ok::<_, StoreError>(Kept { profiles, unreadable, trouble: None })
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

/// Keeps `saved` in the place of what was `read`, or anew where there is nothing any more that it could take the place of.
pub(crate) fn replace(
    read: Option<Listed>,
    saved: SavedProfile,
    password: Password,
) -> Task<Result<Replaced, NotReplaced>> {
    Task::future(async move {
        let replacing = on_a_thread(move || replace_in(&Store::of_user()?, read, saved, password));
        match replacing.await {
            Some(Ok(replaced)) => Ok(replaced),
            Some(Err(StoreError::Changed | StoreError::Unknown)) => Err(NotReplaced::Meanwhile),
            Some(Err(error)) => Err(NotReplaced::Because(error.to_string())),
            None => Err(NotReplaced::Because(String::new())),
        }
    })
}

fn replace_in(
    store: &Store,
    read: Option<Listed>,
    saved: SavedProfile,
    password: Password,
) -> Result<Replaced, StoreError> {
    let before = read.as_ref().map(|read| read.saved.password);
    let listed = match read {
        Some(read) => store.replace(&read, saved)?,
        None => store.add(saved)?,
    };
    let mode = listed.saved.password;
    let (mut unkept, mut unforgotten) = (None, None);
    let is_left = before.is_some_and(|before| before != mode) && mode != PasswordMode::Keyring;
    match password {
        Password::Keep(secret) if mode != PasswordMode::Ask => {
            let name = listed.saved.profile.display_name();
            unkept = Secrets::of_user().keep(&listed.id, name, mode, &secret).err();
        }
        Password::Stay if !is_left => {}
        Password::Keep(_) | Password::Forget | Password::Stay => {
            // Where there is no keyring, nothing is in it.
            let forgotten = Secrets::of_user().forget(&listed.id);
            unforgotten = forgotten.err().filter(|error| *error != SecretsError::Absent);
        }
    }
    Ok(Replaced { listed, unkept, unforgotten })
}

/// Removes a profile. Its password stays until that is meant for good: see [`forget`].
pub(crate) fn remove(id: ProfileId) -> Task<Result<(), String>> {
    Task::future(async move {
        let removing = on_a_thread(move || Store::of_user().and_then(|store| store.remove(&id)));
        removing.await.unwrap_or(Ok(())).map_err(|error| error.to_string())
    })
}

/// Brings a removed profile back.
pub(crate) fn restore(removed: Listed) -> Task<Result<Listed, String>> {
    Task::future(async move {
        let restoring = on_a_thread(move || Store::of_user().and_then(|store| store.restore(&removed)));
        restoring.await.unwrap_or(Err(StoreError::Unknown)).map_err(|error| error.to_string())
    })
}

/// Forgets the password of a profile that was removed.
pub(crate) fn forget(removed: Listed) -> Task<Result<(), SecretsError>> {
    Task::future(async move {
        let forgetting = on_a_thread(move || {
            let secrets = Secrets::of_user();
            match secrets.forget(&removed.id) {
                // Whoever keeps none need have no keyring.
                Err(SecretsError::Absent) if removed.saved.password == PasswordMode::Ask => Ok(()),
                forgotten => forgotten,
            }
        });
        forgetting.await.unwrap_or(Err(SecretsError::Absent))
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
