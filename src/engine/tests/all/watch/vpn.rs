use std::net::Ipv4Addr;

use culvert_engine::Tun;
use culvert_engine::watch::{OtherVpn, Reach, other_vpns};
use culvert_model::VpnKind;

use super::{applied, figure};
use crate::namespace::Namespace;

const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 9);

async fn vpns(client: &Namespace, server: Option<Ipv4Addr>) -> Vec<OtherVpn> {
    client.block_on(move || async move { other_vpns(server).await.unwrap() })
}

fn vpn(interface: &str, kind: VpnKind, reach: Reach) -> OtherVpn {
    OtherVpn { interface: Some(interface.to_owned()), kind, reach }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn another_vpn_is_found_however_it_takes_everything() {
    let (client, _server) = Namespace::pair();
    assert_eq!(vpns(&client, None).await, []);
    let tun = client.run(|| Tun::create("tun%d").unwrap());
    let name = tun.name().to_owned();
    client.ip(&format!("addr add 10.8.0.2/24 dev {name}"));
    client.ip(&format!("link set {name} up"));
    // Up, and part of the internet, but not everything.
    client.ip(&format!("route add 192.0.0.0/8 dev {name}"));
    assert_eq!(vpns(&client, None).await, []);

    let everything = [vpn(&name, VpnKind::Tun, Reach::Everything)];
    let ways: [&[&str]; 4] = [
        &["route add default dev tun0 metric 1", "route del default via 198.51.100.1"],
        &["route add 0.0.0.0/1 dev tun0", "route add 128.0.0.0/1 dev tun0"],
        &["route add default dev tun0 table 51820", "rule add not fwmark 51820 table 51820"],
        &[
            "route add 0.0.0.0/2 dev tun0",
            "route add 64.0.0.0/2 dev tun0",
            "route add 128.0.0.0/2 dev tun0",
            "route add 192.0.0.0/3 dev tun0",
        ],
    ];
    for way in ways {
        for command in way {
            client.ip(&command.replace("tun0", &name));
        }
        assert_eq!(vpns(&client, None).await, everything, "{way:?}");
        for command in way.iter().rev() {
            let back = if command.contains(" del ") {
                command.replace(" del ", " add ")
            } else {
                command.replace(" add ", " del ")
            };
            client.ip(&back.replace("tun0", &name));
        }
        assert_eq!(vpns(&client, None).await, [], "{way:?}");
    }

    // It takes our server, and a tunnel of ours does not hide it.
    assert_eq!(
        vpns(&client, Some(Ipv4Addr::new(192, 0, 9, 9))).await,
        [vpn(&name, VpnKind::Tun, Reach::Server)]
    );
    let ours = client.run(|| Tun::create("culvert%d").unwrap());
    applied(&client, &ours);
    assert_eq!(vpns(&client, None).await, []);
    client.ip(&format!("route add default dev {name} metric 1"));
    client.ip("route del default via 198.51.100.1");
    assert_eq!(vpns(&client, Some(ELSEWHERE)).await, everything);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn other_kinds_of_vpns_are_named() {
    let kinds = [
        ("wg0", "type wireguard", VpnKind::WireGuard),
        ("ipsec0", "type xfrm dev out0 if_id 7", VpnKind::Ipsec),
        ("gre7", "type gre local 198.51.100.2 remote 198.51.100.1", VpnKind::Plain),
    ];
    for (name, words, kind) in kinds {
        let (client, _server) = Namespace::pair();
        let added = client.run(move || {
            let words = format!("link add {name} {words}");
            std::process::Command::new("ip").args(words.split(' ')).status().unwrap().success()
        });
        if !added {
            figure(&format!("this kernel has no device {name}"));
            continue;
        }
        client.ip(&format!("addr add 10.8.0.2/24 dev {name}"));
        client.ip(&format!("link set {name} up"));
        client.ip(&format!("route add default dev {name} metric 1"));
        client.ip("route del default via 198.51.100.1");
        assert_eq!(vpns(&client, None).await, [vpn(name, kind, Reach::Everything)]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_device_without_a_network_below_is_the_line_itself() {
    let client = Namespace::new();
    client.ip("tuntap add tap0 mode tap");
    client.ip("addr add 10.0.2.100/24 dev tap0");
    client.ip("link set tap0 up");
    client.ip("route add default via 10.0.2.2");
    assert_eq!(vpns(&client, None).await, []);

    client.ip("link add eth0 type veth peer name other0");
    client.ip("link set other0 up");
    client.ip("addr add 203.0.113.5/24 dev eth0");
    client.ip("link set eth0 up");
    client.ip("route add default via 203.0.113.1 metric 600");
    assert_eq!(vpns(&client, None).await, [vpn("tap0", VpnKind::Tun, Reach::Everything)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn ipsec_without_a_device_is_found_too() {
    let (client, _server) = Namespace::pair();
    let template = "tmpl src 198.51.100.2 dst 198.51.100.1 proto esp mode tunnel";
    client.ip("addr add 10.3.0.5/32 dev out0");
    client.ip(&format!("xfrm policy add dir out src 10.3.0.5/32 dst 0.0.0.0/0 {template}"));
    // What is being agreed on does: not every kernel has the ciphers for more.
    client.ip("xfrm state allocspi src 198.51.100.2 dst 198.51.100.1 proto esp mode tunnel reqid 7");
    // Our packets leave from another address.
    assert_eq!(vpns(&client, None).await, []);
    client.ip("route replace default via 198.51.100.1 src 10.3.0.5");
    let ipsec = OtherVpn { interface: None, kind: VpnKind::Ipsec, reach: Reach::Everything };
    assert_eq!(vpns(&client, None).await, [ipsec]);
    // What goes to one place, or lets packets pass as they are, is none.
    client.ip("xfrm state flush");
    assert_eq!(vpns(&client, None).await, []);
    client.ip("xfrm state allocspi src 198.51.100.2 dst 198.51.100.1 proto esp mode tunnel reqid 7");
    client.ip("xfrm policy flush");
    client.ip(&format!("xfrm policy add dir out src 10.3.0.5/32 dst 10.0.0.0/8 {template}"));
    assert_eq!(vpns(&client, None).await, []);
}
