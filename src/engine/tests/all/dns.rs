//! The name servers of a tunnel, told to a real kernel's files and to scripted services on a real message bus: the
//! services themselves need a machine of their own.

pub mod bus;
mod file;
mod program;
mod services;

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;

use culvert_engine::host::dns::{DnsSystem, FileWriter};
use culvert_policy::{Domains, TunnelDns};
use tempfile::TempDir;

/// A root directory with `etc/resolv.conf` and a state directory.
fn root(resolv_conf: &str) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for name in ["etc", "state"] {
        fs::create_dir(root.path().join(name)).unwrap();
    }
    fs::write(root.path().join("etc/resolv.conf"), resolv_conf).unwrap();
    root
}

fn system(root: &Path, bus: Option<&str>) -> DnsSystem {
    DnsSystem {
        root: root.to_owned(),
        // Nobody answers there.
        bus: Some(bus.unwrap_or("unix:path=/nonexistent").to_owned()),
        state: root.join("state"),
        writer: FileWriter::InProcess,
    }
}

fn dns(domains: Domains) -> TunnelDns {
    let servers = vec![Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2)];
    TunnelDns { interface: "lo".to_owned(), servers, domains }
}

fn all() -> Domains {
    Domains::All(vec!["office.example".to_owned()])
}
