//! See `src/tree_merge.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| track_work_fuzz::tree_merge::run(input));
