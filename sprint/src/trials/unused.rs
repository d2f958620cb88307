//! Checkouts in which nothing has been tried for a long time.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::files::lock::RunLock;

/// After this long without a run, checkouts are removed.
const UNUSED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The extension of folders that are being removed. What is left of one, if that was killed, is nothing that a run
/// would take for its checkouts.
const GOING: &str = "removed";

/// Removes the folders of checkouts beside this one in which no run has ended for thirty days. A folder
/// that is in use or cannot be removed stays.
pub fn remove_unused(folder: &Path, who: &str) {
    let Some(all) = folder.parent() else { return };
    for entry in fs::read_dir(all).into_iter().flatten().flatten() {
        let path = entry.path();
        // not followed: a link is nothing of ours
        let Some(data) = entry.metadata().ok().filter(fs::Metadata::is_dir) else { continue };
        if path.extension() == Some(OsStr::new(GOING)) {
            _ = fs::remove_dir_all(&path);
            continue;
        }
        // each run makes its lock in the folder and removes it at the end
        let is_unused = data.modified().is_ok_and(|last| last.elapsed().is_ok_and(|age| age > UNUSED));
        let lock = path.join("lock");
        if path == folder || !is_unused || RunLock::holder(&lock).is_some() {
            continue;
        }
        if let Ok(_held) = RunLock::take(&lock, who) {
            let going = path.with_extension(GOING);
            _ = fs::remove_dir_all(&going);
            if fs::rename(&path, &going).is_ok() {
                _ = fs::remove_dir_all(&going);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::SystemTime;

    use super::*;

    /// Pseudo-random numbers (xorshift64).
    struct Rolled(u64);

    impl Rolled {
        fn below(&mut self, end: u64) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0 % end
        }
    }

    fn make(folder: &Path, name: &str, days: i64) {
        let path = folder.join(name);
        fs::create_dir_all(path.join("0/target")).unwrap();
        fs::write(path.join("0/target/built"), "1").unwrap();
        let day = Duration::from_secs(24 * 60 * 60);
        let (now, ago) = (SystemTime::now(), day * u32::try_from(days.abs()).unwrap());
        let time = if days < 0 { now + ago } else { now - ago };
        File::open(&path).unwrap().set_modified(time).unwrap();
    }

    #[test]
    fn what_is_old_and_not_in_use_goes_whole_and_nothing_else_does() {
        let mut went = 0;
        for seed in 1..=40 {
            let mut rolled = Rolled(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
            let place = tempfile::tempdir().unwrap();
            let all = place.path();
            let (mut stay, mut held) = (Vec::new(), Vec::new());
            for number in 0..8 {
                // before and after the limit, a clock that was ahead, and one that began at 1970
                let days = [0, 29, 31, 400, 20_000, -3, -9_000][rolled.below(7) as usize];
                let name = format!("place-{number}");
                let (is_old, is_left, is_held) = (days > 30, rolled.below(3) == 0, rolled.below(4) == 0);
                make(all, &name, days);
                if is_left || is_held {
                    // by a run that was killed, or that goes on
                    fs::write(all.join(&name).join("lock"), "process 1\n").unwrap();
                    make(all, &name, days);
                }
                if is_held {
                    let file = File::options().read(true).write(true).open(all.join(&name).join("lock"));
                    let file = file.unwrap();
                    assert!(crate::files::lock(&file, Duration::ZERO, || {}).unwrap());
                    held.push(file);
                }
                match is_old && !is_held {
                    true => went += 1,
                    false => stay.push(name),
                }
            }
            // what another removal was killed at, and what is no folder of ours
            make(all, "killed.removed", 0);
            make(all, "place-9", 400);
            make(all, "place-9.removed", 400);
            fs::write(all.join("file"), "1").unwrap();
            std::os::unix::fs::symlink(all.join("own"), all.join("link")).unwrap();
            make(all, "own", 400);
            stay.extend(["file", "link", "own"].map(String::from));
            remove_unused(&all.join("own"), "a test");
            let entries = fs::read_dir(all).unwrap().map(|entry| entry.unwrap().file_name());
            let mut left: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
            left.sort();
            stay.sort();
            assert_eq!(left, stay, "seed {seed}");
            for name in stay.iter().filter(|name| name.starts_with("place") || *name == "own") {
                assert!(all.join(name).join("0/target/built").exists(), "seed {seed}: {name}");
            }
        }
        assert!(went > 30, "{went}");
    }
}
