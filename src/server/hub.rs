//! All clients, and which packet is whose.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use culvert_engine::tun::WriteBatch;
use culvert_model::Instant;
use culvert_proto::Packet;

use crate::Config;
use crate::client::{Client, Event};
use crate::demux::{CallKey, call_of, destination_of};
use crate::pool::Pool;
use crate::stream::{ClientId, FromPeer};

/// All clients, without any I/O: the server hands in what came and takes out what is to be sent.
pub(crate) struct Hub {
    config: Config,
    pool: Pool,
    members: HashMap<ClientId, Member>,
    by_call: HashMap<CallKey, ClientId>,
    by_inside: HashMap<Ipv4Addr, ClientId>,
    /// Who has something to say.
    touched: Vec<ClientId>,
}

struct Member {
    client: Client,
    call: Option<CallKey>,
    is_over: bool,
}

/// Something for the server to do.
#[derive(Debug)]
pub(crate) enum Output {
    /// Send this on a control connection.
    Control(ClientId, Vec<u8>),
    /// Send the packet as GRE to this address.
    Gre(Ipv4Addr),
    /// Close a control connection: its client has left.
    Close(ClientId),
}

/// Why a client was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Full {
    /// As many are connected as may be.
    #[error("no more connections")]
    Connections,
    /// Every address is assigned.
    #[error("no more addresses")]
    Addresses,
}

impl Hub {
    /// Nobody yet.
    pub(crate) fn new(config: Config) -> Self {
        Self {
            pool: Pool::new(config.pool, config.local),
            config,
            members: HashMap::new(),
            by_call: HashMap::new(),
            by_inside: HashMap::new(),
            touched: Vec::new(),
        }
    }

    /// Takes in a client that has just connected TCP.
    pub(crate) fn admit(
        &mut self,
        id: ClientId,
        outside: Ipv4Addr,
        seed: [u8; 32],
        now: Instant,
    ) -> Result<(), Full> {
        if self.members.len() >= self.config.connections {
            return Err(Full::Connections);
        }
        let inside = self.pool.assign().ok_or(Full::Addresses)?;
        let config = self.config.session(outside, inside);
        let client = Client::new(config, self.config.device_mtu(), seed, now);
        self.members.insert(id, Member { client, call: None, is_over: false });
        self.by_inside.insert(inside, id);
        self.touch(id);
        Ok(())
    }

    /// Something came on a control connection.
    pub(crate) fn handle_control(&mut self, id: ClientId, message: FromPeer, now: Instant) {
        if let Some(member) = self.members.get_mut(&id) {
            match message {
                FromPeer::Bytes(bytes) => member.client.handle_control(&bytes, now),
                FromPeer::Closed => member.client.handle_control_closed(now),
            }
            self.touch(id);
        }
    }

    /// Datagrams came from the raw socket; the IP packets in them go into `batch`.
    pub(crate) fn handle_gre(&mut self, datagrams: &mut [Packet], now: Instant, batch: &mut WriteBatch) {
        for run in datagrams.chunk_by_mut(|one, next| call_of(one) == call_of(next)) {
            let call = run.first().and_then(call_of);
            let Some(id) = call.and_then(|call| self.by_call.get(&call)).copied() else { continue };
            if let Some(member) = self.members.get_mut(&id) {
                member.client.handle_gre(run, now, batch);
                self.touch(id);
            }
        }
    }

    /// IP packets, all to one destination, came from the TUN device: seals them in place and tells to whom they
    /// go; `None` where nobody has that address.
    pub(crate) fn handle_ip(&mut self, packets: &mut [Packet], now: Instant) -> Option<Ipv4Addr> {
        let destination = packets.first().and_then(destination_of)?;
        let id = *self.by_inside.get(&destination)?;
        let member = self.members.get_mut(&id)?;
        member.client.handle_ip(packets, now);
        let outside = member.client.outside();
        self.touch(id);
        Some(outside)
    }

    /// The time has come that [`Self::poll_timeout`] named.
    pub(crate) fn handle_timeout(&mut self, now: Instant, batch: &mut WriteBatch) {
        for (id, member) in &mut self.members {
            if member.client.poll_timeout().is_some_and(|at| at <= now) {
                member.client.handle_timeout(now, batch);
                self.touched.push(*id);
            }
        }
    }

    /// Ends every session in good order, because the server goes down.
    pub(crate) fn shut_down(&mut self, now: Instant) {
        for (id, member) in &mut self.members {
            member.client.shut_down(now);
            self.touched.push(*id);
        }
    }

    /// Whether nobody is connected.
    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Lets go of a client whose control connection takes nothing any more.
    pub(crate) fn handle_stuck(&mut self, id: ClientId) {
        tracing::info!(client = id.0, "a client does not read what it is sent");
        self.remove(id);
    }

    /// The next thing to do; a GRE packet is put into `packet`. To be called until there is none.
    pub(crate) fn poll_output(&mut self, packet: &mut Packet, now: Instant) -> Option<Output> {
        while let Some(&id) = self.touched.last() {
            if let Some(output) = self.output_of(id, packet, now) {
                return Some(output);
            }
            self.touched.pop();
        }
        None
    }

    /// When [`Self::handle_timeout`] must be called.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.members.values().filter_map(|member| member.client.poll_timeout()).min()
    }

    fn touch(&mut self, id: ClientId) {
        if self.touched.last() != Some(&id) {
            self.touched.push(id);
        }
    }

    /// Control messages go before GRE: the reply that places the call before the first packet in it.
    fn output_of(&mut self, id: ClientId, packet: &mut Packet, now: Instant) -> Option<Output> {
        let member = self.members.get_mut(&id)?;
        while let Some(event) = member.client.poll_event() {
            match event {
                Event::CallEstablished { call_id } => {
                    let call = (member.client.outside(), call_id);
                    // Two clients behind one NAT with the same random id: the later one has to call again.
                    member.is_over |= *self.by_call.entry(call).or_insert(id) != id;
                    member.call = Some(call);
                }
                Event::Up => tracing::info!(client = id.0, "a client is connected"),
                Event::Ended(fault) => {
                    let fault = fault.map(|fault| fault.code.as_str());
                    tracing::info!(client = id.0, fault, "a client's session has ended");
                    member.is_over = true;
                }
            }
        }
        if let Some(bytes) = member.client.poll_transmit() {
            return Some(Output::Control(id, bytes));
        }
        if member.client.poll_frame(packet, now) {
            return Some(Output::Gre(member.client.outside()));
        }
        if member.is_over {
            self.remove(id);
            return Some(Output::Close(id));
        }
        None
    }

    fn remove(&mut self, id: ClientId) {
        let Some(member) = self.members.remove(&id) else { return };
        self.by_inside.remove(&member.client.inside());
        self.pool.release(member.client.inside());
        if let Some(call) = member.call
            && self.by_call.get(&call) == Some(&id)
        {
            self.by_call.remove(&call);
        }
    }
}

#[cfg(test)]
mod tests;
