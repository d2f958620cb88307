//! Names of machines and terminals as parts of the names of refs.

/// Below it are the refs that are shared, by machine and terminal: this clone's here, and everybody's at the remote.
pub const SHARED: &str = "refs/track-work/";

/// Below it are those of the others, as the last `share pull` brought them.
pub const PULLED: &str = "refs/track-work-pulled/";

/// A file system takes no longer name, with what is added to it while it is written.
const LONGEST: usize = 200;

/// The ref of a terminal of a machine.
pub fn reference(machine: &str, terminal: &str) -> String {
    format!("{SHARED}{machine}/{}", part(terminal))
}

/// Machine and terminal of a ref, below the prefix.
pub fn machine_and_terminal(reference: &str, prefix: &str) -> Option<(String, String)> {
    let (machine, terminal) = reference.strip_prefix(prefix)?.split_once('/')?;
    Some((machine.to_string(), decoded(terminal)))
}

/// Whether this can be the name of a machine.
pub fn is_machine(name: &str) -> bool {
    !name.is_empty() && name.len() <= 64 && part(name) == name
}

/// A name of a machine that is like this one: `Ada's laptop.local` is `ada-s-laptop`.
pub fn machine_like(name: &str) -> String {
    let first = name.split('.').next().unwrap_or_default();
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c.to_ascii_lowercase() } else { '-' };
    let name: String = first.chars().map(plain).take(40).collect();
    match name.trim_matches('-') {
        "" => "machine".to_string(),
        name => name.to_string(),
    }
}

/// A name as one part of the name of a ref: other bytes than letters, digits, `-`, `_` and dots inside are `%2F`. What
/// is too long is cut, and told from others by what it was.
fn part(name: &str) -> String {
    let bytes = name.as_bytes();
    let is_plain = |(at, byte): (usize, &u8)| match byte {
        b'.' => {
            let inside = at > 0 && at + 1 < bytes.len() && bytes[at - 1] != b'.';
            inside && !bytes[at..].eq_ignore_ascii_case(b".lock")
        }
        byte => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'),
    };
    let mut part = String::new();
    for (at, byte) in bytes.iter().enumerate() {
        let one = if is_plain((at, byte)) { char::from(*byte).to_string() } else { format!("%{byte:02X}") };
        if part.len() + one.len() > LONGEST {
            let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            });
            return format!("{}%7E{hash:016x}", part.trim_end_matches('.'));
        }
        part.push_str(&one);
    }
    part
}

/// The name that a part stands for.
fn decoded(part: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = part.as_bytes();
    while let [first, more @ ..] = rest {
        let hex = more.get(..2).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match hex.filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &more[2..];
            }
            None => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_is_one_part_of_a_ref_and_comes_back() {
        let long = "é".repeat(300);
        let names = [
            "x",
            "a/b",
            "a b~^:?*[\\",
            "@{",
            "@",
            ".x",
            "x.",
            "a..b",
            "x.lock",
            "X.LOCK",
            "-x",
            "é",
            "%2F",
            "",
            &long,
        ];
        let mut parts = Vec::new();
        for name in names {
            let full = reference("laptop", name);
            if !name.is_empty() {
                assert!(crate::git::is_ref_name(&full), "{full}");
            }
            assert!(full.len() < 250, "{full}");
            if name.len() < 60 {
                assert_eq!(
                    machine_and_terminal(&full, SHARED),
                    Some(("laptop".to_string(), name.to_string()))
                );
            }
            parts.push(full);
        }
        parts.sort();
        parts.dedup();
        assert_eq!(parts.len(), names.len());
        assert_ne!(reference("laptop", &(long.clone() + "a")), reference("laptop", &(long + "b")));
    }

    #[test]
    fn a_machine_has_a_plain_name() {
        for (name, like) in [("Ada's laptop.local", "ada-s-laptop"), ("...", "machine"), ("büro", "b-ro")] {
            assert_eq!(machine_like(name), like);
            assert!(is_machine(like));
        }
        assert!(!is_machine("a/b") && !is_machine("") && !is_machine("a b") && !is_machine("a.lock"));
    }
}
