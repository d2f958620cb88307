//! Parts of packs in memory: objects that are used together are near each other in a pack.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, Read};
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex, PoisonError};

/// As many bytes are read at once.
const WINDOW: u64 = 16 << 10;

/// As many windows are kept before all are dropped: 4 MiB.
const MOST_WINDOWS: usize = 256;

/// The number of a pack, and of a window in it.
type WindowPlace = (usize, u64);

/// The parts of packs that were read last.
#[derive(Default)]
pub(super) struct Windows(Mutex<HashMap<WindowPlace, Arc<Vec<u8>>>>);

impl Windows {
    fn read(&self, pack: usize, file: &File, number: u64) -> io::Result<Arc<Vec<u8>>> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(window) = known().get(&(pack, number)) {
            return Ok(window.clone());
        }
        let mut bytes = vec![0; WINDOW as usize];
        let length = read_at(file, number * WINDOW, &mut bytes)?;
        bytes.truncate(length);
        let window = Arc::new(bytes);
        let mut known = known();
        if known.len() >= MOST_WINDOWS {
            known.clear();
        }
        known.insert((pack, number), window.clone());
        Ok(window)
    }
}

/// Fills the buffer with what is from this place on; tells how far, where the file ends before.
fn read_at(file: &File, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match file.read_at(&mut buffer[length..], at + length as u64) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

/// A pack from some place on.
pub(super) struct PackReader<'a> {
    windows: &'a Windows,
    pack: usize,
    file: &'a File,
    at: u64,
    /// The window with that place, once it was read.
    window: Option<Arc<Vec<u8>>>,
}

impl<'a> PackReader<'a> {
    /// From this place on in the pack of this number.
    pub fn new(windows: &'a Windows, pack: usize, file: &'a File, at: u64) -> PackReader<'a> {
        PackReader { windows, pack, file, at, window: None }
    }

    /// So many bytes from here on in one piece, fewer where the file ends before; they may be put into the buffer.
    pub fn piece<'b>(&'b mut self, length: usize, buffer: &'b mut Vec<u8>) -> io::Result<&'b [u8]> {
        if self.fill_buf()?.len() >= length {
            return Ok(&self.fill_buf()?[..length]);
        }
        buffer.resize(length, 0);
        let read = read_at(self.file, self.at, buffer)?;
        Ok(&buffer[..read])
    }

    /// Fills the buffer; tells how far, where the file ends before.
    pub fn fill(mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut read = 0;
        loop {
            let length = self.read(&mut buffer[read..])?;
            read += length;
            if length == 0 {
                return Ok(read);
            }
        }
    }
}

impl BufRead for PackReader<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let window = match self.window.take() {
            Some(window) => window,
            None => self.windows.read(self.pack, self.file, self.at / WINDOW)?,
        };
        let start = ((self.at % WINDOW) as usize).min(window.len());
        Ok(&self.window.insert(window)[start..])
    }

    fn consume(&mut self, amount: usize) {
        let before = self.at / WINDOW;
        self.at += amount as u64;
        if self.at / WINDOW != before {
            self.window = None;
        }
    }
}

impl Read for PackReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}
