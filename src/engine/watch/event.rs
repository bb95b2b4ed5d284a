//! What a watch tells.

use std::net::Ipv4Addr;
use std::time::Duration;

/// Something that happened around the tunnel.
///
/// Events come in the order in which they were noticed. None is lost, but those of a kind that were not fetched yet
/// come as one, with the latest truth.
#[derive(Debug)]
pub enum Event {
    /// The way to the server is another one, or there is none any more, or there is one again. The first event of all
    /// is one of these, and so is the first after [`Watch::aim`](super::Watch::aim).
    ///
    /// A loss or a change comes after 200 ms, and not at all if everything is as before by then; what came back
    /// comes at once. It is decided by asking the kernel how a packet with our mark would leave, so our own device,
    /// routes and rules count as little as other people's routes to elsewhere. Where the kernel dropped notices for
    /// want of room, it is asked all the same.
    NetworkChanged {
        /// Whether there is a way, out of a device that is up and has a carrier.
        usable: bool,
        /// Whether packets now leave from another address than they did the last time there was a way: connections
        /// from the old one are lost. A way that comes back with its old address has not moved.
        moved: bool,
        /// The way.
        way: Option<Way>,
    },
    /// Somebody else changed the device, the routes or the rules of the plan that [`Watch::expect`](super::Watch::expect)
    /// was told.
    ///
    /// It comes as soon as the host was read and found to differ, once; then nothing is looked at until the next
    /// [`Watch::expect`](super::Watch::expect), by whoever has applied the plan again.
    HostDisturbed,
    /// The computer is about to sleep, says logind. Dropping the delay lets it; logind waits 5 seconds at most, unless
    /// told otherwise. Without logind there is no such warning.
    Suspending(SleepDelay),
    /// The computer slept, or did not get to sleep after it had said so.
    ///
    /// It comes once for each sleep, from logind or from the clocks, whoever is first: what the clock that counts
    /// sleep has gained on the one that does not. A process that was stopped while the computer ran has not slept.
    Resumed {
        /// For how long; zero if it did not get to sleep.
        asleep: Duration,
    },
}

/// How packets leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The device.
    pub interface: String,
    /// Our address on it.
    pub source: Ipv4Addr,
    /// The router; none where the server is on the same cable.
    pub gateway: Option<Ipv4Addr>,
}

/// Holds up the computer's sleep until it is dropped.
#[derive(Debug, Default)]
#[must_use = "the computer sleeps as soon as this is dropped"]
pub struct SleepDelay {
    #[cfg(target_os = "linux")]
    _inhibitor: Option<std::os::fd::OwnedFd>,
}

#[cfg(target_os = "linux")]
impl SleepDelay {
    pub(super) fn new(inhibitor: Option<std::os::fd::OwnedFd>) -> Self {
        Self { _inhibitor: inhibitor }
    }
}
