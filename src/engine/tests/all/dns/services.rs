//! Whoever looks after names is told: scripted, for the real ones need a machine of their own.

use std::collections::HashMap;
use std::fs;
use std::sync::{Arc, Mutex};

use culvert_engine::host::HostError;
use culvert_engine::host::dns::{DnsKeeper, DnsSystem};
use culvert_model::DnsMethod;
use culvert_policy::Domains;
use zbus::zvariant::Value;

use super::bus::{Bus, Configuration, LinkSettings, NetworkManager, Resolved};
use super::{all, dns, root, system};

const STUB: &str = "# by hand\nnameserver 127.0.0.53\noptions edns0 trust-ad\n";
const LOOPBACK: i32 = 1;

fn servers() -> Vec<(i32, Vec<u8>)> {
    vec![(2, vec![10, 0, 0, 1]), (2, vec![10, 0, 0, 2])]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resolved_asks_the_tunnel_for_every_name_and_is_told_when_it_is_over() {
    let (bus, root) = (Bus::start(), root(STUB));
    let resolved = Resolved::default();
    let _service = resolved.serve(&bus).await;
    let mut keeper = DnsKeeper::new(system(root.path(), Some(&bus.address)));
    assert_eq!(keeper.apply(Some(&dns(all()))).await.unwrap(), Some(DnsMethod::Resolved));
    let told = LinkSettings {
        servers: servers(),
        domains: vec![("office.example".to_owned(), false), (".".to_owned(), true)],
        default_route: Some(true),
        multicast: vec!["LLMNR=no".to_owned(), "mDNS=no".to_owned()],
    };
    assert_eq!(resolved.links.lock().unwrap().get(&LOOPBACK), Some(&told));
    assert!(keeper.is_in_place().await.unwrap());
    // Somebody else takes them away.
    resolved.links.lock().unwrap().clear();
    assert!(!keeper.is_in_place().await.unwrap());
    assert_eq!(keeper.apply(Some(&dns(all()))).await.unwrap(), Some(DnsMethod::Resolved));
    assert_eq!(resolved.links.lock().unwrap().get(&LOOPBACK), Some(&told));
    assert_eq!(keeper.apply(None).await.unwrap(), None);
    assert!(resolved.links.lock().unwrap().is_empty());
    assert_eq!(fs::read_to_string(root.path().join("etc/resolv.conf")).unwrap(), STUB);
}

/// An administrator takes names out of its hands while the tunnel is up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_in_charge_any_more_is_told_to_forget() {
    let (bus, root) = (Bus::start(), root(STUB));
    let path = root.path().join("etc/resolv.conf");
    let resolved = Resolved::default();
    let _service = resolved.serve(&bus).await;
    let mut keeper = DnsKeeper::new(system(root.path(), Some(&bus.address)));
    assert_eq!(keeper.apply(Some(&dns(all()))).await.unwrap(), Some(DnsMethod::Resolved));
    let by_hand = "nameserver 192.0.2.53\n";
    fs::write(&path, by_hand).unwrap();
    resolved.links.lock().unwrap().get_mut(&LOOPBACK).unwrap().servers.clear();
    assert_eq!(keeper.apply(Some(&dns(all()))).await.unwrap(), Some(DnsMethod::File));
    assert!(resolved.links.lock().unwrap().is_empty(), "it still knows the tunnel's domains");
    assert!(keeper.is_in_place().await.unwrap());
    assert_eq!(keeper.apply(None).await.unwrap(), None);
    assert_eq!(fs::read_to_string(&path).unwrap(), by_hand);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resolved_asks_the_tunnel_for_the_names_of_its_domains_alone() {
    let (bus, root) = (Bus::start(), root(STUB));
    let resolved = Resolved::default();
    let _service = resolved.serve(&bus).await;
    let mut keeper = DnsKeeper::new(system(root.path(), Some(&bus.address)));
    let domains = Domains::Only(vec!["office.example".to_owned()]);
    assert_eq!(keeper.apply(Some(&dns(domains))).await.unwrap(), Some(DnsMethod::Resolved));
    let links = resolved.links.lock().unwrap().clone();
    assert_eq!(links[&LOOPBACK].domains, [("office.example".to_owned(), false)]);
    assert_eq!(links[&LOOPBACK].default_route, Some(false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_resolved_is_enough() {
    let (bus, root) = (Bus::start(), root(STUB));
    let resolved = Resolved { old: true, ..Resolved::default() };
    let _service = resolved.serve(&bus).await;
    let mut keeper = DnsKeeper::new(system(root.path(), Some(&bus.address)));
    assert_eq!(keeper.apply(Some(&dns(all()))).await.unwrap(), Some(DnsMethod::Resolved));
    assert_eq!(resolved.links.lock().unwrap()[&LOOPBACK].default_route, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_resolved_refuses_the_file_is_next_and_nothing_is_half_done() {
    let bus = Bus::start();
    for refuses in ["SetLinkDNS", "SetLinkDomains", "SetLinkDefaultRoute"] {
        let root = root(STUB);
        let resolved = Resolved { refuses: Some(refuses), ..Resolved::default() };
        let service = resolved.serve(&bus).await;
        let mut keeper = DnsKeeper::new(system(root.path(), Some(&bus.address)));
        assert_eq!(keeper.apply(Some(&dns(all()))).await.unwrap(), Some(DnsMethod::File), "{refuses}");
        assert!(resolved.links.lock().unwrap().is_empty(), "{refuses}");
        keeper.apply(None).await.unwrap();
        assert_eq!(fs::read_to_string(root.path().join("etc/resolv.conf")).unwrap(), STUB);
        // Nobody else can send only some names into the tunnel.
        let domains = Domains::Only(vec!["office.example".to_owned()]);
        let error = keeper.apply(Some(&dns(domains))).await.unwrap_err();
        assert!(matches!(error, HostError::Refused { .. }), "{error}");
        drop(service);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resolved_that_forgets_is_not_believed() {
    let (bus, root) = (Bus::start(), root(STUB));
    let resolved = Resolved { forgets: true, ..Resolved::default() };
    let _service = resolved.serve(&bus).await;
    let mut keeper = DnsKeeper::new(system(root.path(), Some(&bus.address)));
    assert_eq!(keeper.apply(Some(&dns(all()))).await.unwrap(), Some(DnsMethod::File));
    assert!(resolved.links.lock().unwrap().is_empty());
}

fn configuration(server: &str) -> Configuration {
    let everything = HashMap::from([("servers", Value::from(vec![server]))]);
    let domains = HashMap::from([("*", Value::from(everything))]);
    HashMap::from([("domains".to_owned(), Value::from(domains).try_to_owned().unwrap())])
}

fn network_manager(root: &std::path::Path, before: Configuration) -> (NetworkManager, DnsSystem) {
    let resolv_conf = root.join("etc/resolv.conf");
    let global = Arc::new(Mutex::new(before));
    (NetworkManager { global, resolv_conf, usual: "192.0.2.53", refuses: false }, system(root, None))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn network_manager_gets_back_what_it_had_also_after_a_crash() {
    let bus = Bus::start();
    for before in [None, Some("192.0.2.99")] {
        let root = root("");
        let (manager, mut system) =
            network_manager(root.path(), before.map(configuration).unwrap_or_default());
        let service = manager.serve(&bus).await;
        system.bus = Some(bus.address.clone());
        let original = fs::read_to_string(&manager.resolv_conf).unwrap();
        let global = || format!("{:?}", manager.global.lock().unwrap());
        let had = global();
        for crash in [false, true] {
            let mut keeper = DnsKeeper::new(system.clone());
            for _ in 0..2 {
                assert_eq!(keeper.apply(Some(&dns(all()))).await.unwrap(), Some(DnsMethod::NetworkManager));
                let text = fs::read_to_string(&manager.resolv_conf).unwrap();
                assert!(text.ends_with("\nnameserver 10.0.0.1\nnameserver 10.0.0.2\n"), "{text}");
                assert!(keeper.is_in_place().await.unwrap());
            }
            if crash {
                keeper = DnsKeeper::new(system.clone());
                keeper.restore_after_crash().await.unwrap();
            } else {
                keeper.apply(None).await.unwrap();
            }
            assert_eq!(global(), had);
            assert_eq!(fs::read_to_string(&manager.resolv_conf).unwrap(), original);
            assert_eq!(fs::read_dir(root.path().join("state")).unwrap().count(), 0);
        }
        drop(service);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_told_network_manager_since_stays() {
    let (bus, root) = (Bus::start(), root(""));
    let (manager, mut system) = network_manager(root.path(), Configuration::new());
    let _service = manager.serve(&bus).await;
    system.bus = Some(bus.address.clone());
    let mut keeper = DnsKeeper::new(system);
    keeper.apply(Some(&dns(all()))).await.unwrap();
    *manager.global.lock().unwrap() = configuration("192.0.2.99");
    assert!(!keeper.is_in_place().await.unwrap());
    keeper.apply(None).await.unwrap();
    assert_eq!(format!("{:?}", manager.global.lock().unwrap()), format!("{:?}", configuration("192.0.2.99")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_network_manager_refuses_the_file_is_next() {
    let (bus, root) = (Bus::start(), root(""));
    let (mut manager, mut system) = network_manager(root.path(), Configuration::new());
    manager.refuses = true;
    let _service = manager.serve(&bus).await;
    system.bus = Some(bus.address.clone());
    let mut keeper = DnsKeeper::new(system);
    assert_eq!(keeper.apply(Some(&dns(all()))).await.unwrap(), Some(DnsMethod::File));
    assert_eq!(fs::read_dir(root.path().join("state")).unwrap().count(), 0);
}
