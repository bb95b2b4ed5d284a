//! What a session is made from, at either end.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::net::Ipv4Addr;

use culvert_model::{AuthMethods, Encryption, Keepalive, Mtu, Profile, Secret};

use crate::ppp::auth::{Form, Users};

/// The client's end (the PNS of RFC 2637).
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// The server's address, from which alone GRE is taken.
    pub server: Ipv4Addr,
    /// The name sent to the server, with its domain where there is one.
    pub login_name: String,
    /// The password; without one it is asked for by [`crate::session::Event::PasswordWanted`].
    pub password: Option<Secret>,
    /// How the password and the name are presented, and no other way; `None` is in full, and once in another form
    /// where the server refuses that.
    pub form: Option<Form>,
    /// The login methods that may be used.
    pub auth: AuthMethods,
    /// How well the traffic must be encrypted.
    pub encryption: Encryption,
    /// Whether to ask for stateful MPPE.
    pub stateful: bool,
    /// The MTU of the tunnel.
    pub mtu: Mtu,
    /// How long an idle tunnel waits before it asks whether the server is still there.
    pub keepalive: Keepalive,
}

impl ClientConfig {
    /// What `profile` asks for, towards `server`.
    pub fn new(profile: &Profile, server: Ipv4Addr, password: Option<Secret>) -> Self {
        Self {
            server,
            login_name: profile.login_name(),
            password,
            form: None,
            auth: profile.auth.clone(),
            encryption: profile.encryption,
            stateful: profile.stateful,
            mtu: profile.mtu,
            keepalive: profile.keepalive,
        }
    }

    /// The login methods that this configuration can really use: where encryption is required, a method without
    /// keys is of no use and would only give the password away.
    pub(crate) fn usable_auth(&self) -> AuthMethods {
        let required = self.encryption.is_required();
        AuthMethods::new(self.auth.iter().filter(|method| !required || method.gives_keys()))
    }
}

/// The server's end (the PAC of RFC 2637).
#[derive(Clone)]
pub struct ServerConfig {
    /// The client's address, from which alone GRE is taken.
    pub client: Ipv4Addr,
    /// The server's own name, told in challenges.
    pub name: String,
    /// Who may log in.
    pub users: Arc<dyn Users>,
    /// How often a client may try again in place (RFC 2759 section 6, the R of a Failure).
    pub retries: u32,
    /// The login methods that are demanded, the strongest first; the client may ask for any of them.
    pub auth: AuthMethods,
    /// How well the traffic must be encrypted.
    pub encryption: Encryption,
    /// Whether stateful MPPE is acceptable.
    pub stateful: bool,
    /// The server's address inside the tunnel.
    pub local: Ipv4Addr,
    /// The client's address inside the tunnel.
    pub remote: Ipv4Addr,
    /// Name servers to be told, two at most.
    pub dns: Vec<Ipv4Addr>,
    /// The MTU of the tunnel.
    pub mtu: Mtu,
}

impl core::fmt::Debug for ServerConfig {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ServerConfig").field("name", &self.name.to_string()).finish_non_exhaustive()
    }
}
