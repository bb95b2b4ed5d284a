//! Hostile bytes: mutated control messages, GRE packets and PPP frames in every phase, at both ends.

use std::collections::BTreeMap;
use std::time::Duration;

use culvert_model::Stage;
use culvert_proto::Chance;

use crate::connecting::{fair, server_config};
use crate::net::{Parcel, Side};
use crate::tunnel::{client_config, ip_packet};

/// How many mutated messages a run takes: `CULVERT_MUTATIONS` of them, 100,000 by default.
fn mutations() -> u64 {
    std::env::var("CULVERT_MUTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000)
}

/// Sends mutated copies ahead of what passes by.
pub struct Tamper {
    chance: Chance,
    /// One message in so many is copied: where every one is, no session comes far.
    rarity: u32,
    /// How many messages were mutated, by the client's stage at that time.
    pub count: BTreeMap<Option<Stage>, u64>,
}

impl Tamper {
    fn new(mut chance: Chance) -> Self {
        let rarity = 1 << (chance.u32() % 6);
        Self { chance, rarity, count: BTreeMap::new() }
    }

    /// Mutated copies of `parcel`; data packets, of which most are harmless, are copied more often.
    pub fn copies(&mut self, parcel: &Parcel, stage: Option<Stage>) -> Vec<Parcel> {
        let is_chosen = self.chance.u32().is_multiple_of(self.rarity);
        let (bytes, copies) = match parcel {
            Parcel::Gre(bytes) if stage >= Some(Stage::GettingAddress) => (bytes, 8),
            Parcel::Gre(bytes) => (bytes, if is_chosen { 3 } else { 0 }),
            Parcel::Control(bytes) => (bytes, u32::from(is_chosen)),
            Parcel::ControlClosed | Parcel::Rejection { .. } => return Vec::new(),
        };
        *self.count.entry(stage).or_default() += u64::from(copies);
        let mutated = (0..copies).map(|_| mutate(bytes, &mut self.chance));
        match parcel {
            Parcel::Gre(_) => mutated.map(Parcel::Gre).collect(),
            _ => mutated.map(Parcel::Control).collect(),
        }
    }
}

/// `bytes` with something wrong about them.
fn mutate(bytes: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let pick = |chance: &mut Chance, len: usize| usize::try_from(chance.u32()).unwrap() % len.max(1);
    for _ in 0..=chance.u32() % 3 {
        let at = pick(chance, bytes.len());
        match chance.u32() % 6 {
            0 => bytes.truncate(at),
            1 => bytes.extend(chance.bytes::<64>()),
            2 => bytes.insert(at.min(bytes.len()), chance.bytes::<1>()[0]),
            _ => {
                // Most fields that matter stand in front.
                let front = pick(chance, bytes.len().min(40));
                let at = if chance.u32().is_multiple_of(2) { front } else { at };
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= chance.bytes::<1>()[0];
                }
            }
        }
    }
    bytes
}

/// The resident memory of this process in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn mutated_messages_in_every_phase_neither_panic_nor_fill_the_memory() {
    let mut chance = Chance::new([0xB1; 32]);
    let mut count: BTreeMap<Option<Stage>, u64> = BTreeMap::new();
    let mut after_warming_up = None;
    let mut connected = 0_u32;
    for seed in 0.. {
        let mut tunnel = fair(client_config(Some("clientPass")), server_config(), seed);
        tunnel.tamper = Some(Tamper::new(chance.fork()));
        if tunnel.connect(Duration::from_secs(200)).is_ok() {
            connected += 1;
            let address = tunnel.client.up.as_ref().unwrap().address;
            tunnel.run(Duration::from_secs(2), |tunnel| {
                if tunnel.alarm.is_none() {
                    for side in [Side::Client, Side::Server] {
                        tunnel.send(side, &ip_packet(address, address, b"data among the noise"));
                    }
                    tunnel.alarm = Some(tunnel.now + Duration::from_millis(50));
                }
                tunnel.client.ended.is_some() || tunnel.server.ended.is_some()
            });
        }
        for (stage, mutated) in tunnel.tamper.take().unwrap().count {
            *count.entry(stage).or_default() += mutated;
        }
        let total: u64 = count.values().sum();
        if total > mutations() / 10 {
            after_warming_up.get_or_insert_with(resident);
        }
        if total >= mutations() {
            break;
        }
    }
    let grown = resident().saturating_sub(after_warming_up.unwrap());
    assert!(grown < 10 * 1024, "grew by {grown} KiB");
    assert!(connected > 10, "only {connected} sessions came up among the noise");
    for stage in &Stage::ALL[2..9] {
        let mutated = count.get(&Some(*stage)).copied().unwrap_or_default();
        assert!(mutated > 0, "nothing was mutated in {stage:?}: {count:?}");
    }
}
