//! The client's end: it opens the control connection and places the call.

use culvert_model::Instant;

use super::config::PnsConfig;
use super::connection::{Control, End, State};
use super::event::Ended;
use super::fault;
use crate::wire::pptp::{
    CallClearRequest, CallDisconnectNotify, DisconnectResult, GeneralError, IncomingCallReply,
    IncomingCallRequest, IncomingCallResult, Message, OutgoingCallReply, OutgoingCallRequest,
    OutgoingCallResult, PROTOCOL_VERSION, StartControlConnectionReply, StartControlConnectionRequest,
    StartResult, StopReason, Text,
};

const ANY: u32 = 3;
const MINIMUM_BPS: u32 = 300;
const MAXIMUM_BPS: u32 = 100_000_000;

impl Control {
    /// The client's end of a new TCP connection. It opens the control connection at once, and places the call as
    /// soon as that is open: some servers hang up within seconds on a client that waits.
    ///
    /// Draw `call_id` at random and not zero. Servers refuse an id that another client behind the same address
    /// has, and one that can be guessed helps whoever wants to forge GRE packets.
    pub fn pns(config: PnsConfig, call_id: u16, now: Instant) -> Self {
        let request = StartControlConnectionRequest {
            protocol_version: PROTOCOL_VERSION,
            framing_capabilities: ANY,
            bearer_capabilities: ANY,
            maximum_channels: 0,
            firmware_revision: config.firmware,
            host_name: config.host_name.as_str().into(),
            vendor_name: config.vendor.as_str().into(),
        };
        let timing = config.timing;
        let mut control = Self::new(End::Pns(config), timing, call_id, now);
        control.send(request);
        control
    }

    pub(super) fn handle_as_pns(&mut self, message: Message, now: Instant) {
        match (message, &self.state) {
            (Message::StartControlConnectionReply(reply), State::Starting { .. }) => self.start(reply, now),
            (Message::OutgoingCallReply(reply), State::Calling { .. }) => self.place(reply, now),
            (Message::CallDisconnectNotify(notify), state) if state.is_clearable() => {
                self.stop(StopReason::NONE, Ended::ByPeer(fault::of_disconnect(notify)), now);
            }
            (Message::CallClearRequest(request), state) if state.is_clearable() => {
                self.reply(self.disconnect_notify(DisconnectResult::REQUEST));
                let ended = Ended::ByPeer(fault::of_message(&request.into()));
                self.stop(StopReason::NONE, ended, now);
            }
            (Message::IncomingCallRequest(request), _) => self.refuse_incoming(&request),
            (Message::OutgoingCallRequest(request), _) => {
                self.refuse_outgoing(&request, OutgoingCallResult::DO_NOT_ACCEPT, GeneralError::NONE);
            }
            // Duplicates, and what only a PNS sends.
            _ => {}
        }
    }

    /// Asks the server to end the call.
    pub(super) fn clear_call(&mut self, now: Instant) {
        self.leave_call(&Ended::Requested);
        let until = now + self.timing.shutdown;
        self.state = State::WaitDisconnect { until, ended: Ended::Requested };
        self.send(CallClearRequest { call_id: self.call_id });
    }

    fn start(&mut self, reply: StartControlConnectionReply, now: Instant) {
        if !matches!(reply.result, StartResult::OK | StartResult::ZERO) {
            return self.finish(Ended::Failed(fault::of_start(reply)));
        }
        let End::Pns(config) = &self.end else { return };
        let request = OutgoingCallRequest {
            call_id: self.call_id,
            call_serial_number: self.call_id,
            minimum_bps: MINIMUM_BPS,
            maximum_bps: MAXIMUM_BPS,
            bearer_type: ANY,
            framing_type: ANY,
            packet_receive_window_size: config.window,
            ..OutgoingCallRequest::default()
        };
        self.meet(&reply.vendor_name, &reply.host_name, reply.firmware_revision, now);
        self.send(request);
    }

    fn place(&mut self, reply: OutgoingCallReply, now: Instant) {
        if reply.result == OutgoingCallResult::CONNECTED {
            self.connect(reply.call_id, reply.packet_receive_window_size);
        } else {
            self.stop(StopReason::NONE, Ended::Failed(fault::of_call(reply)), now);
        }
    }

    fn refuse_incoming(&mut self, request: &IncomingCallRequest) {
        self.reply(IncomingCallReply {
            peer_call_id: request.call_id,
            result: IncomingCallResult::DO_NOT_ACCEPT,
            ..IncomingCallReply::default()
        });
    }

    pub(super) fn refuse_outgoing(
        &mut self,
        request: &OutgoingCallRequest,
        result: OutgoingCallResult,
        error: GeneralError,
    ) {
        self.reply(OutgoingCallReply {
            peer_call_id: request.call_id,
            result,
            error,
            ..OutgoingCallReply::default()
        });
    }

    pub(super) fn disconnect_notify(&self, result: DisconnectResult) -> CallDisconnectNotify {
        CallDisconnectNotify {
            call_id: self.call_id,
            result,
            error: GeneralError::NONE,
            cause_code: 0,
            call_statistics: Text::default(),
        }
    }
}

impl State {
    /// Whether there is a call, or one on its way in or out.
    pub(super) const fn is_clearable(&self) -> bool {
        matches!(self, Self::Calling { .. } | Self::Connected | Self::WaitDisconnect { .. })
    }
}
