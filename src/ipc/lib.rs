//! CARRIES: requests, replies and notices between the helper and the programs that people see.
//!
//! A connection starts with a [`Hello`] from either side. Once the versions are equal everything else is strict:
//! an unknown field is an error, a frame is at most 64 KiB, and who breaks a rule is cut off with a [`Goodbye`]
//! that says why. A client asks with [`Request`]s, each answered by one [`Outcome`]; after `Subscribe` the helper
//! tells every change with a [`Notice`]. Faults cross as codes and evidence, never as sentences.
//!
//! [`FrameReader`] and [`FrameWriter`] do the framing and wipe their buffers; [`Client`] is the asking end. How
//! the helper is found and recognised differs by system: that is the one seam here, in `stream`.

#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::as_conversions
    )
)]

mod client;
mod codec;
mod hidden;
mod message;
mod outline;
mod stream;

pub use client::{Client, ClientError};
pub use codec::{FrameError, FrameReader, FrameWriter, MAX_FRAME};
pub use message::{
    Answer, Call, Denial, FromHelper, Goodbye, Hello, Notice, Outcome, Refusal, Reply, Request, RequestId,
    ToHelper, VERSION,
};
pub use outline::{ManagedOutline, Outline, Phase};
#[cfg(unix)]
pub use stream::may_be_helper;
pub use stream::{SOCKET_VARIABLE, default_socket_path};
