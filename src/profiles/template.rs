//! What kinds of server need that differ from each other.

use culvert_model::Profile;

/// What somebody knows of the server. Whoever knows nothing gets what works with all that can be had safely.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Template {
    /// Nothing.
    #[default]
    Unknown,
    /// Routing and Remote Access of a Windows Server.
    WindowsServer,
    /// A router with MikroTik's RouterOS.
    MikroTik,
    /// pptpd (Poptop) on Linux.
    Pptpd,
    /// DD-WRT, or another router for the home.
    HomeRouter,
}

impl Template {
    /// Every one, in the order in which they are offered.
    pub const ALL: [Self; 5] =
        [Self::WindowsServer, Self::MikroTik, Self::Pptpd, Self::HomeRouter, Self::Unknown];

    /// Sets what such a server needs, and leaves everything else of the profile.
    pub fn apply(self, profile: &mut Profile) {
        // The small pppd of such routers knows MPPE with state alone; the others know both kinds.
        profile.stateful = self == Self::HomeRouter;
    }

    /// Whether its users mostly belong to a domain, which is worth a question.
    pub fn has_domains(self) -> bool {
        self == Self::WindowsServer
    }
}
