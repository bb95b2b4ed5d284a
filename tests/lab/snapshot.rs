//! What a host's network consists of, to be compared before and after.

use std::time::Duration;

use crate::namespace::Namespace;
use crate::run::eventually;

/// Links, addresses, rules, routes, packet filter and settings of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot(Vec<String>);

impl Snapshot {
    /// What `host` has now.
    pub fn of(host: &Namespace) -> Self {
        let text = host.shell(
            "ip -o link show; ip -o address show
             ip -4 rule show; ip -6 rule show
             ip -4 route show table all; ip -6 route show table all
             nft list ruleset
             grep -rs . /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf /proc/sys/net/ipv4/ip_forward | sort",
        );
        Self(text.lines().map(|line| line.trim_end().to_owned()).collect())
    }

    /// What `host` has as soon as its kernel is done with a new link: carrier, and addresses of its own making.
    pub fn settled(host: &Namespace) -> Self {
        let mut last = Self::of(host);
        let is_settled = eventually(Duration::from_secs(10), || {
            let now = Self::of(host);
            let is_passing = |line: &String| line.contains("NO-CARRIER") || line.contains("tentative");
            let is_same = now == last && !now.0.iter().any(is_passing);
            last = now;
            is_same
        });
        assert!(is_settled, "the links do not come up: {last:?}");
        last
    }

    /// The lines that only one of the two has, with a sign in front.
    pub fn difference(&self, later: &Self) -> String {
        let gone = self.0.iter().filter(|line| !later.0.contains(line)).map(|line| format!("- {line}\n"));
        let new = later.0.iter().filter(|line| !self.0.contains(line)).map(|line| format!("+ {line}\n"));
        gone.chain(new).collect()
    }
}
