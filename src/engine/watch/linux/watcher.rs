//! All sources together.

use std::collections::VecDeque;
use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use culvert_policy::{PolicyRouting, ServerException, TunnelPlan};
use rtnetlink::Handle;
use tokio::time::{Instant, sleep, sleep_until};

use super::logind::{Logind, Word};
use super::notices::Notices;
use super::sleep::{Sleep, SleepClock};
use super::way;
use crate::host::{self, HostError, netlink};
use crate::watch::due::{Due, Touched};
use crate::watch::{Event, Way};

/// Stands for the whole internet where there is no server yet. Nothing is sent there; nobody has it (RFC 5737).
const ANYWHERE: ServerException = ServerException { address: Ipv4Addr::new(192, 0, 2, 1), port: 1723 };

/// How long to wait where the kernel's notices can't be read.
const BROKEN: Duration = Duration::from_secs(1);

/// From where a watch knows what it tells, beside the kernel.
#[derive(Debug)]
pub struct Sources {
    /// The clock that counts sleep.
    pub clock: SleepClock,
    /// The bus with logind on it; the system's if it has no address here.
    pub bus: Option<String>,
}

impl Default for Sources {
    fn default() -> Self {
        Self { clock: SleepClock::system(), bus: None }
    }
}

/// A stream of [`Event`]s about what happens around the tunnel.
#[derive(Debug)]
pub struct Watch {
    routing: PolicyRouting,
    notices: Notices,
    kernel: Handle,
    target: ServerException,
    outside: Due,
    /// The last answer, after the first.
    way: Option<Option<Way>>,
    /// The address from which packets left the last time there was a way.
    source: Option<Ipv4Addr>,
    ours: Due,
    expected: Option<TunnelPlan>,
    sleep: Sleep,
    logind: Logind,
    is_suspending: bool,
    events: VecDeque<Event>,
}

impl Watch {
    /// Starts to watch. It is to be called inside a runtime, in the network namespace that is meant.
    ///
    /// # Errors
    /// Those of opening a netlink socket, for which no capability is needed. Where there is no logind, or no bus, it is
    /// waited for without a word.
    pub fn start() -> io::Result<Self> {
        Self::start_with(PolicyRouting::STANDARD, Sources::default())
    }

    /// As [`Watch::start`], with routing numbers and sources of one's own.
    ///
    /// # Errors
    /// As for [`Watch::start`].
    pub fn start_with(routing: PolicyRouting, sources: Sources) -> io::Result<Self> {
        let mut outside = Due::default();
        outside.soon(Instant::now());
        Ok(Self {
            routing,
            // Before the first question, so that nothing happens between the two.
            notices: Notices::open(routing)?,
            kernel: netlink::open().map_err(io::Error::other)?,
            target: ANYWHERE,
            outside,
            way: None,
            source: None,
            ours: Due::default(),
            expected: None,
            sleep: Sleep::new(sources.clock),
            logind: Logind::listen(sources.bus),
            is_suspending: false,
            events: VecDeque::new(),
        })
    }

    /// Watches the way to this server; without one, to anywhere. The answer comes as a
    /// [`Event::NetworkChanged`] that has not moved.
    pub fn aim(&mut self, server: Option<ServerException>) {
        let target = server.unwrap_or(ANYWHERE);
        if target != self.target {
            self.target = target;
            (self.way, self.source) = (None, None);
            self.outside.soon(Instant::now());
        }
    }

    /// Expects the host to stay as this plan was applied to it; without one, anything may happen to it. It is to be
    /// taken back before another plan is applied, and before the TUN device is given up.
    pub fn expect(&mut self, plan: Option<TunnelPlan>) {
        match &plan {
            // What happened since the plan was read back.
            Some(_) => self.ours.soon(Instant::now()),
            None => self.ours.never(),
        }
        self.expected = plan;
        self.events.retain(|event| !matches!(event, Event::HostDisturbed));
    }

    /// Waits for the next event. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Event {
        loop {
            if self.events.is_empty() {
                self.look().await;
            }
            if let Some(event) = self.events.pop_front() {
                return event;
            }
            let look_at = [self.outside, self.ours].iter().filter_map(Due::poll_timeout).min();
            tokio::select! {
                touched = self.notices.next() => self.handle_notices(touched).await,
                () = until(look_at) => (),
                () = self.sleep.wait() => self.handle_clocks(),
                word = self.logind.next() => self.handle_word(word),
            }
        }
    }

    async fn handle_notices(&mut self, touched: io::Result<Touched>) {
        match touched {
            Ok(touched) => self.touch(touched),
            Err(error) => {
                tracing::warn!(%error, "the kernel's notices can't be read");
                self.touch(Touched::ANYTHING);
                sleep(BROKEN).await;
            }
        }
    }

    fn touch(&mut self, touched: Touched) {
        let now = Instant::now();
        match (touched.outside, &self.way) {
            (true, Some(Some(_))) => self.outside.settled(now),
            (true, _) => self.outside.soon(now),
            (false, _) => (),
        }
        if touched.ours && self.expected.is_some() {
            self.ours.soon(now);
        }
    }

    fn handle_clocks(&mut self) {
        let asleep = self.sleep.take();
        if asleep > Duration::ZERO {
            self.resume(asleep);
        }
    }

    fn handle_word(&mut self, word: Word) {
        match word {
            Word::Suspending(delay) => {
                self.is_suspending = true;
                self.events.push_back(Event::Suspending(delay));
            }
            Word::Awake => {
                let asleep = self.sleep.take();
                // The clocks may have told already.
                if self.is_suspending || asleep > Duration::ZERO {
                    self.resume(asleep);
                }
            }
        }
    }

    fn resume(&mut self, asleep: Duration) {
        self.is_suspending = false;
        self.events.push_back(Event::Resumed { asleep });
        // Whoever wakes up may be somewhere else.
        self.outside.soon(Instant::now());
    }

    /// Asks the kernel what is due to be asked.
    async fn look(&mut self) {
        if self.ours.is_due(Instant::now()) {
            let result = self.look_at_ours().await;
            let was_answered = self.was_answered(result);
            self.ours.asked(was_answered, Instant::now());
        }
        if self.outside.is_due(Instant::now()) {
            let result = self.look_outside().await;
            let was_answered = self.was_answered(result);
            self.outside.asked(was_answered, Instant::now());
        }
    }

    /// Whether the kernel answered; if not, the next question is asked over another connection.
    fn was_answered(&mut self, result: Result<(), HostError>) -> bool {
        let Err(error) = result else { return true };
        tracing::warn!(%error, "the kernel does not answer");
        match netlink::open() {
            Ok(kernel) => self.kernel = kernel,
            Err(error) => tracing::warn!(%error, "the kernel can't be asked"),
        }
        false
    }

    async fn look_at_ours(&mut self) -> Result<(), HostError> {
        if let Some(plan) = &self.expected
            && !host::is_in_place_by(&self.kernel, plan).await?
        {
            self.expected = None;
            self.events.push_back(Event::HostDisturbed);
        }
        Ok(())
    }

    async fn look_outside(&mut self) -> Result<(), HostError> {
        let way = way::find(&self.kernel, self.routing.mark, self.target).await?;
        if self.way.as_ref() == Some(&way) {
            return Ok(());
        }
        let source = way.as_ref().map(|way| way.source);
        let moved = source.is_some() && self.source.is_some() && source != self.source;
        self.source = source.or(self.source);
        self.way = Some(way.clone());
        self.events.push_back(Event::NetworkChanged { usable: way.is_some(), moved, way });
        Ok(())
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
