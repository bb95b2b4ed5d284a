//! What goes through the tunnel, and how.

use alloc::vec::Vec;
use core::net::Ipv4Addr;
use core::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::Prefix;

/// The largest IP packet that goes into the tunnel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mtu {
    /// From the server's MRU and the way to it, at most 1400 bytes.
    #[default]
    Auto,
    /// This many bytes, 576 to 1500.
    Bytes(u16),
}

/// How long an idle tunnel waits before it asks whether the server is still there (LCP Echo-Request, RFC 1661
/// section 5.8). Under traffic it asks by what is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keepalive {
    /// 20 seconds: shorter than the shortest memory for GRE that routers are known to have (30 s).
    #[default]
    Auto,
    /// This many seconds, [`Keepalive::SECONDS`].
    Seconds(u16),
}

impl Keepalive {
    /// The seconds that can be asked for.
    pub const SECONDS: RangeInclusive<u16> = 5..=300;

    /// The wait in seconds, within the range.
    pub fn seconds(self) -> u16 {
        match self {
            Self::Auto => 20,
            Self::Seconds(seconds) => seconds.clamp(*Self::SECONDS.start(), *Self::SECONDS.end()),
        }
    }
}

/// Which traffic goes through the tunnel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Traffic {
    /// All of it.
    #[default]
    All,
    /// Only some of it.
    Only {
        /// What goes to these prefixes.
        #[serde(default)]
        routes: Vec<Prefix>,
        /// What goes to the classful network of our address inside the tunnel (RFC 791 section 2.3), as Windows
        /// does it. Default no.
        #[serde(default)]
        classful: bool,
    },
}

impl Traffic {
    /// Only what goes to these prefixes.
    pub fn only(routes: impl Into<Vec<Prefix>>) -> Self {
        Self::Only { routes: routes.into(), classful: false }
    }

    /// The same by its right name: prefixes that leave nothing out are everything, and are guarded as that.
    #[must_use]
    pub fn settled(self) -> Self {
        match self {
            Self::Only { routes, .. } if is_everything(&routes) => Self::All,
            traffic => traffic,
        }
    }
}

/// Whether every IPv4 address is in one of these.
fn is_everything(routes: &[Prefix]) -> bool {
    let span = |prefix: &Prefix| {
        let first = u64::from(prefix.address().to_bits());
        (first, first + (1 << (32 - u32::from(prefix.length()))))
    };
    let mut spans: Vec<_> = routes.iter().map(span).collect();
    spans.sort_unstable();
    // As far as everything is covered without a gap.
    let covered = spans
        .into_iter()
        .fold(0, |covered, (first, end)| if first <= covered { end.max(covered) } else { covered });
    covered > u64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn prefixes_that_leave_nothing_out_are_everything() {
        let only = |texts: &[&str]| {
            Traffic::only(texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<Prefix>>())
        };
        for whole in [
            vec!["0.0.0.0/0"],
            vec!["128.0.0.0/1", "0.0.0.0/1"],
            vec!["64.0.0.0/2", "128.0.0.0/1", "10.0.0.0/8", "0.0.0.0/2"],
        ] {
            assert_eq!(only(&whole).settled(), Traffic::All, "{whole:?}");
        }
        for part in [
            vec![],
            vec!["0.0.0.0/1"],
            vec!["128.0.0.0/1"],
            vec!["0.0.0.0/2", "128.0.0.0/1"],
            vec!["10.0.0.0/8"],
        ] {
            assert_eq!(only(&part).settled(), only(&part), "{part:?}");
        }
    }
}

/// What happens to IPv6 while IPv4 is guarded. The tunnel carries none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ipv6 {
    /// It is blocked, because it would go past the tunnel.
    #[default]
    Block,
    /// It goes past the tunnel.
    Leave,
}

/// Who is asked for names while the tunnel is up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dns {
    /// The name servers that the server tells.
    #[default]
    FromServer,
    /// These, at most [`Dns::MOST`].
    Servers(Vec<Ipv4Addr>),
    /// Whoever is asked without the tunnel.
    Leave,
}

impl Dns {
    /// The most name servers of a profile.
    pub const MOST: usize = 8;
}
