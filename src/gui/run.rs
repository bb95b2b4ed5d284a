//! The window itself.

use std::env;

use iced::window;
use iced::{Font, Size};

use crate::app::App;

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// No display server is there.
    #[error("there is no display to open a window on; the command line does the same: culvert --help")]
    NoDisplay,
    /// The window could not be made.
    #[error("the window can't be opened: {0}")]
    Window(#[from] iced::Error),
}

/// Opens the window, and returns when it is closed.
///
/// # Errors
/// Why it can't be opened.
pub fn run() -> Result<(), RunError> {
    // The window's library panics where there is none.
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(target_os = "linux")
        && !is_set("DISPLAY")
        && !is_set("WAYLAND_DISPLAY")
        && !is_set("WAYLAND_SOCKET")
    {
        return Err(RunError::NoDisplay);
    }
    let window = window::Settings {
        size: Size::new(800.0, 600.0),
        // Somebody may want to keep the connection, or not to go.
        exit_on_close_request: false,
        min_size: Some(Size::new(380.0, 560.0)),
        #[cfg(target_os = "linux")]
        platform_specific: window::settings::PlatformSpecific {
            application_id: "org.culvert.Culvert".to_owned(),
            ..window::settings::PlatformSpecific::default()
        },
        ..window::Settings::default()
    };
    iced::application(App::begin, App::update, App::view)
        .title(App::title)
        .theme(App::theme)
        .subscription(App::subscription)
        .default_font(Font::with_name("Fira Sans"))
        .window(window)
        .run()?;
    Ok(())
}
