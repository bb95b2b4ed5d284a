//! Sleep, as two clocks tell it.

use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::AsFd;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use tokio::net::unix::pipe::Receiver;
use tokio::time::{MissedTickBehavior, interval};

/// The shortest sleep that counts: what reading two clocks one after the other may pretend is far below it.
const SHORTEST: Duration = Duration::from_millis(500);
/// The longest time that reading the clocks may take before they are read anew.
const UNDISTURBED: Duration = Duration::from_millis(10);
/// How often the clocks are compared where the kernel does not say when to.
const TICK: Duration = Duration::from_secs(5);
/// How often they are compared where it does, to be sure.
const SELDOM: Duration = Duration::from_secs(60);

/// How long the computer has slept since it was started.
pub struct SleepClock {
    read: Box<dyn Fn() -> Option<Duration> + Send + Sync>,
    alarm: Option<Alarm>,
    tick: Duration,
}

impl fmt::Debug for SleepClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SleepClock").field("tick", &self.tick).finish_non_exhaustive()
    }
}

impl SleepClock {
    /// The system's: what `CLOCK_BOOTTIME` is ahead of `CLOCK_MONOTONIC`. It is to be made inside a runtime.
    pub fn system() -> Self {
        let alarm = Alarm::new().inspect_err(|error| tracing::debug!(%error, "no alarm after a sleep")).ok();
        let tick = if alarm.is_some() { SELDOM } else { TICK };
        Self { read: Box::new(system), alarm, tick }
    }

    /// One that says what `read` says, and is looked at every `tick`.
    pub fn scripted(read: impl Fn() -> Duration + Send + Sync + 'static, tick: Duration) -> Self {
        Self { read: Box::new(move || Some(read())), alarm: None, tick }
    }
}

/// Compares the clocks.
#[derive(Debug)]
pub(super) struct Sleep {
    clock: SleepClock,
    last: Option<Duration>,
    tick: tokio::time::Interval,
}

impl Sleep {
    pub(super) fn new(clock: SleepClock) -> Self {
        let mut tick = interval(clock.tick);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { last: (clock.read)(), clock, tick }
    }

    /// Waits until the clocks are worth a look.
    pub(super) async fn wait(&mut self) {
        let Some(alarm) = &self.clock.alarm else {
            self.tick.tick().await;
            return;
        };
        tokio::select! {
            _ = self.tick.tick() => (),
            () = alarm.ring() => (),
        }
    }

    /// How long the computer slept since this was asked last; zero if it did not.
    pub(super) fn take(&mut self) -> Duration {
        let Some(now) = (self.clock.read)() else { return Duration::ZERO };
        let asleep = now.saturating_sub(self.last.unwrap_or(now));
        if self.last.is_some() && asleep < SHORTEST {
            // The rest of it adds up: short sleeps in a row are one.
            return Duration::ZERO;
        }
        self.last = Some(now);
        asleep
    }
}

/// What the clock that counts sleep is ahead of the one that does not. Whoever is stopped between the two readings
/// would see a sleep that was none: the second clock is read on both sides.
fn system() -> Option<Duration> {
    let read = |clock| clock_gettime(clock).map(Duration::from).ok();
    for _ in 0..5 {
        let before = read(ClockId::CLOCK_MONOTONIC)?;
        let with_sleep = read(ClockId::CLOCK_BOOTTIME)?;
        let after = read(ClockId::CLOCK_MONOTONIC)?;
        if after.saturating_sub(before) <= UNDISTURBED {
            return Some(with_sleep.saturating_sub(before));
        }
    }
    None
}

/// A timer far away that goes off when the time is set, as it is after every sleep: nothing has to wake up by itself
/// to find out.
#[derive(Debug)]
struct Alarm {
    /// A timer in the clothes of a pipe: tokio waits for either in the same way.
    timer: Receiver,
}

impl Alarm {
    fn new() -> io::Result<Self> {
        let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
        let timer = timerfd_create(TimerfdClockId::Realtime, flags)?;
        set(&timer)?;
        Ok(Self { timer: Receiver::from_file_unchecked(File::from(timer))? })
    }

    /// Waits until it goes off, and sets it again. Where that is no longer possible, it waits for ever.
    async fn ring(&self) {
        if self.timer.readable().await.is_err() {
            std::future::pending().await
        }
        // It says that it was cancelled, which is no harm, and then that there is nothing to be read.
        while !matches!(self.timer.try_read(&mut [0; 8]), Err(error) if error.kind() == ErrorKind::WouldBlock)
        {
        }
        if let Err(error) = set(&self.timer) {
            tracing::debug!(%error, "no alarm after the next sleep");
        }
    }
}

fn set(timer: &impl AsFd) -> io::Result<()> {
    let at = |seconds| Timespec { tv_sec: seconds, tv_nsec: 0 };
    let never = Itimerspec { it_interval: at(0), it_value: at(u32::MAX.into()) };
    let flags = TimerfdTimerFlags::ABSTIME | TimerfdTimerFlags::CANCEL_ON_SET;
    timerfd_settime(timer, flags, &never)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    fn scripted() -> (Arc<AtomicU64>, Sleep) {
        let asleep = Arc::new(AtomicU64::new(7_000_000));
        let read = asleep.clone();
        let read = move || Duration::from_millis(read.load(Ordering::Relaxed));
        (asleep, Sleep::new(SleepClock::scripted(read, Duration::from_secs(1))))
    }

    #[tokio::test(start_paused = true)]
    async fn every_sleep_counts_once() {
        let (asleep, mut sleep) = scripted();
        sleep.wait().await;
        assert_eq!(sleep.take(), Duration::ZERO);
        asleep.fetch_add(600_000, Ordering::Relaxed);
        sleep.wait().await;
        assert_eq!(sleep.take(), Duration::from_secs(600));
        assert_eq!(sleep.take(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn short_sleeps_add_up() {
        let (asleep, mut sleep) = scripted();
        asleep.fetch_add(300, Ordering::Relaxed);
        assert_eq!(sleep.take(), Duration::ZERO);
        asleep.fetch_add(300, Ordering::Relaxed);
        assert_eq!(sleep.take(), Duration::from_millis(600));
    }

    #[tokio::test]
    async fn a_machine_that_runs_does_not_sleep() {
        let mut sleep = Sleep::new(SleepClock::system());
        std::thread::sleep(SHORTEST * 2);
        assert_eq!(sleep.take(), Duration::ZERO);
    }
}
