//! The server's name, asked of a real name server (dnsmasq) across a cable; what no real one does is scripted.

use std::fs;
use std::net::{Ipv4Addr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use culvert_engine::resolver::{Found, Resolver};
use culvert_model::{Evidence, Fault, FaultCode, NameServerSaid, Stage};
use tempfile::TempDir;

use crate::dns::bus::{Bus, NetworkManager};
use crate::namespace::{Namespace, SERVER};

const MARK: u32 = 0x1723;

/// Nobody has it, and nobody says so.
const SILENT: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);

struct Dnsmasq(Child);

impl Dnsmasq {
    fn start(namespace: &Namespace) -> Self {
        let child = namespace.run(|| {
            let many = (1..=60).map(|last| format!("--host-record=many.example,192.0.2.{last}"));
            Command::new("dnsmasq")
                .args([
                    "--keep-in-foreground",
                    "--conf-file=/dev/null",
                    "--no-resolv",
                    "--no-hosts",
                    "--user=root",
                ])
                .args(["--pid-file=", "--local=/example/", "--local-ttl=77", "--log-facility=/dev/null"])
                .args(["--host-record=vpn.example,192.0.2.7", "--cname=alias.example,vpn.example"])
                .args([
                    "--host-record=six.example,2001:db8::7",
                    "--host-record=xn--bcher-kva.example,192.0.2.8",
                ])
                .args(["--address=/nobody.example/0.0.0.0"])
                .args(many)
                .stderr(Stdio::null())
                .spawn()
                .expect("the program dnsmasq")
        });
        let namespace_is_served = || {
            namespace.run(|| {
                let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
                socket.connect("127.0.0.1:53").unwrap();
                socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
                let question = b"\0\x01\x01\0\0\x01\0\0\0\0\0\0\x03vpn\x07example\0\0\x01\0\x01";
                socket.send(question).is_ok() && socket.recv(&mut [0; 512]).is_ok()
            })
        };
        let start = Instant::now();
        while !namespace_is_served() {
            assert!(start.elapsed() < Duration::from_secs(10), "dnsmasq does not answer");
            std::thread::sleep(Duration::from_millis(10));
        }
        Self(child)
    }
}

impl Drop for Dnsmasq {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A root directory with these files in `etc`.
fn root(resolv_conf: &str, hosts: &str) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("etc")).unwrap();
    fs::write(root.path().join("etc/resolv.conf"), resolv_conf).unwrap();
    fs::write(root.path().join("etc/hosts"), hosts).unwrap();
    root
}

fn find(client: &Namespace, root: &TempDir, server: &str) -> Result<Found, Fault> {
    let (resolver, server) = (Resolver::new(Some(MARK)).at(root.path()), server.parse().unwrap());
    client.block_on(move || async move { resolver.find(&server).await })
}

fn said(address: Ipv4Addr, said: NameServerSaid) -> Evidence {
    Evidence::NameServer { address: address.into(), said }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_name_server_is_asked_past_the_tunnel() {
    let (client, server) = Namespace::pair();
    let _dnsmasq = Dnsmasq::start(&server);
    // Without the mark there is no way out of this host.
    client.ip(&format!("rule add fwmark {MARK} lookup main priority 10"));
    client.ip("rule add unreachable priority 20");
    let root =
        root(&format!("nameserver {SERVER}\nsearch home.example example\n"), "192.0.2.99 listed.example\n");
    let find = |server: &str| find(&client, &root, server);
    let found = |last| {
        Ok(Found {
            addresses: vec![Ipv4Addr::new(192, 0, 2, last)],
            valid_for: Some(Duration::from_secs(77)),
        })
    };
    for name in ["vpn.example", "VPN.Example.", "vpn", "alias.example", "alias"] {
        assert_eq!(find(name), found(7), "{name}");
    }
    assert_eq!(find("Bücher.example"), found(8));
    // Too many for one packet: they come by TCP.
    assert_eq!(find("many.example").unwrap().addresses.len(), 60);
    // Known without asking.
    for (name, address) in [("listed.example", [192, 0, 2, 99]), ("192.0.2.5", [192, 0, 2, 5])] {
        assert_eq!(find(name), Ok(Found { addresses: vec![address.into()], valid_for: None }));
    }

    let failed = |code, evidence: Option<Evidence>| {
        let fault = Fault::new(code).at(Stage::LookingUpName);
        Err(Fault { evidence: evidence.into_iter().collect(), ..fault })
    };
    let dns_failed = |answer| failed(FaultCode::DnsFailed, Some(said(SERVER, answer)));
    assert_eq!(find("none.example"), dns_failed(NameServerSaid::NoSuchName));
    assert_eq!(find("nobody.example"), dns_failed(NameServerSaid::NoAddress));
    assert_eq!(find("elsewhere.invalid"), dns_failed(NameServerSaid::Failed(5)));
    assert_eq!(find("six.example"), failed(FaultCode::Ipv6Server, None));
    assert_eq!(find("2001:db8::7"), failed(FaultCode::Ipv6Server, None));
    assert_eq!(find("a..example"), failed(FaultCode::DnsFailed, None));

    let (unmarked, name) = (Resolver::new(None).at(root.path()), "vpn.example".parse().unwrap());
    let result = client.block_on(move || async move { unmarked.find(&name).await });
    assert_eq!(result, dns_failed(NameServerSaid::Unreachable));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[expect(clippy::print_stdout, reason = "the checks show the figure")]
async fn one_name_server_that_works_is_enough_and_none_is_said_in_time() {
    let (client, server) = Namespace::pair();
    // What comes for that address is neither answered nor refused.
    server.ip(&format!("route add blackhole {SILENT}"));
    server.set_conf("all/forwarding", 1);
    let silent = format!("nameserver {SILENT}\n");
    let start = Instant::now();
    let fault = find(&client, &root(&silent.repeat(3), ""), "vpn.example").unwrap_err();
    let none = start.elapsed();
    assert_eq!(
        (fault.code, fault.evidence),
        (FaultCode::DnsFailed, vec![said(SILENT, NameServerSaid::Nothing); 3])
    );
    assert!(none < Duration::from_secs(10), "{none:?}");

    // Nobody listens.
    let start = Instant::now();
    let closed = format!("nameserver {SERVER}\n");
    let fault = find(&client, &root(&closed, ""), "vpn.example").unwrap_err();
    assert_eq!(fault.evidence, [said(SERVER, NameServerSaid::Unreachable)]);
    assert!(start.elapsed() < Duration::from_secs(1));

    let _dnsmasq = Dnsmasq::start(&server);
    let start = Instant::now();
    let found = find(&client, &root(&format!("{silent}nameserver {SERVER}\n"), ""), "vpn.example").unwrap();
    let second = start.elapsed();
    assert_eq!(found.addresses, [Ipv4Addr::new(192, 0, 2, 7)]);
    assert!(second < Duration::from_secs(3), "{second:?}");
    println!(
        "figure: a silent name server costs {} ms, three of them {} ms",
        second.as_millis(),
        none.as_millis()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn forged_answers_are_passed_over_and_a_lost_one_is_asked_for_again() {
    let (client, server) = Namespace::pair();
    server.run(|| {
        let socket = UdpSocket::bind((SERVER, 53)).unwrap();
        std::thread::spawn(move || {
            let mut bytes = [0; 512];
            // The first question is lost.
            socket.recv_from(&mut bytes).unwrap();
            let (len, from) = socket.recv_from(&mut bytes).unwrap();
            let answer = |change: fn(&mut [u8]), last: u8| {
                let mut bytes = bytes[..len].to_vec();
                bytes[2] |= 0x80;
                bytes[7] = 1;
                change(&mut bytes);
                bytes.extend(b"\xc0\x0c\0\x01\0\x01\0\0\0\x05\0\x04\xc0\0\x02");
                bytes.push(last);
                socket.send_to(&bytes, from).unwrap();
            };
            answer(|bytes| bytes[0] ^= 1, 66);
            answer(|bytes| bytes[13] ^= 1, 66);
            answer(|bytes| bytes[2] &= 0x7f, 66);
            socket.send_to(b"?", from).unwrap();
            answer(|_| {}, 7);
        });
    });
    let found = find(&client, &root(&format!("nameserver {SERVER}\n"), ""), "vpn.example").unwrap();
    assert_eq!(found.addresses, [Ipv4Addr::new(192, 0, 2, 7)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_stub_is_asked_only_where_there_is_no_guard() {
    let alone = Namespace::new();
    let _dnsmasq = Dnsmasq::start(&alone);
    for resolv_conf in ["nameserver 127.0.0.1\n", "nameserver 127.0.0.53\n"] {
        let root = root(resolv_conf, "");
        for guarded in [false, true] {
            let resolver = Resolver::new(Some(MARK)).at(root.path()).under_guard(guarded);
            let name = "vpn.example".parse().unwrap();
            let result = alone.block_on(move || async move { resolver.lookup(&name).await });
            match guarded {
                false => assert_eq!(result, Ok(vec![Ipv4Addr::new(192, 0, 2, 7)])),
                true => assert_eq!(result.unwrap_err().evidence, [Evidence::NoNameServer]),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn it_works_beside_the_tunnels_rules_whatever_the_kernel_checks() {
    let (client, server) = Namespace::pair();
    let _dnsmasq = Dnsmasq::start(&server);
    let root = root(&format!("nameserver {SERVER}\n"), "");
    let usual = client.ip("rule");
    // As while connecting again: what is not marked goes nowhere.
    client.ip("route add unreachable default table 1723");
    client.ip(&format!("rule add not fwmark {MARK} lookup 1723 priority 1723 protocol 173"));
    let rules = client.ip("rule");
    for rp_filter in [0, 1, 2] {
        client.set_conf("all/rp_filter", rp_filter);
        client.set_conf("out0/rp_filter", rp_filter);
        assert_eq!(find(&client, &root, "vpn.example").unwrap().addresses.len(), 1, "rp_filter {rp_filter}");
        assert_eq!(
            find(&client, &root, "many.example").unwrap().addresses.len(),
            60,
            "rp_filter {rp_filter}"
        );
    }
    let start = Instant::now();
    while client.ip("rule") != rules {
        assert!(start.elapsed() < Duration::from_secs(5), "a rule is left behind: {}", client.ip("rule"));
    }
    // One that a crash left behind.
    client.ip("rule add to 192.0.2.1 ipproto udp sport 5000 dport 53 lookup main priority 1719 protocol 173");
    client.block_on(culvert_engine::host::clean).unwrap();
    assert_eq!(client.ip("rule"), usual);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_the_tunnels_name_servers_are_those_of_the_connection() {
    let (client, server) = Namespace::pair();
    let _dnsmasq = Dnsmasq::start(&server);
    let (bus, root, tunnels) = (Bus::start(), root("", ""), Ipv4Addr::new(10, 0, 0, 1));
    // NetworkManager has been told the tunnel's name servers for everything.
    let text = format!("# Generated by NetworkManager\nnameserver {tunnels}\n");
    fs::write(root.path().join("etc/resolv.conf"), text).unwrap();
    let resolver =
        Resolver::new(Some(MARK)).at(root.path()).on_bus(&bus.address).under_guard(true).without(&[tunnels]);
    let find = |resolver: Resolver| {
        let name = "vpn.example".parse().unwrap();
        client.block_on(move || async move { resolver.lookup(&name).await })
    };
    assert_eq!(find(resolver.clone()).unwrap_err().evidence, [Evidence::NoNameServer]);
    let _service = NetworkManager::serve_connection(&bus, &[tunnels, SERVER]).await;
    assert_eq!(find(resolver), Ok(vec![Ipv4Addr::new(192, 0, 2, 7)]));
}
