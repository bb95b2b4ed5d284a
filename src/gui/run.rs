//! The window itself.

use std::env;

use iced::window;
use iced::{Application, Font, Program, Size};

use crate::app::{App, Message};
use crate::instance::Instance;
use crate::settings::Settings;

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// No display server is there.
    #[error("there is no display to open a window on; the command line does the same: culvert --help")]
    NoDisplay,
    /// The window could not be made.
    #[error("the window can't be opened: {0}")]
    Window(#[from] iced::Error),
    /// The window's library gave up: at the start nearly always over a part of the system that is not there.
    #[error("the window can't be shown: {0}. {PARTS}")]
    GaveUp(String),
}

#[cfg(target_os = "linux")]
const PARTS: &str = "It needs libX11, libX11-xcb, libXcursor, libXi, libxkbcommon, libxkbcommon-x11 and libxcb-xkb (on \
                     Debian: apt install libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon0 libxkbcommon-x11-0 \
                     libxcb-xkb1), or, on Wayland, libwayland-client";
#[cfg(not(target_os = "linux"))]
const PARTS: &str = "Start it again";

/// Opens the window, and returns when it is closed; where there is one already, that comes to the front.
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
    let _lock = match Instance::claim() {
        Instance::Only(lock) => lock,
        Instance::Another => return Ok(()),
    };
    let window = window::Settings {
        size: Settings::of_user().room(),
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
    // Where a library is missing, this panics and returns no error.
    let open = || open(window);
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // What the window's own thread says is said below.
        if std::thread::current().name() != Some("main") {
            usual(panic);
        }
    }));
    let opened = std::panic::catch_unwind(std::panic::AssertUnwindSafe(open));
    opened.unwrap_or_else(|cause| Err(RunError::GaveUp(said(&*cause))))
}

fn open(window: window::Settings) -> Result<(), RunError> {
    application().window(window).run()?;
    Ok(())
}

/// The program before it has a window.
pub(crate) fn application() -> Application<impl Program<Message = Message>> {
    iced::application(App::begin, App::update, App::view)
        .title(App::title)
        .theme(App::theme)
        .scale_factor(App::scale)
        .subscription(App::subscription)
        .default_font(Font::with_name("Fira Sans"))
}

/// What a panic says.
fn said(cause: &(dyn std::any::Any + Send)) -> String {
    let text = cause.downcast_ref::<String>().cloned();
    text.or_else(|| cause.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default()
}
