//! Every login method, and refused logins.

use culvert_model::{AuthMethod, FaultCode};

use crate::client::Client;
use crate::router::{Passage, Router};
use crate::server::{INNER, OUTER, Options, Pptpd};

/// Connects to a server with these options, with a profile that opts in to what they need; and checks before that
/// the default profile does not fall for them.
fn logs_in_when_opted_in(options: Options, opt_in: &[&str], method: AuthMethod) {
    let router = Router::new(Passage::Plain);
    let _server = Pptpd::start(&router, options);
    let client = Client::new(&router, 10);

    let refused = client.connect(&[]);
    assert_eq!(refused.code, Some(3), "{}{}", refused.stdout, refused.stderr);
    assert_eq!(client.last_fault(), Some(FaultCode::AuthMethodRefused));
    client.assert_nothing_left();

    let network = client.connect_well(opt_in);
    assert_eq!(network.auth, Some(method));
    client.ping(INNER);
    client.disconnect();
    client.finish();
}

#[test]
fn ms_chap_v1() {
    let options = Options("require-mschap require-mppe-128");
    logs_in_when_opted_in(options, &["--auth", "ms-chap-v1"], AuthMethod::MsChapV1);
}

#[test]
fn chap_md5() {
    let options = Options("require-chap nomppe");
    logs_in_when_opted_in(options, &["--auth", "chap-md5", "--encryption", "none"], AuthMethod::ChapMd5);
}

#[test]
fn pap() {
    let options = Options("require-pap nomppe");
    logs_in_when_opted_in(options, &["--auth", "pap", "--encryption", "none"], AuthMethod::Pap);
}

#[test]
fn wrong_password() {
    let router = Router::new(Passage::Plain);
    let _server = Pptpd::start(&router, Options::STRONG);
    let client = Client::new(&router, 10);
    let refused = client.connect_to(&OUTER.to_string(), "not the password", &[]);
    assert_eq!(refused.code, Some(3), "{}{}", refused.stdout, refused.stderr);
    assert!(refused.stderr.contains("user name or password"), "the reason is told: {}", refused.stderr);
    assert!(!refused.stderr.contains("not the password"), "the password itself is not");
    assert_eq!(client.last_fault(), Some(FaultCode::AuthRejected));
    client.finish();
}
