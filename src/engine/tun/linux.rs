//! Linux: tun-rs with segmentation offload.

use std::io::{self, ErrorKind};

use culvert_proto::HEADROOM;
use nix::errno::Errno;
use tun_rs::{AsyncDevice, DeviceBuilder, ExpandBuffer, GROTable, VIRTIO_NET_HDR_LEN};

use super::batch::{LINK_HEADER, Slot};
use super::{ReadBatch, WriteBatch};

const _: () = assert!(LINK_HEADER == VIRTIO_NET_HDR_LEN, "the kernel's header has another length");

/// The most bytes in one joined packet with its link header: its length must fit into the IPv4 header.
const LONGEST: usize = 65_535;

/// A TUN device, gone when it is dropped.
pub struct Tun {
    device: AsyncDevice,
    name: String,
}

impl std::fmt::Debug for Tun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tun").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Tun {
    /// Makes a device named by `pattern`, in which the kernel puts a free number for `%d`. It is down and has no
    /// address: that is the business of [`host::apply`](crate::host::apply).
    ///
    /// # Errors
    /// `PermissionDenied` without the capability `NET_ADMIN`, `NotFound` where the system has no TUN devices.
    pub fn create(pattern: &str) -> io::Result<Self> {
        let builder = DeviceBuilder::new().name(pattern).enable(false).with(|builder| {
            builder.offload(true);
        });
        let device = builder.build_async()?;
        let name = device.name()?;
        Ok(Self { device, name })
    }

    /// The device's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Waits for packets and reads as many as are there and fit.
    ///
    /// # Errors
    /// Where the device is gone.
    pub async fn read(&self, batch: &mut ReadBatch) -> io::Result<()> {
        batch.filled = 0;
        batch.has_room();
        let ReadBatch { train, packets, sizes, .. } = batch;
        match self.device.recv_multiple(train, packets, sizes, HEADROOM).await {
            Ok(count) => batch.take_over(count),
            Err(error) => passing(error)?,
        }
        self.drain(batch)
    }

    /// Writes the packets of `batch` and empties it. What the kernel does not take is dropped.
    ///
    /// # Errors
    /// Where the device is gone.
    pub async fn write(&self, batch: &mut WriteBatch) -> io::Result<()> {
        let WriteBatch { slots, filled, joiner } = batch;
        let slots = slots.get_mut(..*filled).unwrap_or_default();
        let result = self.device.send_multiple(&mut joiner.0, slots, LINK_HEADER).await;
        batch.clear();
        match result {
            Err(error) if is_gone(&error) => Err(error),
            Err(error) => {
                tracing::debug!(%error, "packets were not written to the device");
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }

    /// Reads what is there besides, without waiting.
    fn drain(&self, batch: &mut ReadBatch) -> io::Result<()> {
        while batch.has_room() {
            let ReadBatch { train, packets, sizes, filled } = batch;
            let (packets, sizes) = (packets.get_mut(*filled..), sizes.get_mut(*filled..));
            let (packets, sizes) = (packets.unwrap_or_default(), sizes.unwrap_or_default());
            match self.device.try_recv_multiple(train, packets, sizes, HEADROOM) {
                Ok(count) => batch.take_over(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => passing(error)?,
            }
        }
        Ok(())
    }
}

/// Memory in which tun-rs keeps track of the segments that it joins.
#[derive(Default)]
pub(super) struct Joiner(GROTable);

/// The bytes that count of a slot begin with the link header.
impl AsRef<[u8]> for Slot {
    fn as_ref(&self) -> &[u8] {
        self.0.payload()
    }
}

impl AsMut<[u8]> for Slot {
    fn as_mut(&mut self) -> &mut [u8] {
        self.0.payload_mut()
    }
}

impl ExpandBuffer for Slot {
    fn buf_capacity(&self) -> usize {
        (self.0.capacity() - self.0.range().start).min(LONGEST)
    }

    fn buf_resize(&mut self, new_len: usize, value: u8) {
        for _ in self.0.len()..new_len {
            self.buf_extend_from_slice(&[value]);
        }
        self.0.truncate(new_len);
    }

    fn buf_extend_from_slice(&mut self, src: &[u8]) {
        let fits = self.0.append(src);
        debug_assert!(fits, "tun-rs asks for the capacity first");
    }
}

/// An error of reading that concerns one packet is noted and passes.
fn passing(error: io::Error) -> io::Result<()> {
    if error.raw_os_error().is_some() {
        return Err(error);
    }
    tracing::debug!(%error, "a packet from the device was dropped");
    Ok(())
}

/// Whether the device itself is no more.
fn is_gone(error: &io::Error) -> bool {
    let code = error.raw_os_error().map(Errno::from_raw);
    matches!(code, Some(Errno::EBADFD | Errno::EBADF | Errno::ENODEV))
}
