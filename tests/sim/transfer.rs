//! A small reliable transfer over the tunnel, because IP may lose packets: selective repeat with a fixed window.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::time::Duration;

use culvert_model::Instant;

use crate::net::Side;
use crate::tunnel::{Tunnel, ip_packet};

const CHUNK: usize = 1300;
const WINDOW: usize = 48;
const HEADER: usize = 20;

/// Moves `data` from the end `from` to the other and returns what arrived there, in order and once.
///
/// `None` where it took longer than `limit`, or where a packet came out that was never sent.
pub fn transfer(tunnel: &mut Tunnel, from: Side, data: &[u8], limit: Duration) -> Option<Vec<u8>> {
    let chunks: Vec<_> = data.chunks(CHUNK).collect();
    let patience =
        tunnel.net.weather.latency * 2 + tunnel.net.weather.jitter * 2 + Duration::from_millis(150);
    let mut waiting: BTreeSet<usize> = (0..chunks.len()).collect();
    let mut sent_at: BTreeMap<usize, Instant> = BTreeMap::new();
    let mut arrived: BTreeMap<usize, Vec<u8>> = BTreeMap::new();
    let mut foreign = false;
    let done = tunnel.run(limit, |tunnel| {
        foreign |= receive(tunnel, from, &chunks, &mut arrived, &mut waiting).is_none();
        let now = tunnel.now;
        let window: Vec<_> = waiting.iter().copied().take(WINDOW).collect();
        for index in window {
            if sent_at.get(&index).is_none_or(|at| now >= *at + patience) {
                sent_at.insert(index, now);
                send(tunnel, from, index, chunks[index]);
            }
        }
        tunnel.alarm =
            waiting.iter().take(WINDOW).filter_map(|i| sent_at.get(i)).min().map(|at| *at + patience);
        foreign || waiting.is_empty()
    });
    tunnel.alarm = None;
    (done && !foreign).then(|| arrived.into_values().flatten().collect())
}

/// Takes in chunks at the far end, each acknowledged, and acknowledgements at the near end.
fn receive(
    tunnel: &mut Tunnel,
    from: Side,
    chunks: &[&[u8]],
    arrived: &mut BTreeMap<usize, Vec<u8>>,
    waiting: &mut BTreeSet<usize>,
) -> Option<()> {
    let (near, far) = tunnel.ends(from);
    let acknowledged: Vec<_> = near.inbox.drain(..).collect();
    let delivered: Vec<_> = far.inbox.drain(..).collect();
    for packet in acknowledged {
        waiting.remove(&index_of(&packet)?);
    }
    for packet in delivered {
        let index = index_of(&packet)?;
        let bytes = packet.get(HEADER + 4..)?;
        if chunks.get(index) != Some(&bytes) {
            return None;
        }
        arrived.insert(index, bytes.to_vec());
        send(tunnel, from.other(), index, &[]);
    }
    Some(())
}

fn index_of(packet: &[u8]) -> Option<usize> {
    let bytes = packet.get(HEADER..HEADER + 4)?.try_into().ok()?;
    usize::try_from(u32::from_be_bytes(bytes)).ok()
}

fn send(tunnel: &mut Tunnel, from: Side, index: usize, bytes: &[u8]) {
    let mut payload = u32::try_from(index).unwrap().to_be_bytes().to_vec();
    payload.extend(bytes);
    let (source, destination) = addresses(tunnel, from);
    tunnel.send(from, &ip_packet(source, destination, &payload));
}

/// The inner addresses, as the end `from` sees them.
fn addresses(tunnel: &mut Tunnel, from: Side) -> (Ipv4Addr, Ipv4Addr) {
    let address =
        |network: Option<&culvert_model::Network>| network.map_or(Ipv4Addr::UNSPECIFIED, |n| n.address);
    let (near, far) = tunnel.ends(from);
    (address(near.up.as_ref()), address(far.up.as_ref()))
}
