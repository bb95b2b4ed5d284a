//! A server of the house's own behind the router: it comes, goes and comes back within milliseconds.

use std::fs;
use std::net::Ipv4Addr;
use std::process::{Child, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::name_server::NameServer;
use crate::namespace::Namespace;
use crate::router::Router;
use crate::run::{eventually, program};
use crate::server::{PASSWORD, USER};
use crate::web::{ONLINE, Web};

/// A host with `culvert-server` on it, in a network of its own behind the router.
pub struct House {
    host: Namespace,
    directory: TempDir,
    server: Child,
}

impl House {
    /// The server's address outside the tunnel.
    pub const SERVER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);
    /// The server's address inside the tunnel.
    pub const INSIDE: Ipv4Addr = Ipv4Addr::new(10, 64, 0, 1);
    /// Another host beside the server, that has nothing to do with it.
    pub const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 9);
    /// The address inside the tunnel that the server gives first.
    pub const LOWEST: Ipv4Addr = Ipv4Addr::new(10, 64, 0, 10);

    /// A server that is ready.
    pub fn start(router: &Router) -> Self {
        let host = Self::site(router);
        let directory = tempfile::tempdir().expect("a temporary directory");
        fs::write(directory.path().join("users"), format!("{USER}:{PASSWORD}\n")).expect("the users");
        let server = serve(&host, &directory);
        Self { host, directory, server }
    }

    /// The host without a server.
    pub fn site(router: &Router) -> Namespace {
        router.outside().add_bridge("house", "203.0.113.254/24");
        let host = Namespace::new();
        host.connect("street", &format!("{}/24", Self::SERVER), router.outside(), "house");
        host.add_default_route(Ipv4Addr::new(203, 0, 113, 254));
        host.shell(&format!("ip address add {}/24 dev street", Self::ELSEWHERE));
        host
    }

    /// The host itself.
    pub fn host(&self) -> &Namespace {
        &self.host
    }

    /// Behind the tunnel there is a name server from now on that knows every name, and a page at each: an internet.
    pub fn internet(&self) -> (NameServer, Web) {
        let names = NameServer::start(&self.host, &[format!("--address=/#/{}", Self::ELSEWHERE)]);
        (names, Web::start(&self.host, |_| ONLINE))
    }

    /// Kills the server without a word to anybody, and starts another one.
    pub fn restart(&mut self) {
        self.kill();
        self.server = serve(&self.host, &self.directory);
    }

    /// The same, with another password for everybody.
    pub fn restart_with_password(&mut self, password: &str) {
        fs::write(self.directory.path().join("users"), format!("{USER}:{password}\n")).expect("the users");
        self.restart();
    }

    /// Kills the server without a word to anybody.
    pub fn kill(&mut self) {
        // Both fail only where it has ended already.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.kill();
    }
}

fn serve(host: &Namespace, directory: &TempDir) -> Child {
    let server = host
        .command(program("culvert-server"))
        .arg("--users")
        .arg(directory.path().join("users"))
        .args(["--listen", &House::SERVER.to_string(), "--dns", &House::INSIDE.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("nsenter starts");
    // Not by a connection to it: that one would have the address that the client had before.
    let listens = || !host.shell("ss -Hltn sport = :1723").is_empty();
    assert!(eventually(Duration::from_secs(10), listens), "culvert-server does not listen");
    server
}
