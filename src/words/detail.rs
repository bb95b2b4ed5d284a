//! What was agreed with a server, and how much went through it.

use std::time::Duration;

use culvert_model::{Cipher, Held, Network, NextTry};

use crate::{Word, Words};

/// The names of everything that stands in a line of its own.
const DETAILS: [Word; 10] = [
    Word::DetailAddress,
    Word::DetailServer,
    Word::DetailEncryption,
    Word::DetailLogin,
    Word::DetailNameServers,
    Word::DetailTraffic,
    Word::DetailUp,
    Word::DetailGuard,
    Word::DetailRoutes,
    Word::DetailNames,
];

impl Words {
    /// What was agreed with the server: names and values.
    pub fn network(&self, network: &Network) -> Vec<(String, String)> {
        let line = |word, value| (self.say(word, &[]), value);
        let mut lines = vec![
            line(Word::DetailAddress, network.address.to_string()),
            line(Word::DetailServer, network.server.to_string()),
            line(Word::DetailEncryption, self.encryption(network.cipher)),
        ];
        lines.extend(network.auth.map(|method| line(Word::DetailLogin, method.name().to_owned())));
        if !network.dns.is_empty() {
            let servers: Vec<_> = network.dns.iter().map(ToString::to_string).collect();
            lines.push(line(Word::DetailNameServers, servers.join(", ")));
        }
        lines
    }

    /// What leaves this computer while a tunnel is down.
    pub fn held(&self, held: Held) -> String {
        let word = match held {
            Held::Nothing => Word::EverythingLeaves,
            Held::Tunnel => Word::PartLeaves,
            Held::Everything => Word::NothingLeaves,
        };
        self.say(word, &[])
    }

    /// When a lost tunnel is dialled again.
    pub fn next_try(&self, next: NextTry) -> String {
        match next {
            NextTry::Now => self.say(Word::TryingNow, &[]),
            NextTry::In(wait) => self.say(Word::TryingIn, &[("seconds", &wait.div_ceil(1000).to_string())]),
            NextTry::WithNetwork => self.say(Word::TryingWithNetwork, &[]),
        }
    }

    /// A span of time, as exact as anybody wants to know it.
    pub fn span(&self, span: Duration) -> String {
        let minutes = span.as_secs() / 60;
        let (days, hours, left) = (minutes / (24 * 60), minutes / 60 % 24, minutes % 60);
        let [days, hours, left] = [days, hours, left].map(|number| number.to_string());
        match minutes {
            0 => self.say(Word::SpanShort, &[]),
            1..60 => self.say(Word::SpanMinutes, &[("minutes", &left)]),
            60..1440 => self.say(Word::SpanHours, &[("hours", &hours), ("minutes", &left)]),
            _ => self.say(Word::SpanDays, &[("days", &days), ("hours", &hours)]),
        }
    }

    fn encryption(&self, cipher: Option<Cipher>) -> String {
        let Some(Cipher { strength, stateful }) = cipher else { return self.say(Word::NotEncrypted, &[]) };
        let word = if stateful { Word::MppeStateful } else { Word::Mppe };
        self.say(word, &[("bits", &strength.bits().to_string())])
    }

    /// `bytes` in the largest unit of which there is one at least.
    pub fn amount(&self, bytes: u64) -> String {
        let units = [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB")];
        let mark = self.language().decimal_mark();
        match units.into_iter().find(|(size, _)| bytes >= *size) {
            Some((size, unit)) => format!("{}{mark}{} {unit}", bytes / size, bytes % size * 10 / size),
            None => format!("{bytes} B"),
        }
    }

    /// A time that is worth reading: milliseconds below one second, else seconds and tenths.
    pub fn duration(&self, took: Duration) -> String {
        match took.as_millis() {
            millis @ ..1000 => format!("{millis} ms"),
            millis => {
                format!("{}{}{} s", millis / 1000, self.language().decimal_mark(), millis % 1000 / 100)
            }
        }
    }

    /// How wide the names of details are at most, in characters.
    pub fn detail_width(&self) -> usize {
        let names = DETAILS.iter().map(|word| self.say(*word, &[]).chars().count());
        names.max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_told_in_its_two_largest_units() {
        let words = Words::english();
        let told = [0, 59, 60, 754, 3600, 7500, 86_399, 86_400, 1_000_000]
            .map(|seconds| words.span(Duration::from_secs(seconds)));
        let expected = [
            "less than a minute",
            "less than a minute",
            "1 min",
            "12 min",
            "1 h 0 min",
            "2 h 5 min",
            "23 h 59 min",
            "1 d 0 h",
            "11 d 13 h",
        ];
        assert_eq!(told, expected);
    }
}
