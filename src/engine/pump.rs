//! The packets of one call between the network and the device, without any I/O of its own.

use std::collections::VecDeque;
use std::fmt;

use culvert_model::Instant;
use culvert_proto::Packet;
use culvert_proto::pptp::call::{Opener, Sealer, Sink, Trouble};
use culvert_proto::session::Command;

use crate::mss;
use crate::tun::WriteBatch;

/// The two halves of a call's data path, and what waits between them and the rest.
pub struct Pump {
    sealer: Sealer,
    opener: Opener,
    inbox: Inbox,
}

/// Something that came through the call and is the session's to deal with.
pub enum Signal {
    /// A control frame.
    Frame {
        /// Its PPP protocol.
        protocol: u16,
        /// Its information field.
        information: Vec<u8>,
    },
    /// The opener cannot go on by itself.
    Trouble(Trouble),
}

/// Without what the frame says: it may be a password.
impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Frame { protocol, information } => {
                write!(f, "Frame {{ protocol: {protocol:#06x}, {} bytes }}", information.len())
            }
            Self::Trouble(trouble) => f.debug_tuple("Trouble").field(trouble).finish(),
        }
    }
}

impl Pump {
    /// The pump of a call that was just established.
    pub fn new(sealer: Sealer, opener: Opener) -> Self {
        Self { sealer, opener, inbox: Inbox::default() }
    }

    /// Tells TCP connections inside the tunnel that packets of `mtu` bytes fit.
    pub fn set_mtu(&mut self, mtu: u16) {
        self.inbox.mtu = Some(mtu);
    }

    /// Does what the session asks. Commands must come before the packets that they are meant for.
    pub fn handle_command(&mut self, command: Command) {
        match command {
            Command::Seal(command) => self.sealer.handle_command(command),
            Command::Open(command) => self.opener.handle_command(command),
        }
    }

    /// Takes datagrams from the raw socket, up to the first that brings a control frame; says how many. Those are
    /// empty afterwards, and what was in them is in [`Self::arrived`] or handed out by [`Self::poll_signal`].
    ///
    /// The session must have its say before the rest: a frame may decide how the packets behind it are read.
    pub fn handle_datagrams(&mut self, datagrams: &mut [Packet], now: Instant) -> usize {
        self.opener.open_batch(datagrams, now, &mut self.inbox)
    }

    /// The time has come that [`Self::poll_timeout`] named.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.opener.handle_timeout(now, &mut self.inbox);
    }

    /// Makes GRE packets of IP packets, in place. Those that may not leave are empty afterwards.
    pub fn seal(&mut self, packets: &mut [Packet]) {
        if let Some(mtu) = self.inbox.mtu {
            for packet in packets.iter_mut() {
                mss::clamp(packet.payload_mut(), mtu);
            }
        }
        self.sealer.seal_batch(packets);
    }

    /// The IP packets that arrived, to be written to the device.
    pub fn arrived(&mut self) -> &mut WriteBatch {
        &mut self.inbox.packets
    }

    /// The next control frame or trouble.
    pub fn poll_signal(&mut self) -> Option<Signal> {
        self.inbox.signals.pop_front()
    }

    /// Puts the next control frame or acknowledgement into `packet`; false where there is none.
    pub fn poll_transmit(&mut self, packet: &mut Packet, now: Instant) -> bool {
        if self.sealer.poll_frame(packet) {
            return true;
        }
        let acknowledgement = self.opener.poll_ack(now);
        packet.fill(acknowledgement.as_ref().map_or(&[], |bytes| bytes.as_slice()));
        acknowledgement.is_some()
    }

    /// When [`Self::handle_timeout`] or [`Self::poll_transmit`] has something to do.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.opener.poll_timeout()
    }
}

/// Where the opener puts what it has opened.
#[derive(Default)]
struct Inbox {
    mtu: Option<u16>,
    packets: WriteBatch,
    signals: VecDeque<Signal>,
}

impl Sink for Inbox {
    fn ip(&mut self, packet: &mut Packet) {
        if let Some(mtu) = self.mtu {
            mss::clamp(packet.payload_mut(), mtu);
        }
        self.packets.push(packet);
    }

    fn frame(&mut self, protocol: u16, information: &[u8]) {
        self.signals.push_back(Signal::Frame { protocol, information: information.to_vec() });
    }

    fn trouble(&mut self, trouble: Trouble) {
        self.signals.push_back(Signal::Trouble(trouble));
    }

    fn is_paused(&self) -> bool {
        self.signals.iter().any(|signal| matches!(signal, Signal::Frame { .. }))
    }
}
