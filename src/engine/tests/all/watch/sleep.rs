use std::io::{PipeReader, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use culvert_engine::watch::{Event, SleepClock, Sources, Watch};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};
use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedFd;
use zbus::{Connection, connection, interface};

use super::{SOON, assert_quiet, network, next, start};
use crate::dns::bus::Bus;
use crate::namespace::Namespace;

const PATH: &str = "/org/freedesktop/login1";

/// A logind that sleeps when it is told to.
#[derive(Clone, Default)]
struct Logind {
    /// The other ends of what it handed out: an end of file says that nobody holds up the sleep any more.
    inhibitors: Arc<Mutex<Vec<PipeReader>>>,
}

#[interface(name = "org.freedesktop.login1.Manager")]
impl Logind {
    fn inhibit(&self, what: &str, who: &str, why: &str, mode: &str) -> OwnedFd {
        assert_eq!((what, who, mode), ("sleep", "Culvert", "delay"));
        assert!(!why.is_empty());
        let (read, write) = std::io::pipe().unwrap();
        self.inhibitors.lock().unwrap().push(read);
        std::os::fd::OwnedFd::from(write).into()
    }

    #[zbus(signal)]
    async fn prepare_for_sleep(emitter: &SignalEmitter<'_>, start: bool) -> zbus::Result<()>;
}

impl Logind {
    async fn serve(&self, bus: &Bus) -> Connection {
        let builder = connection::Builder::address(bus.address.as_str()).unwrap();
        let builder = builder.name("org.freedesktop.login1").unwrap().serve_at(PATH, self.clone()).unwrap();
        builder.build().await.unwrap()
    }

    /// Waits until somebody asked to be waited for.
    async fn inhibited(&self) -> PipeReader {
        for _ in 0..200 {
            if let Some(inhibitor) = self.inhibitors.lock().unwrap().pop() {
                return inhibitor;
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!("nobody asked to be waited for");
    }
}

async fn announce(logind: &Connection, start: bool) {
    let emitter = SignalEmitter::new(logind, PATH).unwrap();
    Logind::prepare_for_sleep(&emitter, start).await.unwrap();
}

/// Whether nobody holds up the sleep any more.
async fn is_released(inhibitor: &PipeReader) -> bool {
    let mut inhibitor = inhibitor.try_clone().unwrap();
    let read = spawn_blocking(move || inhibitor.read(&mut [0]));
    matches!(timeout(Duration::from_millis(100), read).await, Ok(Ok(Ok(0))))
}

/// A watch with a clock that says what the counter says, in seconds, its first event taken.
async fn watch(client: &Namespace, bus: Option<&Bus>) -> (Watch, Arc<AtomicU64>) {
    let asleep = Arc::new(AtomicU64::new(7));
    let read = asleep.clone();
    let clock = SleepClock::scripted(move || Duration::from_secs(read.load(Ordering::Relaxed)), SOON / 20);
    let bus = bus.map_or("unix:path=/nonexistent".to_owned(), |bus| bus.address.clone());
    let mut watch = start(client, Sources { clock, bus: Some(bus) });
    network(&mut watch).await;
    (watch, asleep)
}

async fn resumed(watch: &mut Watch) -> Duration {
    match next(watch).await {
        Event::Resumed { asleep } => asleep,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_clocks_tell_of_a_sleep_without_logind() {
    let (client, _server) = Namespace::pair();
    let (mut watch, clock) = watch(&client, None).await;
    assert_quiet(&mut watch).await;
    clock.fetch_add(600, Ordering::Relaxed);
    assert_eq!(resumed(&mut watch).await, Duration::from_secs(600));
    assert_quiet(&mut watch).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn logind_warns_and_waits_until_it_is_let_go() {
    let (client, _server) = Namespace::pair();
    let (bus, logind) = (Bus::start(), Logind::default());
    let service = logind.serve(&bus).await;
    let (mut watch, clock) = watch(&client, Some(&bus)).await;
    for _ in 0..2 {
        let inhibitor = logind.inhibited().await;
        announce(&service, true).await;
        let Event::Suspending(delay) = next(&mut watch).await else { panic!() };
        assert!(!is_released(&inhibitor).await);
        drop(delay);
        assert!(is_released(&inhibitor).await);

        clock.fetch_add(60, Ordering::Relaxed);
        announce(&service, false).await;
        assert_eq!(resumed(&mut watch).await, Duration::from_secs(60));
        assert_quiet(&mut watch).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_sleep_that_did_not_come_about_is_over_too() {
    let (client, _server) = Namespace::pair();
    let (bus, logind) = (Bus::start(), Logind::default());
    let service = logind.serve(&bus).await;
    let (mut watch, _) = watch(&client, Some(&bus)).await;
    logind.inhibited().await;
    announce(&service, true).await;
    assert!(matches!(next(&mut watch).await, Event::Suspending(_)));
    announce(&service, false).await;
    assert_eq!(resumed(&mut watch).await, Duration::ZERO);
    assert_quiet(&mut watch).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_logind_that_comes_late_is_heard() {
    let (client, _server) = Namespace::pair();
    let (bus, logind) = (Bus::start(), Logind::default());
    let (mut watch, _) = watch(&client, Some(&bus)).await;
    assert_quiet(&mut watch).await;
    let service = logind.serve(&bus).await;
    logind.inhibited().await;
    announce(&service, true).await;
    assert!(matches!(next(&mut watch).await, Event::Suspending(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_bus_that_dies_in_between_leaves_nobody_asleep() {
    let (client, _server) = Namespace::pair();
    let (bus, logind) = (Bus::start(), Logind::default());
    let service = logind.serve(&bus).await;
    let (mut watch, clock) = watch(&client, Some(&bus)).await;
    logind.inhibited().await;
    announce(&service, true).await;
    assert!(matches!(next(&mut watch).await, Event::Suspending(_)));
    drop(bus);
    assert_eq!(resumed(&mut watch).await, Duration::ZERO);
    // The clocks still tell.
    clock.fetch_add(30, Ordering::Relaxed);
    assert_eq!(resumed(&mut watch).await, Duration::from_secs(30));
}
