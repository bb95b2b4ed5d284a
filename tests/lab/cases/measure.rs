//! How quick and how small the window is. A release build's figures, which `tests/gui/measure` prints.

use std::time::Duration;

use crate::client::Client;
use crate::desktop::Desktop;
use crate::house::House;
use crate::router::{Passage, Router};
use crate::run::count;
use crate::screen::Screen;
use crate::server::{PASSWORD, USER};

/// How long nobody does anything.
const IDLE: Duration = Duration::from_secs(10);

#[test]
#[ignore = "figures of a release build: tests/gui/measure"]
fn how_quick_and_how_small_the_window_is() {
    let router = Router::new(Passage::Plain);
    let house = House::start(&router);
    let client = Client::new(&router, 10);
    let desktop = Desktop::new();
    let keyring = desktop.start_unlocked();
    let mut screen = Screen::new();

    let mut frames: Vec<_> = (0..count("CULVERT_STARTS", 15))
        .map(|_| {
            let frame = screen.open_to_the_first_frame(&desktop, &client);
            screen.kill();
            frame
        })
        .collect();
    frames.sort_unstable();
    let at = |share: usize| frames[(frames.len() - 1) * share / 100].as_millis();
    println!(
        "figure: first frame, from the start of the program: median {} ms, {} to {} ms over {} starts",
        at(50),
        at(0),
        at(100),
        frames.len()
    );

    screen.open(&desktop, &client);
    still("the first form is open", &screen);
    screen.picture("the first form, left alone");
    let profile = ["profile", "add", "Office", "--server", &House::SERVER.to_string(), "--user", USER];
    desktop.run(crate::run::program("culvert").to_str().expect("a path"), &profile);
    let connected = client.connect_to(&House::SERVER.to_string(), PASSWORD, &[]);
    assert_eq!(connected.code, Some(0), "{}{}", connected.stdout, connected.stderr);
    screen.press("Escape");
    screen.waits_for("Culvert: connected");
    still("connected, and nothing goes through", &screen);
    screen.hide();
    still("connected and minimised", &screen);
    client.disconnect();
    drop((keyring, house));
    client.finish();
}

fn still(what: &str, screen: &Screen) {
    // What was begun is over by then, and a caret that nobody types at rests.
    std::thread::sleep(Duration::from_secs(7));
    let before = screen.ticks();
    std::thread::sleep(IDLE);
    let ticks = screen.ticks() - before;
    println!(
        "figure: {what}: {ticks} ticks of the processor in {IDLE:?}, {} kB resident, {} kB of them its own",
        screen.memory("Rss"),
        screen.memory("Private_Dirty")
    );
}
