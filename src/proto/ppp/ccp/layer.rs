//! The commands of CCP beside those of every layer.

use culvert_model::Instant;

use super::rules::{CcpRules, Config};
use crate::ppp::negotiation::Negotiation;
use crate::wire::ppp::code;

/// One end of the Compression Control Protocol.
pub type Ccp = Negotiation<CcpRules>;

impl Negotiation<CcpRules> {
    /// CCP, neither open nor up.
    pub fn new(config: Config) -> Self {
        Self::with_rules(CcpRules::new(config))
    }

    /// Asks the peer to start its cipher afresh (Reset-Request, RFC 1962 section 3.2), at most once per second
    /// until it acknowledges that; nothing unless opened.
    pub fn request_reset(&mut self, now: Instant) {
        if self.is_opened() && self.rules_mut().may_request_reset(now) {
            self.send(code::RESET_REQUEST, &[]);
        }
    }
}
