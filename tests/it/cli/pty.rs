//! The program at a terminal of its own.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::program::flat;

/// The program at a terminal of its own.
pub struct Terminal {
    keyboard: File,
    pub screen: Receiver<Vec<u8>>,
    program: Child,
    /// All that was printed, without colours and movements of the cursor.
    pub seen: String,
    raw: Vec<u8>,
    /// How much of it was waited for.
    read: usize,
}

/// A new terminal of so many columns, and the program at it.
fn opened(command: &mut Command, columns: u16) -> (File, Child) {
    let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    // the program is not to hold this end, too
    rustix::io::fcntl_setfd(&keyboard, rustix::io::FdFlags::CLOEXEC).unwrap();
    grantpt(&keyboard).unwrap();
    unlockpt(&keyboard).unwrap();
    let name = ptsname(&keyboard, Vec::new()).unwrap();
    let other_end: File = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let size = rustix::termios::Winsize { ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    rustix::termios::tcsetwinsize(&other_end, size).unwrap();
    let stdio = || Stdio::from(OwnedFd::from(other_end.try_clone().unwrap()));
    let program =
        command.stdin(stdio()).stdout(stdio()).stderr(stdio()).env("TERM", "xterm").spawn().unwrap();
    (File::from(keyboard), program)
}

/// The program, after its terminal was closed once this text was on the screen.
pub fn hung_up(command: &mut Command, text: &str) -> Child {
    let (mut keyboard, program) = opened(command, 100);
    let mut raw = Vec::new();
    while !plain(&raw).contains(text) {
        let mut buffer = [0; 4096];
        let count = keyboard.read(&mut buffer).unwrap();
        raw.extend_from_slice(&buffer[..count]);
    }
    program
}

impl Terminal {
    pub fn start(command: &mut Command) -> Terminal {
        Terminal::of_width(command, 100)
    }

    /// The same with so many columns.
    pub fn of_width(command: &mut Command, columns: u16) -> Terminal {
        // no pager but one that a test asks for
        let is_set = |(name, _): (&std::ffi::OsStr, _)| name == "GIT_PAGER" || name == "PAGER";
        if !command.get_envs().any(is_set) {
            command.env("GIT_PAGER", "cat");
        }
        let (keyboard, program) = opened(command, columns);
        let mut reader = keyboard.try_clone().unwrap();
        let (sender, screen) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count) = reader.read(&mut buffer) {
                if count == 0 || sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Terminal { keyboard, screen, program, seen: String::new(), raw: Vec::new(), read: 0 }
    }

    /// Waits until this text is on the screen, behind the one that was waited for before.
    #[track_caller]
    pub fn until(&mut self, text: &str) {
        let begun = Instant::now();
        loop {
            self.seen = plain(&self.raw);
            if let Some(at) = self.seen.get(self.read..).and_then(|rest| rest.find(text)) {
                self.read += at + text.len();
                return;
            }
            match self.screen.recv_timeout(Duration::from_millis(50)) {
                Ok(bytes) => self.raw.extend(bytes),
                Err(RecvTimeoutError::Timeout) if begun.elapsed() < Duration::from_secs(20) => {}
                Err(_) => panic!("{text:?} did not come after {} bytes of:\n{}", self.read, self.seen),
            }
        }
    }

    pub fn types(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// All lines that are printed until the end, without colours.
    pub fn lines(mut self) -> Vec<String> {
        loop {
            let is_over = self.program.try_wait().unwrap().is_some();
            match self.screen.recv_timeout(Duration::from_millis(100)) {
                Ok(bytes) => self.raw.extend(bytes),
                Err(_) if is_over => break,
                Err(_) => {}
            }
        }
        let text = String::from_utf8(anstream::adapter::strip_bytes(&self.raw).into_vec()).unwrap();
        text.lines().map(str::to_string).collect()
    }

    /// The program, whose terminal is gone: nothing holds the other end any more but the reading thread, which ends
    /// with the next byte that nobody takes.
    pub fn closed(self) -> Child {
        let Terminal { keyboard, screen, program, .. } = self;
        drop((keyboard, screen));
        program
    }

    /// The program.
    pub fn pid(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.program)
    }

    /// Waits for the end and returns the exit status, and all that was printed.
    pub fn ends_with(mut self) -> (Option<i32>, String) {
        let begun = Instant::now();
        loop {
            let status = self.program.try_wait().unwrap();
            match self.screen.recv_timeout(Duration::from_millis(100)) {
                Ok(bytes) => self.raw.extend(bytes),
                Err(_) if status.is_some() => {
                    let raw = String::from_utf8_lossy(&self.raw).into_owned();
                    return (status.and_then(|status| status.code()), raw);
                }
                Err(_) if begun.elapsed() > Duration::from_secs(20) => {
                    self.program.kill().unwrap();
                    panic!("it does not end; it said:\n{}", self.seen);
                }
                Err(_) => {}
            }
        }
    }

    /// Waits for the end and returns the exit status.
    pub fn ends(mut self) -> Option<i32> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.program.try_wait().unwrap() {
                return status.code();
            }
            if begun.elapsed() > Duration::from_secs(20) {
                self.program.kill().unwrap();
                panic!("it does not end; it said:\n{}", self.seen);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// What was printed in ASCII, in one line, without colours and movements of the cursor.
fn plain(raw: &[u8]) -> String {
    let text = anstream::adapter::strip_bytes(raw).into_vec();
    flat(&text.iter().filter(|byte| byte.is_ascii()).map(|byte| *byte as char).collect::<String>())
}
