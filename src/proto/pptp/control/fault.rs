//! What a peer's codes mean to a person.

use alloc::string::String;

use culvert_model::{Evidence, Fault, FaultCode};

use crate::wire::pptp::{
    CallDisconnectNotify, DisconnectResult, GeneralError, Message, OutgoingCallReply, OutgoingCallResult,
    StartControlConnectionReply, StartResult, StopControlConnectionRequest, StopReason,
};

/// A Start-Control-Connection-Reply that does not say yes (section 2.2).
pub(super) fn of_start(reply: StartControlConnectionReply) -> Fault {
    let code = match reply.result {
        StartResult::CHANNEL_EXISTS => FaultCode::SessionStillOpen,
        StartResult::NOT_AUTHORISED => FaultCode::NotAuthorised,
        StartResult::VERSION_UNSUPPORTED => FaultCode::VersionMismatch,
        StartResult::GENERAL_ERROR => of_general_error(reply.error, FaultCode::CallFailed),
        _ => FaultCode::CallFailed,
    };
    let evidence = evidence(&reply.into(), reply.result.0, reply.error, 0);
    Fault::new(code).with(evidence)
}

/// An Outgoing-Call-Reply that does not say yes (section 2.8).
pub(super) fn of_call(reply: OutgoingCallReply) -> Fault {
    let code = match reply.result {
        OutgoingCallResult::BUSY => FaultCode::Busy,
        OutgoingCallResult::DO_NOT_ACCEPT => FaultCode::CallRefused,
        OutgoingCallResult::GENERAL_ERROR => of_general_error(reply.error, FaultCode::CallFailed),
        _ => FaultCode::CallFailed,
    };
    let evidence = evidence(&reply.into(), reply.result.0, reply.error, reply.cause_code);
    Fault::new(code).with(evidence)
}

/// A Call-Disconnect-Notify (section 2.13).
pub(super) fn of_disconnect(notify: CallDisconnectNotify) -> Fault {
    let code = match notify.result {
        DisconnectResult::ADMIN_SHUTDOWN => FaultCode::AdministratorClosed,
        DisconnectResult::GENERAL_ERROR => of_general_error(notify.error, FaultCode::PeerClosed),
        _ => FaultCode::PeerClosed,
    };
    Fault::new(code).with(evidence(&notify.into(), notify.result.0, notify.error, notify.cause_code))
}

/// A Stop-Control-Connection-Request (section 2.3). Some servers give a reason of 0.
pub(super) fn of_stop(request: StopControlConnectionRequest) -> Fault {
    let code = match request.reason {
        StopReason::PROTOCOL => FaultCode::VersionMismatch,
        StopReason::LOCAL_SHUTDOWN => FaultCode::ServerShutdown,
        _ => FaultCode::PeerClosed,
    };
    Fault::new(code).with(evidence(&request.into(), request.reason.0, GeneralError::NONE, 0))
}

/// A message that ends the session without a code of its own.
pub(super) fn of_message(message: &Message) -> Fault {
    Fault::new(FaultCode::PeerClosed).with(evidence(message, 0, GeneralError::NONE, 0))
}

const fn of_general_error(error: GeneralError, otherwise: FaultCode) -> FaultCode {
    match error {
        GeneralError::NO_RESOURCE => FaultCode::Busy,
        _ => otherwise,
    }
}

fn evidence(message: &Message, result: u8, error: GeneralError, cause: u16) -> Evidence {
    Evidence::ControlResult { message: String::from(message.name()), result, error: error.0, cause }
}
