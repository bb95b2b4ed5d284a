//! A bus of the tests' own, with a polkit and a logind that are scripted: they say what the policy file says, for
//! sessions that the test makes up. Neither is the real one.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::fd::{AsFd, AsRawFd};
use std::process::{Child, Command, Stdio, id};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::Notify;
use tokio::time::sleep;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, connection, fdo, interface};

use super::policy;

const POLKIT: &str = "org.freedesktop.PolicyKit1";
const LOGIND: &str = "org.freedesktop.login1";

/// The kind of session that a process is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Session {
    /// At this computer, and on its screen.
    Active,
    /// At this computer, behind another one's screen.
    Inactive,
    /// Over SSH.
    Remote,
    /// Started by the user's own service manager, whose screen is active.
    Service,
    /// Of no session: a daemon, `cron`.
    None,
}

/// What the scripted polkit is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// As it should be.
    Well,
    /// It answers after a while.
    Slow(Duration),
    /// It never answers.
    Silent,
    /// It answers every question with an error.
    Failing,
    /// It knows nothing of process handles, and says so.
    Old,
}

/// A question that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) action: String,
    pub(crate) pid: u32,
    pub(crate) uid: u32,
    /// The process that the handle is of, where there was one.
    pub(crate) handle_pid: Option<u32>,
    /// Whether a person may be asked.
    pub(crate) interactive: bool,
}

/// What the test says, and what came.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) mood: Mutex<Mood>,
    /// By process. Whom nobody mentioned is in no session.
    pub(crate) sessions: Mutex<HashMap<u32, Session>>,
    /// Whether an administrator gives the password when asked; `None` lets the question stand.
    pub(crate) consent: Mutex<Option<bool>>,
    pub(crate) asked: Mutex<Vec<Asked>>,
    pub(crate) cancelled: Mutex<Vec<String>>,
    taken_back: Notify,
}

/// A bus with its scripted services.
pub(crate) struct Bus {
    daemon: Child,
    pub(crate) address: String,
    pub(crate) script: Arc<Script>,
    services: Option<Connection>,
    dir: TempDir,
}

impl Bus {
    /// A bus with nothing on it.
    pub(crate) fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let text = format!(
            r#"<busconfig><type>custom</type><listen>unix:path={}</listen><auth>EXTERNAL</auth>
            <policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/>
            <allow user="*"/></policy></busconfig>"#,
            dir.path().join("bus").display()
        );
        fs::write(dir.path().join("bus.conf"), text).unwrap();
        let (daemon, address) = daemon(&dir);
        let script = Script {
            mood: Mutex::new(Mood::Well),
            sessions: Mutex::default(),
            consent: Mutex::new(Some(false)),
            asked: Mutex::default(),
            cancelled: Mutex::default(),
            taken_back: Notify::new(),
        };
        Self { daemon, address, script: Arc::new(script), services: None, dir }
    }

    /// A bus with a scripted polkit and a scripted logind.
    pub(crate) async fn start() -> Self {
        let mut bus = Self::empty();
        bus.services = Some(bus.serve().await.unwrap());
        bus
    }

    /// Another bus at the same address, with the same services.
    pub(crate) async fn restart(&mut self) {
        self.daemon.kill().unwrap();
        self.daemon.wait().unwrap();
        let _ = fs::remove_file(self.dir.path().join("bus"));
        (self.daemon, self.address) = daemon(&self.dir);
        self.services = Some(self.serve().await.unwrap());
    }

    async fn serve(&self) -> zbus::Result<Connection> {
        let mut connection = connection::Builder::address(self.address.as_str())?
            .name(POLKIT)?
            .name(LOGIND)?
            .serve_at("/org/freedesktop/PolicyKit1/Authority", Polkit(self.script.clone()))?
            .serve_at("/org/freedesktop/login1", Logind(self.script.clone()))?
            .serve_at("/user", LogindUser)?;
        let sessions = [("/active", "seat0", false), ("/inactive", "seat0", false), ("/remote", "", true)];
        for (path, seat, remote) in sessions {
            connection = connection.serve_at(path, LogindSession { seat, remote })?;
        }
        connection.build().await
    }

    pub(crate) fn is(&self, mood: Mood) {
        *self.script.mood.lock().unwrap() = mood;
    }

    pub(crate) fn seat(&self, pid: u32, session: Session) {
        self.script.sessions.lock().unwrap().insert(pid, session);
    }

    pub(crate) fn consents(&self, consent: Option<bool>) {
        *self.script.consent.lock().unwrap() = consent;
    }

    /// What came since the last time.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.script.asked.lock().unwrap())
    }

    /// Waits until so many questions were taken back.
    pub(crate) async fn taken_back(&self, count: usize) {
        while self.script.cancelled.lock().unwrap().len() < count {
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Takes polkit off the bus, in the middle of whatever it does.
    pub(crate) async fn crash(&mut self) {
        self.services.take().unwrap().close().await.unwrap();
    }
}

fn daemon(dir: &TempDir) -> (Child, String) {
    let mut daemon = Command::new("dbus-daemon")
        .arg(format!("--config-file={}", dir.path().join("bus.conf").display()))
        .args(["--nofork", "--nopidfile", "--nosyslog", "--print-address"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("these tests need dbus-daemon");
    let mut address = String::new();
    BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
    // A bus that starts anew has another id: it is no part of the address here.
    let path = address.split_once(',').expect("an id").0;
    (daemon, path.to_owned())
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

struct Polkit(Arc<Script>);

type Details = HashMap<String, String>;

#[interface(name = "org.freedesktop.PolicyKit1.Authority")]
impl Polkit {
    async fn check_authorization(
        &self,
        subject: (String, HashMap<String, OwnedValue>),
        action_id: String,
        details: Details,
        flags: u32,
        cancellation_id: String,
    ) -> fdo::Result<(bool, bool, Details)> {
        let (script, mood) = (&self.0, *self.0.mood.lock().unwrap());
        let asked = asked(&subject, action_id, flags);
        script.asked.lock().unwrap().push(asked.clone());
        assert!(details.is_empty(), "only root may send details");
        match mood {
            Mood::Well => {}
            Mood::Slow(time) => sleep(time).await,
            Mood::Silent => std::future::pending().await,
            Mood::Failing => return Err(fdo::Error::Failed("scripted".to_owned())),
            Mood::Old if asked.handle_pid.is_some() => {
                return Err(fdo::Error::InvalidArgs("scripted".to_owned()));
            }
            Mood::Old => {}
        }
        let session = script.sessions.lock().unwrap().get(&asked.pid).copied().unwrap_or(Session::None);
        match written(&asked.action, session).as_str() {
            "yes" => Ok((true, false, Details::new())),
            "no" => Ok((false, false, Details::new())),
            _ if !asked.interactive => Ok((false, true, Details::new())),
            _ => Ok((self.ask_person(&cancellation_id).await, false, Details::new())),
        }
    }

    async fn cancel_check_authorization(&self, cancellation_id: String) {
        self.0.cancelled.lock().unwrap().push(cancellation_id);
        self.0.taken_back.notify_waiters();
    }
}

impl Polkit {
    async fn ask_person(&self, id: &str) -> bool {
        loop {
            let taken_back = self.0.taken_back.notified();
            if let Some(consent) = *self.0.consent.lock().unwrap() {
                return consent;
            }
            taken_back.await;
            if self.0.cancelled.lock().unwrap().iter().any(|one| one == id) {
                return false;
            }
        }
    }
}

/// What the policy file says of an action in a session.
fn written(action: &str, session: Session) -> String {
    let written = policy::read().into_iter().find(|one| one.id == action).expect("a known action");
    match session {
        Session::Active | Session::Service => written.active,
        Session::Inactive => written.inactive,
        Session::Remote | Session::None => written.any,
    }
}

/// Looks at a subject as polkit does: it must be the process that it was.
fn asked(subject: &(String, HashMap<String, OwnedValue>), action: String, flags: u32) -> Asked {
    assert_eq!(subject.0, "unix-process");
    let number = |key: &str| match &**subject.1.get(key).unwrap_or_else(|| panic!("no {key}")) {
        Value::U32(number) => u64::from(*number),
        Value::I32(number) => u64::try_from(*number).unwrap(),
        Value::U64(number) => *number,
        other => panic!("{key}: {other:?}"),
    };
    let pid = u32::try_from(number("pid")).unwrap();
    assert_ne!(pid, id(), "the helper asked about itself");
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let started: u64 = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(19).unwrap().parse().unwrap();
    assert_eq!(number("start-time"), started);
    let handle_pid = subject.1.get("pidfd").map(|handle| match &**handle {
        Value::Fd(handle) => process_of(handle.as_fd().as_raw_fd()),
        other => panic!("{other:?}"),
    });
    Asked { action, pid, uid: u32::try_from(number("uid")).unwrap(), handle_pid, interactive: flags == 1 }
}

/// The process that a handle of ours is of.
fn process_of(handle: i32) -> u32 {
    let info = fs::read_to_string(format!("/proc/self/fdinfo/{handle}")).unwrap();
    let pid = info.lines().find_map(|line| line.strip_prefix("Pid:")).unwrap();
    pid.trim().parse().unwrap()
}

struct Logind(Arc<Script>);

#[interface(name = "org.freedesktop.login1.Manager")]
impl Logind {
    #[zbus(name = "GetSessionByPID")]
    fn session(&self, pid: u32) -> Result<OwnedObjectPath, LogindError> {
        let path = match self.0.sessions.lock().unwrap().get(&pid) {
            Some(Session::Active) => "/active",
            Some(Session::Inactive) => "/inactive",
            Some(Session::Remote) => "/remote",
            Some(Session::Service | Session::None) | None => {
                return Err(LogindError::NoSessionForPID("scripted".to_owned()));
            }
        };
        Ok(path.try_into().unwrap())
    }

    #[zbus(name = "GetUserByPID")]
    fn user(&self, pid: u32) -> Result<OwnedObjectPath, LogindError> {
        match self.0.sessions.lock().unwrap().get(&pid) {
            Some(Session::Service) => Ok("/user".try_into().unwrap()),
            _ => Err(LogindError::NoUserForPID("scripted".to_owned())),
        }
    }
}

#[derive(Debug, zbus::DBusError)]
#[zbus(prefix = "org.freedesktop.login1", impl_display = true)]
enum LogindError {
    #[zbus(error)]
    ZBus(zbus::Error),
    NoSessionForPID(String),
    NoUserForPID(String),
}

struct LogindUser;

#[interface(name = "org.freedesktop.login1.User")]
impl LogindUser {
    #[zbus(property)]
    fn display(&self) -> (String, OwnedObjectPath) {
        ("1".to_owned(), "/active".try_into().unwrap())
    }
}

struct LogindSession {
    seat: &'static str,
    remote: bool,
}

#[interface(name = "org.freedesktop.login1.Session")]
impl LogindSession {
    #[zbus(property)]
    fn seat(&self) -> (String, OwnedObjectPath) {
        (self.seat.to_owned(), "/".try_into().unwrap())
    }

    #[zbus(property)]
    fn remote(&self) -> bool {
        self.remote
    }
}
