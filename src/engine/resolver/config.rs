//! What the system's files say about names: who may be asked, and what needs no asking.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6};

use nix::net::if_::if_nametoindex;

use crate::host::dns::file;
use crate::host::dns::service::RECORD;
use crate::system_files::SystemFiles;

/// The port of name servers (RFC 1035 section 4.2).
pub(super) const PORT: u16 = 53;

/// The name servers that whoever looks after names has from the networks outside, where the resolver file leads to a
/// stub on this computer.
const UPSTREAMS: [&str; 2] = ["run/systemd/resolve/resolv.conf", "run/NetworkManager/no-stub-resolv.conf"];

/// Where a program resolvconf keeps what each network told: Debian's, openresolv's, and that of its later versions.
const RECORDS: [&str; 3] = ["run/resolvconf/interface", "run/resolvconf/interfaces", "run/resolvconf/keys"];

/// What a resolver file says (`resolv.conf(5)`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ResolverFile {
    pub(super) servers: Vec<SocketAddr>,
    pub(super) search: Vec<String>,
}

/// Who may be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Config {
    /// Name servers elsewhere, those of IPv4 first.
    pub(super) servers: Vec<SocketAddr>,
    /// Stubs on this computer. What they ask, they ask unmarked.
    pub(super) stubs: Vec<SocketAddr>,
    /// Domains that are tried behind names without a dot.
    pub(super) search: Vec<String>,
}

impl Config {
    /// Who may be asked but for the tunnel's own name servers.
    pub(super) fn read(files: &SystemFiles, tunnels: &[Ipv4Addr]) -> Self {
        let usual = ResolverFile::parse(&usual(files));
        let is_stub = |server: &SocketAddr| server.ip().is_loopback() || server.ip().is_unspecified();
        let elsewhere = |file: &ResolverFile| {
            let is_tunnels = |server: &SocketAddr| tunnels.iter().any(|&address| server.ip() == address);
            let servers = file.servers.iter().filter(|server| !is_stub(server) && !is_tunnels(server));
            let mut servers: Vec<_> = servers.copied().collect();
            servers.sort_by_key(SocketAddr::is_ipv6);
            servers
        };
        let upstreams =
            UPSTREAMS.iter().map(|path| ResolverFile::parse(&files.read(path).unwrap_or_default()));
        let servers = std::iter::once(usual.clone())
            .chain(upstreams)
            .chain([ResolverFile::parse(&records(files))])
            .map(|file| elsewhere(&file))
            .find(|servers| !servers.is_empty());
        let stubs = usual.servers.iter().copied().filter(is_stub).collect();
        Self { servers: servers.unwrap_or_default(), stubs, search: usual.search }
    }

    /// Name servers from elsewhere than files, but for the tunnel's.
    pub(super) fn add(&mut self, servers: &[Ipv4Addr], tunnels: &[Ipv4Addr]) {
        let usable = servers.iter().filter(|server| !server.is_loopback() && !tunnels.contains(server));
        self.servers.extend(usable.map(|&server| SocketAddr::from((server, PORT))));
    }
}

impl ResolverFile {
    pub(super) fn parse(text: &str) -> Self {
        let mut file = Self::default();
        for line in text.lines() {
            let mut words = line.split_whitespace();
            match words.next() {
                Some("nameserver") => file.servers.extend(words.next().and_then(server)),
                // The last line of the two wins.
                Some("search") => file.search = words.map(str::to_owned).collect(),
                Some("domain") => file.search = words.take(1).map(str::to_owned).collect(),
                _ => {}
            }
        }
        file.search.retain(|domain| domain != ".");
        file
    }
}

/// The addresses of `name` in the text of `/etc/hosts`.
pub(super) fn hosts(text: &str, name: &str) -> Vec<IpAddr> {
    let line = |line: &str| {
        let mut words = line.split('#').next()?.split_whitespace();
        let address = words.next()?.parse().ok()?;
        words.any(|word| word.eq_ignore_ascii_case(name)).then_some(address)
    };
    text.lines().filter_map(line).collect()
}

/// The resolver file as it was before the tunnel.
fn usual(files: &SystemFiles) -> String {
    let text = files.read("etc/resolv.conf").unwrap_or_default();
    if file::is_marked(&text) { files.read(file::SAVED_PATH).unwrap_or_default() } else { text }
}

/// What a program resolvconf was told by everybody but us.
fn records(files: &SystemFiles) -> String {
    let paths = RECORDS.iter().flat_map(|directory| {
        let names = files.list(directory).into_iter().filter(|name| name != RECORD);
        names.map(move |name| format!("{directory}/{name}"))
    });
    let texts: Vec<_> = paths.filter_map(|path| files.read(&path).ok()).collect();
    texts.join("\n")
}

/// A name server's address, with its interface where it needs one (RFC 4007 section 11).
fn server(word: &str) -> Option<SocketAddr> {
    match word.split_once('%') {
        Some((address, zone)) => {
            let index = zone.parse().ok().or_else(|| if_nametoindex(zone).ok())?;
            Some(SocketAddrV6::new(address.parse().ok()?, PORT, 0, index).into())
        }
        None => Some((word.parse::<IpAddr>().ok()?, PORT).into()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn config(files: &[(&str, &str)], tunnels: &[Ipv4Addr]) -> (Vec<String>, Vec<String>, Vec<String>) {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let config = Config::read(&SystemFiles::new(root.path()), tunnels);
        let texts = |servers: Vec<SocketAddr>| servers.iter().map(|server| server.ip().to_string()).collect();
        (texts(config.servers), texts(config.stubs), config.search)
    }

    const STUB: (&str, &str) = ("etc/resolv.conf", "nameserver 127.0.0.53\nsearch home.example\n");
    const UPLINK: (&str, &str) =
        ("run/systemd/resolve/resolv.conf", "nameserver 10.0.0.1\nnameserver 192.0.2.1\n");
    const NO_STUB: (&str, &str) = ("run/NetworkManager/no-stub-resolv.conf", "nameserver 192.0.2.2\n");
    const TUNNELS: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);

    #[test]
    fn a_stub_is_passed_over_where_its_upstreams_are_known() {
        let (servers, stubs, search) = config(&[STUB, NO_STUB], &[]);
        assert_eq!((servers, stubs), (vec!["192.0.2.2".to_owned()], vec!["127.0.0.53".to_owned()]));
        assert_eq!(search, ["home.example"]);
        assert_eq!(config(&[STUB, UPLINK, NO_STUB], &[]).0, ["10.0.0.1", "192.0.2.1"]);
        let plain = ("etc/resolv.conf", "nameserver 192.0.2.9\n");
        assert_eq!(config(&[plain, UPLINK, NO_STUB], &[]).0, ["192.0.2.9"]);
        assert_eq!(config(&[STUB], &[]).0, [""; 0]);
    }

    #[test]
    fn the_tunnels_own_name_servers_are_never_asked() {
        assert_eq!(config(&[STUB, UPLINK], &[TUNNELS]).0, ["192.0.2.1"]);
        let only = ("etc/resolv.conf", "nameserver 10.0.0.1\n");
        assert_eq!(config(&[only, NO_STUB], &[TUNNELS]).0, ["192.0.2.2"]);
    }

    #[test]
    fn what_resolvconf_was_told_by_others_counts() {
        let only = ("etc/resolv.conf", "# Generated by resolvconf\nnameserver 10.0.0.1\n");
        for directory in RECORDS {
            let (ours, others) = (format!("{directory}/{RECORD}"), format!("{directory}/eth0.dhcp"));
            let files = [only, (&ours, "nameserver 10.0.0.2\n"), (&others, "nameserver 192.0.2.3\n")];
            assert_eq!(config(&files, &[TUNNELS]).0, ["192.0.2.3"]);
        }
    }

    #[test]
    fn behind_our_own_file_the_saved_one_counts() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("etc")).unwrap();
        fs::write(root.path().join("etc/resolv.conf"), "nameserver 192.0.2.1\nsearch a.example\n").unwrap();
        let wanted = file::ResolvConf::new(vec![TUNNELS], vec!["office.example".to_owned()]).unwrap();
        file::put(root.path(), &wanted).unwrap();
        let config = Config::read(&SystemFiles::new(root.path()), &[]);
        assert_eq!(config.servers, ["192.0.2.1:53".parse().unwrap()]);
        assert_eq!(config.search, ["a.example"]);
    }

    #[test]
    fn a_resolver_file_is_read_as_the_c_library_does() {
        let text = "; a comment\n# another\nnameserver\t2001:db8::1 # here\nnameserver nonsense\nnameserver 192.0.2.1\n\
                    nameserver fe80::1%1\ndomain a.example b.example\nsearch c.example  d.example .\noptions ndots:5\n";
        let file = ResolverFile::parse(text);
        let servers: Vec<_> = file.servers.iter().map(ToString::to_string).collect();
        assert_eq!(servers, ["[2001:db8::1]:53", "192.0.2.1:53", "[fe80::1%1]:53"]);
        assert_eq!(file.search, ["c.example", "d.example"]);
    }

    #[test]
    fn hosts_are_found_by_every_name_they_have() {
        let text =
            "127.0.0.1 localhost\n192.0.2.7\tVPN.example.com vpn # office\n2001:db8::7 vpn\n#192.0.2.8 vpn\n";
        assert_eq!(hosts(text, "vpn.example.com"), [Ipv4Addr::new(192, 0, 2, 7)]);
        assert_eq!(hosts(text, "vpn").len(), 2);
        assert_eq!(hosts(text, "office").len(), 0);
    }
}
