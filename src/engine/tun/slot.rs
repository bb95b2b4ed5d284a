//! A device that outlives the session that uses it.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Tun;

/// Where the TUN device waits between two sessions of one connection, so that the connections of programs outlive a
/// lost tunnel: their routes and their source address stay.
#[derive(Clone, Debug, Default)]
pub struct DeviceSlot(Arc<Mutex<Option<Tun>>>);

impl DeviceSlot {
    /// Removes the device, if one waits here.
    pub fn clear(&self) {
        self.lock().take();
    }

    /// The name of the device that waits here.
    pub fn name(&self) -> Option<String> {
        self.lock().as_ref().map(|device| device.name().to_owned())
    }

    fn lock(&self) -> MutexGuard<'_, Option<Tun>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The device of one session; it goes back to its slot at the session's end, however that comes.
pub(crate) struct Borrowed {
    slot: DeviceSlot,
    device: Option<Tun>,
}

impl Borrowed {
    pub(crate) fn from(slot: DeviceSlot) -> Self {
        Self { slot, device: None }
    }

    pub(crate) fn get(&self) -> Option<&Tun> {
        self.device.as_ref()
    }

    /// The device: the one in use, the one that waited in the slot, or a new one named by `pattern`.
    pub(crate) fn ensure(&mut self, pattern: &str) -> io::Result<&Tun> {
        if self.device.is_none() {
            self.device = self.slot.lock().take();
        }
        match &mut self.device {
            Some(device) => Ok(device),
            none => Ok(none.insert(Tun::create(pattern)?)),
        }
    }

    /// Gives up a device that somebody took away.
    pub(crate) fn lose(&mut self) {
        self.device = None;
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        if let Some(device) = self.device.take() {
            *self.slot.lock() = Some(device);
        }
    }
}
