//! The data path of one call: the Sealer and the Opener.
