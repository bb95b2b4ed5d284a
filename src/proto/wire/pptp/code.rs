//! Result, reason and error codes. Unknown values are kept as they came.

use alloc::vec::Vec;

use super::field::Field;
use crate::Error;
use crate::wire::reader::Reader;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $about:literal])+ $code:ident = $value:literal,)+ })+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u8);

        impl $name {
            $($(#[doc = $about])+ pub const $code: Self = Self($value);)+
        }

        impl Field for $name {
            const SIZE: u16 = 1;

            fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
                reader.u8().map(Self)
            }

            fn write(&self, out: &mut Vec<u8>) {
                out.push(self.0);
            }
        }
    )+};
}

codes! {
    /// Result Code of a Start-Control-Connection-Reply (section 2.2).
    StartResult {
        /// Not a code of the RFC, but some modems say it and mean [`Self::OK`].
        ZERO = 0,
        /// The control connection is established.
        OK = 1,
        /// See the error code.
        GENERAL_ERROR = 2,
        /// There is a control connection already.
        CHANNEL_EXISTS = 3,
        /// The requester may not have a control connection.
        NOT_AUTHORISED = 4,
        /// The requester's version is not supported.
        VERSION_UNSUPPORTED = 5,
    }

    /// Reason of a Stop-Control-Connection-Request (section 2.3).
    StopReason {
        /// No reason in particular.
        NONE = 1,
        /// The peer's version cannot be supported.
        PROTOCOL = 2,
        /// The requester is being shut down.
        LOCAL_SHUTDOWN = 3,
    }

    /// Result Code of a Stop-Control-Connection-Reply (section 2.4).
    StopResult {
        /// The control connection is closed.
        OK = 1,
        /// See the error code.
        GENERAL_ERROR = 2,
    }

    /// Result Code of an Echo-Reply (section 2.6).
    EchoResult {
        /// The reply is valid.
        OK = 1,
        /// See the error code.
        GENERAL_ERROR = 2,
    }

    /// Result Code of an Outgoing-Call-Reply (section 2.8).
    OutgoingCallResult {
        /// The call is established.
        CONNECTED = 1,
        /// See the error code.
        GENERAL_ERROR = 2,
        /// No carrier.
        NO_CARRIER = 3,
        /// The line is busy.
        BUSY = 4,
        /// No dial tone.
        NO_DIAL_TONE = 5,
        /// The call was not answered in time.
        TIME_OUT = 6,
        /// Calls are refused by rule.
        DO_NOT_ACCEPT = 7,
    }

    /// Result Code of an Incoming-Call-Reply (section 2.10).
    IncomingCallResult {
        /// The call is to be answered.
        CONNECT = 1,
        /// See the error code.
        GENERAL_ERROR = 2,
        /// The call is to be hung up.
        DO_NOT_ACCEPT = 3,
    }

    /// Result Code of a Call-Disconnect-Notify (section 2.13).
    DisconnectResult {
        /// The carrier was lost.
        LOST_CARRIER = 1,
        /// See the error code.
        GENERAL_ERROR = 2,
        /// The administrator ended the call.
        ADMIN_SHUTDOWN = 3,
        /// The peer asked for it with a Call-Clear-Request.
        REQUEST = 4,
    }

    /// General Error Code (section 2.16).
    GeneralError {
        /// No error.
        NONE = 0,
        /// There is no control connection yet.
        NOT_CONNECTED = 1,
        /// A length or the magic cookie is wrong.
        BAD_FORMAT = 2,
        /// A value is out of range, or a reserved field is not zero.
        BAD_VALUE = 3,
        /// There is not enough of a resource.
        NO_RESOURCE = 4,
        /// The call id is not valid here.
        BAD_CALL_ID = 5,
        /// The PAC ran into an error of its own.
        PAC_ERROR = 6,
    }
}
