//! Inflates data: at once where all of it lies in one piece, or in steps, each of which takes something in or gives
//! something out.

use std::cell::RefCell;
use std::io::BufRead;

use flate2::{Decompress, FlushDecompress, Status};
use libdeflater::Decompressor;

/// How much room is made for output at once, at least: what a header promises is not believed.
const ROOM: usize = 64 << 10;

thread_local! {
    /// What an inflater works with, made once a thread.
    static IDLE: RefCell<Option<Decompress>> = const { RefCell::new(None) };
    /// The same for what is inflated at once.
    static AT_ONCE: RefCell<Decompressor> = RefCell::new(Decompressor::new());
}

/// The bytes, so many of them, that the beginning of this input was deflated from; `None` where it is not that, or goes on
/// after this input. Twice as fast as an [`Inflater`], which tells what is wrong.
pub(super) fn at_once(input: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut output = vec![0; length];
    let made = AT_ONCE.with_borrow_mut(|state| state.zlib_decompress(input, &mut output));
    (made == Ok(length)).then_some(output)
}

/// So many bytes of input hold what was deflated of so many, even where that did not make it smaller.
pub(super) fn longest_input(length: usize) -> usize {
    length + (length >> 9) + 64
}

/// Compressed data on its way to what it was.
pub(super) struct Inflater<R> {
    source: R,
    state: Option<Decompress>,
    pub ended: bool,
}

impl<R: BufRead> Inflater<R> {
    pub fn new(source: R) -> Inflater<R> {
        let idle = IDLE.with_borrow_mut(Option::take);
        let mut state = idle.unwrap_or_else(|| Decompress::new(true));
        state.reset(true);
        Inflater { source, state: Some(state), ended: false }
    }

    /// Continues until there are so many bytes of output or more, or all of it.
    pub fn fill(&mut self, output: &mut Vec<u8>, length: usize) -> Result<(), String> {
        while output.len() < length && !self.ended {
            if output.len() == output.capacity() {
                // one byte more shows whether it ends there
                output.reserve_exact((length + 1 - output.len()).min(ROOM.max(output.len())));
            }
            self.step(output)?;
        }
        Ok(())
    }

    /// Exactly the rest, which brings the output to this length.
    pub fn finish(&mut self, output: &mut Vec<u8>, length: usize) -> Result<(), String> {
        self.fill(output, length)?;
        while !self.ended && output.len() <= length {
            output.reserve_exact(1);
            self.step(output)?;
        }
        match output.len() == length {
            true => Ok(()),
            false => Err("it has another size than it says".to_string()),
        }
    }

    /// Whether anything comes after the end.
    pub fn has_more(&mut self) -> Result<bool, String> {
        self.source.fill_buf().map(|left| !left.is_empty()).map_err(|error| error.to_string())
    }

    fn step(&mut self, output: &mut Vec<u8>) -> Result<(), String> {
        let Some(state) = &mut self.state else { return Err("it is closed".to_string()) };
        let input = self.source.fill_buf().map_err(|error| error.to_string())?;
        let (before, given) = (state.total_in(), output.len());
        let status = state.decompress_vec(input, output, FlushDecompress::None);
        let status = status.map_err(|_| "its compressed data is damaged")?;
        let taken = state.total_in() - before;
        self.source.consume(taken as usize);
        self.ended = status == Status::StreamEnd;
        match self.ended || taken > 0 || output.len() > given {
            true => Ok(()),
            false => Err("it is cut short".to_string()),
        }
    }
}

impl<R> Drop for Inflater<R> {
    fn drop(&mut self) {
        let state = self.state.take();
        IDLE.with_borrow_mut(|idle| *idle = state);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use proptest::prelude::*;

    use super::*;

    fn in_steps(input: &[u8], length: usize) -> Option<Vec<u8>> {
        let mut output = Vec::new();
        Inflater::new(input).finish(&mut output, length).ok().map(|()| output)
    }

    proptest! {
        #[test]
        fn at_once_is_as_in_steps(
            data in prop_oneof![
                prop::collection::vec(0..4u8, 0..3000),
                prop::collection::vec(any::<u8>(), 0..3000),
                prop::collection::vec(any::<u8>(), 60_000..70_000),
            ],
            level in 0..=9u32,
            (cut, damaged, more) in (0..30usize, prop::option::of(any::<prop::sample::Index>()), 0..3usize),
            wrong in 0..3usize,
        ) {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(level));
            encoder.write_all(&data).unwrap();
            let mut input = encoder.finish().unwrap();
            prop_assert!(input.len() <= longest_input(data.len()));
            if let Some(at) = damaged {
                let at = at.index(input.len());
                input[at] ^= 0x10;
            }
            input.truncate(input.len() - cut.saturating_sub(20).min(input.len()));
            input.extend(&data[..(more * 100).min(data.len())]);
            let length = data.len() + wrong / 2;
            prop_assert_eq!(at_once(&input, length), in_steps(&input, length));
        }
    }
}
