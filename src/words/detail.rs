//! What was agreed with a server, and how much went through it.

use culvert_model::{Cipher, Network};

use crate::{Word, Words};

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

    fn encryption(&self, cipher: Option<Cipher>) -> String {
        let Some(Cipher { strength, stateful }) = cipher else { return self.say(Word::NotEncrypted, &[]) };
        let word = if stateful { Word::MppeStateful } else { Word::Mppe };
        self.say(word, &[("bits", &strength.bits().to_string())])
    }
}

/// `bytes` in the largest unit of which there is one at least.
pub fn amount(bytes: u64) -> String {
    let units = [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB")];
    match units.into_iter().find(|(size, _)| bytes >= *size) {
        Some((size, unit)) => format!("{}.{} {unit}", bytes / size, bytes % size * 10 / size),
        None => format!("{bytes} B"),
    }
}
