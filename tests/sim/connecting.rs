//! Connecting in fair weather: what is agreed, in which order, and what a refusal looks like.

use std::iter;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use culvert_model::{
    AuthMethod, AuthMethods, Cipher, Encryption, FaultCode, KeyStrength, Mtu, Secret, Stage,
};
use culvert_proto::session::{ClientConfig, Command, ServerConfig};
use culvert_proto::{Chance, SealCommand};

use crate::end::CLIENT;
use crate::net::{Net, Side, Weather};
use crate::transfer::transfer;
use crate::tunnel::{Tunnel, client_config};

const LIMIT: Duration = Duration::from_secs(120);
const MPPE_128: Cipher = Cipher { strength: KeyStrength::Bits128, stateful: false };

/// The server's configuration: MS-CHAPv2 and MPPE-128 required, user `alice` with the password `clientPass`.
pub fn server_config() -> ServerConfig {
    ServerConfig {
        client: CLIENT,
        name: "culvert".to_owned(),
        users: Arc::new(|name: &str| (name == "alice").then(|| Secret::new("clientPass".to_owned()))),
        retries: 2,
        auth: AuthMethods::default(),
        encryption: Encryption::Required128,
        stateful: false,
        local: Ipv4Addr::new(203, 0, 113, 1),
        remote: Ipv4Addr::new(203, 0, 113, 77),
        dns: vec![Ipv4Addr::new(203, 0, 113, 53)],
        mtu: Mtu::Auto,
    }
}

/// A tunnel in fair weather.
pub fn fair(client: ClientConfig, server: ServerConfig, seed: u64) -> Tunnel {
    Tunnel::new(client, server, Net::new(Weather::FAIR, Chance::new([7; 32])), seed)
}

#[test]
fn the_defaults_connect_with_ms_chap_v2_and_mppe_128() {
    let mut tunnel = fair(client_config(Some("clientPass")), server_config(), 1);
    tunnel.connect(LIMIT).unwrap();
    let network = tunnel.client.up.clone().unwrap();
    assert_eq!(network.address, Ipv4Addr::new(203, 0, 113, 77));
    assert_eq!(network.peer, Some(Ipv4Addr::new(203, 0, 113, 1)));
    assert_eq!(network.dns, [Ipv4Addr::new(203, 0, 113, 53)]);
    assert_eq!(network.cipher, Some(MPPE_128));
    assert_eq!(network.auth, Some(AuthMethod::MsChapV2));
    assert_eq!(network.mtu, 1396);
    let expected: Vec<_> = Stage::ALL[2..9].to_vec();
    assert_eq!(tunnel.client.stages, expected);
    assert!(tunnel.now.as_micros() < 50_000, "connecting took {} of simulated time", tunnel.now);
}

#[test]
fn every_kind_of_encryption_carries_data_both_ways() {
    let cases = [
        (Encryption::Required, false, Some(MPPE_128)),
        (Encryption::Preferred, false, Some(MPPE_128)),
        (Encryption::Required128, true, Some(Cipher { stateful: true, ..MPPE_128 })),
        (Encryption::None, false, None),
    ];
    for (seed, (encryption, stateful, expected)) in (0..).zip(cases) {
        let (mut client, mut server) = (client_config(Some("clientPass")), server_config());
        (client.encryption, client.stateful) = (encryption, stateful);
        (server.encryption, server.stateful) = (encryption, stateful);
        let mut tunnel = fair(client, server, seed);
        tunnel.connect(LIMIT).unwrap();
        assert_eq!(tunnel.client.up.as_ref().unwrap().cipher, expected);
        for side in [Side::Client, Side::Server] {
            let data: Vec<u8> = (0..100_000_u32).map(|i| i.to_le_bytes()[0]).collect();
            assert_eq!(transfer(&mut tunnel, side, &data, LIMIT), Some(data));
        }
    }
}

#[test]
fn weaker_logins_work_when_both_ends_allow_them() {
    for method in [AuthMethod::MsChapV1, AuthMethod::ChapMd5, AuthMethod::Pap] {
        let (mut client, mut server) = (client_config(Some("clientPass")), server_config());
        client.auth = AuthMethods::new([method]);
        server.auth = AuthMethods::new([method]);
        client.encryption = if method.gives_keys() { Encryption::Required128 } else { Encryption::Preferred };
        server.encryption = client.encryption;
        let mut tunnel = fair(client, server, 3);
        tunnel.connect(LIMIT).unwrap();
        let network = tunnel.client.up.as_ref().unwrap();
        assert_eq!(network.auth, Some(method));
        assert_eq!(network.cipher, method.gives_keys().then_some(MPPE_128));
    }
}

#[test]
fn a_method_that_the_profile_does_not_allow_is_refused_and_nothing_is_given_away() {
    let mut server = server_config();
    server.auth = AuthMethods::new([AuthMethod::Pap]);
    server.encryption = Encryption::None;
    let mut tunnel = fair(client_config(Some("clientPass")), server, 4);
    let fault = tunnel.connect(LIMIT).unwrap_err().unwrap();
    assert_eq!(fault.code, FaultCode::AuthMethodRefused);
}

#[test]
fn a_wrong_password_is_a_refused_login() {
    let mut tunnel = fair(client_config(Some("wrong")), server_config(), 5);
    tunnel.client.passwords.extend(["wrong again", "and again"]);
    let fault = tunnel.connect(LIMIT).unwrap_err().unwrap();
    assert_eq!((fault.code, fault.stage), (FaultCode::AuthRejected, Some(Stage::CheckingPassword)));
    assert_eq!(tunnel.client.refusals.len(), 2);
    assert!(tunnel.client.refusals.iter().all(|refusal| refusal.stage == fault.stage));
}

#[test]
fn ipv6_is_refused_in_good_order_and_the_tunnel_stays() {
    let mut tunnel = fair(client_config(Some("clientPass")), server_config(), 1);
    tunnel.connect(LIMIT).unwrap();
    // An IPV6CP Configure-Request (RFC 5072 section 4), as pppd sends it.
    tunnel.client.session.handle_frame(0x8057, &[1, 1, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0, 1], tunnel.now);
    let commands: Vec<_> = iter::from_fn(|| tunnel.client.session.poll_command()).collect();
    let [Command::Seal(SealCommand::Frame(reject))] = &commands[..] else { panic!("{commands:?}") };
    // An LCP Protocol-Reject (RFC 1661 section 5.7) with the protocol and the whole request.
    assert_eq!(format!("{reject:?}"), format!("ControlFrame({} octets)", 4 + 4 + 2 + 14));
    assert!(tunnel.client.up.is_some() && tunnel.client.ended.is_none());
    let data = vec![7; 10_000];
    assert_eq!(transfer(&mut tunnel, Side::Client, &data, LIMIT), Some(data));
}

#[test]
fn another_password_is_taken_without_hanging_up() {
    let mut tunnel = fair(client_config(Some("wrong")), server_config(), 5);
    tunnel.client.passwords.push_back("clientPass");
    tunnel.connect(LIMIT).unwrap();
    assert!(tunnel.now.as_micros() < 100_000, "connecting took {} of simulated time", tunnel.now);
}

#[test]
fn a_password_can_be_given_when_asked() {
    let mut tunnel = fair(client_config(None), server_config(), 6);
    tunnel.client.passwords.push_back("clientPass");
    tunnel.connect(LIMIT).unwrap();
}

#[test]
fn encryption_that_the_server_lacks_ends_the_attempt_before_ip_flows() {
    let mut server = server_config();
    server.encryption = Encryption::None;
    let mut tunnel = fair(client_config(Some("clientPass")), server, 7);
    let fault = tunnel.connect(LIMIT).unwrap_err().unwrap();
    assert_eq!(fault.code, FaultCode::MppeNotOffered);
    assert_eq!(tunnel.client.times_up, 0);
}

#[test]
fn encryption_that_the_server_requires_and_the_profile_forbids_is_named() {
    let mut client = client_config(Some("clientPass"));
    client.encryption = Encryption::None;
    let mut tunnel = fair(client, server_config(), 8);
    let fault = tunnel.connect(LIMIT).unwrap_err().unwrap();
    assert_eq!(fault.code, FaultCode::MppeRequiredByPeer);
}

#[test]
fn both_ends_end_in_order_when_the_client_disconnects() {
    let mut tunnel = fair(client_config(Some("clientPass")), server_config(), 9);
    tunnel.connect(LIMIT).unwrap();
    let before = tunnel.now;
    tunnel.client.session.disconnect(tunnel.now);
    let ended = |tunnel: &mut Tunnel| tunnel.client.ended.is_some() && tunnel.server.ended.is_some();
    assert!(tunnel.run(Duration::from_secs(4), ended));
    assert_eq!(tunnel.client.ended, Some(None));
    assert!(tunnel.now - before < Duration::from_millis(100));
}
