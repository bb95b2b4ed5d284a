//! ConnMan's `.config` files.

#![no_main]

use culvert_fuzz::import_as;
use culvert_profiles::Format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| import_as(Format::ConnMan, input));
