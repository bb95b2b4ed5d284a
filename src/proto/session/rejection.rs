//! What ICMP says about the GRE packets that we send, and how far it is believed.

use alloc::vec::Vec;
use core::net::Ipv4Addr;
use core::time::Duration;

use culvert_model::{Evidence, Instant};

/// How long after a rejection the next packet is sent to see whether it fares better. Many routers send only two
/// ICMP errors in a second.
const RETRY: Duration = Duration::from_millis(600);

/// An ICMP error that answered a GRE packet of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Who sent it.
    pub from: Ipv4Addr,
    /// Its type (RFC 792).
    pub kind: u8,
    /// Its code (RFC 792, RFC 1812 section 5.2.7.1).
    pub code: u8,
    /// The start of the packet that it answers, from the GRE header on.
    pub quoted: Vec<u8>,
}

impl Rejection {
    /// How many of our packets must be rejected like this before it is believed; `None` where it says nothing about
    /// whether GRE may pass.
    ///
    /// It is never one: the server may open its socket a little late, and a single ICMP error is easily forged.
    const fn threshold(&self) -> Option<u32> {
        match (self.kind, self.code) {
            // Protocol or port unreachable; network, host or all communication administratively prohibited.
            (3, 2 | 3 | 9 | 10 | 13) => Some(2),
            // Network or host unreachable, unknown, isolated, or unreachable for this type of service; precedence.
            (3, 0 | 1 | 6 | 7 | 8 | 11 | 12 | 14 | 15) => Some(3),
            // Fragmentation needed is the path MTU's; the rest tells of routing.
            _ => None,
        }
    }
}

/// The rejections of one call's packets.
#[derive(Debug)]
pub(super) struct Rejections {
    server: Ipv4Addr,
    last: Option<Rejection>,
    /// How many packets were rejected. Of those sent between two rejections one counts.
    count: u32,
    /// How many packets had been sent when the last rejection was counted.
    sent: u64,
    retry_at: Option<Instant>,
}

impl Rejections {
    /// None yet, of packets to `server`.
    pub(super) const fn new(server: Ipv4Addr) -> Self {
        Self { server, last: None, count: 0, sent: 0, retry_at: None }
    }

    /// One came, when `sent` packets had been sent.
    pub(super) fn handle_rejection(&mut self, rejection: &Rejection, sent: u64, now: Instant) {
        if rejection.threshold().is_none() || sent <= self.sent {
            return;
        }
        self.last = Some(rejection.clone());
        self.count = self.count.saturating_add(1);
        self.sent = sent;
        self.retry_at = Some(now + RETRY);
    }

    /// When [`Self::handle_timeout`] has something to do.
    pub(super) const fn poll_timeout(&self) -> Option<Instant> {
        self.retry_at
    }

    /// Whether it is time to send another packet and see.
    pub(super) fn handle_timeout(&mut self, now: Instant) -> bool {
        self.retry_at.take_if(|at| *at <= now).is_some()
    }

    /// Whether packet after packet was rejected.
    pub(super) fn are_beyond_doubt(&self) -> bool {
        self.last.as_ref().and_then(Rejection::threshold).is_some_and(|threshold| self.count >= threshold)
    }

    /// Whether somebody other than the server rejected one. A server does so too once it has given up the call.
    pub(super) fn are_on_the_way(&self) -> bool {
        self.last.as_ref().is_some_and(|rejection| rejection.from != self.server)
    }

    /// The last one, for whoever wants to know.
    pub(super) fn evidence(&self) -> Option<Evidence> {
        let Rejection { from, kind, code, .. } = *self.last.as_ref()?;
        Some(Evidence::Rejected { from, kind, code })
    }
}
