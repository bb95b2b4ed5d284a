//! What a layer brings to a negotiation.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt::Debug;

use culvert_model::Fault;

use crate::wire::ppp::ControlPacket;

/// What comes of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<A, N> {
    /// Both sides agreed; the layer carries traffic.
    Up(A),
    /// The layer, which was up, carries traffic no longer.
    Down,
    /// The layer ended; `None` where it was closed by request or its end is no fault.
    Finished(Option<Fault>),
    /// Something that only this layer knows.
    Noticed(N),
}

/// What to answer to one option of the peer's Configure-Request (RFC 1661 sections 5.2 to 5.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Fine as it is.
    Acknowledge,
    /// Known, but not with this value; the one wanted is given.
    Nak(Vec<u8>),
    /// Not known, or not for negotiation.
    Reject,
}

/// What follows from a Configure-Ack of the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is what we wanted.
    Settled,
    /// It does not do; the request, as it is now, is to be sent again.
    AskAgain,
}

/// How a layer can end without having been asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End<'a> {
    /// That many Configure-Requests went unanswered.
    Unanswered(u32),
    /// The peer sent a Terminate-Request.
    Terminated {
        /// What it gave as its reason.
        data: &'a [u8],
        /// Whether the layer was up.
        opened: bool,
    },
    /// The peer does not speak this protocol, or lacks one of its codes.
    Refused,
    /// Requests and refusals went to and fro, and no end was in sight.
    Endless,
}

/// The options of one layer: what we ask for, and what we think of what the peer asks for.
pub trait Rules {
    /// What both sides agreed on.
    type Agreed: Clone + Debug + PartialEq;
    /// What the layer tells beside up, down and finished.
    type Notice: Clone + Debug + PartialEq;

    /// Forgets what an earlier negotiation brought: a new one begins.
    fn begin(&mut self);

    /// Appends the options of our Configure-Request.
    fn request(&self, options: &mut Vec<u8>);

    /// Takes our request as acknowledged.
    fn handle_ack(&mut self) -> Result<Answer, Fault> {
        Ok(Answer::Settled)
    }

    /// Takes one option of a Configure-Nak, whether we had asked for it or not.
    fn handle_nak(&mut self, kind: u8, value: &[u8]) -> Result<(), Fault>;

    /// Takes one option of a Configure-Reject that we had asked for; it is not to be asked for again.
    fn handle_reject(&mut self, kind: u8) -> Result<(), Fault>;

    /// A Configure-Request of the peer is about to be judged; options that it leaves out have their defaults.
    fn begin_judging(&mut self);

    /// Judges one option of it. A fault ends the layer.
    fn judge(&mut self, kind: u8, value: &[u8]) -> Result<Verdict, Fault>;

    /// Appends to a Configure-Nak the options that the peer left out but should have asked for.
    fn missing(&mut self, _options: &mut Vec<u8>) {}

    /// Called once Max-Failure Naks were of no use: the fault to end with, or `None` to reject from here on.
    fn insists(&self) -> Option<Fault> {
        None
    }

    /// What was agreed on; a fault where the two directions do not fit each other.
    fn agreed(&self) -> Result<Self::Agreed, Fault>;

    /// The fault, if any, that this end amounts to.
    fn end(&self, end: End<'_>) -> Option<Fault>;

    /// Whether the layer knows `code` beside those from Configure-Request to Code-Reject.
    fn extends(&self, _code: u8) -> bool {
        false
    }

    /// Takes a packet with such a code while the layer is up. A fault ends the layer.
    fn handle_extension(
        &mut self,
        _packet: &ControlPacket<'_>,
        _out: &mut Outbox<Self::Agreed, Self::Notice>,
    ) -> Result<(), Fault> {
        Ok(())
    }
}

/// What waits to be sent and to be told.
#[derive(Debug)]
pub struct Outbox<A, N> {
    pub(super) transmit: VecDeque<Vec<u8>>,
    pub(super) events: VecDeque<Event<A, N>>,
}

impl<A, N> Outbox<A, N> {
    pub(super) const fn new() -> Self {
        Self { transmit: VecDeque::new(), events: VecDeque::new() }
    }

    /// Queues a control packet.
    pub fn send(&mut self, code: u8, identifier: u8, data: &[u8]) {
        let mut packet = Vec::with_capacity(data.len().saturating_add(4));
        ControlPacket { code, identifier, data }.emit(&mut packet);
        self.transmit.push_back(packet);
    }

    /// Queues a notice.
    pub fn tell(&mut self, notice: N) {
        self.events.push_back(Event::Noticed(notice));
    }
}
