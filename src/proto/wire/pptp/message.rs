//! The fifteen messages as a table of their fields.

use alloc::vec::Vec;

use super::code::{
    DisconnectResult, EchoResult, GeneralError, IncomingCallResult, OutgoingCallResult, StartResult,
    StopReason, StopResult,
};
use super::field::{Field, Text};
use crate::Error;
use crate::wire::reader::Reader;

/// The longest message that is read; the RFC's longest has 220 octets.
pub const MAX_LEN: u16 = 4096;

/// Version 1.0 of PPTP.
pub const PROTOCOL_VERSION: u16 = 0x0100;

const HEADER_LEN: u16 = 12;
const CONTROL_MESSAGE: u16 = 1;
const MAGIC_COOKIE: u32 = 0x1A2B_3C4D;

/// Makes the structures and [`Message`] from the RFC's diagrams: `field: type`, and after `|` how many reserved
/// octets follow the field, which are sent as zero and not looked at.
macro_rules! messages {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident $title:literal = $number:literal {
            $($(#[doc = $about:literal])+ $field:ident: $type:ty $(| $reserved:literal)?,)+
        }
    )+) => {
        $(
            $(#[doc = $doc])+
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
            pub struct $name {
                $($(#[doc = $about])+ pub $field: $type,)+
            }

            impl $name {
                const LEN: u16 = HEADER_LEN $(+ <$type as Field>::SIZE $(+ $reserved)?)+;

                fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
                    $(
                        let $field = Field::read(reader)?;
                        $(reader.array::<$reserved>()?;)?
                    )+
                    Ok(Self { $($field),+ })
                }

                fn write(&self, out: &mut Vec<u8>) {
                    $(
                        self.$field.write(out);
                        $(out.extend_from_slice(&[0; $reserved]);)?
                    )+
                }
            }

            impl From<$name> for Message {
                fn from(body: $name) -> Self {
                    Self::$name(body)
                }
            }
        )+

        /// A control message.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Message {
            $($(#[doc = $doc])+ $name($name),)+
            /// A message of a type that the RFC does not know.
            Unknown {
                /// Its control message type.
                control_type: u16,
                /// What follows the header.
                body: Vec<u8>,
            },
        }

        impl Message {
            /// The message's name in the RFC.
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => $title,)+
                    Self::Unknown { .. } => "Unknown",
                }
            }

            fn read_body(control_type: u16, reader: &mut Reader<'_>) -> Result<Self, Error> {
                match control_type {
                    $($number => $name::read(reader).map(Self::$name),)+
                    _ => Ok(Self::Unknown { control_type, body: reader.rest().to_vec() }),
                }
            }

            /// Appends the message to `out`, in exactly the size of its type.
            pub fn emit(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$name(body) => {
                        write_header($name::LEN, $number, out);
                        body.write(out);
                    })+
                    Self::Unknown { control_type, body } => {
                        let room = usize::from(MAX_LEN.saturating_sub(HEADER_LEN));
                        let body = body.get(..room).unwrap_or(body);
                        let len = u16::try_from(body.len()).unwrap_or_default();
                        write_header(HEADER_LEN.saturating_add(len), *control_type, out);
                        out.extend_from_slice(body);
                    }
                }
            }
        }
    };
}

messages! {
    /// Start-Control-Connection-Request (section 2.1): opens the control connection.
    StartControlConnectionRequest "Start-Control-Connection-Request" = 1 {
        /// The sender's version of PPTP, major number in the high octet.
        protocol_version: u16 | 2,
        /// Kinds of framing: 1 asynchronous, 2 synchronous.
        framing_capabilities: u32,
        /// Kinds of line: 1 analogue, 2 digital.
        bearer_capabilities: u32,
        /// How many calls a PAC can have at a time; 0 from a PNS.
        maximum_channels: u16,
        /// The revision of the sender's software.
        firmware_revision: u16,
        /// The sender's DNS name.
        host_name: Text<64>,
        /// Who made the sender.
        vendor_name: Text<64>,
    }

    /// Start-Control-Connection-Reply (section 2.2).
    StartControlConnectionReply "Start-Control-Connection-Reply" = 2 {
        /// The replier's version of PPTP.
        protocol_version: u16,
        /// Whether the control connection is established.
        result: StartResult,
        /// What is wrong, if the result is a general error.
        error: GeneralError,
        /// Kinds of framing: 1 asynchronous, 2 synchronous.
        framing_capabilities: u32,
        /// Kinds of line: 1 analogue, 2 digital.
        bearer_capabilities: u32,
        /// How many calls a PAC can have at a time.
        maximum_channels: u16,
        /// The revision of the replier's software.
        firmware_revision: u16,
        /// The replier's DNS name.
        host_name: Text<64>,
        /// Who made the replier.
        vendor_name: Text<64>,
    }

    /// Stop-Control-Connection-Request (section 2.3): closes the control connection and all its calls.
    StopControlConnectionRequest "Stop-Control-Connection-Request" = 3 {
        /// Why.
        reason: StopReason | 3,
    }

    /// Stop-Control-Connection-Reply (section 2.4).
    StopControlConnectionReply "Stop-Control-Connection-Reply" = 4 {
        /// Whether the control connection is closed.
        result: StopResult,
        /// What is wrong, if the result is a general error.
        error: GeneralError | 2,
    }

    /// Echo-Request (section 2.5): is the control connection alive?
    EchoRequest "Echo-Request" = 5 {
        /// Matches the reply to the request.
        identifier: u32,
    }

    /// Echo-Reply (section 2.6).
    EchoReply "Echo-Reply" = 6 {
        /// The identifier of the request.
        identifier: u32,
        /// Whether the reply is valid.
        result: EchoResult,
        /// What is wrong, if the result is a general error.
        error: GeneralError | 2,
    }

    /// Outgoing-Call-Request (section 2.7): the PNS asks the PAC for a call.
    OutgoingCallRequest "Outgoing-Call-Request" = 7 {
        /// The call id that the PNS chose: the PAC puts it into its GRE packets.
        call_id: u16,
        /// Names the call in logs of both sides.
        call_serial_number: u16,
        /// The lowest acceptable line speed in bits per second.
        minimum_bps: u32,
        /// The highest acceptable line speed in bits per second.
        maximum_bps: u32,
        /// Kind of line: 1 analogue, 2 digital, 3 any.
        bearer_type: u32,
        /// Kind of framing: 1 asynchronous, 2 synchronous, 3 either.
        framing_type: u32,
        /// How many packets the PNS buffers for this call.
        packet_receive_window_size: u16,
        /// How long the PNS takes for a packet, in tenths of a second.
        packet_processing_delay: u16,
        /// How many octets of the phone number count.
        phone_number_length: u16 | 2,
        /// The number to dial.
        phone_number: Text<64>,
        /// More to dial; Windows puts 16 binary octets here.
        subaddress: Text<64>,
    }

    /// Outgoing-Call-Reply (section 2.8).
    OutgoingCallReply "Outgoing-Call-Reply" = 8 {
        /// The call id that the PAC chose: the PNS puts it into its GRE packets.
        call_id: u16,
        /// The call id of the request.
        peer_call_id: u16,
        /// Whether there is a call now.
        result: OutgoingCallResult,
        /// What is wrong, if the result is a general error.
        error: GeneralError,
        /// More about a failure, as the line's signalling told it.
        cause_code: u16,
        /// The speed of the line; several servers send it in the wrong order of octets.
        connect_speed: u32,
        /// How many packets the PAC buffers for this call; Windows sends it in the wrong order of octets.
        packet_receive_window_size: u16,
        /// How long the PAC takes for a packet, in tenths of a second.
        packet_processing_delay: u16,
        /// The line on which the call was placed.
        physical_channel_id: u32,
    }

    /// Incoming-Call-Request (section 2.9): the PAC offers the PNS a call that came in.
    IncomingCallRequest "Incoming-Call-Request" = 9 {
        /// The call id that the PAC chose.
        call_id: u16,
        /// Names the call in logs of both sides.
        call_serial_number: u16,
        /// Kind of line: 1 analogue, 2 digital.
        call_bearer_type: u32,
        /// The line on which the call came in.
        physical_channel_id: u32,
        /// How many octets of the dialled number count.
        dialed_number_length: u16,
        /// How many octets of the caller's number count.
        dialing_number_length: u16,
        /// The number that was called.
        dialed_number: Text<64>,
        /// The number of the caller.
        dialing_number: Text<64>,
        /// More about the caller.
        subaddress: Text<64>,
    }

    /// Incoming-Call-Reply (section 2.10).
    IncomingCallReply "Incoming-Call-Reply" = 10 {
        /// The call id that the PNS chose.
        call_id: u16,
        /// The call id of the request.
        peer_call_id: u16,
        /// Whether the PAC should answer the call.
        result: IncomingCallResult,
        /// What is wrong, if the result is a general error.
        error: GeneralError,
        /// How many packets the PNS buffers for this call.
        packet_receive_window_size: u16,
        /// How long the PNS takes for a packet, in tenths of a second.
        packet_transmit_delay: u16 | 2,
    }

    /// Incoming-Call-Connected (section 2.11): the PAC has answered the call.
    IncomingCallConnected "Incoming-Call-Connected" = 11 {
        /// The call id of the Incoming-Call-Reply.
        peer_call_id: u16 | 2,
        /// The speed of the line in bits per second.
        connect_speed: u32,
        /// How many packets the PAC buffers for this call.
        packet_receive_window_size: u16,
        /// How long the PAC takes for a packet, in tenths of a second.
        packet_transmit_delay: u16,
        /// Kind of framing of the call.
        framing_type: u32,
    }

    /// Call-Clear-Request (section 2.12): the PNS wants its call to end.
    CallClearRequest "Call-Clear-Request" = 12 {
        /// The call id that the PNS chose.
        call_id: u16 | 2,
    }

    /// Call-Disconnect-Notify (section 2.13): the PAC says that a call has ended.
    CallDisconnectNotify "Call-Disconnect-Notify" = 13 {
        /// The call id that the PAC chose.
        call_id: u16,
        /// Why.
        result: DisconnectResult,
        /// What is wrong, if the result is a general error.
        error: GeneralError,
        /// More about the end, as the line's signalling told it.
        cause_code: u16 | 2,
        /// The PAC's figures about the call, as text.
        call_statistics: Text<128>,
    }

    /// WAN-Error-Notify (section 2.14): errors on the PAC's line since the call began.
    WanErrorNotify "WAN-Error-Notify" = 14 {
        /// The call id that the PNS chose.
        peer_call_id: u16 | 2,
        /// Frames with a wrong checksum.
        crc_errors: u32,
        /// Characters without a proper stop bit.
        framing_errors: u32,
        /// Overruns of the line's hardware.
        hardware_overruns: u32,
        /// Overruns of the PAC's buffers.
        buffer_overruns: u32,
        /// Frames that did not come whole in time.
        time_out_errors: u32,
        /// Frames of the wrong alignment.
        alignment_errors: u32,
    }

    /// Set-Link-Info (section 2.15): the character maps that LCP agreed on, of no meaning over GRE.
    SetLinkInfo "Set-Link-Info" = 15 {
        /// The call id that the receiver of this message chose.
        peer_call_id: u16 | 2,
        /// Characters that the receiver escapes when it sends.
        send_accm: u32,
        /// Characters that come escaped.
        receive_accm: u32,
    }
}

impl Message {
    /// Reads the message at the start of `bytes`; octets after its own length are left out.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let Some(len) = message_len(bytes)? else { return Err(Error::Malformed("control message header")) };
        let message = bytes.get(..usize::from(len)).ok_or(Error::Malformed("control message length"))?;
        let mut reader = Reader::new(message, "control message too short for its type");
        reader.array::<8>()?;
        let control_type = reader.u16()?;
        reader.array::<2>()?;
        Self::read_body(control_type, &mut reader)
    }
}

/// How long the message at the start of `bytes` is; none until its first eight octets are there.
pub(super) fn message_len(bytes: &[u8]) -> Result<Option<u16>, Error> {
    let Some(start) = bytes.get(..8) else { return Ok(None) };
    let mut reader = Reader::new(start, "control message header");
    let len = reader.u16()?;
    if !(HEADER_LEN..=MAX_LEN).contains(&len) {
        return Err(Error::Malformed("control message length"));
    }
    if reader.u16()? != CONTROL_MESSAGE {
        return Err(Error::Malformed("PPTP message type"));
    }
    if reader.u32()? != MAGIC_COOKIE {
        return Err(Error::Malformed("magic cookie"));
    }
    Ok(Some(len))
}

fn write_header(len: u16, control_type: u16, out: &mut Vec<u8>) {
    len.write(out);
    CONTROL_MESSAGE.write(out);
    MAGIC_COOKIE.write(out);
    control_type.write(out);
    0u16.write(out);
}
