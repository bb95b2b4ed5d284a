//! Whose packet is it: the keys by which packets find their session.

use std::net::Ipv4Addr;

use culvert_proto::Packet;
use culvert_proto::wire::{gre, ipv4};

/// A call as its GRE packets name it: the client's address outside the tunnel, and our call id.
pub(crate) type CallKey = (Ipv4Addr, u16);

/// The call of a datagram from the raw socket, if it is PPTP's GRE at all.
pub(crate) fn call_of(datagram: &Packet) -> Option<CallKey> {
    let (outer, length) = ipv4::split(datagram.payload()).ok()?;
    let (header, _) = gre::Header::parse(datagram.payload().get(length..)?).ok()?;
    Some((outer.source, header.call_id))
}

/// Where an IPv4 packet goes.
pub(crate) fn destination_of(packet: &Packet) -> Option<Ipv4Addr> {
    ipv4::split(packet.payload()).ok().map(|(header, _)| header.destination)
}

/// Where an IPv4 packet says it comes from.
pub(crate) fn source_of(packet: &Packet) -> Option<Ipv4Addr> {
    ipv4::split(packet.payload()).ok().map(|(header, _)| header.source)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An IPv4 packet that carries `payload`.
    pub(crate) fn ip_packet(source: Ipv4Addr, destination: Ipv4Addr, protocol: u8, payload: &[u8]) -> Packet {
        let length = u16::try_from(20 + payload.len()).unwrap();
        let mut bytes = vec![0x45, 0];
        bytes.extend(length.to_be_bytes());
        bytes.extend([0, 0, 0, 0, 64, protocol, 0, 0]);
        bytes.extend(source.octets());
        bytes.extend(destination.octets());
        bytes.extend(payload);
        let mut packet = Packet::with_capacity(2048);
        packet.fill(&bytes);
        packet
    }

    const CLIENT: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
    const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

    #[test]
    fn a_call_is_known_by_its_source_and_id() {
        let header = gre::Header { call_id: 77, payload_len: 0, sequence: None, acknowledgement: Some(1) };
        let (octets, length) = header.emit();
        let datagram = ip_packet(CLIENT, SERVER, ipv4::GRE, &octets[..length]);
        assert_eq!(call_of(&datagram), Some((CLIENT, 77)));
        assert_eq!((source_of(&datagram), destination_of(&datagram)), (Some(CLIENT), Some(SERVER)));
    }

    #[test]
    fn what_is_no_gre_of_pptp_belongs_to_nobody() {
        let plain_gre = [0, 0, 0x08, 0, 1, 2, 3, 4];
        assert_eq!(call_of(&ip_packet(CLIENT, SERVER, ipv4::GRE, &plain_gre)), None);
        assert_eq!(call_of(&ip_packet(CLIENT, SERVER, ipv4::GRE, &[])), None);
        assert_eq!(call_of(&Packet::with_capacity(0)), None);
        let mut ipv6 = Packet::with_capacity(64);
        ipv6.fill(&[0x60; 40]);
        assert_eq!(destination_of(&ipv6), None);
    }
}
