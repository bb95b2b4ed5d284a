//! The guard in a real kernel.

mod filter;
mod firewall;
mod flood;
mod gateway;
mod hiding;
mod ownership;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::process::Command;
use std::time::Duration;

use culvert_engine::host::HostError;
use culvert_engine::host::guard::{GuardKeeper, Ownership};
use culvert_model::GuardReading;
use culvert_policy::{Gateway, Guard, PortalPass, Refuse, Scope, ServerException, TunnelPass};

use nix::unistd::setfsuid;
use socket2::{Domain, Socket, Type};

use crate::namespace::{CLIENT, Namespace, SERVER};
use crate::watch::figure;

/// Our address inside the tunnel.
const INSIDE: Ipv4Addr = Ipv4Addr::new(10, 9, 8, 7);
/// The tunnel's device.
const TUNNEL: &str = "culvert0";

/// The mark of the helper's own sockets.
const MARK: u32 = 0x1723;
/// Somebody at the other end of the tunnel.
const OFFICE: Ipv4Addr = Ipv4Addr::new(10, 9, 0, 1);
/// Somebody else's user.
const STRANGER: u32 = 4711;

/// The guard of a full tunnel that is up.
fn connected() -> Guard {
    Guard {
        scope: Scope::Everything,
        servers: vec![ServerException { address: SERVER, port: 1723 }],
        names: false,
        tunnel: Some(TunnelPass {
            interface: TUNNEL.to_owned(),
            address: INSIDE,
            name_servers: Some(vec![OFFICE]),
        }),
        lan: false,
        ipv6: false,
        checks: false,
        portal: None,
        refusal: Refuse::Aloud,
        gateway: None,
    }
}

/// The way to a sign-in page at this address.
fn page(address: Ipv4Addr) -> PortalPass {
    PortalPass { addresses: vec![address], ports: vec![80, 443], name_servers: vec![SERVER] }
}

/// The same while the tunnel is being dialled.
fn connecting() -> Guard {
    Guard { tunnel: None, names: true, refusal: Refuse::Silently, ..connected() }
}

/// Every kind of guard.
fn guards() -> Vec<Guard> {
    let prefixes = ["10.9.0.0/16", "0.0.0.0/0"].map(|prefix| prefix.parse().unwrap());
    let gateway = Some(Gateway { interface: "lan0".to_owned() });
    let all =
        Guard { lan: true, ipv6: true, checks: true, portal: Some(page(OFFICE)), gateway, ..connected() };
    let unnamed = TunnelPass { name_servers: None, ..connected().tunnel.unwrap() };
    vec![
        connected(),
        connecting(),
        Guard { names: true, tunnel: Some(unnamed), ..all.clone() },
        Guard { scope: Scope::Only(prefixes.into()), ..all.clone() },
        Guard { scope: Scope::Only(vec![prefixes[0]]), tunnel: None, ..all.clone() },
        Guard { tunnel: None, servers: vec![], ..all },
    ]
}

/// A keeper that lives in a namespace.
struct Kept {
    keeper: Option<GuardKeeper>,
}

impl Kept {
    fn new(ownership: Ownership) -> Self {
        Self { keeper: Some(GuardKeeper::new(ownership)) }
    }

    /// Lets the keeper do something in `namespace`.
    fn with<T: Send + 'static>(
        &mut self,
        namespace: &Namespace,
        work: impl AsyncFnOnce(&mut GuardKeeper) -> T + Send + 'static,
    ) -> T {
        let mut keeper = self.keeper.take().unwrap();
        let (keeper, result) = namespace.run(move || {
            let result = tokio::runtime::Handle::current().block_on(work(&mut keeper));
            (keeper, result)
        });
        self.keeper = Some(keeper);
        result
    }

    fn apply(&mut self, namespace: &Namespace, guard: &Guard) -> Result<Option<GuardReading>, HostError> {
        let guard = guard.clone();
        self.with(namespace, async move |keeper| keeper.apply(Some(&guard)).await)
    }

    fn remove(&mut self, namespace: &Namespace) {
        self.with(namespace, async |keeper| keeper.apply(None).await).unwrap();
    }

    fn is_in_place(&mut self, namespace: &Namespace) -> bool {
        self.with(namespace, async |keeper| keeper.is_in_place().await).unwrap()
    }
}

/// Runs `nft`; what it printed, or why it failed.
fn nft(namespace: &Namespace, words: &str) -> Result<String, String> {
    let words = words.to_owned();
    namespace.run(move || {
        let output = Command::new("nft").arg(words).output().expect("the program nft");
        let text = |bytes| String::from_utf8(bytes).unwrap();
        if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
    })
}

fn ruleset(namespace: &Namespace) -> String {
    nft(namespace, "list ruleset").unwrap()
}

/// A client, its server, and an office; the tunnel is a cable between the client and the office.
struct Net {
    client: Namespace,
    server: Namespace,
    office: Namespace,
}

impl Net {
    fn new() -> Self {
        let (client, server) = Namespace::pair();
        let office = Namespace::new();
        client.join(TUNNEL, &office, "far0");
        client.ip(&format!("addr add {INSIDE}/16 dev {TUNNEL}"));
        office.ip(&format!("addr add {OFFICE}/16 dev far0"));
        for address in ["192.168.7.1/24", "203.0.113.1/24"] {
            server.ip(&format!("addr add {address} dev in0"));
        }
        client.ip("addr add 192.168.7.2/24 dev out0");
        Self { client, server, office }
    }
}

/// Something on the server's side that is no server of ours.
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);
/// A neighbour in one of the local ranges, who is the server's computer too.
const NEIGHBOUR: Ipv4Addr = Ipv4Addr::new(192, 168, 7, 1);

/// Whether a datagram from the client to `to` arrives at whoever listens there in `there`.
fn reaches(client: &Namespace, there: &Namespace, to: impl Into<SocketAddr>, from: From) -> bool {
    let to = to.into();
    let listener = there.run(move || patient(|| UdpSocket::bind(to)));
    listener.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    client.run(move || from.socket(to, Type::DGRAM).send_to(b"secret", &to.into()).ok());
    listener.recv(&mut [0; 16]).is_ok()
}

/// Whether a connection from the client to `to` is accepted by whoever listens there in `there`.
fn connects(client: &Namespace, there: &Namespace, to: impl Into<SocketAddr>, from: From) -> bool {
    let to = to.into();
    let _listener = there.run(move || patient(|| std::net::TcpListener::bind(to)));
    let limit = Duration::from_millis(300);
    client.run(move || from.socket(to, Type::STREAM).connect_timeout(&to.into(), limit).is_ok())
}

/// Binds, if need be again: a program that another test is about to start holds every socket of this process for a
/// moment, also one that was closed here.
fn patient<T>(bind: impl Fn() -> io::Result<T>) -> T {
    for _ in 0..100 {
        match bind() {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                std::thread::sleep(Duration::from_millis(10));
            }
            bound => return bound.unwrap(),
        }
    }
    bind().unwrap()
}

/// Whose socket.
#[derive(Clone, Copy, Debug, Default)]
struct From {
    user: u32,
    mark: u32,
    source: Option<IpAddr>,
}

impl From {
    const ANYBODY: Self = Self { user: 0, mark: 0, source: None };
    const HELPER: Self = Self { mark: MARK, ..Self::ANYBODY };

    fn socket(self, to: SocketAddr, kind: Type) -> Socket {
        let before = setfsuid(self.user.into());
        let socket = Socket::new(Domain::for_address(to), kind, None).unwrap();
        setfsuid(before);
        if self.mark != 0 {
            socket.set_mark(self.mark).unwrap();
        }
        if let Some(source) = self.source {
            socket.bind(&SocketAddr::new(source, 0).into()).unwrap();
        }
        socket
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn every_guard_is_set_read_back_and_removed_without_a_trace() {
    for ownership in [Ownership::Auto, Ownership::Plain] {
        let client = Namespace::new();
        client.ip("link add lan0 type veth peer name lan1");
        client.ip("link add culvert0 type veth peer name peer0");
        nft(
            &client,
            "table inet others { chain input { type filter hook input priority 0; ct state new drop; }; }",
        )
        .unwrap();
        let before = ruleset(&client);
        let mut kept = Kept::new(ownership);
        for guard in guards() {
            let reading = kept.apply(&client, &guard).unwrap().unwrap();
            assert!(kept.is_in_place(&client), "{guard:?}");
            assert_eq!(reading.owned, ownership == Ownership::Auto);
            assert_eq!(reading.firewall_helper, !guard.servers.is_empty());
        }
        kept.remove(&client);
        assert_eq!(ruleset(&client), before);
    }
}
