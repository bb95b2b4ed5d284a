//! A screen that speaks Wayland, with Culvert's window on it. What the window says to it is read from a protocol log.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::client::Client;
use crate::desktop::Desktop;
use crate::run::{eventually, program};

/// A compositor (weston) without a display behind it, and the window.
pub struct Weston {
    server: Child,
    window: Option<Child>,
    directory: TempDir,
}

impl Weston {
    /// An empty screen.
    pub fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o700)).expect("its owner's alone");
        let server = Command::new("weston")
            .args(["--backend=headless-backend.so", "--no-config", "--idle-time=0", "--socket=screen"])
            .env("XDG_RUNTIME_DIR", directory.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program weston");
        let screen = Self { server, window: None, directory };
        let comes = eventually(Duration::from_secs(20), || screen.at("screen").exists());
        assert!(comes, "weston does not come");
        screen
    }

    fn at(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Opens the window on the desk of somebody who is logged in and speaks what `locale` says, with the helper of
    /// `client` behind it.
    pub fn open(&mut self, desktop: &Desktop, client: &Client, locale: &str) {
        let log = File::create(self.at("log")).expect("a file");
        let mut command = desktop.command(program("culvert-gui"));
        command.env("WAYLAND_DISPLAY", self.at("screen")).env("WAYLAND_DEBUG", "1").env("LANG", locale);
        command.env("CULVERT_SOCKET", client.socket()).stdin(Stdio::null()).stderr(log);
        self.window = Some(command.spawn().expect("the window"));
    }

    /// Waits until the window has said what contains `words`.
    pub fn waits_for(&self, words: &str) {
        let said = || fs::read_to_string(self.at("log")).expect("the log");
        let comes = eventually(Duration::from_secs(40), || said().contains(words));
        assert!(comes, "the window does not say {words}; its last words: {:?}", said().lines().last());
    }

    /// Whether the window is still there.
    pub fn is_open(&mut self) -> bool {
        let window = self.window.as_mut().expect("it was opened");
        window.try_wait().expect("it can be asked").is_none()
    }
}

impl Drop for Weston {
    fn drop(&mut self) {
        for child in self.window.iter_mut().chain([&mut self.server]) {
            // Both fail only where it has ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
