//! Network namespaces without names: each is a thread's own and gone with it.

use std::future::pending;
use std::net::Ipv4Addr;
use std::process::Command;
use std::sync::mpsc;
use std::thread;

use nix::sched::{CloneFlags, unshare};
use tokio::runtime::{Builder, Handle};
use tokio::task::JoinHandle;

/// A network namespace, and the thread whose runtime lives in it.
pub struct Namespace {
    runtime: Handle,
    path: String,
}

impl Namespace {
    /// A namespace with nothing but a loopback device.
    pub fn new() -> Self {
        let (ready, made) = mpsc::channel();
        thread::spawn(move || {
            unshare(CloneFlags::CLONE_NEWNET).expect("run these tests as root, or under `unshare -Ur`");
            let thread = std::fs::read_link("/proc/thread-self").unwrap();
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            ready.send((runtime.handle().clone(), format!("/proc/{}/ns/net", thread.display()))).unwrap();
            runtime.block_on(pending::<()>());
        });
        let (runtime, path) = made.recv().unwrap();
        Self { runtime, path }
    }

    /// Runs `work` in the namespace.
    pub fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.runtime.spawn(work)
    }

    /// Runs `ip` with `arguments` in the namespace.
    pub async fn ip(&self, arguments: &str) {
        let arguments: Vec<_> = arguments.split_whitespace().map(str::to_owned).collect();
        let output =
            self.spawn(async move { (Command::new("ip").args(&arguments).output().unwrap(), arguments) });
        let (output, arguments) = output.await.unwrap();
        assert!(output.status.success(), "ip {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// A cable between this namespace and `other`, whose ends are named `name` and have these addresses.
    pub async fn plug(&self, name: &str, own: Ipv4Addr, other: &Self, others: Ipv4Addr) {
        self.ip(&format!("link add {name} type veth peer name {name} netns {}", other.path)).await;
        for (end, address) in [(self, own), (other, others)] {
            end.ip("link set lo up").await;
            end.ip(&format!("addr add {address}/24 dev {name}")).await;
            end.ip(&format!("link set {name} up")).await;
        }
    }
}
