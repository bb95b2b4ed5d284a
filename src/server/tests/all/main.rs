//! The server against real clients and a real kernel, in network namespaces of its own.
//!
//! These tests run as root (or under `unshare -Ur`); nothing they do is seen outside their namespaces.

mod namespace;

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use culvert_engine::{ConnectRequest, EngineCommand, EngineEvent, connect, host};
use culvert_model::{Fault, FaultCode, Network, Profile, Secret};
use culvert_server::{Config, Server, UserList};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::namespace::Namespace;

/// The server's address inside the tunnel.
const INSIDE: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);
/// Where it echoes there.
const ECHO: SocketAddrV4 = SocketAddrV4::new(INSIDE, 7);
const LIMIT: Duration = Duration::from_secs(20);

/// A server with a cable to each of two clients.
struct World {
    server: Namespace,
    alice: Namespace,
    bob: Namespace,
    /// From where datagrams reached the echo.
    heard: Arc<Mutex<Vec<Ipv4Addr>>>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<std::io::Result<()>>,
}

const ALICES_SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const BOBS_SERVER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);

impl World {
    async fn new() -> Self {
        let (server, alice, bob) = (Namespace::new(), Namespace::new(), Namespace::new());
        server.plug("alice", ALICES_SERVER, &alice, Ipv4Addr::new(192, 0, 2, 2)).await;
        server.plug("bob", BOBS_SERVER, &bob, Ipv4Addr::new(198, 51, 100, 2)).await;
        let (ready, is_ready) = oneshot::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let heard = Arc::<Mutex<Vec<_>>>::default();
        let hearing = Arc::clone(&heard);
        let serving = server.spawn(async move {
            let server = Server::bind(config()).await.unwrap();
            tokio::spawn(echo(UdpSocket::bind(ECHO).await.unwrap(), hearing));
            ready.send(()).unwrap();
            server.serve(async { drop(stopped.await) }).await
        });
        is_ready.await.unwrap();
        Self { server, alice, bob, heard, stop, serving }
    }
}

fn config() -> Config {
    let users = UserList::parse("alice:wonderland\nbob:builder").unwrap();
    Config {
        local: INSIDE,
        pool: "203.0.113.10-203.0.113.11".parse().unwrap(),
        ..Config::new(Arc::new(users))
    }
}

/// Answers every datagram with the address that it came from.
async fn echo(socket: UdpSocket, heard: Arc<Mutex<Vec<Ipv4Addr>>>) {
    let mut datagram = [0; 64];
    while let Ok((_, from)) = socket.recv_from(&mut datagram).await {
        if let SocketAddr::V4(from) = from {
            heard.lock().unwrap().push(*from.ip());
        }
        socket.send_to(from.to_string().as_bytes(), from).await.ok();
    }
}

/// A client's connection.
struct Client {
    network: Network,
    events: mpsc::Receiver<EngineEvent>,
    commands: mpsc::Sender<EngineCommand>,
    running: JoinHandle<Option<Fault>>,
}

impl Client {
    /// Connects and gives the device its address.
    async fn connect(
        home: &Namespace,
        server: Ipv4Addr,
        user: &str,
        password: &str,
    ) -> Result<Self, Option<Fault>> {
        let profile = Profile::new(server.to_string().parse().unwrap(), user);
        let request = ConnectRequest::new(profile, Some(Secret::new(password.to_owned())));
        let (happens, mut events) = mpsc::channel(16);
        let (commands, told) = mpsc::channel(4);
        let running = home.spawn(connect(request, happens, told));
        let network = loop {
            match timeout(LIMIT, events.recv()).await.expect("nothing happens") {
                Some(EngineEvent::Up { network }) => break network,
                Some(EngineEvent::ServerFound(_)) => commands.send(EngineCommand::Reach).await.unwrap(),
                Some(EngineEvent::PasswordWanted { refused }) => return Err(refused),
                Some(EngineEvent::StageReached(_) | EngineEvent::Statistics(_)) => {}
                None => return Err(running.await.unwrap()),
            }
        };
        let (name, address, mtu) = (network.interface.clone().unwrap(), network.address, network.mtu);
        home.spawn(async move { host::bring_up(&name, address, 24, mtu).await }).await.unwrap().unwrap();
        Ok(Self { network, events, commands, running })
    }

    /// Ends it, and waits until it has ended.
    async fn disconnect(mut self) {
        self.commands.send(EngineCommand::Disconnect).await.unwrap();
        while timeout(LIMIT, self.events.recv()).await.expect("it does not end").is_some() {}
        assert_eq!(self.running.await.unwrap(), None);
    }
}

/// The address that the server's echo sees for a datagram sent from `source`; nothing if no answer comes.
async fn seen(home: &Namespace, source: Ipv4Addr) -> Option<Ipv4Addr> {
    let asking = home.spawn(async move {
        let socket = UdpSocket::bind((source, 0)).await.unwrap();
        let mut answer = [0; 64];
        for _ in 0..3 {
            socket.send_to(b"hello", ECHO).await.unwrap();
            if let Ok(received) = timeout(Duration::from_millis(300), socket.recv(&mut answer)).await {
                return Some(String::from_utf8(answer[..received.unwrap()].to_vec()).unwrap());
            }
        }
        None
    });
    let address: SocketAddr = asking.await.unwrap()?.parse().unwrap();
    let SocketAddr::V4(address) = address else { panic!("{address}") };
    Some(*address.ip())
}

#[tokio::test]
async fn two_clients_use_the_tunnel_side_by_side() {
    let world = World::new().await;
    let alice = Client::connect(&world.alice, ALICES_SERVER, "alice", "wonderland").await.unwrap();
    let bob = Client::connect(&world.bob, BOBS_SERVER, "bob", "builder").await.unwrap();
    assert_eq!(alice.network.peer, Some(INSIDE));
    assert_ne!(alice.network.address, bob.network.address);
    assert_eq!(seen(&world.alice, alice.network.address).await, Some(alice.network.address));
    assert_eq!(seen(&world.bob, bob.network.address).await, Some(bob.network.address));

    // Alice pretends to be somebody else.
    let stranger = Ipv4Addr::new(203, 0, 113, 99);
    let device = alice.network.interface.clone().unwrap();
    world.alice.ip(&format!("addr add {stranger}/24 dev {device}")).await;
    assert_eq!(seen(&world.alice, stranger).await, None);
    assert_eq!(seen(&world.alice, alice.network.address).await, Some(alice.network.address));
    let heard = world.heard.lock().unwrap();
    assert!(heard.contains(&alice.network.address) && !heard.contains(&stranger), "{heard:?}");
}

#[tokio::test]
async fn an_address_is_free_as_soon_as_its_client_has_gone() {
    let world = World::new().await;
    let alice = Client::connect(&world.alice, ALICES_SERVER, "alice", "wonderland").await.unwrap();
    let bob = Client::connect(&world.bob, BOBS_SERVER, "bob", "builder").await.unwrap();
    // There are two addresses: the third client is turned away.
    let third = Client::connect(&world.bob, BOBS_SERVER, "bob", "builder").await;
    assert!(third.is_err_and(|fault| fault.is_some()));

    let address = alice.network.address;
    alice.disconnect().await;
    let again = Client::connect(&world.alice, ALICES_SERVER, "alice", "wonderland").await.unwrap();
    assert_eq!(again.network.address, address);
    bob.disconnect().await;
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_nothing_else() {
    let world = World::new().await;
    let refused = Client::connect(&world.alice, ALICES_SERVER, "alice", "looking-glass").await;
    let fault = refused.err().flatten().expect("a fault");
    assert_eq!(fault.code, FaultCode::AuthRejected);
    let alice = Client::connect(&world.alice, ALICES_SERVER, "alice", "wonderland").await.unwrap();
    assert_eq!(seen(&world.alice, alice.network.address).await, Some(alice.network.address));
}

#[tokio::test]
async fn nonsense_on_the_control_connection_disturbs_nobody() {
    let world = World::new().await;
    let alice = Client::connect(&world.alice, ALICES_SERVER, "alice", "wonderland").await.unwrap();
    let talking = world.bob.spawn(async {
        let mut stream = TcpStream::connect((BOBS_SERVER, 1723)).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: vpn.example.com\r\n\r\n").await.unwrap();
        timeout(LIMIT, stream.read_to_end(&mut Vec::new())).await.is_ok()
    });
    assert!(talking.await.unwrap(), "the stream stays open");
    assert_eq!(seen(&world.alice, alice.network.address).await, Some(alice.network.address));
}

#[tokio::test]
async fn a_server_that_ends_says_so() {
    let world = World::new().await;
    let mut alice = Client::connect(&world.alice, ALICES_SERVER, "alice", "wonderland").await.unwrap();
    world.stop.send(()).unwrap();
    while timeout(LIMIT, alice.events.recv()).await.expect("it does not end").is_some() {}
    let fault = alice.running.await.unwrap().expect("a fault");
    assert_eq!(fault.code, FaultCode::ServerShutdown, "{fault}");
    timeout(LIMIT, world.serving).await.expect("it does not end").unwrap().unwrap();
    world.server.ip("link show alice").await;
}
