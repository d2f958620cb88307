//! The rules of `gitignore`, and which paths they exclude.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::rc::Rc;

use crate::files;
use crate::model::wildmatch;

/// The rules of one ignore file.
#[derive(Debug, Default)]
pub(super) struct IgnoreRules {
    rules: Vec<Rule>,
    ignore_case: bool,
}

#[derive(Debug)]
struct Rule {
    pattern: Vec<u8>,
    /// `!pattern`: takes back what an earlier rule ignored.
    keeps: bool,
    /// `pattern/`: folders alone.
    folders: bool,
    /// No slash inside: it is compared to the last part of a path.
    by_name: bool,
    /// No special characters.
    literal: bool,
}

impl IgnoreRules {
    /// Reads the text of an ignore file.
    pub(super) fn parse(text: &[u8], ignore_case: bool) -> IgnoreRules {
        let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
        let rules = text.split(|byte| *byte == b'\n').filter_map(Rule::parse).collect();
        IgnoreRules { rules, ignore_case }
    }

    /// The rules of a file, none where there is no such file.
    pub(super) fn read(path: &Path, ignore_case: bool) -> io::Result<IgnoreRules> {
        match files::read(path, files::MOST_OF_GIT) {
            Ok(text) => Ok(IgnoreRules::parse(&text, ignore_case)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                Ok(IgnoreRules::default())
            }
            Err(error) => Err(error),
        }
    }

    /// Whether the last matching rule ignores the path or not; `None` where none matches. `path`
    /// is relative to the folder of the ignore file.
    fn verdict(&self, path: &[u8], is_folder: bool) -> Option<bool> {
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
        let hit = |rule: &&Rule| {
            let text = if rule.by_name { name } else { path };
            (is_folder || !rule.folders) && rule.matches(text, self.ignore_case)
        };
        self.rules.iter().rev().find(hit).map(|rule| !rule.keeps)
    }
}

impl Rule {
    fn parse(line: &[u8]) -> Option<Rule> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.starts_with(b"#") {
            return None;
        }
        let line = trim_spaces(line);
        let (keeps, line) = match line {
            [b'!', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let (folders, line) = match line {
            [rest @ .., b'/'] => (true, rest),
            rest => (false, rest),
        };
        if line.is_empty() {
            return None;
        }
        let by_name = !line.contains(&b'/');
        let pattern = line.strip_prefix(b"/").unwrap_or(line).to_vec();
        let literal = !pattern.iter().any(|byte| b"*?[\\".contains(byte));
        Some(Rule { pattern, keeps, folders, by_name, literal })
    }

    fn matches(&self, text: &[u8], ignore_case: bool) -> bool {
        match self.literal {
            true if ignore_case => self.pattern.eq_ignore_ascii_case(text),
            true => self.pattern == text,
            false => wildmatch(&self.pattern, text, ignore_case),
        }
    }
}

/// Without trailing spaces, except one that a backslash keeps.
fn trim_spaces(line: &[u8]) -> &[u8] {
    let mut end = 0;
    let mut at = 0;
    while at < line.len() {
        match line[at] {
            b'\\' => {
                at += 2;
                end = at.min(line.len());
            }
            b' ' => at += 1,
            _ => {
                at += 1;
                end = at;
            }
        }
    }
    &line[..end]
}

/// The ignore files that hold at a place of the walk: one for each folder from the top down.
pub(super) struct Ignores {
    /// `info/exclude`, then `core.excludesFile`: asked last.
    everywhere: Vec<Rc<IgnoreRules>>,
    folders: Vec<IgnoreFolder>,
    ignore_case: bool,
}

struct IgnoreFolder {
    /// Length of its path with the final slash.
    depth: usize,
    /// Where its rules come from; read when first asked.
    source: Source,
    /// Whether the folder itself is ignored; found out when first asked.
    ignored: Option<bool>,
}

/// An ignore file before and after it was read.
pub(super) enum Source {
    /// There is none.
    None,
    /// A file still to be read.
    File(std::path::PathBuf),
    /// Its rules.
    Rules(IgnoreRules),
}

impl Ignores {
    pub(super) fn new(everywhere: Vec<Rc<IgnoreRules>>, ignore_case: bool) -> Ignores {
        Ignores { everywhere, folders: Vec::new(), ignore_case }
    }

    /// Enters a folder whose path with the final slash has this length.
    pub(super) fn enter(&mut self, depth: usize, source: Source) {
        let ignored = self.folders.is_empty().then_some(false);
        self.folders.push(IgnoreFolder { depth, source, ignored });
    }

    /// Leaves it again.
    pub(super) fn leave(&mut self) {
        self.folders.pop();
    }

    /// Whether a path of the present folder is ignored: by a rule, or because a folder above is.
    pub(super) fn is_ignored(&mut self, path: &[u8], is_folder: bool) -> bool {
        self.is_below_ignored(path) || self.is_matched(path, is_folder, self.folders.len())
    }

    /// Whether the present folder is ignored. `path` lies in it.
    fn is_below_ignored(&mut self, path: &[u8]) -> bool {
        let Some(known) = self.folders.iter().rposition(|folder| folder.ignored.is_some()) else {
            return false;
        };
        for at in known + 1..self.folders.len() {
            let folder = &path[..self.folders[at].depth - 1];
            let ignored = self.folders[at - 1].ignored == Some(true) || self.is_matched(folder, true, at);
            self.folders[at].ignored = Some(ignored);
        }
        self.folders.last().and_then(|folder| folder.ignored) == Some(true)
    }

    /// The verdict of the rules of the first `levels` folders, the deepest first.
    fn is_matched(&mut self, path: &[u8], is_folder: bool, levels: usize) -> bool {
        for folder in self.folders[..levels].iter_mut().rev() {
            if let Source::File(file) = &folder.source {
                let rules = IgnoreRules::read(file, self.ignore_case);
                folder.source = Source::Rules(rules.unwrap_or_default());
            }
            if let Source::Rules(rules) = &folder.source
                && let Some(verdict) = rules.verdict(&path[folder.depth..], is_folder)
            {
                return verdict;
            }
        }
        self.everywhere.iter().find_map(|rules| rules.verdict(path, is_folder)).unwrap_or(false)
    }
}
