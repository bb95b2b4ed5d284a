//! Files of other programs, of every format: what each is, is seen by what stands in it.

#![no_main]

use culvert_fuzz::goes_round;
use culvert_profiles::import::{self, Source};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| goes_round(&import::read(&[Source::of_bytes("fuzz", input)])));
