//! How much went through the tunnel in each of the last seconds.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use culvert_model::{ConnectionId, Statistics};

/// How many seconds the chart shows.
pub(crate) const SECONDS: usize = 60;

/// Bytes in a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) down: u64,
    pub(crate) up: u64,
}

/// The last seconds of one connection.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    connection: ConnectionId,
    last: Option<(Instant, Statistics)>,
    rates: VecDeque<Rate>,
}

impl Traffic {
    /// Takes over counters that the helper told at `now`. It tells them once a second while they change: a longer
    /// silence is that many seconds without traffic.
    pub(crate) fn count(&mut self, connection: ConnectionId, statistics: Statistics, now: Instant) {
        if connection != self.connection {
            *self = Self { connection, ..Self::default() };
        }
        if let Some((at, last)) = self.last.replace((now, statistics)) {
            let silent =
                now.saturating_duration_since(at).saturating_sub(Duration::from_millis(1500)).as_secs();
            for _ in 0..silent.min(SECONDS as u64) {
                self.push(Rate::default());
            }
            self.push(Rate {
                down: statistics.received_bytes.saturating_sub(last.received_bytes),
                up: statistics.sent_bytes.saturating_sub(last.sent_bytes),
            });
        }
    }

    fn push(&mut self, rate: Rate) {
        if self.rates.len() == SECONDS {
            self.rates.pop_front();
        }
        self.rates.push_back(rate);
    }

    /// The seconds of `connection`, the newest last.
    pub(crate) fn rates(&self, connection: ConnectionId) -> impl ExactSizeIterator<Item = Rate> + '_ {
        let known = if connection == self.connection { self.rates.len() } else { 0 };
        self.rates.iter().copied().take(known).collect::<Vec<_>>().into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statistics(received_bytes: u64, sent_bytes: u64) -> Statistics {
        Statistics { received_bytes, sent_bytes, ..Statistics::default() }
    }

    #[test]
    fn a_second_is_the_difference_of_two_counters_and_silence_is_none() {
        let (mut traffic, begin, one) = (Traffic::default(), Instant::now(), ConnectionId(1));
        traffic.count(one, statistics(1000, 0), begin);
        assert_eq!(traffic.rates(one).len(), 0, "what was before is in no second");
        traffic.count(one, statistics(3000, 500), begin + Duration::from_secs(1));
        traffic.count(one, statistics(3000, 600), begin + Duration::from_secs(4));
        let rates: Vec<_> = traffic.rates(one).map(|rate| (rate.down, rate.up)).collect();
        assert_eq!(rates, [(2000, 500), (0, 0), (0, 100)]);
    }

    #[test]
    fn another_connection_begins_anew_and_nothing_grows() {
        let (mut traffic, begin) = (Traffic::default(), Instant::now());
        for second in 0..200 {
            traffic.count(ConnectionId(1), statistics(second * 10, 0), begin + Duration::from_secs(second));
        }
        assert_eq!(traffic.rates(ConnectionId(1)).len(), SECONDS);
        traffic.count(ConnectionId(2), statistics(5, 5), begin + Duration::from_secs(300));
        assert_eq!(traffic.rates(ConnectionId(1)).len() + traffic.rates(ConnectionId(2)).len(), 0);
    }
}
