//! Inflates data in steps, each of which takes something in or gives something out.

use std::cell::RefCell;
use std::io::Read;
use std::ops::Range;

use flate2::{Decompress, FlushDecompress, Status};

/// How much is read at once.
const INPUT: usize = 4 << 10;

/// How much room is made for output at once, at least: what a header promises is not believed.
const ROOM: usize = 64 << 10;

/// What an inflater works with, made once a thread.
struct Tools {
    state: Decompress,
    input: Vec<u8>,
}

thread_local! {
    static IDLE: RefCell<Option<Tools>> = const { RefCell::new(None) };
}

/// Compressed data on its way to what it was.
pub(super) struct Inflater<R> {
    source: R,
    tools: Option<Tools>,
    /// What was read and not inflated yet.
    left: Range<usize>,
    pub ended: bool,
}

impl<R: Read> Inflater<R> {
    pub fn new(source: R) -> Inflater<R> {
        let idle = IDLE.with_borrow_mut(Option::take);
        let mut tools = idle.unwrap_or_else(|| Tools { state: Decompress::new(true), input: vec![0; INPUT] });
        tools.state.reset(true);
        Inflater { source, tools: Some(tools), left: 0..0, ended: false }
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
        Ok(!self.left.is_empty() || self.source.read(&mut [0]).map_err(|error| error.to_string())? > 0)
    }

    fn step(&mut self, output: &mut Vec<u8>) -> Result<(), String> {
        let Some(Tools { state, input }) = &mut self.tools else { return Err("it is closed".to_string()) };
        if self.left.is_empty() {
            self.left = 0..self.source.read(input).map_err(|error| error.to_string())?;
        }
        let (taken, given) = (state.total_in(), output.len());
        let status = state.decompress_vec(&input[self.left.clone()], output, FlushDecompress::None);
        let status = status.map_err(|_| "its compressed data is damaged")?;
        let taken = state.total_in() - taken;
        self.left.start += taken as usize;
        self.ended = status == Status::StreamEnd;
        match self.ended || taken > 0 || output.len() > given {
            true => Ok(()),
            false => Err("it is cut short".to_string()),
        }
    }
}

impl<R> Drop for Inflater<R> {
    fn drop(&mut self) {
        let tools = self.tools.take();
        IDLE.with_borrow_mut(|idle| *idle = tools);
    }
}
