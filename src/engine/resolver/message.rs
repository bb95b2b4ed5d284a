//! One question to a name server and its answer (RFC 1035 section 4).

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use culvert_model::is_host_address;
use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, QCLASS, QTYPE, Question, TYPE};

/// No honest answer has more records.
const MOST_RECORDS: usize = 256;

/// How many aliases lead to an address at most.
const MOST_ALIASES: usize = 8;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Ipv4,
    Ipv6,
}

/// A question, in the bytes in which it is sent.
#[derive(Clone, Debug)]
pub(super) struct Query {
    name: String,
    kind: Kind,
    id: u16,
    bytes: Vec<u8>,
}

/// What a name server answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// There are addresses, and how long that holds. None of IPv6 are kept.
    Addresses(Vec<Ipv4Addr>, Duration),
    /// The name is another's, about which nothing was said.
    Alias(String),
    /// The name exists, but has no such address.
    NoAddress,
    /// There is no such name.
    NoSuchName,
    /// It could not find out, or would not say.
    Failed(u8),
    /// The answer did not fit: ask by TCP.
    Truncated,
}

impl Query {
    /// A question for addresses of `name`; `None` where that can be no name.
    pub(super) fn new(name: &str, kind: Kind, id: u16) -> Option<Self> {
        let mut packet = Packet::new_query(id);
        packet.set_flags(PacketFlag::RECURSION_DESIRED);
        let question = Question::new(Name::new(name).ok()?, kind.type_of_question(), CLASS::IN.into(), false);
        packet.questions.push(question);
        let bytes = packet.build_bytes_vec().ok()?;
        Some(Self { name: name.to_owned(), kind, id, bytes })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The answer in `bytes`; `None` where they are no answer to this question.
    pub(super) fn answer(&self, bytes: &[u8]) -> Option<Answer> {
        // What follows makes room for as many records as a header claims.
        let counts = bytes.get(4..12)?.chunks_exact(2).filter_map(|count| <[u8; 2]>::try_from(count).ok());
        if counts.map(|count| usize::from(u16::from_be_bytes(count))).any(|count| count > MOST_RECORDS) {
            return None;
        }
        let packet = Packet::parse(bytes).ok()?;
        let [question] = packet.questions.as_slice() else { return None };
        let is_ours = packet.id() == self.id
            && packet.has_flags(PacketFlag::RESPONSE)
            && packet.opcode() == simple_dns::OPCODE::StandardQuery
            && question.qname == Name::new(&self.name).ok()?
            && question.qtype == self.kind.type_of_question()
            && question.qclass == QCLASS::CLASS(CLASS::IN);
        let code = bytes.get(3)? & 0x0f;
        is_ours.then(|| self.read(&packet, code))
    }

    fn read(&self, packet: &Packet<'_>, code: u8) -> Answer {
        if packet.has_flags(PacketFlag::TRUNCATION) {
            return Answer::Truncated;
        }
        match code {
            0 => self.follow(packet),
            3 => Answer::NoSuchName,
            code => Answer::Failed(code),
        }
    }

    /// Goes from the name over its aliases to addresses.
    fn follow(&self, packet: &Packet<'_>) -> Answer {
        let Ok(mut name) = Name::new(&self.name) else { return Answer::NoAddress };
        let mut lifetime = u32::MAX;
        let aliases: HashMap<_, _> = packet
            .answers
            .iter()
            .filter_map(|record| match &record.rdata {
                RData::CNAME(target) => Some((record.name.clone(), (target.0.clone(), record.ttl))),
                _ => None,
            })
            .collect();
        for _ in 0..=MOST_ALIASES {
            let records =
                packet.answers.iter().filter(|record| record.name == name && record.class == CLASS::IN);
            let (mut addresses, mut is_there) = (Vec::new(), false);
            for record in records {
                match &record.rdata {
                    RData::A(a) if self.kind == Kind::Ipv4 => addresses.push(Ipv4Addr::from(a.address)),
                    RData::AAAA(_) if self.kind == Kind::Ipv6 => {}
                    _ => continue,
                }
                is_there = true;
                lifetime = lifetime.min(record.ttl);
            }
            if is_there {
                // Nobody's address means that somebody on the way forbids the name.
                addresses.retain(|&address| is_host_address(address));
                let is_good = !addresses.is_empty() || self.kind == Kind::Ipv6;
                let lifetime = Duration::from_secs(lifetime.into());
                return if is_good { Answer::Addresses(addresses, lifetime) } else { Answer::NoAddress };
            }
            match aliases.get(&name) {
                Some((target, ttl)) => {
                    name = target.clone();
                    lifetime = lifetime.min(*ttl);
                }
                None => break,
            }
        }
        // With an SOA record the answer is complete (RFC 2308 section 2.2).
        let is_complete = packet.name_servers.iter().any(|record| record.rdata.type_code() == TYPE::SOA);
        match name.to_string() {
            target if is_complete || target.eq_ignore_ascii_case(&self.name) => Answer::NoAddress,
            target => Answer::Alias(target),
        }
    }
}

impl Kind {
    const fn type_of_question(self) -> QTYPE {
        match self {
            Self::Ipv4 => QTYPE::TYPE(TYPE::A),
            Self::Ipv6 => QTYPE::TYPE(TYPE::AAAA),
        }
    }
}

#[cfg(test)]
mod tests {
    use simple_dns::rdata::{A, CNAME};
    use simple_dns::{RCODE, ResourceRecord};

    use super::*;

    const NAME: &str = "vpn.example.com";
    const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 7);

    fn query() -> Query {
        Query::new(NAME, Kind::Ipv4, 0x1723).unwrap()
    }

    fn record(name: &'static str, ttl: u32, rdata: RData<'static>) -> ResourceRecord<'static> {
        ResourceRecord::new(Name::new(name).unwrap(), CLASS::IN, ttl, rdata)
    }

    fn a(name: &'static str, ttl: u32, address: Ipv4Addr) -> ResourceRecord<'static> {
        record(name, ttl, RData::A(A { address: address.into() }))
    }

    fn alias(name: &'static str, ttl: u32, target: &'static str) -> ResourceRecord<'static> {
        record(name, ttl, RData::CNAME(CNAME(Name::new(target).unwrap())))
    }

    fn reply(records: &[ResourceRecord<'static>], change: impl FnOnce(&mut Packet<'_>)) -> Vec<u8> {
        let query = query();
        let mut packet = Packet::parse(query.bytes()).unwrap().into_reply();
        packet.answers = records.to_vec();
        change(&mut packet);
        packet.build_bytes_vec_compressed().unwrap()
    }

    fn answer(records: &[ResourceRecord<'static>]) -> Answer {
        query().answer(&reply(records, |_| {})).unwrap()
    }

    #[test]
    fn aliases_are_followed_to_addresses_and_the_shortest_lifetime_counts() {
        let seconds = Duration::from_secs;
        assert_eq!(
            answer(&[a("VPN.example.com", 60, ADDRESS)]),
            Answer::Addresses(vec![ADDRESS], seconds(60))
        );
        let chain =
            [a("c.example", 60, ADDRESS), alias("b.example", 5, "c.example"), alias(NAME, 900, "B.example")];
        assert_eq!(answer(&chain), Answer::Addresses(vec![ADDRESS], seconds(5)));
        assert_eq!(answer(&chain[1..]), Answer::Alias("c.example".to_owned()));
        let stranger = [a("stranger.example", 60, ADDRESS)];
        assert_eq!(answer(&stranger), Answer::NoAddress);
        assert_eq!(answer(&[]), Answer::NoAddress);
        let circle = [alias(NAME, 1, "b.example"), alias("b.example", 1, NAME)];
        assert!(matches!(answer(&circle), Answer::Alias(_) | Answer::NoAddress));
    }

    #[test]
    fn nobodys_address_is_none() {
        let nobody = [Ipv4Addr::UNSPECIFIED, Ipv4Addr::LOCALHOST].map(|address| a(NAME, 60, address));
        assert_eq!(answer(&nobody), Answer::NoAddress);
        let one_of_three = [nobody.as_slice(), &[a(NAME, 60, ADDRESS)]].concat();
        assert_eq!(answer(&one_of_three), Answer::Addresses(vec![ADDRESS], Duration::from_secs(60)));
    }

    #[test]
    fn only_an_answer_to_the_question_is_one() {
        let good = [a(NAME, 60, ADDRESS)];
        let is_answer = |change: fn(&mut Packet<'_>)| query().answer(&reply(&good, change)).is_some();
        assert!(is_answer(|_| {}));
        assert!(!is_answer(|packet| packet.set_id(0x1724)));
        assert!(!is_answer(|packet| packet.remove_flags(PacketFlag::RESPONSE)));
        assert!(!is_answer(|packet| packet.questions.clear()));
        assert!(!is_answer(|packet| packet.questions.push(packet.questions[0].clone())));
        assert!(!is_answer(|packet| packet.questions[0].qname = Name::new("other.example").unwrap()));
        assert!(!is_answer(|packet| packet.questions[0].qtype = QTYPE::TYPE(TYPE::AAAA)));
        assert!(!is_answer(|packet| *packet.opcode_mut() = simple_dns::OPCODE::Notify));
    }

    #[test]
    fn every_way_to_say_no_is_told_apart() {
        let said = |change: fn(&mut Packet<'_>)| query().answer(&reply(&[], change)).unwrap();
        assert_eq!(said(|packet| *packet.rcode_mut() = RCODE::NameError), Answer::NoSuchName);
        assert_eq!(said(|packet| *packet.rcode_mut() = RCODE::ServerFailure), Answer::Failed(2));
        assert_eq!(said(|packet| *packet.rcode_mut() = RCODE::Refused), Answer::Failed(5));
        assert_eq!(said(|packet| packet.set_flags(PacketFlag::TRUNCATION)), Answer::Truncated);
    }

    #[test]
    fn no_bytes_are_too_strange() {
        let chain = [alias(NAME, 900, "b.example"), a("b.example", 60, ADDRESS)];
        let good = reply(&chain, |_| {});
        let query = query();
        let mut random = 1_u32;
        for at in 0..good.len() {
            query.answer(&good[..at]);
            for value in 0..=255 {
                let mut bad = good.clone();
                bad[at] = value;
                query.answer(&bad);
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let [other, byte, ..] = random.to_be_bytes();
                let other = usize::from(other) % bad.len();
                bad[other] = byte;
                query.answer(&bad);
            }
        }
        let mut many = good;
        many[6..8].copy_from_slice(&[0xff, 0xff]);
        assert_eq!(query.answer(&many), None);
    }
}
