//! One connection from the wish to its end.

use std::net::Ipv4Addr;
use std::time::Duration;

use culvert_model::{Fault, FaultCode, Network, Profile, Secret, Stage, Statistics};
use culvert_policy::PolicyRouting;
use culvert_proto::ppp::auth::Form;
use culvert_proto::session::{ClientConfig, Session};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{Receiver, Sender};
use tokio::time::timeout;

use crate::driver::{Driver, Ended};
use crate::resolver::Resolver;
use crate::tun::DeviceSlot;
use crate::watch::other_vpns;
use crate::{GreSocket, clock, tcp};

/// How many addresses of one name are tried.
const ADDRESSES: usize = 4;

/// How long a person may take to give another password after the server has hung up.
const ANSWER_PATIENCE: Duration = Duration::from_secs(600);

/// What is to be connected, and how.
#[derive(Clone, Debug)]
pub struct ConnectRequest {
    /// To what.
    pub profile: Profile,
    /// The password, if it is known; else it is asked for.
    pub password: Option<Secret>,
    /// The mark of everything that must stay out of the tunnel.
    pub mark: Option<u32>,
    /// The TUN device's name, with `%d` for a free number.
    pub interface: String,
    /// The device of an earlier session of this connection, and where this one leaves it at its end.
    pub device: DeviceSlot,
    /// The name servers of an earlier session of this connection: outside the tunnel they are strangers.
    pub tunnel_name_servers: Vec<Ipv4Addr>,
    /// Where the server was the last time: it is tried where no name server says where it is.
    pub last_good: Option<Ipv4Addr>,
}

impl ConnectRequest {
    /// A connection with the numbers of [`PolicyRouting::STANDARD`].
    pub fn new(profile: Profile, password: Option<Secret>) -> Self {
        let interface = "culvert%d".to_owned();
        let mark = Some(PolicyRouting::STANDARD.mark);
        let device = DeviceSlot::default();
        let tunnel_name_servers = Vec::new();
        Self { profile, password, mark, interface, device, tunnel_name_servers, last_good: None }
    }
}

/// What happens to a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EngineEvent {
    /// The next step of connecting was reached.
    StageReached(Stage),
    /// The server was found under these addresses. Nothing is sent to them before [`EngineCommand::Reach`].
    ServerFound(Vec<Ipv4Addr>),
    /// Only the person can give the password.
    PasswordWanted {
        /// Why the last one was not taken.
        refused: Option<Fault>,
    },
    /// The tunnel may carry traffic. Its device exists; address, routes and rules are up to
    /// [`host::apply`](crate::host::apply). It comes again when the server has negotiated anew.
    Up {
        /// What was agreed, with the device's name and the MTU to use.
        network: Network,
    },
    /// The counters, once a second while they change.
    Statistics(Statistics),
}

/// What a connection is told.
#[derive(Clone, Debug)]
pub enum EngineCommand {
    /// Go on to the addresses that were found: nothing stands in the way any more.
    Reach,
    /// The password that it asked for.
    Answer(Secret),
    /// End in good order.
    Disconnect,
}

/// Connects, carries traffic, and returns when it is over: by request (`None`) or with a fault.
///
/// A password that was refused is asked for again, in place where the server allows that, else by dialling once
/// more; whoever listens sees no difference. Closed `commands` mean the same as [`EngineCommand::Disconnect`].
/// Dropping the future ends the connection at once. Either way the TUN device goes back to its slot, and the host
/// stays as it is.
pub async fn connect(
    request: ConnectRequest,
    events: Sender<EngineEvent>,
    mut commands: Receiver<EngineCommand>,
) -> Option<Fault> {
    let mut dial = Dial { request, addresses: Vec::new(), unnamed: None, form: None, reached: None };
    loop {
        let ended = dial.once(&events, &mut commands).await;
        let fault = ended.fault.clone()?;
        if !dial.prepare_another(ended, &events, &mut commands).await? {
            return Some(fault);
        }
    }
}

/// One session after the other, until a login is not refused.
struct Dial {
    request: ConnectRequest,
    /// Where the server is, once that was found and may be reached.
    addresses: Vec<Ipv4Addr>,
    /// Why the name could not be looked up, where the address is the last good one.
    unnamed: Option<Fault>,
    /// How the credentials are presented this time, where that was not left to the session.
    form: Option<Form>,
    /// The furthest stage that was told: those up to it are not told again.
    reached: Option<Stage>,
}

impl Dial {
    async fn once(&mut self, events: &Sender<EngineEvent>, commands: &mut Receiver<EngineCommand>) -> Ended {
        let over = |fault| Ended { fault, asking: None, password: None, other_form: None };
        if self.addresses.is_empty() {
            match self.find(events, commands).await {
                Some(Ok(addresses)) => self.addresses = addresses,
                Some(Err(fault)) => return over(Some(fault)),
                None => return over(None),
            }
        }
        let driver = tokio::select! {
            reached = self.reach(events) => reached,
            () = asked_to_end(commands) => return over(None),
        };
        match driver {
            Ok(driver) => driver.run(events, commands).await,
            Err(fault) => over(Some(self.unnamed.take().unwrap_or(fault))),
        }
    }

    /// Whether there is to be another session after one that `ended` with a fault; `None` if whoever commands wants
    /// none.
    async fn prepare_another(
        &mut self,
        ended: Ended,
        events: &Sender<EngineEvent>,
        commands: &mut Receiver<EngineCommand>,
    ) -> Option<bool> {
        if let Some(password) = ended.password {
            self.request.password = Some(password);
        }
        self.reached = self.reached.max(Some(Stage::CheckingPassword));
        if let Some(form) = ended.other_form.filter(|_| self.form.is_none()) {
            self.form = Some(form);
            return Some(true);
        }
        if ended.asking.is_none() {
            let Some(fault) = ended.fault.filter(|fault| fault.code == FaultCode::AuthRejected) else {
                return Some(false);
            };
            events.send(EngineEvent::PasswordWanted { refused: Some(fault) }).await.ok()?;
        }
        match timeout(ANSWER_PATIENCE, answer(commands)).await {
            Ok(Some(password)) => {
                // Each try may count towards locking the account: from now on one form, the usual one.
                self.form = Some(Form::Full);
                self.request.password = Some(password);
                Some(true)
            }
            Ok(None) => None,
            Err(_) => Some(false),
        }
    }

    /// Looks up the server's addresses and waits until they may be reached; `None` if whoever commands wants no
    /// connection.
    async fn find(
        &mut self,
        events: &Sender<EngineEvent>,
        commands: &mut Receiver<EngineCommand>,
    ) -> Option<Result<Vec<Ipv4Addr>, Fault>> {
        self.tell(events, Stage::LookingUpName).await;
        let resolver = self.resolver();
        let found = tokio::select! {
            found = look_up(&resolver, &self.request.profile) => found,
            () = asked_to_end(commands) => return None,
        };
        let addresses = match (found, self.request.last_good) {
            (Ok(addresses), _) => addresses,
            (Err(fault), Some(last_good)) if fault.code == FaultCode::DnsFailed => {
                tracing::warn!("the server's name can't be looked up: trying where it was the last time");
                self.unnamed = Some(fault);
                vec![last_good]
            }
            (Err(fault), _) => return Some(Err(fault)),
        };
        if let Some(fault) = self.other_vpn(&addresses).await {
            return Some(Err(fault));
        }
        events.send(EngineEvent::ServerFound(addresses.clone())).await.ok()?;
        loop {
            match commands.recv().await? {
                EngineCommand::Reach => return Some(Ok(addresses)),
                EngineCommand::Answer(_) => {}
                EngineCommand::Disconnect => return None,
            }
        }
    }

    /// The VPN of somebody else's that this one would run through, or the other way round, unless that is wanted. Any
    /// of the addresses may be the one that is reached.
    async fn other_vpn(&self, addresses: &[Ipv4Addr]) -> Option<Fault> {
        if self.request.profile.through_other_vpn {
            return None;
        }
        for address in addresses {
            match other_vpns(Some(*address)).await {
                Ok(vpns) if vpns.is_empty() => {}
                Ok(vpns) => return vpns.first().map(|vpn| vpn.fault().at(Stage::ReachingServer)),
                // Nothing is to run through another one by accident.
                Err(error) => return Some(error.fault().at(Stage::ReachingServer)),
            }
        }
        None
    }

    fn resolver(&self) -> Resolver {
        let ConnectRequest { profile, mark, tunnel_name_servers, .. } = &self.request;
        Resolver::new(*mark).under_guard(profile.guard).without(tunnel_name_servers)
    }

    /// Connects to the server. The GRE socket is open before the call is asked for.
    async fn reach(&self, events: &Sender<EngineEvent>) -> Result<Driver, Fault> {
        let ConnectRequest { profile, password, mark, interface, device, .. } = &self.request;
        self.tell(events, Stage::ReachingServer).await;
        let (stream, server) = first_reachable(&self.addresses, profile.port, *mark).await?;
        let local = |error| tcp::local_fault(&error).at(Stage::ReachingServer);
        let gre = GreSocket::connect(server, *mark).map_err(local)?;
        let seed = clock::seed().map_err(local)?;
        let config = ClientConfig { form: self.form, ..ClientConfig::new(profile, server, password.clone()) };
        let session = Session::client(config, seed, clock::now());
        let driver = Driver::new(session, stream, gre, interface.clone(), profile.mtu);
        Ok(driver.behind(self.reached).with_device(device.clone()))
    }

    async fn tell(&self, events: &Sender<EngineEvent>, stage: Stage) {
        if self.reached.is_none() {
            // Whoever listens no more has dropped the commands as well, and that ends the connection.
            events.send(EngineEvent::StageReached(stage)).await.ok();
        }
    }
}

/// The addresses of every place where the server is to be had, in order; the first fault where there is none.
async fn look_up(resolver: &Resolver, profile: &Profile) -> Result<Vec<Ipv4Addr>, Fault> {
    let (mut all, mut first) = (Vec::new(), None);
    for server in profile.servers() {
        match resolver.lookup(server).await {
            Ok(mut addresses) => {
                addresses.truncate(ADDRESSES);
                addresses.retain(|address| !all.contains(address));
                all.append(&mut addresses);
            }
            Err(fault) => drop(first.get_or_insert(fault)),
        }
    }
    match first {
        Some(fault) if all.is_empty() => Err(fault),
        _ => Ok(all),
    }
}

async fn first_reachable(
    addresses: &[Ipv4Addr],
    port: u16,
    mark: Option<u32>,
) -> Result<(TcpStream, Ipv4Addr), Fault> {
    let mut last = Fault::new(FaultCode::DnsFailed).at(Stage::LookingUpName);
    for &address in addresses {
        match tcp::connect(address, port, mark).await {
            Ok(stream) => return Ok((stream, address)),
            Err(fault) => last = fault,
        }
    }
    Err(last)
}

/// The next password; `None` if none will come.
async fn answer(commands: &mut Receiver<EngineCommand>) -> Option<Secret> {
    loop {
        match commands.recv().await? {
            EngineCommand::Answer(password) => return Some(password),
            EngineCommand::Reach => {}
            EngineCommand::Disconnect => return None,
        }
    }
}

async fn asked_to_end(commands: &mut Receiver<EngineCommand>) {
    while let Some(EngineCommand::Answer(_) | EngineCommand::Reach) = commands.recv().await {}
}
