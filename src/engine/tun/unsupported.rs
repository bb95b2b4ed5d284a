//! Systems for which nobody has tried a device yet.

use std::io::{self, ErrorKind};

use super::{ReadBatch, WriteBatch};

/// A TUN device, which cannot be made here.
#[derive(Debug)]
pub struct Tun(std::convert::Infallible);

impl Tun {
    /// Fails.
    ///
    /// # Errors
    /// `Unsupported`, always.
    pub fn create(_pattern: &str) -> io::Result<Self> {
        Err(ErrorKind::Unsupported.into())
    }

    /// The device's name.
    pub fn name(&self) -> &str {
        match self.0 {}
    }

    /// Reads packets.
    ///
    /// # Errors
    /// None: there is no device.
    pub async fn read(&self, _batch: &mut ReadBatch) -> io::Result<()> {
        match self.0 {}
    }

    /// Writes packets.
    ///
    /// # Errors
    /// None: there is no device.
    pub async fn write(&self, _batch: &mut WriteBatch) -> io::Result<()> {
        match self.0 {}
    }
}

/// Memory for joining segments, of which there are none.
#[derive(Default)]
pub(super) struct Joiner;
