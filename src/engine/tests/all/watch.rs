//! A watch on a real kernel, from the outside.

mod disturbed;
mod network;
mod sleep;
mod vpn;

use std::net::Ipv4Addr;
use std::time::Duration;

use culvert_engine::watch::{Event, SleepClock, Sources, Watch, Way};
use culvert_engine::{Tun, host};
use culvert_model::{Network, Profile};
use culvert_policy::{PolicyRouting, TunnelPlan};
use tokio::time::timeout;

use crate::namespace::{Namespace, SERVER};

/// The longest that an event may take.
pub const SOON: Duration = Duration::from_secs(2);
/// How long nothing is to happen where nothing should.
pub const QUIET: Duration = Duration::from_millis(500);

/// A watch in a namespace, without a bus, its first event taken.
pub async fn watch(namespace: &Namespace) -> Watch {
    let clock = SleepClock::scripted(|| Duration::ZERO, SOON);
    let mut watch = start(namespace, Sources { clock, bus: Some("unix:path=/nonexistent".into()) });
    assert!(matches!(next(&mut watch).await, Event::NetworkChanged { moved: false, .. }));
    watch
}

pub fn start(namespace: &Namespace, sources: Sources) -> Watch {
    namespace.run(|| Watch::start_with(PolicyRouting::STANDARD, sources).unwrap())
}

pub async fn next(watch: &mut Watch) -> Event {
    timeout(SOON, watch.next()).await.expect("an event")
}

pub async fn assert_quiet(watch: &mut Watch) {
    let event = timeout(QUIET, watch.next()).await;
    assert!(event.is_err(), "{event:?}");
}

/// Whether there is a way, and whether it moved, by the next event, which is about that.
pub async fn network(watch: &mut Watch) -> (bool, bool, Option<Way>) {
    match next(watch).await {
        Event::NetworkChanged { usable, moved, way } => (usable, moved, way),
        other => panic!("{other:?}"),
    }
}

pub fn way(source: Ipv4Addr) -> Option<Way> {
    Some(Way { interface: "out0".to_owned(), source, gateway: Some(SERVER) })
}

/// Applies a plan for a tunnel through `tun`.
pub fn applied(namespace: &Namespace, tun: &Tun) -> TunnelPlan {
    let profile = Profile::new("vpn.example.com".parse().unwrap(), "user");
    let network = Network {
        server: SERVER,
        address: Ipv4Addr::new(10, 9, 8, 7),
        peer: Some(SERVER),
        dns: vec![],
        nbns: vec![],
        mtu: 1396,
        cipher: None,
        auth: None,
        interface: Some(tun.name().to_owned()),
    };
    let plan = TunnelPlan::new(&profile, &network).unwrap();
    apply(namespace, &plan);
    plan
}

pub fn apply(namespace: &Namespace, plan: &TunnelPlan) {
    let plan = plan.clone();
    namespace.block_on(|| async move { host::apply(&plan).await.unwrap() });
}

/// Shown by the checks.
#[expect(clippy::print_stdout, reason = "the checks show the figure")]
pub fn figure(text: &str) {
    println!("figure: {text}");
}
