//! Tells when something has changed in the directory.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use notify::event::{ModifyKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::files;

/// How long it is waited for more after something has changed: whoever writes makes several changes at once.
const QUIET: Duration = Duration::from_millis(100);
/// The longest wait for an end of changes.
const LONGEST: Duration = Duration::from_secs(1);
/// How often it is looked for a directory that has gone.
const GONE: Duration = Duration::from_secs(1);

/// Tells of changes until it is dropped.
#[derive(Debug)]
pub struct Watch(Sender<News>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    /// Something in the directory may be other than it was.
    Changed,
    /// The directory itself may be another one.
    Moved,
    /// Nobody wants to know any more.
    End,
}

impl Drop for Watch {
    fn drop(&mut self) {
        // Where nobody hears it, it has ended already.
        let _ = self.0.send(News::End);
    }
}

/// Calls `tell` whenever what is in `directory` may have changed, from a thread of its own.
pub(super) fn watch(directory: &Path, tell: impl FnMut() + Send + 'static) -> notify::Result<Watch> {
    files::create_private(directory)?;
    let (news, hear) = mpsc::channel();
    let watcher = Some(watcher(directory, &news)?);
    let watching = Watching { directory: directory.to_owned(), news: news.clone(), watcher };
    thread::Builder::new().name("profiles".to_owned()).spawn(move || watching.tell(&hear, tell))?;
    Ok(Watch(news))
}

struct Watching {
    directory: PathBuf,
    news: Sender<News>,
    /// `None` while the directory is gone.
    watcher: Option<RecommendedWatcher>,
}

impl Watching {
    fn tell(mut self, hear: &Receiver<News>, mut tell: impl FnMut()) {
        loop {
            let first = match &self.watcher {
                Some(_) => hear.recv().unwrap_or(News::End),
                None => match hear.recv_timeout(GONE) {
                    Ok(news) => news,
                    Err(RecvTimeoutError::Disconnected) => News::End,
                    Err(RecvTimeoutError::Timeout) if !self.directory.is_dir() => continue,
                    Err(RecvTimeoutError::Timeout) => News::Moved,
                },
            };
            let Some(is_moved) = settle(first, hear) else { return };
            if is_moved {
                // What was watched is perhaps not what is there now.
                self.watcher = None;
                self.watcher = watcher(&self.directory, &self.news).ok();
            }
            tell();
        }
    }
}

/// Waits until there is no more news, and says whether the directory has moved; `None` at the end.
fn settle(first: News, hear: &Receiver<News>) -> Option<bool> {
    let (mut news, mut is_moved) = (first, false);
    let end = Instant::now() + LONGEST;
    loop {
        match news {
            News::End => return None,
            News::Moved => is_moved = true,
            News::Changed => {}
        }
        news = match hear.recv_timeout(QUIET.min(end.saturating_duration_since(Instant::now()))) {
            Ok(news) => news,
            Err(RecvTimeoutError::Timeout) => return Some(is_moved),
            Err(RecvTimeoutError::Disconnected) => return None,
        };
    }
}

fn watcher(directory: &Path, news: &Sender<News>) -> notify::Result<RecommendedWatcher> {
    let (own, news) = (directory.to_owned(), news.clone());
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        if let Some(what) = what_is_new(event, &own) {
            // Where nobody hears it, it has ended.
            let _ = news.send(what);
        }
    })?;
    watcher.watch(directory, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}

/// What of the system's news is worth telling. Reading is not, or whoever looks at what has changed would hear of it.
fn what_is_new(event: notify::Result<Event>, own: &Path) -> Option<News> {
    let Ok(event) = event else { return Some(News::Moved) };
    let is_own = event.paths.iter().any(|path| path == own);
    match event.kind {
        EventKind::Access(_) => None,
        EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)) if is_own => {
            Some(News::Moved)
        }
        _ if is_own => event.need_rescan().then_some(News::Changed),
        _ if event.paths.iter().all(|path| !is_profile(path)) && !event.paths.is_empty() => None,
        _ => Some(News::Changed),
    }
}

fn is_profile(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "toml")
}
