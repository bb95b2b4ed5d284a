//! A message bus of our own, with scripted services that keep what they are told.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use zbus::Connection;
use zbus::fdo;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};

/// `dbus-daemon` with a socket and rules of our own.
pub struct Bus {
    daemon: Child,
    pub address: String,
    _directory: TempDir,
}

impl Bus {
    pub fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let configuration = directory.path().join("bus.conf");
        let socket = directory.path().join("socket");
        let text = format!(
            "<busconfig><listen>unix:path={}</listen><auth>EXTERNAL</auth><policy context=\"default\">\
             <allow send_destination=\"*\"/><allow eavesdrop=\"false\"/><allow own=\"*\"/></policy></busconfig>",
            socket.display()
        );
        fs::write(&configuration, text).unwrap();
        let mut daemon = Command::new("dbus-daemon")
            .args(["--nofork", "--nopidfile", "--print-address"])
            .arg(format!("--config-file={}", configuration.display()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program dbus-daemon");
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { daemon, address: address.trim().to_owned(), _directory: directory }
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.daemon.kill().ok();
        self.daemon.wait().ok();
    }
}

/// What a scripted systemd-resolved knows of a link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkSettings {
    pub servers: Vec<(i32, Vec<u8>)>,
    pub domains: Vec<(String, bool)>,
    pub default_route: Option<bool>,
    pub multicast: Vec<String>,
}

/// A scripted systemd-resolved (`org.freedesktop.resolve1`).
#[derive(Clone, Debug, Default)]
pub struct Resolved {
    pub links: Arc<Mutex<HashMap<i32, LinkSettings>>>,
    /// The call that it refuses, as polkit would.
    pub refuses: Option<&'static str>,
    /// It forgets the name servers that it is told.
    pub forgets: bool,
    /// It is from before version 240.
    pub old: bool,
}

struct Manager {
    resolved: Resolved,
}

struct Link {
    index: i32,
    resolved: Resolved,
}

impl Resolved {
    pub async fn serve(&self, bus: &Bus) -> Connection {
        let builder = zbus::connection::Builder::address(bus.address.as_str()).unwrap();
        let manager = Manager { resolved: self.clone() };
        let builder = builder.serve_at("/org/freedesktop/resolve1", manager).unwrap();
        let link = Link { index: 1, resolved: self.clone() };
        let builder = builder.serve_at("/org/freedesktop/resolve1/link/_31", link).unwrap();
        builder.name("org.freedesktop.resolve1").unwrap().build().await.unwrap()
    }

    fn change(
        &self,
        call: &'static str,
        index: i32,
        change: impl FnOnce(&mut LinkSettings),
    ) -> fdo::Result<()> {
        if self.refuses == Some(call) {
            let text = "Interactive authentication required.".to_owned();
            return Err(fdo::Error::InteractiveAuthorizationRequired(text));
        }
        change(self.links.lock().unwrap().entry(index).or_default());
        Ok(())
    }
}

#[zbus::interface(name = "org.freedesktop.resolve1.Manager")]
impl Manager {
    #[zbus(name = "SetLinkDNS")]
    fn set_link_dns(&self, index: i32, servers: Vec<(i32, Vec<u8>)>) -> fdo::Result<()> {
        let forgets = self.resolved.forgets;
        self.resolved
            .change("SetLinkDNS", index, |link| link.servers = if forgets { vec![] } else { servers })
    }

    fn set_link_domains(&self, index: i32, domains: Vec<(String, bool)>) -> fdo::Result<()> {
        self.resolved.change("SetLinkDomains", index, |link| link.domains = domains)
    }

    fn set_link_default_route(&self, index: i32, yes: bool) -> fdo::Result<()> {
        if self.resolved.old {
            return Err(fdo::Error::UnknownMethod("Unknown method SetLinkDefaultRoute".to_owned()));
        }
        self.resolved.change("SetLinkDefaultRoute", index, |link| link.default_route = Some(yes))
    }

    #[zbus(name = "SetLinkLLMNR")]
    fn set_link_llmnr(&self, index: i32, mode: &str) -> fdo::Result<()> {
        self.resolved.change("SetLinkLLMNR", index, |link| link.multicast.push(format!("LLMNR={mode}")))
    }

    #[zbus(name = "SetLinkMulticastDNS")]
    fn set_link_multicast_dns(&self, index: i32, mode: &str) -> fdo::Result<()> {
        self.resolved.change("SetLinkMulticastDNS", index, |link| link.multicast.push(format!("mDNS={mode}")))
    }

    fn revert_link(&self, index: i32) {
        self.resolved.links.lock().unwrap().remove(&index);
    }

    fn get_link(&self, index: i32) -> OwnedObjectPath {
        ObjectPath::try_from(format!("/org/freedesktop/resolve1/link/_3{index}")).unwrap().into()
    }

    fn flush_caches(&self) {}
}

#[zbus::interface(name = "org.freedesktop.resolve1.Link")]
impl Link {
    #[zbus(property, name = "DNS")]
    fn dns(&self) -> Vec<(i32, Vec<u8>)> {
        self.settings().servers
    }

    #[zbus(property)]
    fn domains(&self) -> Vec<(String, bool)> {
        self.settings().domains
    }
}

impl Link {
    fn settings(&self) -> LinkSettings {
        self.resolved.links.lock().unwrap().get(&self.index).cloned().unwrap_or_default()
    }
}

/// A configuration of NetworkManager's, as it is kept.
pub type Configuration = HashMap<String, OwnedValue>;

/// A scripted NetworkManager (`org.freedesktop.NetworkManager`) that writes a resolver file.
#[derive(Clone, Debug)]
pub struct NetworkManager {
    pub global: Arc<Mutex<Configuration>>,
    pub resolv_conf: PathBuf,
    /// The name server that its connections have.
    pub usual: &'static str,
    pub refuses: bool,
}

struct Main {
    manager: NetworkManager,
}

struct DnsManager;

impl NetworkManager {
    pub async fn serve(&self, bus: &Bus) -> Connection {
        self.write();
        let builder = zbus::connection::Builder::address(bus.address.as_str()).unwrap();
        let main = Main { manager: self.clone() };
        let builder = builder.serve_at("/org/freedesktop/NetworkManager", main).unwrap();
        let builder = builder.serve_at("/org/freedesktop/NetworkManager/DnsManager", DnsManager).unwrap();
        builder.name("org.freedesktop.NetworkManager").unwrap().build().await.unwrap()
    }

    /// One that has a connection with these name servers, and tells nothing else.
    pub async fn serve_connection(bus: &Bus, servers: &[Ipv4Addr]) -> Connection {
        let servers = servers.iter().map(ToString::to_string).collect();
        let builder = zbus::connection::Builder::address(bus.address.as_str()).unwrap();
        let builder = builder.serve_at("/org/freedesktop/NetworkManager", Primary).unwrap();
        let builder = builder.serve_at(format!("{CONNECTION}/active"), ActiveConnection).unwrap();
        let builder = builder.serve_at(format!("{CONNECTION}/ip4"), Ip4Config { servers }).unwrap();
        builder.name("org.freedesktop.NetworkManager").unwrap().build().await.unwrap()
    }

    pub fn write(&self) {
        let servers = self.servers().unwrap_or_else(|| vec![self.usual.to_owned()]);
        let lines: String = servers.iter().map(|server| format!("nameserver {server}\n")).collect();
        fs::write(&self.resolv_conf, format!("# Generated by NetworkManager\n{lines}")).unwrap();
    }

    fn servers(&self) -> Option<Vec<String>> {
        let global = self.global.lock().unwrap();
        let domains: HashMap<String, HashMap<String, OwnedValue>> =
            global.get("domains")?.try_clone().unwrap().try_into().unwrap();
        domains["*"]["servers"].try_clone().unwrap().try_into().ok()
    }
}

#[zbus::interface(name = "org.freedesktop.NetworkManager")]
impl Main {
    #[zbus(property)]
    fn global_dns_configuration(&self) -> Configuration {
        let global = self.manager.global.lock().unwrap();
        global.iter().map(|(name, value)| (name.clone(), value.try_clone().unwrap())).collect()
    }

    #[zbus(property)]
    fn set_global_dns_configuration(&self, value: Configuration) -> zbus::Result<()> {
        if self.manager.refuses {
            return Err(fdo::Error::AccessDenied("not allowed".to_owned()).into());
        }
        *self.manager.global.lock().unwrap() = value;
        self.manager.write();
        Ok(())
    }
}

#[zbus::interface(name = "org.freedesktop.NetworkManager.DnsManager")]
impl DnsManager {
    #[zbus(property)]
    fn mode(&self) -> &str {
        "default"
    }
}

const CONNECTION: &str = "/org/freedesktop/NetworkManager/connection";

struct Primary;

#[zbus::interface(name = "org.freedesktop.NetworkManager")]
impl Primary {
    #[zbus(property)]
    fn primary_connection(&self) -> OwnedObjectPath {
        ObjectPath::try_from(format!("{CONNECTION}/active")).unwrap().into()
    }
}

struct ActiveConnection;

#[zbus::interface(name = "org.freedesktop.NetworkManager.Connection.Active")]
impl ActiveConnection {
    #[zbus(property)]
    fn ip4_config(&self) -> OwnedObjectPath {
        ObjectPath::try_from(format!("{CONNECTION}/ip4")).unwrap().into()
    }
}

struct Ip4Config {
    servers: Vec<String>,
}

#[zbus::interface(name = "org.freedesktop.NetworkManager.IP4Config")]
impl Ip4Config {
    #[zbus(property)]
    fn nameserver_data(&self) -> Vec<Configuration> {
        let server = |address: &String| {
            let address = Value::from(address.as_str()).try_to_owned().unwrap();
            HashMap::from([("address".to_owned(), address)])
        };
        self.servers.iter().map(server).collect()
    }
}
