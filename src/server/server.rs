//! What the system gives, and the one task that owns it.

use std::collections::HashMap;
use std::future::{Future, pending};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::pin::{Pin, pin};
use std::slice;
use std::time::Duration;

use culvert_engine::gre_socket::BATCH;
use culvert_engine::host::{self, HostError};
use culvert_engine::tun::{JOINED, ReadBatch, RoomForWriting, WriteBatch};
use culvert_engine::{GreSocket, Tun, clock};
use culvert_model::Instant;
use culvert_proto::{HEADROOM, Packet};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{self, sleep};

use crate::Config;
use crate::demux::destination_of;
use crate::hub::{Hub, Output};
use crate::stream::{ClientId, FromPeer, Link};

/// How many chunks of control connections may wait for the hub.
const INBOX: usize = 64;
/// How long accepting pauses where the system has no more file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Why a server could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The TCP port can't be had.
    #[error("listening on TCP {address}: {cause}")]
    Tcp {
        /// Where.
        address: SocketAddrV4,
        /// What the system said.
        cause: io::Error,
    },
    /// The raw socket can't be had.
    #[error("opening a raw socket for GRE (it takes root or CAP_NET_RAW): {0}")]
    Gre(io::Error),
    /// The TUN device can't be made.
    #[error("making a TUN device (it takes root or CAP_NET_ADMIN, and /dev/net/tun): {0}")]
    Device(io::Error),
    /// The TUN device can't get its address.
    #[error("setting up the TUN device: {0}")]
    Address(#[from] HostError),
}

/// A PPTP server that has everything it needs from the system.
pub struct Server {
    listener: TcpListener,
    /// Since when connections are accepted again, where one could not be.
    accept_at: Option<time::Instant>,
    gre: GreSocket,
    tun: Tun,
    hub: Hub,
    links: HashMap<ClientId, Link>,
    inbox: mpsc::Receiver<(ClientId, FromPeer)>,
    mailbox: mpsc::Sender<(ClientId, FromPeer)>,
    last_id: u64,
}

/// Room for one round of packets each way.
struct Room {
    datagrams: Vec<Packet>,
    opened: WriteBatch,
    read: ReadBatch,
    frame: Packet,
}

enum Happened {
    Gre(io::Result<usize>),
    Ip(io::Result<()>),
    Accepted(io::Result<(TcpStream, SocketAddr)>),
    Control(ClientId, FromPeer),
    Due,
    ShutDown,
}

impl Server {
    /// Opens the raw socket and the TUN device, and listens. From then on clients can connect; they are answered
    /// once [`Self::serve`] runs.
    ///
    /// # Errors
    /// [`BindError`], with nothing left behind.
    pub async fn bind(config: Config) -> Result<Self, BindError> {
        let address = config.listen;
        let gre = GreSocket::listen(*address.ip(), None).map_err(BindError::Gre)?;
        let tun = Tun::create(&config.interface).map_err(BindError::Device)?;
        let length = config.pool.prefix_length(config.local);
        host::bring_up(tun.name(), config.local, length, config.device_mtu()).await?;
        let listener = TcpListener::bind(address).await.map_err(|cause| BindError::Tcp { address, cause })?;
        let (mailbox, inbox) = mpsc::channel(INBOX);
        let (hub, links) = (Hub::new(config), HashMap::new());
        Ok(Self { listener, accept_at: None, gre, tun, hub, links, inbox, mailbox, last_id: 0 })
    }

    /// The name of the TUN device.
    pub fn interface(&self) -> &str {
        self.tun.name()
    }

    /// The address and TCP port listened on.
    ///
    /// # Errors
    /// What the system said.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `shutdown` is ready; then takes leave of every client, which takes five seconds at most.
    ///
    /// # Errors
    /// The raw socket or the TUN device is gone.
    pub async fn serve(mut self, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let mut shutdown = pin!(shutdown);
        let mut is_closing = false;
        let mut room = Room::new();
        while !(is_closing && self.hub.is_empty()) {
            let happened = self.next(&mut room, shutdown.as_mut(), is_closing).await;
            is_closing |= matches!(happened, Happened::ShutDown);
            self.on(happened, &mut room).await?;
        }
        Ok(())
    }

    /// Waits for whatever comes first. All of it can be given up without a loss.
    async fn next(
        &mut self,
        room: &mut Room,
        shutdown: Pin<&mut impl Future<Output = ()>>,
        is_closing: bool,
    ) -> Happened {
        let due = self.hub.poll_timeout();
        tokio::select! {
            received = self.gre.receive(&mut room.datagrams) => Happened::Gre(received),
            read = self.tun.read(&mut room.read) => Happened::Ip(read),
            accepted = accept(&self.listener, self.accept_at), if !is_closing => Happened::Accepted(accepted),
            Some((id, message)) = self.inbox.recv() => Happened::Control(id, message),
            () = sleep_until(due) => Happened::Due,
            () = shutdown, if !is_closing => Happened::ShutDown,
        }
    }

    async fn on(&mut self, happened: Happened, room: &mut Room) -> io::Result<()> {
        let now = clock::now();
        match happened {
            Happened::Gre(received) => {
                let datagrams = room.datagrams.get_mut(..received?).unwrap_or_default();
                self.hub.handle_gre(datagrams, now, &mut room.opened);
                datagrams.iter_mut().for_each(RoomForWriting::ensure_room);
            }
            Happened::Ip(read) => {
                read?;
                self.send_ip(room.read.packets_mut(), now).await;
            }
            Happened::Accepted(Ok((stream, SocketAddr::V4(peer)))) => self.accept(stream, *peer.ip(), now),
            Happened::Accepted(Ok(_)) => {}
            Happened::Accepted(Err(error)) => {
                tracing::warn!(%error, "a connection could not be accepted");
                self.accept_at = Some(time::Instant::now() + PAUSE);
            }
            Happened::Control(id, message) => self.hub.handle_control(id, message, now),
            Happened::Due => self.hub.handle_timeout(now, &mut room.opened),
            Happened::ShutDown => self.hub.shut_down(now),
        }
        if !room.opened.is_empty() {
            self.tun.write(&mut room.opened).await?;
        }
        while let Some(output) = self.hub.poll_output(&mut room.frame, now) {
            match output {
                Output::Control(id, bytes) => self.send_control(id, &bytes),
                Output::Gre(to) => drop(self.gre.send_to(slice::from_ref(&room.frame), to).await),
                Output::Close(id) => drop(self.links.remove(&id)),
            }
        }
        Ok(())
    }

    fn send_control(&mut self, id: ClientId, bytes: &[u8]) {
        if self.links.get(&id).is_some_and(|link| link.send(bytes).is_err()) {
            self.links.remove(&id);
            self.hub.handle_stuck(id);
        }
    }

    async fn send_ip(&mut self, packets: &mut [Packet], now: Instant) {
        for run in packets.chunk_by_mut(|one, next| destination_of(one) == destination_of(next)) {
            if let Some(to) = self.hub.handle_ip(run, now) {
                self.gre.send_to(run, to).await;
            }
        }
    }

    fn accept(&mut self, stream: TcpStream, peer: Ipv4Addr, now: Instant) {
        self.last_id += 1;
        let id = ClientId(self.last_id);
        let admitted =
            clock::seed().and_then(|seed| self.hub.admit(id, peer, seed, now).map_err(io::Error::other));
        match admitted {
            Ok(()) => {
                self.links.insert(id, Link::spawn(stream, id, self.mailbox.clone()));
            }
            Err(error) => tracing::warn!(%error, "a client was turned away"),
        }
    }
}

impl Room {
    fn new() -> Self {
        Self {
            datagrams: std::iter::repeat_with(Packet::for_writing).take(BATCH).collect(),
            opened: WriteBatch::new(),
            read: ReadBatch::new(),
            // The longest answers repeat what they answer.
            frame: Packet::with_capacity(HEADROOM + JOINED),
        }
    }
}

/// The next connection; none before `at`, when the system may have descriptors again.
async fn accept(listener: &TcpListener, at: Option<time::Instant>) -> io::Result<(TcpStream, SocketAddr)> {
    if let Some(at) = at {
        time::sleep_until(at).await;
    }
    listener.accept().await
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => sleep(due - clock::now()).await,
        None => pending().await,
    }
}
