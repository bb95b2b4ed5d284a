//! The server's end: it answers.

use culvert_model::{Fault, FaultCode, Instant};

use super::config::PacConfig;
use super::connection::{Control, End, State};
use super::event::Ended;
use super::fault;
use crate::wire::pptp::{
    DisconnectResult, GeneralError, Message, OutgoingCallReply, OutgoingCallRequest, OutgoingCallResult,
    PROTOCOL_VERSION, StartControlConnectionReply, StartControlConnectionRequest, StartResult, StopReason,
};

const ANY: u32 = 3;

impl Control {
    /// The server's end of a TCP connection that was accepted. `call_id` is what the client is to put into its GRE
    /// packets, if it asks for a call.
    pub fn pac(config: PacConfig, call_id: u16, now: Instant) -> Self {
        let timing = config.timing;
        Self::new(End::Pac(config), timing, call_id, now)
    }

    pub(super) fn handle_as_pac(&mut self, message: Message, now: Instant) {
        match (message, &self.state) {
            (Message::StartControlConnectionRequest(request), State::Starting { .. }) => {
                self.answer_start(&request, now);
            }
            (Message::OutgoingCallRequest(request), State::Calling { .. }) => self.answer_call(&request),
            (Message::OutgoingCallRequest(request), State::Connected) => {
                self.refuse_outgoing(&request, OutgoingCallResult::GENERAL_ERROR, GeneralError::NO_RESOURCE);
            }
            (Message::CallClearRequest(request), State::Connected) => {
                self.reply(self.disconnect_notify(DisconnectResult::REQUEST));
                self.await_stop(Ended::ByPeer(fault::of_message(&request.into())), now);
            }
            (Message::CallDisconnectNotify(notify), State::Connected) => {
                self.await_stop(Ended::ByPeer(fault::of_disconnect(notify)), now);
            }
            // Duplicates, and what only a PAC sends.
            _ => {}
        }
    }

    /// Tells the client that the call is over, and closes the control connection.
    pub(super) fn notify_disconnect(&mut self, reason: StopReason, now: Instant) {
        let result = match reason {
            StopReason::LOCAL_SHUTDOWN => DisconnectResult::ADMIN_SHUTDOWN,
            _ => DisconnectResult::LOST_CARRIER,
        };
        self.send(self.disconnect_notify(result));
        self.stop(reason, Ended::Requested, now);
    }

    fn answer_start(&mut self, request: &StartControlConnectionRequest, now: Instant) {
        let same_version = request.protocol_version >> 8 == PROTOCOL_VERSION >> 8;
        let result = if same_version { StartResult::OK } else { StartResult::VERSION_UNSUPPORTED };
        let End::Pac(config) = &self.end else { return };
        self.send(StartControlConnectionReply {
            protocol_version: PROTOCOL_VERSION,
            result,
            error: GeneralError::NONE,
            framing_capabilities: ANY,
            bearer_capabilities: ANY,
            maximum_channels: config.maximum_channels,
            firmware_revision: config.firmware,
            host_name: config.host_name.as_str().into(),
            vendor_name: config.vendor.as_str().into(),
        });
        if same_version {
            self.meet(&request.vendor_name, &request.host_name, request.firmware_revision, now);
        } else {
            self.finish(Ended::Failed(Fault::new(FaultCode::VersionMismatch)));
        }
    }

    fn answer_call(&mut self, request: &OutgoingCallRequest) {
        let End::Pac(config) = &self.end else { return };
        self.send(OutgoingCallReply {
            call_id: self.call_id,
            peer_call_id: request.call_id,
            result: OutgoingCallResult::CONNECTED,
            error: GeneralError::NONE,
            cause_code: 0,
            connect_speed: request.maximum_bps,
            packet_receive_window_size: config.window,
            packet_processing_delay: 0,
            physical_channel_id: 0,
        });
        self.connect(request.call_id, request.packet_receive_window_size);
    }

    fn await_stop(&mut self, ended: Ended, now: Instant) {
        self.leave_call(&ended);
        let ended = self.ended(ended);
        self.state = State::WaitStopRequest { until: now + self.timing.shutdown, ended };
    }
}
