//! What lies between: translators of addresses, and a firewall on the client's own host.

use std::thread;
use std::time::Duration;

use culvert_model::{FaultClass, FaultCode};

use crate::cases::traffic::download;
use crate::client::Client;
use crate::router::{Passage, Router};
use crate::run::Run;
use crate::server::{INNER, Options, Pptpd};

/// Sent from the tunnel's inside only, so that the two clients' default routes stay as they are.
const SPLIT: [&str; 2] = ["--route", "10.9.0.0/24"];

/// GRE that does not pass must be told within this time.
const VERDICT: Duration = Duration::from_secs(15);

/// The same where the server has to give up first: pppd asks ten times, every three seconds.
const VERDICT_OF_THE_SERVER: Duration = Duration::from_secs(45);

/// The same where somebody on the way says so.
const VERDICT_WHEN_TOLD: Duration = Duration::from_secs(5);

#[test]
fn nat_that_understands_pptp() {
    let router = Router::new(Passage::NatWithHelper);
    let _server = Pptpd::start(&router, Options::STRONG);
    let client = Client::new(&router, 10);
    client.connect_well(&[]);
    client.ping(INNER);
    client.disconnect();
    client.finish();
}

#[test]
fn two_clients_behind_one_nat() {
    let router = Router::new(Passage::NatWithHelper);
    let _server = Pptpd::start(&router, Options::STRONG);
    let clients = [Client::new(&router, 10), Client::new(&router, 11)];
    let networks = clients.each_ref().map(|client| client.connect_well(&SPLIT));
    assert_ne!(networks[0].address, networks[1].address);
    thread::scope(|scope| {
        for client in &clients {
            scope.spawn(|| {
                client.ping(INNER);
                download(client.host(), INNER, 500_000);
            });
        }
    });
    let [first, second] = clients;
    first.disconnect();
    second.ping(INNER);
    second.disconnect();
    first.finish();
    second.finish();
}

#[test]
fn nat_that_does_not_understand_pptp() {
    let router = Router::new(Passage::NatWithoutHelper);
    let _server = Pptpd::start(&router, Options::STRONG);
    let client = Client::new(&router, 10);
    // Only the server is told; what the client sees is that it hangs up.
    let fault = tells_that_gre_does_not_pass(&client);
    assert_eq!(fault.class(), FaultClass::GreBlocked);
}

#[test]
fn nat_that_does_not_understand_pptp_and_says_nothing() {
    let router = Router::new(Passage::SilentNatWithoutHelper);
    let _server = Pptpd::start(&router, Options::STRONG);
    tells_that_gre_is_blocked(&Client::new(&router, 10));
}

#[test]
fn router_that_forbids_gre_and_says_so() {
    let router = Router::new(Passage::ForbidsGre);
    let _server = Pptpd::start(&router, Options::STRONG);
    let client = Client::new(&router, 10);
    let blocked = client.connect(&[]);
    assert_eq!(blocked.code, Some(5), "{}{}", blocked.stdout, blocked.stderr);
    assert_eq!(client.last_fault(), Some(FaultCode::GreBlocked));
    let words = format!("{} rejects the packets: a rule there forbids them", Router::INSIDE);
    assert!(blocked.stderr.contains(&words), "{}", blocked.stderr);
    assert!(blocked.took < VERDICT_WHEN_TOLD, "told after {:?}", blocked.took);
    println!("figure: told after {} ms", blocked.took.as_millis());
    client.assert_nothing_left();
}

/// The client cannot tell before the server gives up.
#[test]
fn router_that_swallows_the_clients_gre() {
    let router = Router::new(Passage::SwallowsGre(Router::CLIENT_BRIDGE));
    let _server = Pptpd::start(&router, Options::STRONG);
    let client = Client::new(&router, 10);
    let blocked = tells_that_gre_is_blocked_within(&client, VERDICT_OF_THE_SERVER);
    assert!(blocked.stderr.contains("your data packets do not reach it"), "{}", blocked.stderr);
}

#[test]
fn router_that_swallows_the_servers_gre() {
    let router = Router::new(Passage::SwallowsGre(Router::SERVER_PORT));
    let _server = Pptpd::start(&router, Options::STRONG);
    let client = Client::new(&router, 10);
    let blocked = tells_that_gre_is_blocked_within(&client, VERDICT);
    assert!(blocked.stderr.contains("its data packets do not come back"), "{}", blocked.stderr);
}

/// It looks from here as if a router rejected the server's GRE, so nothing is claimed for sure.
#[test]
fn server_that_cannot_start_ppp() {
    let router = Router::new(Passage::Plain);
    let _server = Pptpd::start(&router, Options("no-such-option"));
    let client = Client::new(&router, 10);
    assert_eq!(tells_that_gre_does_not_pass(&client), FaultCode::ClosedBeforeGre);
}

/// The common rules of a desktop: what was asked for may come in, and GRE never counts as asked for.
#[test]
fn default_deny_firewall_on_the_clients_host() {
    let router = Router::new(Passage::Plain);
    let _server = Pptpd::start(&router, Options::STRONG);
    let client = Client::behind_firewall(&router, 10);
    client.connect_well(&[]);
    client.ping(INNER);
    client.disconnect();
    // The guard asks the kernel to let GRE in; without one, the firewall does what it was told.
    tells_that_gre_is_blocked_by(&client, &["--no-guard"]);
}

fn tells_that_gre_is_blocked(client: &Client) {
    tells_that_gre_is_blocked_within(client, VERDICT);
}

fn tells_that_gre_is_blocked_by(client: &Client, arguments: &[&str]) {
    let blocked = client.connect(arguments);
    assert_eq!(blocked.code, Some(5), "{}{}", blocked.stdout, blocked.stderr);
    assert_eq!(client.last_fault(), Some(FaultCode::GreBlocked));
    client.assert_nothing_left();
}

fn tells_that_gre_is_blocked_within(client: &Client, limit: Duration) -> Run {
    let (fault, blocked) = tells_that_gre_does_not_pass_within(client, limit);
    assert_eq!(fault, FaultCode::GreBlocked);
    blocked
}

fn tells_that_gre_does_not_pass(client: &Client) -> FaultCode {
    tells_that_gre_does_not_pass_within(client, VERDICT).0
}

fn tells_that_gre_does_not_pass_within(client: &Client, limit: Duration) -> (FaultCode, Run) {
    let blocked = client.connect(&[]);
    assert_eq!(blocked.code, Some(5), "{}{}", blocked.stdout, blocked.stderr);
    assert!(blocked.took < limit, "told after {:?}", blocked.took);
    println!("figure: told after {} ms", blocked.took.as_millis());
    client.assert_nothing_left();
    (client.last_fault().expect("a fault"), blocked)
}
