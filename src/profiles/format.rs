//! The ways in which programs write connections down.

/// A way to write connections down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// A keyfile of NetworkManager.
    NetworkManager,
}

impl Format {
    /// Those that are written, not only read.
    pub const WRITTEN: [Self; 1] = [Self::NetworkManager];

    /// The word for it on a command line, and for what is kept of it in [`SavedProfile::extras`](crate::SavedProfile).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NetworkManager => "networkmanager",
        }
    }
}
