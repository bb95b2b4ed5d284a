//! Systems whose desktop is not asked yet.

use iced::Subscription;
use iced::theme::Mode;

/// Nobody tells: the window stays as it is.
pub(crate) fn appearance() -> Subscription<Mode> {
    Subscription::none()
}

/// Nobody can be asked to.
///
/// # Errors
/// Always.
pub(crate) async fn start_helper() -> Result<(), String> {
    Err("Culvert can't start it on this system yet".to_owned())
}
