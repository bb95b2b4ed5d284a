//! The commands of LCP beside those of every layer.

use alloc::vec::Vec;

use super::rules::{Config, LcpRules};
use crate::Chance;
use crate::ppp::negotiation::Negotiation;
use crate::wire::ppp::code;

/// One end of the Link Control Protocol.
pub type Lcp = Negotiation<LcpRules>;

impl Negotiation<LcpRules> {
    /// LCP, neither open nor up.
    pub fn new(config: Config, chance: Chance) -> Self {
        Self::with_rules(LcpRules::new(config, chance))
    }

    /// Sends an Echo-Request (RFC 1661 section 5.8); nothing unless opened.
    pub fn echo(&mut self) {
        if self.is_opened() {
            let magic = self.rules().magic().to_be_bytes();
            self.send(code::ECHO_REQUEST, &magic);
        }
    }

    /// Refuses a frame of a protocol that is not spoken here (RFC 1661 section 5.7); nothing unless opened.
    pub fn protocol_reject(&mut self, protocol: u16, information: &[u8]) {
        if self.is_opened() {
            let room = usize::from(self.rules().peer_mru()).saturating_sub(6);
            let mut data = Vec::with_capacity(information.len().min(room).saturating_add(2));
            data.extend_from_slice(&protocol.to_be_bytes());
            data.extend(information.iter().take(room));
            self.send(code::PROTOCOL_REJECT, &data);
        }
    }
}
