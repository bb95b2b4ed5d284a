//! A captive portal: a name server that knows every name, and a web server that answers in everybody's place.

use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use culvert_engine::portal::{CHECKS, Portal, probe};
use culvert_engine::resolver::Resolver;
use culvert_engine::{Tun, host};
use culvert_model::{Network, Profile};
use culvert_policy::{PolicyRouting, TunnelPlan};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::namespace::{Namespace, SERVER};

const MARK: u32 = PolicyRouting::STANDARD.mark;

/// Where the portal's sign-in page is.
const LOGIN: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 80);

/// A network that wants a person to sign in.
struct Hotel {
    client: Namespace,
    server: Namespace,
    names: Child,
    root: TempDir,
    /// The first line and the host of each request.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Hotel {
    /// A hotel whose web server says this to everybody, or nothing at all.
    fn new(answer: Option<&str>) -> Self {
        let (client, server) = Namespace::pair();
        let hotel =
            Self { names: names(&server), root: root(), client, server, asked: Arc::new(Mutex::default()) };
        let (answer, asked) = (answer.map(str::to_owned), hotel.asked.clone());
        // Before anybody asks.
        let listener = hotel.server.block_on(|| async { TcpListener::bind((SERVER, 80)).await.unwrap() });
        drop(hotel.server.spawn(move || async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let (answer, asked) = (answer.clone(), asked.clone());
                tokio::spawn(async move {
                    let mut request = String::new();
                    while !request.ends_with("\r\n\r\n") {
                        request.push(stream.read_u8().await.unwrap().into());
                    }
                    asked.lock().unwrap().push(request.lines().take(2).collect::<Vec<_>>().join(" "));
                    match answer {
                        // More than is read breaks off, and that is fine.
                        Some(answer) => drop(stream.write_all(answer.as_bytes()).await),
                        None => std::future::pending().await,
                    }
                });
            }
        }));
        hotel
    }

    fn probe(&self) -> Portal {
        let names = Resolver::new(Some(MARK)).at(self.root.path());
        self.client.block_on(|| async move { probe(Some(MARK), &names).await })
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

impl Drop for Hotel {
    fn drop(&mut self) {
        self.names.kill().ok();
        self.names.wait().ok();
    }
}

/// A name server that gives every name the portal's address.
fn names(namespace: &Namespace) -> Child {
    let child = namespace.run(|| {
        Command::new("dnsmasq")
            .args([
                "--keep-in-foreground",
                "--conf-file=/dev/null",
                "--no-resolv",
                "--no-hosts",
                "--user=root",
            ])
            .args(["--pid-file=", "--log-facility=/dev/null", "--local-ttl=1"])
            .arg(format!("--address=/#/{SERVER}"))
            .arg(format!("--host-record=login.hotel.example,{LOGIN}"))
            .args(["--host-record=loop.hotel.example,127.0.0.1"])
            .stderr(Stdio::null())
            .spawn()
            .expect("the program dnsmasq")
    });
    let start = Instant::now();
    let is_there = || namespace.run(|| std::net::TcpStream::connect((SERVER, 53)).is_ok());
    while !is_there() {
        assert!(start.elapsed() < Duration::from_secs(10), "dnsmasq does not answer");
        std::thread::sleep(Duration::from_millis(10));
    }
    child
}

/// A root directory whose name server is the hotel's.
fn root() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("etc")).unwrap();
    std::fs::write(root.path().join("etc/resolv.conf"), format!("nameserver {SERVER}\n")).unwrap();
    root
}

fn redirect(target: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n")
}

fn sign_in(url: &str, addresses: &[Ipv4Addr]) -> Portal {
    Portal::SignIn { url: url.to_owned(), addresses: addresses.to_vec(), ports: vec![80, 443] }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_portal_that_redirects_is_named() {
    let hotel = Hotel::new(Some(&redirect("https://login.hotel.example/?room=7")));
    assert_eq!(hotel.probe(), sign_in("https://login.hotel.example/?room=7", &[SERVER, LOGIN]));
    let first = format!("GET {} HTTP/1.1 Host: {}", CHECKS[0].path, CHECKS[0].host);
    assert_eq!(hotel.asked(), [first], "one party is asked, and no other");

    let hotel = Hotel::new(Some(&redirect("http://login.hotel.example:8880/guest")));
    let Portal::SignIn { ports, .. } = hotel.probe() else { panic!("no portal") };
    assert_eq!(ports, [80, 443, 8880], "the port that it names has to be open too");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_portal_that_answers_itself_is_found_where_it_answered() {
    let page = "<html>Welcome to Hotel Example</html>".repeat(10_000);
    let hotel = Hotel::new(Some(&format!("HTTP/1.1 200 OK\r\n\r\n{page}")));
    let url = format!("http://{}{}", CHECKS[0].host, CHECKS[0].path);
    assert_eq!(hotel.probe(), sign_in(&url, &[SERVER]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_portal_cannot_name_what_is_no_host_of_the_web() {
    let url = format!("http://{}{}", CHECKS[0].host, CHECKS[0].path);
    for target in ["javascript:alert(1)", "http://bank.example@login.hotel.example/", "file:///etc/passwd"] {
        let hotel = Hotel::new(Some(&redirect(target)));
        assert_eq!(hotel.probe(), sign_in(&url, &[SERVER]), "{target}");
    }
    // Not even by a name that leads back to this computer.
    let hotel = Hotel::new(Some(&redirect("http://loop.hotel.example/")));
    assert_eq!(hotel.probe(), sign_in("http://loop.hotel.example/", &[SERVER]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_open_network_has_no_portal() {
    let hotel = Hotel::new(Some("HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\nNetworkManager is online\n"));
    assert_eq!(hotel.probe(), Portal::None);
    assert_eq!(hotel.asked().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn nonsense_and_silence_say_nothing() {
    let hotel = Hotel::new(Some("220 mail.hotel.example ESMTP\r\n"));
    assert_eq!(hotel.probe(), Portal::Unknown);
    assert_eq!(hotel.asked().len(), CHECKS.len(), "the next one is asked");

    let hotel = Hotel::new(None);
    let start = Instant::now();
    assert_eq!(hotel.probe(), Portal::Unknown);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());

    let alone = Namespace::new();
    let start = Instant::now();
    let names = Resolver::new(Some(MARK)).at(hotel.root.path());
    assert_eq!(alone.block_on(|| async move { probe(Some(MARK), &names).await }), Portal::Unknown);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_portal_is_seen_past_a_tunnel() {
    for rp_filter in [0, 1, 2] {
        let hotel = Hotel::new(Some(&redirect("http://login.hotel.example/")));
        for device in ["all", "default", "out0"] {
            hotel.client.set_conf(&format!("{device}/rp_filter"), rp_filter);
        }
        let tun = hotel.client.run(|| Tun::create("culvert%d").unwrap());
        let profile = Profile::new("vpn.example.com".parse().unwrap(), "user");
        let network = Network {
            server: Ipv4Addr::new(203, 0, 113, 1),
            address: Ipv4Addr::new(10, 9, 8, 7),
            peer: None,
            dns: vec![],
            nbns: vec![],
            mtu: 1396,
            cipher: None,
            auth: None,
            interface: Some(tun.name().to_owned()),
        };
        let plan = TunnelPlan::new(&profile, &network).unwrap();
        hotel.client.block_on(|| async move { host::apply(&plan).await.unwrap() });
        let found = hotel.probe();
        assert_eq!(found, sign_in("http://login.hotel.example/", &[SERVER, LOGIN]), "rp_filter {rp_filter}");
    }
}
