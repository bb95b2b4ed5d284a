//! The way in for what a name server outside the tunnel answers.
//!
//! Answers carry no mark. Where the kernel checks that the way back to their sender leads out where they came in
//! (`rp_filter` 1, and 2 while there is no device), the tunnel's rule makes it drop them. A rule for one socket's
//! answers, there while it waits for them, lets in these and lets out nothing: its port is that socket's alone.

use std::net::{Ipv4Addr, SocketAddr};

use culvert_policy::PolicyRouting;
use rtnetlink::packet_route::IpProtocol;
use rtnetlink::packet_route::route::RouteHeader;
use rtnetlink::packet_route::rule::{RuleAttribute, RuleMessage, RulePortRange};
use rtnetlink::{Handle, RuleAddRequest};

use super::netlink::{self, refused, unless_gone};
use super::rule;
use crate::host::HostError;

/// Before all rules of a plan.
const PRIORITY: u32 = 1719;

/// The rule for one socket's answers. It goes with this value.
#[derive(Debug)]
pub(crate) struct AnswerPath {
    handle: Handle,
    rule: Option<RuleMessage>,
}

impl AnswerPath {
    /// Lets in what `server` answers to the socket with `port`; where nothing of a plan is in the way, there is
    /// nothing to do.
    pub(crate) async fn open(
        server: SocketAddr,
        port: u16,
        protocol: AnswerProtocol,
    ) -> Result<Option<Self>, HostError> {
        let SocketAddr::V4(server) = server else { return Ok(None) };
        let (handle, routing) = (netlink::open()?, PolicyRouting::STANDARD);
        if rule::ours(&handle, &routing).await?.is_empty() {
            return Ok(None);
        }
        let rule = answers(*server.ip(), server.port(), port, protocol);
        let mut request: RuleAddRequest = handle.rule().add();
        *request.message_mut() = rule.clone();
        request.execute().await.map_err(|error| refused("letting a name server's answers in", error))?;
        Ok(Some(Self { handle, rule: Some(rule) }))
    }
}

impl Drop for AnswerPath {
    fn drop(&mut self) {
        let Some(rule) = self.rule.take() else { return };
        let removing = self.handle.rule().del(rule).execute();
        tokio::spawn(async move {
            if let Err(error) = removing.await {
                tracing::warn!(%error, "a rule for a name server's answers is left behind");
            }
        });
    }
}

/// Over what a name server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnswerProtocol {
    Udp,
    Tcp,
}

/// Removes what a crashed run left behind.
pub(super) async fn clean(handle: &Handle) -> Result<(), HostError> {
    for rule in rule::at(handle, &PolicyRouting::STANDARD, &[PRIORITY]).await? {
        unless_gone("removing a rule", handle.rule().del(rule).execute().await)?;
    }
    Ok(())
}

fn answers(server: Ipv4Addr, server_port: u16, port: u16, protocol: AnswerProtocol) -> RuleMessage {
    let protocol = match protocol {
        AnswerProtocol::Udp => IpProtocol::Udp,
        AnswerProtocol::Tcp => IpProtocol::Tcp,
    };
    let one = |port| RulePortRange { start: port, end: port };
    let mut rule = rule::rule(&PolicyRouting::STANDARD, PRIORITY, u32::from(RouteHeader::RT_TABLE_MAIN));
    rule::to(&mut rule, server, protocol);
    rule.attributes.push(RuleAttribute::SourcePortRange(one(port)));
    rule.attributes.push(RuleAttribute::DestinationPortRange(one(server_port)));
    rule
}
