//! Asks polkit whether a process may take an action (`org.freedesktop.PolicyKit1.Authority`).

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::time::timeout;
use zbus::zvariant::{Fd, Value};
use zbus::{Connection, connection};

use super::Action;
use super::peer::Subject;

const SERVICE: &str = "org.freedesktop.PolicyKit1";
const PATH: &str = "/org/freedesktop/PolicyKit1/Authority";
const INTERFACE: &str = "org.freedesktop.PolicyKit1.Authority";
/// CheckAuthorizationFlags: a person may be asked.
const ALLOW_USER_INTERACTION: u32 = 1;

/// How long polkit may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// To answer by itself.
    pub(crate) alone: Duration,
    /// To ask a person.
    pub(crate) with_person: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { alone: Duration::from_secs(5), with_person: Duration::from_secs(120) }
    }
}

/// What polkit says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// It may.
    Yes,
    /// It may if an administrator vouches.
    Challenge,
    /// It may not.
    No,
}

/// Why polkit says nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum Silence {
    #[error("polkit can't be asked: {0}")]
    Absent(#[from] zbus::Error),
    #[error("polkit did not answer in time")]
    TooSlow,
}

/// polkit on a bus, which is joined when it is needed.
#[derive(Debug)]
pub(super) struct Polkit {
    /// Another bus than the system's.
    address: Option<String>,
    patience: Patience,
    bus: Mutex<Option<Connection>>,
    checks: AtomicU64,
}

impl Polkit {
    pub(super) fn new(address: Option<String>, patience: Patience) -> Self {
        Self { address, patience, bus: Mutex::default(), checks: AtomicU64::new(0) }
    }

    /// What polkit says without asking anybody.
    pub(super) async fn check(&self, subject: &Subject<'_>, action: Action) -> Result<Word, Silence> {
        self.within(self.patience.alone, subject, action, 0).await
    }

    /// What polkit says once it has asked a person. Dropping this takes the question back.
    pub(super) async fn ask(&self, subject: &Subject<'_>, action: Action) -> Result<Word, Silence> {
        self.within(self.patience.with_person, subject, action, ALLOW_USER_INTERACTION).await
    }

    /// The bus, joined if it is not yet or was lost.
    pub(super) async fn bus(&self) -> Result<Connection, Silence> {
        let mut bus = self.bus.lock().await;
        if let Some(bus) = bus.as_ref().filter(|bus| !bus.is_closed()) {
            return Ok(bus.clone());
        }
        let joined = self.join();
        let joined = timeout(self.patience.alone, joined).await.map_err(|_| Silence::TooSlow)??;
        *bus = Some(joined.clone());
        Ok(joined)
    }

    async fn join(&self) -> zbus::Result<Connection> {
        let builder = match &self.address {
            Some(address) => connection::Builder::address(address.as_str())?,
            None => connection::Builder::system()?,
        };
        builder.build().await
    }

    async fn within(
        &self,
        patience: Duration,
        subject: &Subject<'_>,
        action: Action,
        flags: u32,
    ) -> Result<Word, Silence> {
        let question = Question { subject, action, flags };
        let mut word = self.put(patience, &question).await;
        if let Err(Silence::Absent(zbus::Error::InputOutput(_))) = word {
            // The bus was lost since the last question.
            word = self.put(patience, &question).await;
        }
        word
    }

    async fn put(&self, patience: Duration, question: &Question<'_>) -> Result<Word, Silence> {
        let bus = self.bus().await?;
        let id = format!("culvert-{}", self.checks.fetch_add(1, Ordering::Relaxed));
        let mut pending = Pending { bus: bus.clone(), id: Some(id.clone()) };
        let word = timeout(patience, question.put(&bus, &id)).await;
        if word.is_ok() {
            pending.id = None;
        }
        let word = word.map_err(|_| Silence::TooSlow).and_then(|word| Ok(word?));
        if matches!(word, Err(Silence::TooSlow | Silence::Absent(zbus::Error::InputOutput(_)))) {
            // A bus that died may look as if it lived.
            *self.bus.lock().await = None;
        }
        word
    }
}

/// Whether a process may take an action.
struct Question<'a> {
    subject: &'a Subject<'a>,
    action: Action,
    flags: u32,
}

impl Question<'_> {
    async fn put(&self, bus: &Connection, id: &str) -> zbus::Result<Word> {
        match call(bus, self.subject, self.action, self.flags, id).await {
            // An older polkit, or the bus, may not know what to do with a handle.
            Err(error) if self.subject.handle.is_some() && is_confused(&error) => {
                let subject = Subject { handle: None, ..*self.subject };
                call(bus, &subject, self.action, self.flags, id).await
            }
            word => word,
        }
    }
}

async fn call(
    bus: &Connection,
    subject: &Subject<'_>,
    action: Action,
    flags: u32,
    id: &str,
) -> zbus::Result<Word> {
    let details = HashMap::<&str, &str>::new();
    let body = &(("unix-process", named(subject)), action.id(), details, flags, id);
    let reply = bus.call_method(Some(SERVICE), PATH, Some(INTERFACE), "CheckAuthorization", body).await?;
    let (is_authorised, is_challenge, _): (bool, bool, HashMap<String, String>) =
        reply.body().deserialize()?;
    Ok(match (is_authorised, is_challenge) {
        (true, _) => Word::Yes,
        (false, true) => Word::Challenge,
        (false, false) => Word::No,
    })
}

/// The process in polkit's words. A start that we can't see polkit looks up itself.
fn named<'a>(subject: &Subject<'a>) -> HashMap<&'static str, Value<'a>> {
    let uid = i32::from_ne_bytes(subject.uid.to_ne_bytes());
    let started = subject.started.unwrap_or(0);
    let known =
        [("pid", Value::U32(subject.pid)), ("start-time", Value::U64(started)), ("uid", Value::I32(uid))];
    let handle = subject.handle.map(|handle| ("pidfd", Value::Fd(Fd::from(handle))));
    known.into_iter().chain(handle).collect()
}

fn is_confused(error: &zbus::Error) -> bool {
    let zbus::Error::MethodError(name, ..) = error else { return false };
    ["InvalidArgs", "NotSupported", "InvalidSignature"].iter().any(|end| name.as_str().ends_with(end))
}

/// A question that polkit still holds. It is taken back when nobody waits for the answer any more.
struct Pending {
    bus: Connection,
    id: Option<String>,
}

impl Drop for Pending {
    fn drop(&mut self) {
        let (Some(id), Ok(runtime)) = (self.id.take(), Handle::try_current()) else { return };
        let bus = self.bus.clone();
        runtime.spawn(async move {
            let body = &(id.as_str(),);
            let cancel =
                bus.call_method(Some(SERVICE), PATH, Some(INTERFACE), "CancelCheckAuthorization", body);
            // It may have been answered meanwhile.
            let _ = timeout(Duration::from_secs(5), cancel).await;
        });
    }
}
