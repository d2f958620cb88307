//! See `src/objects.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| track_work_fuzz::objects::run(input));
