//! Both ends wired together in memory, and scripted peers.

mod deviations;
mod hostile;
mod pair;
mod timers;

use std::string::String;
use std::vec::Vec;

use culvert_model::{Evidence, Fault, FaultCode, Instant};

use super::*;
use crate::wire::pptp::{
    CallDisconnectNotify, DisconnectResult, EchoRequest, GeneralError, Message, OutgoingCallReply,
    OutgoingCallResult, StartControlConnectionReply, StartResult,
};

const CALL_ID: u16 = 0x1234;
const SERVER_CALL_ID: u16 = 0x8001;

/// A client against a script: messages in, messages out.
struct Client {
    control: Control,
    now: Instant,
}

impl Client {
    /// The Start-Control-Connection-Request is out.
    fn starting() -> Self {
        let now = Instant::ZERO;
        let mut client = Self { control: Control::pns(PnsConfig::default(), CALL_ID, now), now };
        assert_eq!(names(&client.sent()), ["Start-Control-Connection-Request"]);
        client
    }

    /// The Outgoing-Call-Request is out.
    fn calling() -> Self {
        let mut client = Self::starting();
        client.hears(start_reply(StartResult::OK, GeneralError::NONE));
        assert_eq!(names(&client.sent()), ["Outgoing-Call-Request"]);
        assert!(matches!(client.events()[..], [Event::ConnectionEstablished(_)]));
        client
    }

    /// The call is up.
    fn connected() -> Self {
        let mut client = Self::calling();
        client.hears(call_reply(OutgoingCallResult::CONNECTED, GeneralError::NONE));
        assert!(matches!(client.events()[..], [Event::CallEstablished { .. }]));
        client
    }

    /// The Call-Clear-Request is out.
    fn disconnecting() -> Self {
        let mut client = Self::connected();
        client.control.disconnect(client.now);
        assert_eq!(names(&client.sent()), ["Call-Clear-Request"]);
        assert_eq!(client.events(), [Event::CallCleared(Ended::Requested)]);
        client
    }

    /// The Stop-Control-Connection-Request is out.
    fn stopping() -> Self {
        let mut client = Self::disconnecting();
        client.hears(disconnect(SERVER_CALL_ID, DisconnectResult::REQUEST));
        assert_eq!(names(&client.sent()), ["Stop-Control-Connection-Request"]);
        client
    }

    fn hears(&mut self, message: impl Into<Message>) {
        self.control.handle_bytes(&bytes(message), self.now);
    }

    fn sent(&mut self) -> Vec<Message> {
        core::iter::from_fn(|| self.control.poll_transmit())
            .map(|bytes| Message::parse(&bytes).unwrap())
            .collect()
    }

    fn events(&mut self) -> Vec<Event> {
        core::iter::from_fn(|| self.control.poll_event()).collect()
    }

    /// The fault in the one [`Event::Closed`], which must be the last event.
    fn fault(&mut self) -> Fault {
        let events = self.events();
        let Some(Event::Closed(ended)) = events.last() else { panic!("not closed: {events:?}") };
        ended.fault().expect("a fault").clone()
    }
}

fn bytes(message: impl Into<Message>) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.into().emit(&mut bytes);
    bytes
}

fn names(messages: &[Message]) -> Vec<&'static str> {
    messages.iter().map(Message::name).collect()
}

fn start_reply(result: StartResult, error: GeneralError) -> StartControlConnectionReply {
    StartControlConnectionReply { protocol_version: 0x0100, result, error, ..Default::default() }
}

fn call_reply(result: OutgoingCallResult, error: GeneralError) -> OutgoingCallReply {
    OutgoingCallReply {
        call_id: SERVER_CALL_ID,
        peer_call_id: CALL_ID,
        result,
        error,
        packet_receive_window_size: 16,
        ..Default::default()
    }
}

fn disconnect(call_id: u16, result: DisconnectResult) -> CallDisconnectNotify {
    CallDisconnectNotify { call_id, result, ..Default::default() }
}

fn echo(identifier: u32) -> EchoRequest {
    EchoRequest { identifier }
}

fn shows(message: &str, result: u8, error: u8, cause: u16) -> Vec<Evidence> {
    Vec::from([Evidence::ControlResult { message: String::from(message), result, error, cause }])
}
