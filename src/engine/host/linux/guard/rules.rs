//! A guard in the words of nftables.

use std::net::{IpAddr, Ipv6Addr};

use culvert_policy::{
    Gateway, Guard, LOCAL_RANGES, PolicyRouting, PortalPass, Refuse, Scope, ServerException, TunnelPass,
};
use nlink::netlink::nftables::{
    BaseChain, Chain, CmpOp, CtState, Expr, Family, Field, FilterHook, IcmpxCode, Item, Match, MetaKey,
    NatHook, PayloadBase, Policy, Priority, Register, Reject, Rule, Stmt, TcpFlags, Value, Verdict,
};

use crate::host::HostError;

/// The name of our tables.
pub(super) const TABLE: &str = "culvert";
/// The name of the object that helps GRE through the firewall of this computer's own.
pub(super) const HELPER: &str = "pptp";

const GRE: u8 = 47;
const IPV6: u8 = 10;
/// DNS, and DNS over TLS (RFC 1035, RFC 7858).
const NAME_PORTS: [u16; 2] = [53, 853];
/// The web in clear, where pages are that show a captive portal.
const HTTP: u16 = 80;
/// Router Solicitation, Router Advertisement, Neighbour Solicitation and Advertisement (RFC 4861): without a Redirect.
const DISCOVERY: [u8; 4] = [133, 134, 135, 136];
/// Destination Unreachable, Time Exceeded and Parameter Problem (RFC 792): how the network speaks about our packets.
const ICMP_ERRORS: [u8; 3] = [3, 11, 12];
/// Where the sought address stands in an ARP packet for IPv4 over Ethernet (RFC 826).
const ARP_TARGET: u32 = 24;
/// Before the firewall of this computer's own, and after connection tracking.
const PRIORITY: Priority = Priority::Custom(-10);

/// Everything that goes into one table.
pub(super) struct Tables {
    pub(super) family: Family,
    pub(super) chains: Vec<Chain>,
    pub(super) rules: Vec<Rule>,
}

/// The tables of `guard`, for packets of the helper's user `uid`. With `helps`, connection tracking is told that the
/// control connection is one. Each of `notes` becomes an empty chain.
pub(super) fn tables(
    guard: &Guard,
    uid: u32,
    helps: bool,
    notes: &[String],
) -> Result<Vec<Tables>, HostError> {
    let mut inet = Tables { family: Family::Inet, chains: Vec::new(), rules: Vec::new() };
    let writer = Writer { guard, uid, helps };
    let policy = match guard.scope {
        Scope::Everything => Policy::Drop,
        Scope::Only(_) => Policy::Accept,
    };
    let chains = [
        ("output", FilterHook::Output, writer.output()),
        ("input", FilterHook::Input, writer.input()),
        ("forward", FilterHook::Forward, writer.forward()),
    ];
    for (name, hook, rules) in chains {
        inet.chains.push(chain(name, BaseChain::filter(hook, PRIORITY).policy(policy))?);
        inet.rules.extend(rules.into_iter().map(|items| rule(name, items)));
    }
    if let Some(pass) = &guard.tunnel {
        inet.chains.push(chain("raw", BaseChain::filter(FilterHook::Prerouting, Priority::Raw))?);
        inet.rules.push(rule("raw", hide(pass)));
    }
    if let (Some(gateway), Some(pass)) = (&guard.gateway, &guard.tunnel) {
        inet.chains.push(chain("postrouting", BaseChain::nat(NatHook::Postrouting, Priority::SrcNat))?);
        inet.rules.push(rule("postrouting", masquerade(gateway, pass)));
    }
    for note in notes {
        inet.chains.push(empty_chain(note)?);
    }
    let arp = guard.tunnel.as_ref().map(unanswered_arp).transpose()?;
    Ok([Some(inet), arp].into_iter().flatten().collect())
}

type Items = Vec<Item>;

struct Writer<'a> {
    guard: &'a Guard,
    uid: u32,
    helps: bool,
}

impl Writer<'_> {
    fn output(&self) -> Vec<Items> {
        let mut rules = vec![accept([eq(Field::Oifname, "lo")])];
        rules.extend(self.own());
        rules.extend(self.guard.tunnel.iter().map(keep_inside));
        rules.extend(self.portal(Field::Ip4Daddr, [Field::TcpDport, Field::UdpDport]));
        match &self.guard.scope {
            Scope::Only(prefixes) => {
                rules.extend(self.others_to_servers());
                for prefix in prefixes {
                    let to = eq(Field::Ip4Daddr, Value::Prefix(prefix.address().into(), prefix.length()));
                    rules.push(self.refuse(self.past_tunnel(Field::Oifname).into_iter().chain([to])));
                }
            }
            Scope::Everything => {
                rules.extend(always_out());
                rules.extend(self.names_in_tunnel());
                rules.extend(
                    self.guard
                        .tunnel
                        .iter()
                        .map(|pass| accept([eq(Field::Oifname, pass.interface.as_str())])),
                );
                rules.extend(self.all_to_servers());
                rules.extend(self.beside(Field::Ip4Daddr));
                rules.push(self.refuse([]));
            }
        }
        rules
    }

    fn input(&self) -> Vec<Items> {
        let mut rules = vec![accept([eq(Field::Iifname, "lo")])];
        for server in &self.guard.servers {
            // What comes is known by address and protocol: without help, connection tracking calls no GRE known.
            let from = eq(Field::Ip4Saddr, server.address);
            rules.push(accept([from.clone(), eq(Field::L4Proto, GRE)]));
            rules.push(accept([from, eq(Field::TcpSport, server.port)]));
        }
        rules.extend(self.portal(Field::Ip4Saddr, [Field::TcpSport, Field::UdpSport]));
        match &self.guard.scope {
            Scope::Only(prefixes) => {
                rules.push(accept([eq(Field::CtMark, mark())]));
                rules.extend(self.past_tunnel_from(prefixes));
            }
            Scope::Everything => {
                rules.extend(always_in());
                rules.push(accept([eq(Field::CtMark, mark())]));
                rules.extend(
                    self.guard
                        .tunnel
                        .iter()
                        .map(|pass| accept([eq(Field::Iifname, pass.interface.as_str())])),
                );
                rules.extend(self.beside(Field::Ip4Saddr));
            }
        }
        rules
    }

    fn forward(&self) -> Vec<Items> {
        let mut rules = Vec::new();
        if let Some(pass) = &self.guard.tunnel {
            let (into, out) = (eq(Field::Oifname, &*pass.interface), eq(Field::Iifname, &*pass.interface));
            let syn = eq(Field::TcpFlags, Value::TcpFlags(TcpFlags::SYN));
            rules.push(vec![into.clone().into(), syn.into(), Stmt::ClampTcpMssToPmtu.into()]);
            let known = eq(Field::CtState, CtState::ESTABLISHED | CtState::RELATED);
            let from = self.guard.gateway.as_ref().map(|gateway| eq(Field::Iifname, &*gateway.interface));
            rules.push(accept(from.into_iter().chain([into])));
            rules.push(accept([out, known]));
        }
        // Devices behind a gateway go through the tunnel or nowhere, whatever else may pass.
        rules
            .extend(self.guard.gateway.iter().map(|gateway| drop([eq(Field::Iifname, &*gateway.interface)])));
        match &self.guard.scope {
            Scope::Only(prefixes) => {
                rules.extend(self.others_to_servers());
                rules.extend(self.past_tunnel_from(prefixes));
                for prefix in prefixes {
                    let to = eq(Field::Ip4Daddr, Value::Prefix(prefix.address().into(), prefix.length()));
                    rules.push(self.refuse([to]));
                }
            }
            Scope::Everything => {
                rules.extend(self.names_elsewhere());
                rules.extend(self.all_to_servers());
                rules.extend(self.beside(Field::Ip4Daddr));
                rules.push(self.refuse([]));
            }
        }
        rules
    }

    /// What the helper's own marked sockets may send.
    fn own(&self) -> Vec<Items> {
        let own = || -> Items { [self.of_helper(), vec![eq(Field::Mark, mark()).into()]].concat() };
        let mut rules = Vec::new();
        for ServerException { address, port } in &self.guard.servers {
            let to = || -> Items { [own(), vec![eq(Field::Ip4Daddr, *address).into()]].concat() };
            let control = || -> Items { [to(), vec![eq(Field::TcpDport, *port).into()]].concat() };
            if self.helps {
                let help = Stmt::Objref {
                    object_type: nlink::netlink::nftables::ObjectType::CtHelper,
                    name: HELPER.to_owned(),
                };
                rules.push([control(), vec![help.into()]].concat());
            }
            rules.push([control(), vec![Verdict::Accept.into()]].concat());
            rules.push([to(), vec![eq(Field::L4Proto, GRE).into(), Verdict::Accept.into()]].concat());
        }
        let names = [(Field::UdpDport, NAME_PORTS[0]), (Field::TcpDport, NAME_PORTS[0])];
        let names = names.into_iter().filter(|_| self.guard.names);
        let checks = self.guard.checks.then_some((Field::TcpDport, HTTP));
        for (field, port) in names.chain(checks) {
            // Their answers are known by the mark that their connection keeps.
            let known = [Stmt::SetCtMark(mark()).into(), Verdict::Accept.into()];
            rules.push([own(), vec![eq(field, port).into()], known.to_vec()].concat());
        }
        rules
    }

    /// Nobody else reaches a server as the helper does.
    fn others_to_servers(&self) -> Vec<Items> {
        let refused = |server: &ServerException| {
            let to = eq(Field::Ip4Daddr, server.address);
            [
                self.refuse([to.clone(), eq(Field::L4Proto, GRE)]),
                self.refuse([to, eq(Field::TcpDport, server.port)]),
            ]
        };
        self.guard.servers.iter().flat_map(refused).collect()
    }

    /// Names are asked for in the tunnel, at its own name servers, and nowhere else.
    fn names_in_tunnel(&self) -> Vec<Items> {
        let mut rules = Vec::new();
        let servers = self.guard.tunnel.as_ref().map(|pass| (pass, pass.name_servers.as_ref()));
        if let Some((pass, Some(servers))) = servers {
            for server in servers {
                let to = [eq(Field::Oifname, &*pass.interface), eq(Field::Ip4Daddr, *server)];
                rules.extend(
                    name_fields()
                        .map(|(field, port)| accept(to.clone().into_iter().chain([eq(field, port)]))),
                );
            }
        }
        if let Some((pass, None)) = servers {
            let within = eq(Field::Oifname, &*pass.interface);
            rules.extend(name_fields().map(|(field, port)| accept([within.clone(), eq(field, port)])));
        }
        rules.extend(self.names_elsewhere());
        rules
    }

    /// Nobody else is asked for names, wherever they are.
    fn names_elsewhere(&self) -> impl Iterator<Item = Items> {
        name_fields().map(|(field, port)| self.refuse([eq(field, port)]))
    }

    /// Nothing else goes to a server past the tunnel, also where the server is a neighbour.
    fn all_to_servers(&self) -> impl Iterator<Item = Items> {
        self.guard.servers.iter().map(|server| self.refuse([eq(Field::Ip4Daddr, server.address)]))
    }

    /// The way to a captive portal, of this computer alone: `other` is the other end's address, `ports` its ports.
    fn portal(&self, other: Field, ports: [Field; 2]) -> Vec<Items> {
        let Some(PortalPass { addresses, ports: open, name_servers }) = &self.guard.portal else {
            return Vec::new();
        };
        let [tcp, _] = ports.clone();
        let pages = addresses.iter().flat_map(|address| open.iter().map(move |port| (*address, *port)));
        let pages = pages.map(|(address, port)| accept([eq(other.clone(), address), eq(tcp.clone(), port)]));
        let names = name_servers.iter().flat_map(|address| {
            ports.clone().map(|field| accept([eq(other.clone(), *address), eq(field, NAME_PORTS[0])]))
        });
        pages.chain(names).collect()
    }

    /// What may pass beside the tunnel for as long as a profile says: `other` is the other end's address.
    fn beside(&self, other: Field) -> Vec<Items> {
        let mut rules = Vec::new();
        if self.guard.lan {
            let local =
                LOCAL_RANGES.iter().map(|range| Value::Prefix(range.address().into(), range.length()));
            rules.extend(local.map(|range| accept([eq(other.clone(), range)])));
        }
        if self.guard.ipv6 {
            rules.push(accept([eq(Field::NfProto, IPV6)]));
        }
        rules
    }

    fn past_tunnel_from(&self, prefixes: &[culvert_model::Prefix]) -> Vec<Items> {
        let from = |prefix: &culvert_model::Prefix| {
            let from = eq(Field::Ip4Saddr, Value::Prefix(prefix.address().into(), prefix.length()));
            drop(self.past_tunnel(Field::Iifname).into_iter().chain([from]))
        };
        prefixes.iter().map(from).collect()
    }

    fn past_tunnel(&self, interface: Field) -> Option<Match> {
        self.guard.tunnel.as_ref().map(|pass| Match::ne(interface, pass.interface.as_str()))
    }

    fn of_helper(&self) -> Items {
        let dreg = Register::R0;
        let data = self.uid.to_ne_bytes().to_vec();
        vec![
            Expr::Meta { dreg, key: MetaKey::SkUid }.into(),
            Expr::Cmp { sreg: dreg, op: CmpOp::Eq, data }.into(),
        ]
    }

    fn refuse(&self, matches: impl IntoIterator<Item = Match>) -> Items {
        let end = match self.guard.refusal {
            Refuse::Silently => Verdict::Drop.into(),
            Refuse::Aloud => Stmt::Reject(Reject::Icmpx(IcmpxCode::AdminProhibited)).into(),
        };
        matches.into_iter().map(Item::from).chain([end]).collect()
    }
}

/// Where packets that ask for names go to.
fn name_fields() -> impl Iterator<Item = (Field, u16)> {
    NAME_PORTS.iter().flat_map(|port| [(Field::UdpDport, *port), (Field::TcpDport, *port)])
}

/// What always may leave: the clients of DHCP, and looking for neighbours.
fn always_out() -> Vec<Items> {
    let mut rules = vec![
        accept([eq(Field::NfProto, 2_u8), eq(Field::UdpSport, 68_u16), eq(Field::UdpDport, 67_u16)]),
        accept([eq(Field::UdpSport, 546_u16), link_local(Field::Ip6Saddr), eq(Field::UdpDport, 547_u16)]),
    ];
    rules.extend(DISCOVERY.map(|kind| accept([eq(Field::Icmp6Type, kind)])));
    rules
}

/// What always may come: the servers of DHCP, neighbours, and what the network says about our packets.
fn always_in() -> Vec<Items> {
    let mut rules = vec![
        accept([eq(Field::NfProto, 2_u8), eq(Field::UdpSport, 67_u16), eq(Field::UdpDport, 68_u16)]),
        accept([link_local(Field::Ip6Saddr), eq(Field::UdpSport, 547_u16), eq(Field::UdpDport, 546_u16)]),
    ];
    rules.extend(DISCOVERY.map(|kind| accept([eq(Field::Icmp6Type, kind)])));
    rules.extend(ICMP_ERRORS.map(|kind| accept([eq(Field::IcmpType, kind)])));
    rules
}

/// On no other device can be learned that the address inside the tunnel is ours (CVE-2019-14899).
fn hide(pass: &TunnelPass) -> Items {
    let elsewhere = [Match::ne(Field::Iifname, pass.interface.as_str()), Match::ne(Field::Iifname, "lo")];
    drop(elsewhere.into_iter().chain([eq(Field::Ip4Daddr, pass.address)]))
}

/// Nor by what bears it.
fn keep_inside(pass: &TunnelPass) -> Items {
    drop([Match::ne(Field::Oifname, pass.interface.as_str()), eq(Field::Ip4Saddr, pass.address)])
}

/// Nor by ARP.
fn unanswered_arp(pass: &TunnelPass) -> Result<Tables, HostError> {
    let dreg = Register::R0;
    let items = vec![
        Match::ne(Field::Iifname, pass.interface.as_str()).into(),
        Expr::Payload { dreg, base: PayloadBase::Network, offset: ARP_TARGET, len: 4 }.into(),
        Expr::Cmp { sreg: dreg, op: CmpOp::Eq, data: pass.address.octets().to_vec() }.into(),
        Verdict::Drop.into(),
    ];
    let input = BaseChain::filter(FilterHook::Input, Priority::Filter);
    Ok(Tables {
        family: Family::Arp,
        chains: vec![chain("input", input)?.family(Family::Arp)],
        rules: vec![rule("input", items).family(Family::Arp)],
    })
}

fn masquerade(gateway: &Gateway, pass: &TunnelPass) -> Items {
    let matches = [eq(Field::Iifname, &*gateway.interface), eq(Field::Oifname, &*pass.interface)];
    matches.into_iter().map(Item::from).chain([Stmt::Masquerade.into()]).collect()
}

const fn mark() -> u32 {
    PolicyRouting::STANDARD.mark
}

fn link_local(field: Field) -> Match {
    eq(field, Value::Prefix(IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0)), 10))
}

fn eq(field: Field, value: impl Into<Value>) -> Match {
    Match::eq(field, value)
}

fn accept(matches: impl IntoIterator<Item = Match>) -> Items {
    matches.into_iter().map(Item::from).chain([Verdict::Accept.into()]).collect()
}

fn drop(matches: impl IntoIterator<Item = Match>) -> Items {
    matches.into_iter().map(Item::from).chain([Verdict::Drop.into()]).collect()
}

fn chain(name: &str, base: BaseChain) -> Result<Chain, HostError> {
    Ok(empty_chain(name)?.base(base))
}

/// A chain that no packet passes by itself.
fn empty_chain(name: &str) -> Result<Chain, HostError> {
    let chain = Chain::new(TABLE, name).map_err(|error| HostError::firewall("naming a chain", error))?;
    Ok(chain.family(Family::Inet))
}

fn rule(chain: &str, items: Items) -> Rule {
    items.into_iter().fold(Rule::new(TABLE, chain).family(Family::Inet), Rule::then)
}
