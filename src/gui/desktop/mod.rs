//! The desktop around the window: what colours it likes, and how the helper is started on it.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod unsupported;

#[cfg(target_os = "linux")]
pub(crate) use linux::{appearance, start_helper};
#[cfg(not(target_os = "linux"))]
pub(crate) use unsupported::{appearance, start_helper};
