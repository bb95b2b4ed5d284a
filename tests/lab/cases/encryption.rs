//! Every kind of encryption that pppd has, and none.

use culvert_model::{AuthMethod, Cipher, FaultCode, KeyStrength};

use crate::client::Client;
use crate::router::{Passage, Router};
use crate::server::{INNER, Options, Pptpd};
use crate::sniffer::Sniffer;

const STATELESS_128: Cipher = Cipher { strength: KeyStrength::Bits128, stateful: false };

/// Connects to a server with these options and with these arguments, and checks what was agreed and what was seen
/// on the wire.
fn agrees_on(options: &'static str, arguments: &[&str], cipher: Option<Cipher>) {
    let router = Router::new(Passage::Plain);
    let _server = Pptpd::start(&router, Options(options));
    let client = Client::new(&router, 10);
    let sniffer = Sniffer::start(router.outside());
    let network = client.connect_well(arguments);
    assert_eq!((network.auth, network.cipher), (Some(AuthMethod::MsChapV2), cipher));
    client.ping(INNER);
    client.disconnect();
    let census = sniffer.finish();
    assert_eq!((census.clear == 0, census.encrypted == 0), (cipher.is_some(), cipher.is_none()), "{census}");
    client.finish();
}

#[test]
fn stateless_128() {
    agrees_on("require-mschap-v2 require-mppe-128", &[], Some(STATELESS_128));
}

#[test]
fn stateful() {
    let stateful = Cipher { stateful: true, ..STATELESS_128 };
    agrees_on("require-mschap-v2 require-mppe-128 mppe-stateful", &["--stateful"], Some(stateful));
}

#[test]
fn forty_bits() {
    let weak = Cipher { strength: KeyStrength::Bits40, stateful: false };
    agrees_on("require-mschap-v2 require-mppe-40 nomppe-128", &["--encryption", "required"], Some(weak));
}

#[test]
fn either_strength() {
    agrees_on("require-mschap-v2 require-mppe", &["--encryption", "required"], Some(STATELESS_128));
}

#[test]
fn none_allowed() {
    agrees_on("require-mschap-v2 nomppe", &["--encryption", "preferred"], None);
}

#[test]
fn forty_bits_are_refused_unless_allowed() {
    refuses(
        "require-mschap-v2 require-mppe-40 nomppe-128",
        &[FaultCode::MppeMismatch, FaultCode::MppeNotOffered],
    );
}

/// The counter that must stay at zero is shown to count in the same test: the same server carries a ping in clear as
/// soon as the profile allows that.
#[test]
fn server_without_encryption_gets_no_packet_in_clear() {
    refuses("require-mschap-v2 nomppe", &[FaultCode::MppeNotOffered]);
}

#[test]
fn server_without_compression_control_gets_no_packet_in_clear() {
    refuses("require-mschap-v2 noccp", &[FaultCode::MppeNotOffered]);
}

fn refuses(options: &'static str, faults: &[FaultCode]) {
    let router = Router::new(Passage::Plain);
    let _server = Pptpd::start(&router, Options(options));
    let client = Client::new(&router, 10);

    let sniffer = Sniffer::start(router.outside());
    let refused = client.connect(&[]);
    let census = sniffer.finish();
    assert_eq!(refused.code, Some(6), "{}{}", refused.stdout, refused.stderr);
    assert!(client.last_fault().is_some_and(|fault| faults.contains(&fault)), "{:?}", client.last_fault());
    assert!(census.frames > 0 && census.clear == 0, "{census}");
    client.assert_nothing_left();

    let sniffer = Sniffer::start(router.outside());
    let network = client.connect_well(&["--encryption", "preferred"]);
    client.ping(INNER);
    client.disconnect();
    let census = sniffer.finish();
    let in_clear = network.cipher.is_none();
    assert_eq!((census.clear > 0, census.encrypted > 0), (in_clear, !in_clear), "{census}");
    client.finish();
}
