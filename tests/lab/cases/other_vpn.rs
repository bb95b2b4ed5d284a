//! Another VPN on the same computer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use culvert_model::{FaultCode, State};
use tun_rs::{DeviceBuilder, SyncDevice};

use crate::house::House;
use crate::namespace::Namespace;
use crate::router::Router;
use crate::server::PASSWORD;

use super::guard::Play;

/// A VPN of somebody else's from the client to the router, by which everything goes: a program with a device at either
/// end, as OpenVPN is. What it would encrypt and send goes from hand to hand here.
struct OtherVpn {
    end: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl OtherVpn {
    fn bring_up(play: &Play) -> Self {
        let device = |namespace: &Namespace, name: &str, address: &str| {
            let built = namespace.enter(|| {
                let builder = DeviceBuilder::new().name(name).ipv4(address, 24, None).mtu(1400);
                builder.build_sync().expect("a TUN device")
            });
            built.set_nonblocking(true).expect("a device that does not wait");
            Arc::new(built)
        };
        let near = device(play.client.host(), "other", "10.99.0.2");
        let far = device(play.router.outside(), "far", "10.99.0.1");
        play.client.host().shell("ip route replace default dev other");
        let end = Arc::<AtomicBool>::default();
        let carry = |from: &Arc<SyncDevice>, to: &Arc<SyncDevice>| {
            let (from, to, end) = (Arc::clone(from), Arc::clone(to), Arc::clone(&end));
            thread::spawn(move || {
                let mut packet = [0; 2048];
                while !end.load(Ordering::Relaxed) {
                    match from.recv(&mut packet) {
                        // A packet too many is one that got lost.
                        Ok(length) => drop(to.send(packet.get(..length).unwrap_or_default())),
                        Err(_) => thread::sleep(Duration::from_micros(200)),
                    }
                }
            })
        };
        let threads = vec![carry(&near, &far), carry(&far, &near)];
        Self { end, threads }
    }
}

impl Drop for OtherVpn {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A panic in one of them has been printed.
            let _ = thread.join();
        }
    }
}

#[test]
fn nothing_runs_through_another_vpn_unless_somebody_says_so() {
    let play = Play::new();
    let server = House::SERVER.to_string();
    let connect = |arguments: &[&str]| play.client.connect_to(&server, PASSWORD, arguments);

    play.connect(&[]);
    play.client.ping(House::INSIDE);
    let other = OtherVpn::bring_up(&play);
    let is_named = |state: &State| matches!(state, State::Reconnecting { fault, .. } if fault.code == FaultCode::OtherVpn);
    let time = play.until("lost to another VPN, by name", is_named);
    println!("figure: another VPN that comes up is named after {:.1} s", time.as_secs_f32());
    play.watch.take();
    thread::sleep(Duration::from_secs(1));
    play.watch.assert_none("another VPN is up");
    play.client.disconnect();

    let run = connect(&[]);
    assert_eq!(run.code, Some(4), "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("(other)"), "it is named: {}", run.stderr);
    println!("figure: refused after {} ms: {}", run.took.as_millis(), run.stderr.trim().replace('\n', " "));
    let run = connect(&["--through-other-vpn", "--no-guard"]);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    play.client.ping(House::INSIDE);
    play.client.disconnect();

    drop(other);
    play.client.host().add_default_route(Router::INSIDE);
    play.connect(&[]);
    play.client.ping(House::INSIDE);
    play.client.disconnect();
}
