//! Debian's dnsmasq, with the names that a case gives it.

use std::process::{Child, Stdio};

use crate::namespace::Namespace;

/// A name server that knows a few names, until it is dropped.
pub struct NameServer(Child);

impl NameServer {
    /// Answers on every address of `network`, by dnsmasq's `options`.
    pub fn start(network: &Namespace, options: &[String]) -> Self {
        let child = network
            .command("dnsmasq")
            .args([
                "--keep-in-foreground",
                "--conf-file=/dev/null",
                "--no-resolv",
                "--no-hosts",
                "--user=root",
            ])
            .args(["--pid-file=", "--log-facility=/dev/null", "--local-ttl=1"])
            .args(options)
            .stderr(Stdio::null())
            .spawn()
            .expect("the program dnsmasq");
        Self(child)
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        // Both fail only where it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
