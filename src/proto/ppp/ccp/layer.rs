//! The commands of CCP beside those of every layer.

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

    /// Asks the peer to start its cipher afresh (Reset-Request, RFC 1962 section 3.2); nothing unless opened. How often
    /// is for the [`Decryptor`](crate::ppp::mppe::Decryptor) to say, which alone knows whether it helped.
    pub fn request_reset(&mut self) {
        if self.is_opened() {
            self.send(code::RESET_REQUEST, &[]);
        }
    }
}
