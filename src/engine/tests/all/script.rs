//! A server whose every packet a test decides.

use std::collections::VecDeque;
use std::time::Duration;

use culvert_engine::{GreSocket, clock};
use culvert_model::Instant;
use culvert_proto::session::{Event, Session};
use culvert_proto::wire::ppp::{frame, protocol};
use culvert_proto::{Opener, Packet, SealCommand, Sealer, Sink, Trouble};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::connection::server_config;
use crate::namespace::{CLIENT, Namespace, SERVER};

/// Codes of LCP (RFC 1661 section 5).
pub mod code {
    pub const CONFIGURE_REQUEST: u8 = 1;
    pub const CONFIGURE_ACK: u8 = 2;
    pub const CONFIGURE_REJECT: u8 = 4;
    pub const TERMINATE_REQUEST: u8 = 5;
    pub const ECHO_REQUEST: u8 = 9;
    pub const ECHO_REPLY: u8 = 10;
}

const PATIENCE: Duration = Duration::from_secs(10);
const ROOM: usize = 16 * 1024;

/// A server that listens, before its client comes.
pub struct Stage(TcpListener);

/// The server of one call, which is up.
pub struct Script {
    /// The control connection.
    pub control: TcpStream,
    sealer: Sealer,
    opener: Opener,
    inbox: Inbox,
}

#[derive(Default)]
struct Inbox(VecDeque<(u16, Vec<u8>)>);

impl Sink for Inbox {
    fn ip(&mut self, _packet: &mut Packet) {}

    fn frame(&mut self, protocol: u16, information: &[u8]) {
        self.0.push_back((protocol, information.to_vec()));
    }

    fn trouble(&mut self, trouble: Trouble) {
        panic!("{trouble:?}");
    }
}

impl Stage {
    /// Listens in `server`.
    pub fn new(server: &Namespace) -> Self {
        Self(server.run(|| {
            let listener = std::net::TcpListener::bind((SERVER, 1723)).unwrap();
            listener.set_nonblocking(true).unwrap();
            TcpListener::from_std(listener).unwrap()
        }))
    }

    /// Takes one client and its call.
    pub async fn call(&self) -> Script {
        let (mut control, _) = timeout(PATIENCE, self.0.accept()).await.expect("a client").unwrap();
        let mut session = Session::server(server_config(CLIENT), clock::seed().unwrap(), clock::now());
        let mut bytes = [0; 1024];
        loop {
            let count = timeout(PATIENCE, control.read(&mut bytes)).await.expect("a message").unwrap();
            assert!(count > 0, "the client hung up");
            session.handle_control(&bytes[..count], clock::now());
            while let Some(message) = session.poll_transmit() {
                control.write_all(&message).await.unwrap();
            }
            while let Some(event) = session.poll_event() {
                if let Event::CallEstablished(halves) = event {
                    let (sealer, opener) = *halves;
                    return Script { control, sealer, opener, inbox: Inbox::default() };
                }
            }
        }
    }
}

impl Script {
    /// An LCP packet as GRE.
    pub fn seal(&mut self, code: u8, identifier: u8, data: &[u8]) -> Packet {
        let length = u16::try_from(4 + data.len()).unwrap().to_be_bytes();
        let information = [&[code, identifier], &length[..], data].concat();
        let mut packet = Packet::with_capacity(ROOM);
        self.sealer.handle_command(SealCommand::Frame(frame(protocol::LCP, &information).into()));
        assert!(self.sealer.poll_frame(&mut packet));
        packet
    }

    /// Sends an LCP packet.
    pub async fn send(&mut self, gre: &GreSocket, code: u8, identifier: u8, data: &[u8]) {
        let packet = self.seal(code, identifier, data);
        assert_eq!(gre.send(&[packet]).await, 1);
    }

    /// The identifier and the data of the next LCP packet with this code.
    pub async fn next(&mut self, gre: &GreSocket, code: u8) -> (u8, Vec<u8>) {
        let mut packets: Vec<_> = (0..64).map(|_| Packet::with_capacity(ROOM)).collect();
        loop {
            while let Some((protocol, information)) = self.inbox.0.pop_front() {
                if protocol == protocol::LCP && information[0] == code {
                    return (information[1], information[4..].to_vec());
                }
            }
            let count = timeout(PATIENCE, gre.receive(&mut packets)).await.expect("a frame").unwrap();
            let now: Instant = clock::now();
            let mut rest = &mut packets[..count];
            while !rest.is_empty() {
                let opened = self.opener.open_batch(rest, now, &mut self.inbox);
                rest = &mut rest[opened..];
            }
        }
    }

    /// Agrees on the link, with a login by MS-CHAPv2 that never comes.
    pub async fn open(&mut self, gre: &GreSocket) {
        let (identifier, options) = self.next(gre, code::CONFIGURE_REQUEST).await;
        self.send(gre, code::CONFIGURE_ACK, identifier, &options).await;
        self.send(gre, code::CONFIGURE_REQUEST, 1, &[3, 5, 0xC2, 0x23, 0x81]).await;
        self.next(gre, code::CONFIGURE_ACK).await;
    }
}
