//! Control messages (RFC 2637 section 2).
//!
//! Sent in their exact sizes. Read leniently: octets beyond a message's last field, reserved fields that are not
//! zero and codes that nobody knows are no errors; a length that lies, a wrong magic cookie and a message too
//! short for its type are.

mod code;
mod field;
mod framer;
mod message;
#[cfg(test)]
mod tests;

pub use code::{
    DisconnectResult, EchoResult, GeneralError, IncomingCallResult, OutgoingCallResult, StartResult,
    StopReason, StopResult,
};
pub use field::Text;
pub use framer::Framer;
pub use message::{
    CallClearRequest, CallDisconnectNotify, EchoReply, EchoRequest, IncomingCallConnected, IncomingCallReply,
    IncomingCallRequest, MAX_LEN, Message, OutgoingCallReply, OutgoingCallRequest, PROTOCOL_VERSION,
    SetLinkInfo, StartControlConnectionReply, StartControlConnectionRequest, StopControlConnectionReply,
    StopControlConnectionRequest, WanErrorNotify,
};
