//! See `src/symbols.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| track_work_fuzz::symbols::run(input));
