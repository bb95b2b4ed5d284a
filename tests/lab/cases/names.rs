//! A server that is known by a name which nobody can look up any more.

use std::time::Duration;

use culvert_model::{FaultCode, State};

use crate::client::Client;
use crate::house::House;
use crate::name_server::NameServer;
use crate::router::{Passage, Router};
use crate::run::eventually;
use crate::server::PASSWORD;

const NAME: &str = "vpn.example";

#[test]
fn a_server_whose_name_is_gone_is_dialled_where_it_was() {
    let router = Router::new(Passage::Plain);
    let mut house = House::start(&router);
    let client = Client::with_name_server(&router, 10, Router::INSIDE);
    let unknown = client.connect_to(NAME, PASSWORD, &[]);
    assert_eq!(unknown.code, Some(4), "{}{}", unknown.stdout, unknown.stderr);
    assert_eq!(client.last_fault(), Some(FaultCode::DnsFailed), "where it is was never known");

    let names = NameServer::start(router.outside(), &[format!("--host-record={NAME},{}", House::SERVER)]);
    let found = || client.connect_to(NAME, PASSWORD, &[]).code == Some(0);
    assert!(eventually(Duration::from_secs(10), found), "{:?}", client.status());
    drop(names);

    house.restart();
    let is_lost = || matches!(client.status().state, State::Reconnecting { .. });
    assert!(eventually(Duration::from_secs(20), is_lost), "{:?}", client.status());
    let is_back = || client.network().is_some_and(|network| network.server == House::SERVER);
    assert!(eventually(Duration::from_secs(40), is_back), "{:?}", client.status());
    assert!(eventually(Duration::from_secs(10), || client.reaches(House::INSIDE)));
    client.disconnect();
    client.finish();
}
