//! What lies between a client and the server: a plain router, or one that translates addresses.

use std::net::Ipv4Addr;

use crate::namespace::Namespace;

/// What the router does with what it forwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// Forwards, and changes nothing.
    Plain,
    /// Hides the clients behind its address, and understands PPTP: "PPTP pass-through" on a home router.
    NatWithHelper,
    /// Hides the clients behind its address, does not understand PPTP, and tells the server that its GRE is unwanted.
    NatWithoutHelper,
    /// The same without a word to the server, as most home routers do it.
    SilentNatWithoutHelper,
    /// Changes nothing, forwards no GRE, and tells whoever sends it that a rule forbids it.
    ForbidsGre,
    /// Changes nothing, and swallows the GRE that comes from this device.
    SwallowsGre(&'static str),
}

/// A router with a bridge for its clients and a port for the server.
pub struct Router {
    namespace: Namespace,
}

impl Router {
    /// The device that leads to the server.
    pub const SERVER_PORT: &'static str = "server";
    /// The bridge that the clients are on.
    pub const CLIENT_BRIDGE: &'static str = "clients";
    /// The router's address on the server's side.
    pub const OUTSIDE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 254);
    /// The router's address on the clients' side.
    pub const INSIDE: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);

    /// A router that is up.
    pub fn new(passage: Passage) -> Self {
        let namespace = Namespace::new();
        namespace.add_bridge(Self::CLIENT_BRIDGE, &format!("{}/24", Self::INSIDE));
        namespace.add_tap(Self::SERVER_PORT, &format!("{}/24", Self::OUTSIDE));
        namespace.shell("sysctl -qw net.ipv4.ip_forward=1");
        match passage {
            Passage::Plain => {}
            Passage::NatWithHelper => {
                namespace.load_rules(HELPER);
                namespace.load_rules(MASQUERADE);
            }
            Passage::NatWithoutHelper => namespace.load_rules(MASQUERADE),
            Passage::ForbidsGre => namespace.load_rules(PROHIBITION),
            Passage::SwallowsGre(from) => namespace.load_rules(&format!(
                "table ip sink {{
                    chain forward {{
                        type filter hook forward priority filter
                        iifname {from} meta l4proto gre drop
                    }}
                }}"
            )),
            Passage::SilentNatWithoutHelper => {
                namespace.load_rules(MASQUERADE);
                namespace.load_rules(SILENCE);
            }
        }
        Self { namespace }
    }

    /// The namespace in which the server's port is: what passes here is what is on the wire.
    pub fn outside(&self) -> &Namespace {
        &self.namespace
    }

    /// Drops what comes for a TCP port of the router itself without a word.
    pub fn swallow_tcp(&self, port: u16) {
        self.namespace.load_rules(&format!(
            "table ip sink {{
                chain input {{
                    type filter hook input priority filter
                    tcp dport {port} drop
                }}
            }}"
        ));
    }
}

const MASQUERADE: &str = r#"
table ip nat {
    chain postrouting {
        type nat hook postrouting priority srcnat
        oifname "server" masquerade
    }
}
"#;

const PROHIBITION: &str = r#"
table ip prohibition {
    chain forward {
        type filter hook forward priority filter
        meta l4proto gre reject with icmp admin-prohibited
    }
}
"#;

const SILENCE: &str = r#"
table ip silence {
    chain input {
        type filter hook input priority filter
        iifname "server" meta l4proto gre drop
    }
}
"#;

const HELPER: &str = r#"
table ip helper {
    ct helper pass-through { type "pptp" protocol tcp; }
    chain prerouting {
        type filter hook prerouting priority filter
        tcp dport 1723 ct helper set "pass-through"
    }
}
"#;
