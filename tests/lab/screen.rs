//! A screen of its own with Culvert's window on it, and somebody who types and reads the title.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConnectionExt, ImageFormat};

use crate::client::Client;
use crate::desktop::Desktop;
use crate::run::{eventually, program};

/// How long a key stays a key: slower than the fastest typist.
const BEAT: Duration = Duration::from_millis(60);

/// What the window is drawn on, in light and in dark.
const GROUNDS: [[u8; 3]; 2] = [[0xf5, 0xf7, 0xf8], [0x11, 0x18, 0x1c]];

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
        self.start(desktop, client);
        let comes = eventually(Duration::from_secs(30), || !self.title().is_empty());
        assert!(comes, "no window comes");
    }

    fn start(&mut self, desktop: &Desktop, client: &Client) {
        let mut command = desktop.command(program("culvert-gui"));
        command.env("DISPLAY", &self.display).env("CULVERT_SOCKET", client.socket());
        self.window = Some(command.stdin(Stdio::null()).spawn().expect("the window"));
    }

    /// The same; how long it takes until the window's ground is on the screen.
    pub fn open_to_the_first_frame(&mut self, desktop: &Desktop, client: &Client) -> Duration {
        let (x, number) = x11rb::connect(Some(&self.display)).expect("the screen");
        let root = x.setup().roots[number].root;
        let is_painted = || {
            // A line through the middle: four bytes for each of its pixels, blue first.
            let line =
                x.get_image(ImageFormat::Z_PIXMAP, root, 0, 450, 1280, 1, !0).expect("it can be asked");
            let line = line.reply().expect("the line").data;
            line.chunks_exact(4).filter(|pixel| GROUNDS.contains(&[pixel[2], pixel[1], pixel[0]])).count()
                > 100
        };
        assert!(!is_painted(), "there is a window already");
        let begin = Instant::now();
        self.start(desktop, client);
        while !is_painted() {
            assert!(begin.elapsed() < Duration::from_secs(30), "no frame comes");
        }
        begin.elapsed()
    }

    /// Ends the program, whatever it does.
    pub fn kill(&mut self) {
        let mut window = self.window.take().expect("a window");
        window.kill().and_then(|()| window.wait()).expect("it ends");
    }

    /// Minimises the window.
    pub fn hide(&self) {
        self.xdotool(&["windowminimize", &self.id()]);
    }

    /// How long the program has kept a processor busy, in the kernel's ticks of 10 ms.
    pub fn ticks(&self) -> u64 {
        let stat = self.process("stat");
        let numbers = stat.rsplit(") ").next().expect("numbers").split(' ').skip(11).take(2);
        numbers.map(|number| number.parse::<u64>().expect("a number")).sum()
    }

    /// Its memory in kilobytes, `Rss` or another line of `smaps_rollup`.
    pub fn memory(&self, what: &str) -> u64 {
        let map = self.process("smaps_rollup");
        let line = map.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':'));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok()).expect("a number")
    }

    fn process(&self, file: &str) -> String {
        let window = self.window.as_ref().expect("a window");
        std::fs::read_to_string(format!("/proc/{}/{file}", window.id())).expect("it runs")
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
