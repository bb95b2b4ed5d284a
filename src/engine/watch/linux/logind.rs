//! Sleep, as logind announces it (`org.freedesktop.login1.Manager`).

use std::os::fd::OwnedFd;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};
use zbus::proxy::{self, CacheProperties, MethodFlags};
use zbus::{Connection, Proxy, connection, zvariant};

use crate::watch::SleepDelay;

const SERVICE: &str = "org.freedesktop.login1";
const PATH: &str = "/org/freedesktop/login1";
const INTERFACE: &str = "org.freedesktop.login1.Manager";
/// How long the bus and logind may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait for a bus that is not there (yet), the first time and at most.
const AGAIN: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// What logind says, or that it says nothing any more.
#[derive(Debug)]
pub(super) enum Word {
    /// The computer is about to sleep.
    Suspending(SleepDelay),
    /// It woke up, or did not get to sleep.
    Awake,
}

/// Listens to logind, now or as soon as it is there.
#[derive(Debug)]
pub(super) struct Logind {
    words: mpsc::Receiver<Word>,
    listener: AbortHandle,
}

impl Logind {
    /// Listens on the bus at this address, or else on the system's.
    pub(super) fn listen(address: Option<String>) -> Self {
        let (tell, words) = mpsc::channel(4);
        let listener = tokio::spawn(listen(address, tell)).abort_handle();
        Self { words, listener }
    }

    /// Waits for logind's next word; where there is no logind, for ever.
    pub(super) async fn next(&mut self) -> Word {
        match self.words.recv().await {
            Some(word) => word,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Logind {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

async fn listen(address: Option<String>, tell: mpsc::Sender<Word>) {
    let (mut wait, longest) = AGAIN;
    loop {
        let mut is_suspending = false;
        match timeout(PATIENCE, join(address.as_deref())).await {
            Ok(Ok(bus)) => {
                wait = AGAIN.0;
                if let Err(error) = follow(&bus, &tell, &mut is_suspending).await {
                    tracing::debug!(%error, "lost logind");
                }
            }
            Ok(Err(error)) => tracing::debug!(%error, "no bus with a logind"),
            Err(_) => tracing::debug!("the bus does not answer"),
        }
        if is_suspending && tell.send(Word::Awake).await.is_err() {
            return;
        }
        sleep(wait).await;
        wait = (wait * 2).min(longest);
    }
}

async fn join(address: Option<&str>) -> zbus::Result<Connection> {
    let builder = match address {
        Some(address) => connection::Builder::address(address)?,
        None => connection::Builder::system()?,
    };
    builder.build().await
}

/// Passes on what logind says until the bus is lost.
async fn follow(bus: &Connection, tell: &mpsc::Sender<Word>, is_suspending: &mut bool) -> zbus::Result<()> {
    let logind: Proxy<'_> = proxy::Builder::new(bus)
        .destination(SERVICE)?
        .path(PATH)?
        .interface(INTERFACE)?
        .cache_properties(CacheProperties::No)
        .build()
        .await?;
    let mut words = logind.receive_signal("PrepareForSleep").await?;
    let mut owners = logind.receive_owner_changed().await?;
    let mut inhibitor = inhibit(&logind).await;
    loop {
        tokio::select! {
            word = words.next() => {
                let Some(word) = word else { return Ok(()) };
                *is_suspending = word.body().deserialize()?;
                let word = if *is_suspending {
                    Word::Suspending(SleepDelay::new(inhibitor.take()))
                } else {
                    inhibitor = inhibit(&logind).await;
                    Word::Awake
                };
                if tell.send(word).await.is_err() {
                    return Ok(());
                }
            }
            owner = owners.next() => match owner {
                // It was started after us, or anew.
                Some(Some(_)) => inhibitor = inhibit(&logind).await,
                Some(None) => inhibitor = None,
                None => return Ok(()),
            },
        }
    }
}

/// Asks to be waited for before a sleep. A logind that is not there is not started for it.
async fn inhibit(logind: &Proxy<'_>) -> Option<OwnedFd> {
    let body = ("sleep", "Culvert", "Notes that the VPN is about to be cut", "delay");
    let flags = MethodFlags::NoAutoStart.into();
    let asked = logind.call_with_flags::<_, _, zvariant::OwnedFd>("Inhibit", flags, &body);
    match timeout(PATIENCE, asked).await {
        Ok(Ok(inhibitor)) => inhibitor.map(Into::into),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a sleep will not wait for us");
            None
        }
        Err(_) => None,
    }
}
