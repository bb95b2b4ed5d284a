//! A person at the real window, with a real keyring, the real helper and packets through the tunnel.

use std::time::Duration;

use culvert_model::State;

use crate::client::Client;
use crate::desktop::Desktop;
use crate::house::House;
use crate::name_server::NameServer;
use crate::router::{Passage, Router};
use crate::run::eventually;
use crate::screen::Screen;
use crate::server::{Options, PASSWORD, Pptpd, USER};
use crate::web::Web;
use crate::weston::Weston;

const AT_REST: &str = "Culvert";
const CONNECTED: &str = "Culvert: connected";

/// Somebody with a slip of paper, who has never seen the program.
struct Person {
    router: Router,
    internet: Option<(NameServer, Web)>,
    house: House,
    client: Client,
    desktop: Desktop,
}

impl Person {
    fn new() -> Self {
        let mut person = Self::with_an_office_alone();
        person.internet = Some(person.house.internet());
        person
    }

    /// The server passes on nothing to the internet.
    fn with_an_office_alone() -> Self {
        let router = Router::new(Passage::Plain);
        let house = House::start(&router);
        let client = Client::new(&router, 10);
        Self { router, internet: None, house, client, desktop: Desktop::new() }
    }

    /// Types the three facts into the first window of all.
    fn types_three_facts(&self, screen: &Screen, password: &str) {
        // The first field has the keys by itself.
        std::thread::sleep(Duration::from_secs(1));
        screen.picture("first run");
        screen.types(&House::SERVER.to_string(), "Tab");
        screen.types(USER, "Tab");
        screen.types(password, "Return");
    }

    fn is_through(&self) -> bool {
        eventually(Duration::from_secs(20), || self.client.reaches(House::INSIDE))
    }

    fn waits_until(&self, is: impl Fn(&State) -> bool) {
        let reached = eventually(Duration::from_secs(40), || is(&self.client.status().state));
        assert!(reached, "{:?}", self.client.status().state);
    }
}

#[test]
fn three_facts_connect_and_the_next_time_one_key_does() {
    let mut person = Person::new();
    let keyring = person.desktop.start_unlocked();
    let mut screen = Screen::new();
    screen.open(&person.desktop, &person.client);
    person.types_three_facts(&screen, PASSWORD);
    screen.waits_for(CONNECTED);
    assert!(person.is_through(), "nothing comes through the tunnel");
    screen.picture("connected");

    // The server is lost and had back.
    person.house.kill();
    person.waits_until(|state| matches!(state, State::Reconnecting { .. }));
    screen.waits_for(AT_REST);
    screen.picture("reconnecting");
    person.house.restart();
    screen.waits_for(CONNECTED);
    assert!(person.is_through(), "nothing comes through the tunnel after it was lost");

    // The helper dies, and the next one blocks until somebody connects anew: that takes one key.
    person.client.kill_helper();
    screen.waits_for(AT_REST);
    person.client.restart_helper();
    person.waits_until(|state| matches!(state, State::Blocked { .. }));
    std::thread::sleep(Duration::from_secs(2));
    screen.picture("blocked");
    screen.press("ctrl+Return");
    screen.waits_for(CONNECTED);
    assert!(person.is_through(), "nothing comes through the tunnel of the next helper");

    // Who quits keeps the connection, unless something else is said.
    screen.press("ctrl+q");
    std::thread::sleep(Duration::from_millis(500));
    screen.picture("asked before the end");
    screen.press("Return");
    screen.waits_for_the_end();
    assert!(person.client.reaches(House::INSIDE), "the connection stays");
    person.client.disconnect();
    drop(keyring);
    person.client.finish();
    drop(person.router);
}

#[test]
fn where_a_tunnel_leads_nowhere_one_key_gives_the_internet_back() {
    let person = Person::with_an_office_alone();
    let keyring = person.desktop.start_unlocked();
    let mut screen = Screen::new();
    screen.open(&person.desktop, &person.client);
    person.types_three_facts(&screen, PASSWORD);
    screen.waits_for(CONNECTED);
    let is_told = || person.client.status().internet == Some(false);
    assert!(eventually(Duration::from_secs(30), is_told), "{:?}", person.client.status());
    assert!(!person.client.reaches(Router::INSIDE), "the control: beside the tunnel there is no way");
    std::thread::sleep(Duration::from_secs(1));
    screen.picture("no internet");
    screen.press("ctrl+Return");
    let is_back = || person.client.reaches(Router::INSIDE) && person.client.reaches(House::INSIDE);
    assert!(eventually(Duration::from_secs(30), is_back), "{:?}", person.client.status());
    screen.waits_for(CONNECTED);
    person.client.disconnect();
    drop(keyring);
    person.client.finish();
    drop(person.router);
}

#[test]
fn a_wrong_password_is_put_right_in_place_and_the_right_one_is_kept() {
    let person = Person::new();
    let keyring = person.desktop.start_unlocked();
    let mut screen = Screen::new();
    screen.open(&person.desktop, &person.client);
    person.types_three_facts(&screen, "wrong");
    let asks = |state: &State| matches!(state, State::Connecting { question: Some(_), .. });
    person.waits_until(asks);
    std::thread::sleep(Duration::from_secs(1));
    screen.picture("asked for the password");
    screen.types(PASSWORD, "Return");
    screen.waits_for(CONNECTED);
    assert!(person.is_through(), "nothing comes through the tunnel");
    let kept = || {
        let kept = person.desktop.run("secret-tool", &["search", "--all", "service", "org.culvert.Culvert"]);
        kept.contains(&format!("secret = {PASSWORD}"))
    };
    assert!(eventually(Duration::from_secs(10), kept), "the keyring has another one");
    screen.press("ctrl+Return");
    screen.waits_for(AT_REST);
    person.client.assert_nothing_left();
    screen.press("ctrl+q");
    screen.waits_for_the_end();
    drop(keyring);
    person.client.finish();
    drop(person.router);
}

#[test]
fn the_window_opens_on_wayland_and_tells_what_is_in_the_language_of_the_system() {
    let router = Router::new(Passage::Plain);
    let _server = Pptpd::start(&router, Options::STRONG);
    let client = Client::new(&router, 10);
    let desktop = Desktop::new();
    let mut screen = Weston::new();
    screen.open(&desktop, &client, "de_AT.UTF-8");
    // The name by which the desktop finds its icon, and a frame.
    screen.waits_for("set_app_id(\"org.culvert.Culvert\")");
    screen.waits_for(&format!("set_title(\"{AT_REST}\")"));
    screen.waits_for(".attach(");
    client.connect_well(&[]);
    screen.waits_for("set_title(\"Culvert: verbunden\")");
    client.disconnect();
    assert!(screen.is_open(), "the window has gone");
    client.finish();
    drop(router);
}
