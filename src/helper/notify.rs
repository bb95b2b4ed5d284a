//! What is told to the service manager, and left with it (`sd_notify(3)`).

use std::env;
use std::ffi::OsStr;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::Path;
use std::time::Duration;

use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use tokio::time::{Interval, MissedTickBehavior, interval};

/// How long the manager may keep us waiting; it is read at once where all is well.
const PATIENCE: Duration = Duration::from_secs(1);
/// The longest status, in characters.
const LONGEST_STATUS: usize = 120;

/// The name of what the manager keeps for the next helper while there is none, as `LISTEN_FDNAMES` tells it: see
/// [`Keepsake`](crate::Keepsake).
pub(crate) const KEPT: &str = "session";

/// The way to the service manager. Where there is none, nothing is told, and nothing kept.
#[derive(Debug, Default)]
pub struct Notifier {
    socket: Option<UnixDatagram>,
    watchdog: Option<Duration>,
}

impl Notifier {
    /// The way that the environment names (`NOTIFY_SOCKET`, `WATCHDOG_USEC`).
    ///
    /// # Errors
    /// Where it names one that leads nowhere.
    pub fn from_environment() -> io::Result<Self> {
        let Some(name) = env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty()) else {
            return Ok(Self::default());
        };
        let number = |name| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
        let is_ours = number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(std::process::id()));
        let watchdog = number("WATCHDOG_USEC").filter(|_| is_ours).map(Duration::from_micros);
        Self::connect(&name, watchdog)
    }

    pub(crate) fn connect(name: &OsStr, watchdog: Option<Duration>) -> io::Result<Self> {
        let address = match name.as_bytes().split_first() {
            Some((b'@', name)) => SocketAddr::from_abstract_name(name)?,
            _ => SocketAddr::from_pathname(Path::new(name))?,
        };
        let socket = UnixDatagram::unbound()?;
        socket.connect_addr(&address)?;
        socket.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { socket: Some(socket), watchdog: watchdog.filter(|limit| !limit.is_zero()) })
    }

    /// Tells that programs may come.
    ///
    /// # Errors
    /// Where the manager does not listen; so with every other message.
    pub fn ready(&self) -> io::Result<()> {
        self.send("READY=1", None)
    }

    /// Tells people what is; it must hold no address and no secret.
    ///
    /// # Errors
    /// As [`Notifier::ready`].
    pub fn status(&self, text: &str) -> io::Result<()> {
        let text: String =
            text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_STATUS).collect();
        // Nobody waits for that.
        self.send_with(&format!("STATUS={text}"), None, SendFlags::DONTWAIT)
    }

    /// Tells that everything is being undone.
    ///
    /// # Errors
    /// As [`Notifier::ready`].
    pub fn stopping(&self) -> io::Result<()> {
        self.send("STOPPING=1", None)
    }

    /// Tells that the helper has not got stuck: when [`Watchdog::due`] says so, from the loop that must not.
    ///
    /// # Errors
    /// As [`Notifier::ready`].
    pub fn alive(&self) -> io::Result<()> {
        self.send("WATCHDOG=1", None)
    }

    /// Says when to send [`Notifier::alive`]. To be called within a tokio runtime.
    pub fn watchdog(&self) -> Watchdog {
        let ticks = self.watchdog.map(|limit| {
            let mut ticks = interval(limit / 3);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks
        });
        Watchdog(ticks)
    }

    /// Leaves a copy of `descriptor` with the manager, in the place of an earlier one.
    ///
    /// # Errors
    /// As [`Notifier::ready`].
    pub fn keep(&self, descriptor: impl AsFd) -> io::Result<()> {
        self.forget()?;
        self.send(&format!("FDSTORE=1\nFDNAME={KEPT}"), Some(descriptor.as_fd()))
    }

    /// Takes it back.
    ///
    /// # Errors
    /// As [`Notifier::ready`].
    pub fn forget(&self) -> io::Result<()> {
        self.send(&format!("FDSTOREREMOVE=1\nFDNAME={KEPT}"), None)
    }

    fn send(&self, message: &str, descriptor: Option<BorrowedFd<'_>>) -> io::Result<()> {
        self.send_with(message, descriptor, SendFlags::empty())
    }

    fn send_with(
        &self,
        message: &str,
        descriptor: Option<BorrowedFd<'_>>,
        flags: SendFlags,
    ) -> io::Result<()> {
        let Some(socket) = &self.socket else { return Ok(()) };
        let descriptors: Vec<_> = descriptor.into_iter().collect();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !descriptors.is_empty() && !control.push(SendAncillaryMessage::ScmRights(&descriptors)) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        sendmsg(socket, &[IoSlice::new(message.as_bytes())], &mut control, flags | SendFlags::NOSIGNAL)?;
        Ok(())
    }
}

/// The beat that the service manager wants to hear, where it does.
#[derive(Debug)]
pub struct Watchdog(Option<Interval>);

impl Watchdog {
    /// Ready three times as often as the manager asks for; never where it does not ask.
    pub async fn due(&mut self) {
        match &mut self.0 {
            Some(ticks) => drop(ticks.tick().await),
            None => std::future::pending().await,
        }
    }
}
