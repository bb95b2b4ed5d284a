//! A screen of its own with Culvert's window on it, and somebody who types and reads the title.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::client::Client;
use crate::desktop::Desktop;
use crate::run::{eventually, program};

/// How long a key stays a key: slower than the fastest typist.
const BEAT: Duration = Duration::from_millis(60);

/// A screen (Xvfb), a window manager (openbox), and the window.
pub struct Screen {
    server: Child,
    manager: Child,
    window: Option<Child>,
    display: String,
}

impl Screen {
    /// An empty screen.
    pub fn new() -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program Xvfb");
        let mut number = String::new();
        BufReader::new(server.stdout.take().expect("it is piped")).read_line(&mut number).expect("a display");
        let display = format!(":{}", number.trim());
        let mut manager = Command::new("openbox");
        let manager =
            manager.env("DISPLAY", &display).stderr(Stdio::null()).spawn().expect("the program openbox");
        let screen = Self { server, manager, window: None, display };
        // A window that comes while the manager does is shown by neither.
        assert!(eventually(Duration::from_secs(20), || screen.is_managed()), "openbox does not come");
        screen
    }

    fn is_managed(&self) -> bool {
        let mut ask = Command::new("xprop");
        ask.env("DISPLAY", &self.display).args(["-root", "_NET_SUPPORTING_WM_CHECK"]);
        let said = ask.stderr(Stdio::null()).output().expect("the program xprop").stdout;
        String::from_utf8_lossy(&said).contains("window id")
    }

    /// Opens the window on the desk of somebody who is logged in, with the helper of `client` behind it.
    pub fn open(&mut self, desktop: &Desktop, client: &Client) {
        let mut command = desktop.command(program("culvert-gui"));
        command.env("DISPLAY", &self.display).env("CULVERT_SOCKET", client.socket());
        self.window = Some(command.stdin(Stdio::null()).spawn().expect("the window"));
        let comes = eventually(Duration::from_secs(30), || !self.title().is_empty());
        assert!(comes, "no window comes");
    }

    /// Types, then moves on with `key` (as `xdotool` names it).
    pub fn types(&self, text: &str, key: &str) {
        self.xdotool(&["type", "--delay", "30", "--", text]);
        thread::sleep(BEAT);
        self.press(key);
    }

    /// Presses a key.
    pub fn press(&self, key: &str) {
        self.xdotool(&["key", "--", key]);
        thread::sleep(BEAT);
    }

    /// What stands above the window; empty where there is none.
    pub fn title(&self) -> String {
        let id = self.id();
        if id.is_empty() { id } else { self.xdotool(&["getwindowname", &id]).trim().to_owned() }
    }

    /// Waits for a title.
    pub fn waits_for(&self, title: &str) {
        let comes = eventually(Duration::from_secs(40), || self.title() == title);
        if !comes {
            self.picture("not as expected");
        }
        assert!(comes, "the window says {:?} instead of {title:?}", self.title());
    }

    /// Waits until the window is gone, which must be by its own will.
    pub fn waits_for_the_end(&mut self) {
        let mut window = self.window.take().expect("a window");
        let ended = || window.try_wait().expect("it can be asked").is_some();
        let is_over = eventually(Duration::from_secs(10), ended);
        let _ = window.kill();
        assert!(
            is_over && window.wait().expect("it has ended").success(),
            "the window does not go by itself"
        );
    }

    /// Takes a picture called `name` for people to look at, where CULVERT_PICTURES says where to.
    pub fn picture(&self, name: &str) {
        let Some(directory) = std::env::var_os("CULVERT_PICTURES") else { return };
        // The title is there before the frame.
        thread::sleep(Duration::from_secs(1));
        let path = Path::new(&directory).join(format!("{name}.png"));
        let mut import = Command::new("import");
        let import = import.env("DISPLAY", &self.display).args(["-window", &self.id()]).arg(path);
        assert!(import.status().expect("the program import, of imagemagick").success());
    }

    /// The window, as the screen numbers it; empty where there is none.
    fn id(&self) -> String {
        let Some(window) = &self.window else { return String::new() };
        let found = self.xdotool(&["search", "--onlyvisible", "--pid", &window.id().to_string()]);
        found.lines().next().unwrap_or_default().to_owned()
    }

    fn xdotool(&self, words: &[&str]) -> String {
        let output = Command::new("xdotool").env("DISPLAY", &self.display).args(words).output();
        String::from_utf8_lossy(&output.expect("the program xdotool").stdout).into_owned()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        for child in self.window.iter_mut().chain([&mut self.manager, &mut self.server]) {
            // Both fail only where it has ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
