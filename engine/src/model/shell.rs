//! Words of a command line that is shown to be run.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::text::is_hidden;

/// A word as a POSIX shell reads it back, on one line and in characters that can be seen.
pub fn shell_word(word: impl AsRef<OsStr>) -> String {
    let bytes = word.as_ref().as_bytes();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_./@+:,".contains(byte);
    match std::str::from_utf8(bytes) {
        Ok(text) if !bytes.is_empty() && bytes.iter().all(plain) && bytes[0] != b'-' => text.to_string(),
        // several spaces in a row are not kept where a text is broken into lines
        // and "</" would close what an agent's program puts around it
        Ok(text) if !text.contains(is_hidden) && !text.contains("  ") && !text.contains("</") => {
            format!("'{}'", text.replace('\'', r"'\''"))
        }
        Ok(_) | Err(_) => printed(bytes),
    }
}

/// A folder as such a word. A shell would drop line breaks at the end.
pub fn shell_folder(folder: &Path) -> String {
    match folder.as_os_str().as_bytes().ends_with(b"\n") {
        true => shell_word(folder.join("")),
        false => shell_word(folder),
    }
}

/// What `printf` writes, for bytes that cannot stand in a line.
fn printed(bytes: &[u8]) -> String {
    let mut out = String::new();
    for &byte in bytes {
        match byte {
            b'%' => out.push_str("%%"),
            b'-' if out.is_empty() => out.push_str("\\055"),
            b' ' if !out.ends_with(' ') => out.push(' '),
            byte if byte.is_ascii_graphic() && !b"'\\!<".contains(&byte) => out.push(byte.into()),
            byte => out.push_str(&format!("\\{byte:03o}")),
        }
    }
    format!("\"$(printf '{out}')\"")
}

/// A command of this program as it is printed to be run. `repeated`: the options of this run without which it would speak
/// of something else, with a space before each.
pub fn own_command(words: &str, repeated: &str) -> String {
    format!("track-work {words}{repeated}")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn what_a_shell_would_expand_is_quoted() {
        assert_eq!(shell_word("feature/1-2"), "feature/1-2");
        assert_eq!(shell_word("m;touch${IFS}x"), "'m;touch${IFS}x'");
        assert_eq!(shell_word("it's"), r"'it'\''s'");
        assert_eq!(shell_word("-x"), "'-x'");
        assert_eq!(shell_word("a\u{9b}b"), r#""$(printf 'a\302\233b')""#);
    }

    #[test]
    fn a_shell_reads_every_word_back() {
        let bytes: Vec<u8> = (1..=255).collect();
        let words: [&[u8]; 12] = [
            b"",
            b"a b",
            b"a  b ' \" \\ $x `y` %s",
            b"~/x",
            b"-n",
            b"- \n",
            b"*?[a]",
            b"a\nb\r\t",
            b"caf\xe9",
            "é\u{202e}\u{2028}".as_bytes(),
            b"#!&|;<>(){}",
            &bytes,
        ];
        for word in words.map(OsStr::from_bytes) {
            let shell = shell_word(word);
            assert!(!shell.contains(is_hidden), "{shell:?}");
            let said = Command::new("sh").args(["-c", &format!("printf %s: {shell}")]).output();
            let said = said.expect("a shell").stdout;
            let end =
                word.as_bytes().len() - word.as_bytes().iter().rev().take_while(|b| **b == b'\n').count();
            assert_eq!(said, [&word.as_bytes()[..end], b":"].concat(), "{shell}");
        }
        assert_eq!(shell_folder(Path::new("/a\n")), "\"$(printf '/a\\012/')\"");
    }
}
