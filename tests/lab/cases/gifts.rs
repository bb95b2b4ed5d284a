//! What a server hands out: addresses, name servers and sizes that would harm whoever took them.

use std::net::Ipv4Addr;

use culvert_model::FaultCode;

use crate::house::House;
use crate::router::Router;
use crate::villain::{Meeting, Script, side_by_side};

const OWN_CARD: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 10);

#[test]
fn addresses_that_are_nobodys_or_somebody_elses_are_refused() {
    let own = Script::default().own;
    let plays = [
        ("nothing", Ipv4Addr::UNSPECIFIED, FaultCode::NoAddress),
        ("this network", Ipv4Addr::new(0, 1, 2, 3), FaultCode::BadAddress),
        ("loopback", Ipv4Addr::LOCALHOST, FaultCode::BadAddress),
        ("multicast", Ipv4Addr::new(224, 0, 0, 251), FaultCode::BadAddress),
        ("broadcast", Ipv4Addr::BROADCAST, FaultCode::BadAddress),
        ("the server's outer address", House::SERVER, FaultCode::BadAddress),
        ("the card's own address", OWN_CARD, FaultCode::BadAddress),
    ];
    side_by_side(&plays, |&(name, client, fault)| {
        let meeting = Meeting::new(Script { client, own, ..Script::default() });
        let (found, took) = meeting.fails(&[]);
        let found = found.map_or("no fault", FaultCode::as_str);
        println!("figure: {name}, {client}: {found} after {:.1} s", took.as_secs_f32());
        assert_eq!(found, fault.as_str(), "{name}");
        meeting.client.finish();
    });
}

/// Nothing of these is a route or a name server here, and the client is as well connected as ever.
#[test]
fn of_hostile_gifts_nothing_is_installed() {
    let plain = Script::default();
    let plays = [
        ("nothing", plain.own, [Ipv4Addr::new(10, 66, 0, 1), Ipv4Addr::new(10, 66, 0, 3)], 2),
        ("loopback", Ipv4Addr::LOCALHOST, [Ipv4Addr::LOCALHOST, Ipv4Addr::new(127, 0, 0, 53)], 0),
        ("multicast", Ipv4Addr::new(224, 0, 0, 1), [Ipv4Addr::new(224, 0, 0, 251), Ipv4Addr::BROADCAST], 0),
        ("no name servers", plain.own, [Ipv4Addr::UNSPECIFIED; 2], 0),
        ("the router's", Router::INSIDE, [plain.own; 2], 1),
        ("the client's own", plain.client, [plain.own; 2], 1),
    ];
    side_by_side(&plays, |&(name, own, dns, servers)| {
        let meeting = Meeting::new(Script { own, dns, ..Script::default() });
        let run = meeting.connect(&[]);
        assert_eq!(run.code, Some(0), "{name}: {}{}", run.stdout, run.stderr);
        let host = meeting.client.host();
        let addresses = host.shell("ip -4 -o address show | awk '{print $2, $4}' | grep -v '^lo'");
        let routes = host.shell("ip -4 route show table 1723");
        let file = String::from_utf8_lossy(&meeting.client.resolv_conf()).into_owned();
        let asked: Vec<&str> = file.lines().filter_map(|line| line.strip_prefix("nameserver ")).collect();
        println!("figure: {name}: {} routes, name servers {asked:?}", routes.lines().count());
        assert_eq!(addresses.lines().count(), 2, "{name}: {addresses}");
        assert_eq!(
            routes.lines().filter(|line| !line.starts_with("unreachable")).count(),
            1,
            "{name}: {routes}"
        );
        let given = asked.iter().filter(|one| dns.iter().any(|given| given.to_string() == **one)).count();
        assert_eq!(given, servers, "{name}: {asked:?}");
        meeting.client.disconnect();
        meeting.client.finish();
    });
}

#[test]
fn whatever_size_a_server_insists_on_the_tunnel_has_a_sound_one() {
    let plays: [u16; 10] = [0, 1, 67, 127, 575, 576, 1499, 1501, 9000, 65535];
    side_by_side(&plays, |&mru| {
        let meeting = Meeting::new(Script { mru: Some(mru), ..Script::default() });
        let run = meeting.connect(&[]);
        if run.code == Some(0) {
            let mtu =
                meeting.client.host().shell("ip -o link show type tun | grep -o 'mtu [0-9]*' | cut -c5-");
            let mtu: u16 = mtu.trim().parse().expect("a number");
            println!("figure: MRU {mru}: connected, with an MTU of {mtu}");
            assert!((576..=1500).contains(&mtu) && mtu <= mru, "MRU {mru}: {mtu}");
            meeting.client.disconnect();
        } else {
            let fault = meeting.client.last_fault();
            println!("figure: MRU {mru}: {}", fault.map_or("no fault", FaultCode::as_str));
            assert_eq!(fault, Some(FaultCode::PppNoAgreement), "MRU {mru}");
        }
        meeting.client.finish();
    });
}
