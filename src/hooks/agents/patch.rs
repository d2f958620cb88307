//! Codex's patches: which files they touch, and how.

use std::path::PathBuf;

use super::change::{FileChange, FileWrite, LinesReplaced};

/// How a patch begins.
pub const BEGIN: &str = "*** Begin Patch";
const END: &str = "*** End Patch";

/// The files that a patch touches, in its order. A moved file counts as a deleted and a written one.
pub fn files(text: &str) -> Vec<FileWrite> {
    let start = text.find(BEGIN).map_or(0, |at| at + BEGIN.len());
    let mut files = Vec::new();
    let mut lines = text[start..].lines().peekable();
    while let Some(line) = lines.next() {
        let named = |prefix: &str| line.trim_end().strip_prefix(prefix).map(PathBuf::from);
        if line.starts_with(END) {
            break;
        }
        let mut body: Vec<&str> = Vec::new();
        while let Some(next) = lines.next_if(|line| !line.starts_with("*** ") || is_within(line)) {
            body.push(next);
        }
        if let Some(path) = named("*** Add File: ") {
            let content: String = body
                .iter()
                .filter_map(|line| line.strip_prefix('+'))
                .map(|line| format!("{line}\n"))
                .collect();
            files.push(FileWrite { path, change: FileChange::Whole(content) });
        } else if let Some(path) = named("*** Delete File: ") {
            files.push(FileWrite { path, change: FileChange::Delete });
        } else if let Some(path) = named("*** Update File: ") {
            let to = body.first().and_then(|line| line.trim_end().strip_prefix("*** Move to: "));
            let lines = FileChange::Lines(parts(&body));
            match to.map(PathBuf::from) {
                None => files.push(FileWrite { path, change: lines }),
                Some(to) if to == path => files.push(FileWrite { path, change: lines }),
                Some(to) => {
                    let change = FileChange::Moved { from: path.clone(), change: Box::new(lines) };
                    files.push(FileWrite { path: to, change });
                    files.push(FileWrite { path, change: FileChange::Delete });
                }
            }
        }
    }
    files
}

/// Lines with stars that belong to the file above them.
fn is_within(line: &str) -> bool {
    line.starts_with("*** Move to: ") || line.starts_with("*** End of File")
}

/// The parts of an update: after each `@@`, lines that are kept, removed and added.
fn parts(body: &[&str]) -> Vec<LinesReplaced> {
    let mut parts = vec![LinesReplaced::default()];
    for line in body {
        let Some(part) = parts.last_mut() else { break };
        if line.starts_with("@@") {
            parts.push(LinesReplaced::default());
        } else if let Some(gone) = line.strip_prefix('-') {
            part.old.push(gone.to_string());
        } else if let Some(new) = line.strip_prefix('+') {
            part.new.push(new.to_string());
        } else if !line.starts_with("***") {
            let stays = line.strip_prefix(' ').unwrap_or(line).to_string();
            part.old.push(stays.clone());
            part.new.push(stays);
        }
    }
    parts.retain(|part| part.old != part.new);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_file_in_a_patch() {
        let text = "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: new.rs\n+one\n+\n+two\n*** Update File: src/a.rs\n@@ fn a()\n keep\n-gone\n+come\n@@\n-x\n*** End of File\n*** Delete File: old.rs\n*** Update File: from.rs\n*** Move to: to.rs\n@@\n-a\n+b\n*** End Patch\nEOF\n";
        let found = files(text);
        let names: Vec<&str> = found.iter().filter_map(|file| file.path.to_str()).collect();
        assert_eq!(names, ["new.rs", "src/a.rs", "old.rs", "to.rs", "from.rs"]);
        assert_eq!(found[0].change, FileChange::Whole("one\n\ntwo\n".to_string()));
        let old = b"fn a()\nkeep\ngone\nmore\nx\n";
        let new = found[1].change.apply(Some(old), 1000).expect("small").expect("content");
        assert_eq!(String::from_utf8_lossy(&new), "fn a()\nkeep\ncome\nmore\n");
        assert_eq!(found[2].change, FileChange::Delete);
        let FileChange::Moved { from, change } = &found[3].change else { panic!("{:?}", found[3]) };
        assert_eq!(from.to_str(), Some("from.rs"));
        assert_eq!(change.apply(Some(b"a\nc\n"), 1000), Ok(Some(b"b\nc\n".to_vec())));
        assert_eq!(found[4].change, FileChange::Delete);
        let in_place =
            files("*** Begin Patch\n*** Update File: a\n*** Move to: a\n@@\n-a\n+b\n*** End Patch\n");
        assert_eq!(in_place.len(), 1);
        assert_eq!(in_place[0].change.apply(Some(b"a\n"), 1000), Ok(Some(b"b\n".to_vec())));
    }

    #[test]
    fn a_patch_that_is_none_touches_nothing() {
        for text in
            ["", "*** Begin Patch", "*** End Patch", "diff --git a b", "*** Begin Patch\n*** What: a\n"]
        {
            assert_eq!(files(text), []);
        }
    }
}
