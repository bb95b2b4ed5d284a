//! Thousands of seeds of bad weather: every one ends connected or with a named fault, and data stays intact.

use std::time::Duration;

use culvert_model::Encryption;
use culvert_proto::Chance;
use culvert_proto::session::{ClientConfig, ServerConfig};

use crate::connecting::{fair, server_config};
use crate::net::{Net, Side, Weather};
use crate::transfer::transfer;
use crate::tunnel::{Tunnel, client_config};

/// How many seeds a run takes: `CULVERT_SEEDS` of them, 3,000 by default.
fn seeds() -> u64 {
    std::env::var("CULVERT_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3_000)
}

fn chance(seed: u64) -> Chance {
    let mut bytes = [0xC5; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    Chance::new(bytes)
}

/// Mostly the defaults; one seed in five has stateful keys, one in five no encryption.
fn configs(seed: u64) -> (ClientConfig, ServerConfig) {
    let (mut client, mut server) = (client_config(Some("clientPass")), server_config());
    (client.stateful, server.stateful) = (seed % 5 == 3, seed % 5 == 3);
    if seed % 5 == 4 {
        (client.encryption, server.encryption) = (Encryption::None, Encryption::None);
    }
    (client, server)
}

#[test]
fn every_seed_ends_connected_or_with_a_named_fault() {
    let mut connected = 0_u64;
    for seed in 0..seeds() {
        let mut chance = chance(seed);
        let net = Net::new(Weather::any(&mut chance), chance.fork());
        let (client, server) = configs(seed);
        let mut tunnel = Tunnel::new(client, server, net, seed);
        match tunnel.connect(Duration::from_secs(120)) {
            Ok(()) => connected += 1,
            Err(Some(_)) => continue,
            Err(None) => panic!("seed {seed} ended without a fault and without being asked to"),
        }
        let data: Vec<u8> = (0..20_000_u32).map(|i| (i % 251).to_le_bytes()[0]).collect();
        let side = if seed % 2 == 0 { Side::Client } else { Side::Server };
        let arrived = transfer(&mut tunnel, side, &data, Duration::from_secs(600));
        let (weather, ended) = (tunnel.net.weather, (&tunnel.client.ended, &tunnel.server.ended));
        assert!(arrived.is_some_and(|arrived| arrived == data), "seed {seed}, {weather:?}, {ended:?}");
    }
    assert!(connected * 100 >= seeds() * 95, "only {connected} of {} seeds connected", seeds());
}

#[test]
fn a_mebibyte_arrives_intact_through_20_percent_loss() {
    for side in [Side::Client, Side::Server] {
        let mut tunnel = fair(client_config(Some("clientPass")), server_config(), 20);
        tunnel.net.weather = Weather {
            loss: 20,
            duplicate: 5,
            reorder: 25,
            latency: Duration::from_millis(20),
            jitter: Duration::from_millis(10),
        };
        tunnel.connect(Duration::from_secs(120)).unwrap();
        let data: Vec<u8> = chance(99).bytes::<4096>().repeat(256);
        let arrived = transfer(&mut tunnel, side, &data, Duration::from_secs(3600)).unwrap();
        assert!(arrived == data);
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = |seed| {
        let mut chance = chance(seed);
        let net = Net::new(Weather::any(&mut chance), chance.fork());
        let mut tunnel = Tunnel::new(client_config(Some("clientPass")), server_config(), net, seed);
        let result = tunnel.connect(Duration::from_secs(120));
        (result, tunnel.now, tunnel.client.stages)
    };
    assert_eq!(run(42), run(42));
}
