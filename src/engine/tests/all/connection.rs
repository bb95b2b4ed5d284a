//! Whole connections, with the same driver at the server's end.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use culvert_engine::{
    ConnectRequest, Driver, EngineCommand, EngineEvent, GreSocket, Tun, clock, connect, host,
};
use culvert_model::{
    AuthMethods, Encryption, Evidence, Fault, FaultCode, Mtu, Network, Profile, Secret, Stage,
};
use culvert_policy::TunnelPlan;
use culvert_proto::ppp::auth::Users;
use culvert_proto::session::{ServerConfig, Session};
use tokio::sync::mpsc;

use crate::namespace::{Namespace, SERVER};

const INSIDE: Ipv4Addr = Ipv4Addr::new(10, 9, 0, 2);
/// The server's address inside the tunnel is the one outside, as many have it.
const PEER: Ipv4Addr = SERVER;
/// Another address of the server, behind the tunnel.
const OFFICE: Ipv4Addr = Ipv4Addr::new(10, 9, 0, 1);

pub fn password(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

pub fn profile() -> Profile {
    Profile::new(SERVER.to_string().parse().unwrap(), "alice")
}

/// A server's configuration for a client at `client`, without users.
pub fn server_config(client: Ipv4Addr) -> ServerConfig {
    ServerConfig {
        client,
        name: "office".to_owned(),
        users: Arc::new(|_: &str| None),
        retries: 2,
        auth: AuthMethods::default(),
        encryption: Encryption::Required128,
        stateful: false,
        local: PEER,
        remote: INSIDE,
        dns: vec![OFFICE],
        mtu: Mtu::Auto,
    }
}

/// Serves one client after the other who knows alice's password; the sender ends it.
fn serve(server: &Namespace) -> mpsc::Sender<EngineCommand> {
    let users = |name: &str| (name == "alice").then(|| password("clientPass"));
    serve_with(server, Arc::new(users), 2)
}

/// The same with other users, who may try `retries` times in place.
fn serve_with(server: &Namespace, users: Arc<dyn Users>, retries: u32) -> mpsc::Sender<EngineCommand> {
    let (commands, mut told) = mpsc::channel(4);
    let (listening, listens) = std::sync::mpsc::channel();
    server.ip(&format!("addr add {OFFICE}/32 dev lo"));
    server.spawn(move || async move {
        let listener = tokio::net::TcpListener::bind((SERVER, 1723)).await.unwrap();
        listening.send(()).unwrap();
        loop {
            let (stream, from) = tokio::select! {
                accepted = listener.accept() => accepted.unwrap(),
                _ = told.recv() => break,
            };
            let std::net::IpAddr::V4(client) = from.ip() else { panic!("not IPv4") };
            let config = ServerConfig { users: Arc::clone(&users), retries, ..server_config(client) };
            let session = Session::server(config, clock::seed().unwrap(), clock::now());
            serve_one(session, stream, GreSocket::connect(client, None).unwrap(), &mut told).await;
        }
    });
    listens.recv().unwrap();
    commands
}

async fn serve_one(
    session: Session,
    stream: tokio::net::TcpStream,
    gre: GreSocket,
    told: &mut mpsc::Receiver<EngineCommand>,
) {
    let driver = Driver::new(session, stream, gre, "served%d".to_owned(), Mtu::Auto);
    let (events, mut happened) = mpsc::channel(16);
    let running = async move { driver.run(&events, told).await };
    let configuring = async {
        while let Some(event) = happened.recv().await {
            if let EngineEvent::Up { network } = event {
                let name = network.interface.unwrap();
                // A client that has gone already has taken the device with it.
                let inside = Ipv4Addr::new(10, 9, 0, 3);
                if host::bring_up(&name, inside, 32, network.mtu).await.is_ok() {
                    let route =
                        ["route", "add", &format!("{INSIDE}"), "dev", &name, "src", &format!("{OFFICE}")];
                    std::process::Command::new("ip").args(route).status().unwrap();
                }
            }
        }
    };
    tokio::join!(running, configuring);
}

/// A client's connection and what it is told and tells.
pub struct Client {
    events: mpsc::Receiver<EngineEvent>,
    pub commands: mpsc::Sender<EngineCommand>,
    end: JoinHandle<Option<Fault>>,
}

impl Client {
    pub fn start(namespace: &Namespace, request: ConnectRequest) -> Self {
        let (events, happened) = mpsc::channel(16);
        let (commands, told) = mpsc::channel(4);
        let end = namespace.spawn(move || connect(request, events, told));
        Self { events: happened, commands, end }
    }

    /// Lets it go to the server that it found.
    pub async fn reach(&mut self) {
        loop {
            match self.events.recv().await.expect("an address") {
                EngineEvent::ServerFound(_) => break,
                EngineEvent::StageReached(_) => {}
                other => panic!("{other:?}"),
            }
        }
        self.commands.send(EngineCommand::Reach).await.unwrap();
    }

    /// The next event that is no counter.
    async fn next(&mut self) -> Option<EngineEvent> {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(20), self.events.recv());
            match next.await.expect("nothing happened for 20 seconds") {
                Some(EngineEvent::Statistics(_)) => {}
                Some(EngineEvent::ServerFound(_)) => self.commands.send(EngineCommand::Reach).await.unwrap(),
                event => return event,
            }
        }
    }

    /// The stages until the tunnel is up, and what was agreed.
    async fn up(&mut self) -> (Vec<Stage>, Network) {
        let mut stages = Vec::new();
        loop {
            match self.next().await {
                Some(EngineEvent::StageReached(stage)) => stages.push(stage),
                Some(EngineEvent::Up { network }) => return (stages, network),
                other => panic!("{other:?} after {stages:?}"),
            }
        }
    }

    /// How it ends, whatever else happens until then.
    pub async fn end(mut self) -> Option<Fault> {
        while self.next().await.is_some() {}
        self.end.join().unwrap()
    }
}

/// Sends `data` from one namespace to a listener in the other.
fn transfer(from: &Namespace, to: &Namespace, address: Ipv4Addr, data: &[u8]) {
    let listener = to.run(move || TcpListener::bind((address, 0)).unwrap());
    let port = listener.local_addr().unwrap().port();
    let receiver = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        listener.accept().unwrap().0.read_to_end(&mut bytes).unwrap();
        bytes
    });
    let mut stream = from.run(move || TcpStream::connect((address, port)).unwrap());
    stream.write_all(data).unwrap();
    drop(stream);
    assert!(receiver.join().unwrap() == data, "what came is not what was sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tunnel_carries_everything_and_leaves_nothing() {
    let (namespace, server) = Namespace::pair();
    let _serving = serve(&server);
    let before = namespace.snapshot();
    let mut client = Client::start(&namespace, ConnectRequest::new(profile(), Some(password("clientPass"))));
    let (stages, network) = client.up().await;
    assert_eq!(stages, Stage::ALL);
    assert_eq!((network.server, network.address, network.peer), (SERVER, INSIDE, Some(PEER)));
    assert_eq!((network.mtu, network.dns.as_slice()), (1396, [OFFICE].as_slice()));
    assert!(network.cipher.is_some_and(|cipher| cipher.strength.bits() == 128 && !cipher.stateful));

    let plan = TunnelPlan::new(&profile(), &network).unwrap();
    let applied = plan.clone();
    namespace.block_on(move || async move { host::apply(&applied).await.unwrap() });
    let data: Vec<u8> = (0..8 << 20).map(|n: u32| n.to_le_bytes()[2] ^ n.to_le_bytes()[0]).collect();
    transfer(&namespace, &server, OFFICE, &data);
    transfer(&server, &namespace, INSIDE, &data);

    client.commands.send(EngineCommand::Disconnect).await.unwrap();
    assert_eq!(client.end().await, None);
    namespace.block_on(move || async move { host::undo(&plan).await.unwrap() });
    assert_eq!(namespace.snapshot(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_first_server_is_not_there_the_next_one_is_tried() {
    let (namespace, server) = Namespace::pair();
    let _serving = serve(&server);
    // Nobody listens at the server's second address.
    server.ip("addr add 198.51.100.9/24 dev in0");
    let further_servers = vec!["198.51.100.1".parse().unwrap()];
    let profile = Profile { server: "198.51.100.9".parse().unwrap(), further_servers, ..profile() };
    let mut client = Client::start(&namespace, ConnectRequest::new(profile, Some(password("clientPass"))));
    assert_eq!(client.up().await.1.server, SERVER);
    client.commands.send(EngineCommand::Disconnect).await.unwrap();
    assert_eq!(client.end().await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_server_is_not_tried_through_another_vpn() {
    let (namespace, _server) = Namespace::pair();
    let tun = namespace.run(|| Tun::create("tun%d").unwrap());
    let name = tun.name().to_owned();
    namespace.ip(&format!("addr add 10.8.0.2/24 dev {name}"));
    namespace.ip(&format!("link set {name} up"));
    namespace.ip(&format!("route add 203.0.113.9/32 dev {name}"));
    let further_servers = vec!["203.0.113.9".parse().unwrap()];
    let profile = Profile { further_servers, ..profile() };
    let client = Client::start(&namespace, ConnectRequest::new(profile, Some(password("clientPass"))));
    assert_eq!(client.end().await.map(|fault| fault.code), Some(FaultCode::OtherVpn));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_asked_for_and_a_wrong_one_refused() {
    let (namespace, server) = Namespace::pair();
    let _serving = serve(&server);
    let mut client = Client::start(&namespace, ConnectRequest::new(profile(), None));
    let refused = loop {
        match client.next().await.unwrap() {
            EngineEvent::PasswordWanted { refused } => break refused,
            EngineEvent::StageReached(_) => {}
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused, None);
    client.commands.send(EngineCommand::Answer(password("clientpass"))).await.unwrap();
    let mut fault = None;
    while let Some(event) = client.next().await {
        let command = match event {
            EngineEvent::PasswordWanted { refused } => {
                fault = refused;
                EngineCommand::Answer(password("clientPass"))
            }
            EngineEvent::Up { .. } => EngineCommand::Disconnect,
            _ => continue,
        };
        client.commands.send(command).await.unwrap();
    }
    // A server that allows another try is answered in place; one that does not has refused for good.
    let end = client.end().await;
    let fault = fault.or(end).expect("the wrong password was taken");
    assert_eq!(fault.code, FaultCode::AuthRejected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_a_server_hangs_up_over_a_password_the_next_one_is_tried_by_another_call() {
    let (namespace, server) = Namespace::pair();
    let users = |name: &str| (name == "alice").then(|| password("clientPass"));
    let _serving = serve_with(&server, Arc::new(users), 0);
    let mut client = Client::start(&namespace, ConnectRequest::new(profile(), Some(password("first"))));
    let mut answers = ["second", "clientPass"].into_iter();
    let (mut stages, mut refusals) = (Vec::new(), 0);
    loop {
        match client.next().await.unwrap() {
            EngineEvent::StageReached(stage) => stages.push(stage),
            EngineEvent::PasswordWanted { refused } => {
                assert_eq!(refused.unwrap().code, FaultCode::AuthRejected);
                refusals += 1;
                let answer = EngineCommand::Answer(password(answers.next().unwrap()));
                client.commands.send(answer).await.unwrap();
            }
            EngineEvent::Up { .. } => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((refusals, stages.as_slice()), (2, Stage::ALL.as_slice()), "no stage is told twice");
    client.commands.send(EngineCommand::Disconnect).await.unwrap();
    assert_eq!(client.end().await, None);
}

/// Stands for accel-ppp, which takes the name as it is sent and hangs up over a wrong one.
#[derive(Default)]
struct BareNames(Mutex<Vec<String>>);

impl Users for BareNames {
    fn lookup(&self, name: &str) -> Option<Secret> {
        let mut asked = self.0.lock().unwrap();
        let hides_a_domain = asked.last().is_some_and(|last| last.ends_with(&format!("\\{name}")));
        asked.push(name.to_owned());
        (name == "alice" && !hides_a_domain).then(|| password("clientPass"))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_with_its_domain_is_tried_once_without_it() {
    let (namespace, server) = Namespace::pair();
    let users = Arc::new(BareNames::default());
    let _serving = serve_with(&server, users.clone(), 0);
    let in_domain = Profile { domain: Some("OFFICE".to_owned()), ..profile() };
    let request = ConnectRequest::new(in_domain.clone(), Some(password("clientPass")));
    let mut client = Client::start(&namespace, request);
    let (stages, _) = client.up().await;
    assert_eq!(stages, Stage::ALL);
    client.commands.send(EngineCommand::Disconnect).await.unwrap();
    assert_eq!(client.end().await, None);
    assert_eq!(*users.0.lock().unwrap(), ["OFFICE\\alice", "alice", "alice"]);

    // A wrong password is tried in both forms, once each, and then asked for.
    let mut client = Client::start(&namespace, ConnectRequest::new(in_domain, Some(password("wrong"))));
    while !matches!(client.next().await.unwrap(), EngineEvent::PasswordWanted { refused: Some(_) }) {}
    client.commands.send(EngineCommand::Disconnect).await.unwrap();
    assert_eq!(client.end().await, None);
    assert_eq!(users.0.lock().unwrap().len(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_commands_no_more_ends_the_connection() {
    let (namespace, server) = Namespace::pair();
    let _serving = serve(&server);
    let request = ConnectRequest::new(profile(), Some(password("clientPass")));
    let mut client = Client::start(&namespace, request);
    client.up().await;
    assert!(namespace.ip("link").contains("culvert0"));
    drop(client.commands);
    while client.events.recv().await.is_some() {}
    assert_eq!(client.end.join().unwrap(), None);
    assert!(!namespace.ip("link").contains("culvert"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_ends_is_a_fault() {
    let (namespace, server) = Namespace::pair();
    let serving = serve(&server);
    let request = ConnectRequest::new(profile(), Some(password("clientPass")));
    let mut client = Client::start(&namespace, request);
    client.up().await;
    serving.send(EngineCommand::Disconnect).await.unwrap();
    let fault = client.end().await.expect("it was not asked to end");
    assert_eq!(fault.code, FaultCode::PeerClosed, "{fault:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_is_taken_away_is_a_fault_of_this_computer() {
    let (namespace, server) = Namespace::pair();
    let _serving = serve(&server);
    let request = ConnectRequest::new(profile(), Some(password("clientPass")));
    let mut client = Client::start(&namespace, request);
    client.up().await;
    namespace.ip("link del culvert0");
    let fault = client.end().await.unwrap();
    assert_eq!(fault.code, FaultCode::LocalDevice);
    assert!(matches!(fault.evidence[..], [Evidence::System(_)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ending_an_attempt_takes_no_time() {
    let (namespace, server) = Namespace::pair();
    server.ip("route add blackhole 203.0.113.1");
    server.set_conf("all/forwarding", 1);
    let silent = Profile::new("203.0.113.1".parse().unwrap(), "alice");
    let mut client = Client::start(&namespace, ConnectRequest::new(silent, None));
    while client.next().await != Some(EngineEvent::StageReached(Stage::ReachingServer)) {}
    let start = Instant::now();
    client.commands.send(EngineCommand::Disconnect).await.unwrap();
    assert_eq!(client.end().await, None);
    assert!(start.elapsed() < Duration::from_secs(1));
}
