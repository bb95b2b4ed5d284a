//! A raw datagram as the receiver takes it apart: IPv4 and GRE headers, PPP frame, control packet, options.

#![no_main]

use culvert_proto::wire::ppp::{ControlPacket, Frame, Options, push_option};
use culvert_proto::wire::{gre, ipv4};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    // A mutated IPv4 header seldom stays one, so each layer also gets the input itself.
    read_datagram(input);
    read_gre(input);
    read_frame(input);
    read_control_packet(input);
    read_options(input);
});

fn read_datagram(datagram: &[u8]) {
    if let Ok((_, len)) = ipv4::split(datagram) {
        read_gre(&datagram[len..]);
    }
}

fn read_gre(packet: &[u8]) {
    let Ok((header, len)) = gre::Header::parse(packet) else { return };
    let payload = &packet[len..][..usize::from(header.payload_len)];
    let (bytes, emitted) = header.emit();
    assert_eq!(emitted, len);
    assert_eq!(gre::Header::parse(&[&bytes[..len], payload].concat()), Ok((header, len)));
    read_frame(payload);
}

fn read_frame(frame: &[u8]) {
    let Ok((protocol, information)) = Frame::parse(frame) else { return };
    let whole = culvert_proto::wire::ppp::frame(protocol, information);
    assert!(whole.len() <= information.len() + 4);
    read_control_packet(information);
}

fn read_control_packet(bytes: &[u8]) {
    let Ok(packet) = ControlPacket::parse(bytes) else { return };
    let mut emitted = Vec::new();
    packet.emit(&mut emitted);
    assert_eq!(emitted, bytes[..emitted.len()]);
    read_options(packet.data);
}

fn read_options(data: &[u8]) {
    let mut emitted = Vec::new();
    for option in Options::new(data) {
        let Ok((kind, value)) = option else { break };
        push_option(&mut emitted, kind, value);
    }
    assert_eq!(emitted, data[..emitted.len()]);
}
