//! The TUN device: IP packets to and from the programs of this computer, in batches.
//!
//! With the kernel's segmentation offload one read may bring a whole train of TCP segments, and one write may
//! take one; [`ReadBatch`] and [`WriteBatch`] hold the single packets, with the headroom that sealing needs.

mod batch;
#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod imp;
#[cfg(not(target_os = "linux"))]
#[path = "unsupported.rs"]
mod imp;
mod slot;

#[cfg(target_os = "linux")]
pub(crate) use batch::SEGMENTS;
pub use batch::{JOINED, ReadBatch, RoomForWriting, WriteBatch};
pub use imp::Tun;
pub(crate) use slot::Borrowed;
pub use slot::DeviceSlot;
