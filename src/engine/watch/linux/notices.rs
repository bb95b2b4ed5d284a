//! What the kernel says by itself about devices, addresses, routes and rules.

use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd;

use culvert_policy::PolicyRouting;
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recvfrom, socket,
};
use rtnetlink::MulticastGroup;
use rtnetlink::packet_core::{NetlinkMessage, NetlinkPayload};
use rtnetlink::packet_route::RouteNetlinkMessage;
use rtnetlink::packet_route::address::{AddressAttribute, AddressMessage};
use rtnetlink::packet_route::link::{LinkAttribute, LinkMessage};
use rtnetlink::packet_route::route::{RouteAttribute, RouteMessage, RouteProtocol, RouteType};
use rtnetlink::packet_route::rule::{RuleAttribute, RuleMessage};
use tokio::io::Interest;
use tokio::net::UdpSocket;

use super::OWN_DEVICES;
use crate::watch::due::Touched;

const GROUPS: [MulticastGroup; 5] = [
    MulticastGroup::Link,
    MulticastGroup::Ipv4Ifaddr,
    MulticastGroup::Ipv4Route,
    MulticastGroup::Ipv4Rule,
    MulticastGroup::Nexthop,
];

/// Room for one datagram: what the kernel puts into one, with some to spare.
const DATAGRAM: usize = 64 << 10;

/// How many datagrams are read at a time, so that a storm does not hold up everything else.
const AT_A_TIME: usize = 1024;

/// A socket on which the kernel multicasts.
///
/// It is read by hand because `rtnetlink` collects what was not fetched without bounds, where the kernel's buffer is
/// bounded and says that it ran over.
#[derive(Debug)]
pub(super) struct Notices {
    /// In the clothes of a UDP socket: tokio waits for either in the same way.
    socket: UdpSocket,
    routing: PolicyRouting,
    datagram: Vec<u8>,
}

impl Notices {
    pub(super) fn open(routing: PolicyRouting) -> io::Result<Self> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let socket = socket(AddressFamily::Netlink, SockType::Raw, flags, SockProtocol::NetlinkRoute)?;
        let groups = GROUPS.iter().fold(0, |groups, group| groups | 1 << (*group as u32 - 1));
        bind(socket.as_raw_fd(), &NetlinkAddr::new(0, groups))?;
        let socket = UdpSocket::from_std(socket.into())?;
        Ok(Self { socket, routing, datagram: vec![0; DATAGRAM] })
    }

    /// Waits for notices and reads all there are; what they are about, together.
    pub(super) async fn next(&mut self) -> io::Result<Touched> {
        self.socket.readable().await?;
        let mut touched = Touched::NOTHING;
        for _ in 0..AT_A_TIME {
            let socket = &self.socket;
            let receive = || Ok(recvfrom::<NetlinkAddr>(socket.as_raw_fd(), &mut self.datagram)?);
            match socket.try_io(Interest::READABLE, receive) {
                // Not the kernel.
                Ok((_, Some(from))) if from.pid() != 0 => (),
                Ok((length, _)) => {
                    let datagram = self.datagram.get(..length).unwrap_or_default();
                    touched = touched.and(about(datagram, &self.routing));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => (),
                // The kernel had more to say than its buffer holds.
                Err(error) if is_overrun(&error) => touched = Touched::ANYTHING,
                Err(error) => return Err(error),
            }
        }
        Ok(touched)
    }
}

fn is_overrun(error: &io::Error) -> bool {
    error.raw_os_error().map(Errno::from_raw) == Some(Errno::ENOBUFS)
}

/// What the messages in a datagram are about. One that can't be read may be about anything.
fn about(mut datagram: &[u8], routing: &PolicyRouting) -> Touched {
    let mut touched = Touched::NOTHING;
    while !datagram.is_empty() {
        let Ok(message) = NetlinkMessage::<RouteNetlinkMessage>::deserialize(datagram) else {
            return Touched::ANYTHING;
        };
        touched = touched.and(match &message.payload {
            NetlinkPayload::InnerMessage(message) => about_message(message, routing),
            _ => Touched::ANYTHING,
        });
        let length = usize::try_from(message.header.length).unwrap_or(usize::MAX);
        datagram = datagram.get(length.next_multiple_of(4).max(4)..).unwrap_or_default();
    }
    touched
}

fn about_message(message: &RouteNetlinkMessage, routing: &PolicyRouting) -> Touched {
    use RouteNetlinkMessage::{
        DelAddress, DelLink, DelRoute, DelRule, NewAddress, NewLink, NewRoute, NewRule,
    };
    match message {
        NewLink(link) | DelLink(link) => about_link(link),
        NewAddress(address) | DelAddress(address) => about_address(address),
        NewRoute(route) | DelRoute(route) => about_route(route, routing),
        NewRule(rule) | DelRule(rule) => about_rule(rule, routing),
        _ => Touched::NOTHING,
    }
}

fn about_link(link: &LinkMessage) -> Touched {
    let is_own = |attribute: &LinkAttribute| matches!(attribute, LinkAttribute::IfName(name) if name.starts_with(OWN_DEVICES));
    if link.attributes.iter().any(is_own) { Touched::OURS } else { Touched::OUTSIDE }
}

fn about_address(address: &AddressMessage) -> Touched {
    let is_own = |attribute: &AddressAttribute| matches!(attribute, AddressAttribute::Label(label) if label.starts_with(OWN_DEVICES));
    if address.attributes.iter().any(is_own) { Touched::OURS } else { Touched::OUTSIDE }
}

fn about_route(route: &RouteMessage, routing: &PolicyRouting) -> Touched {
    if route.attributes.contains(&RouteAttribute::Table(routing.table)) {
        return Touched::OURS;
    }
    match route.header.kind {
        // The kernel's own for each address, which has its own message.
        RouteType::Local | RouteType::Broadcast | RouteType::Multicast | RouteType::Anycast => {
            Touched::NOTHING
        }
        _ => Touched::OUTSIDE,
    }
}

fn about_rule(rule: &RuleMessage, routing: &PolicyRouting) -> Touched {
    let ours = RuleAttribute::Protocol(RouteProtocol::Other(routing.originator));
    if rule.attributes.contains(&ours) { Touched::OURS } else { Touched::OUTSIDE }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTING: PolicyRouting = PolicyRouting::STANDARD;

    fn datagram(message: RouteNetlinkMessage) -> Vec<u8> {
        let mut message = NetlinkMessage::from(message);
        message.finalize();
        let mut bytes = vec![0; message.buffer_len()];
        message.serialize(&mut bytes);
        bytes
    }

    fn route(table: u32, kind: RouteType) -> Vec<u8> {
        let mut route = RouteMessage::default();
        route.header.address_family = rtnetlink::packet_route::AddressFamily::Inet;
        route.header.kind = kind;
        route.attributes.push(RouteAttribute::Table(table));
        datagram(RouteNetlinkMessage::NewRoute(route))
    }

    fn link(name: &str) -> Vec<u8> {
        let mut link = LinkMessage::default();
        link.attributes.push(LinkAttribute::IfName(name.to_owned()));
        datagram(RouteNetlinkMessage::DelLink(link))
    }

    #[test]
    fn what_is_ours_is_not_the_outside() {
        assert_eq!(about(&route(1723, RouteType::Unicast), &ROUTING), Touched::OURS);
        assert_eq!(about(&route(254, RouteType::Unicast), &ROUTING), Touched::OUTSIDE);
        assert_eq!(about(&route(255, RouteType::Local), &ROUTING), Touched::NOTHING);
        assert_eq!(about(&link("culvert0"), &ROUTING), Touched::OURS);
        assert_eq!(about(&link("wlan0"), &ROUTING), Touched::OUTSIDE);
        let both = [link("culvert0"), link("wlan0")].concat();
        assert_eq!(about(&both, &ROUTING), Touched::ANYTHING);
    }

    #[test]
    fn what_cannot_be_read_may_be_anything() {
        assert_eq!(about(&[], &ROUTING), Touched::NOTHING);
        assert_eq!(about(&[0; 16], &ROUTING), Touched::ANYTHING);
        let whole = link("wlan0");
        for length in 1..whole.len() {
            about(&whole[..length], &ROUTING);
        }
        for at in 0..whole.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] = value;
                about(&bytes, &ROUTING);
            }
        }
    }
}
