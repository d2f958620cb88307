//! Small histories as text, so that a failure can be read, kept and run again.
//!
//! ```text
//! config merge.directoryRenames=true
//! attribute *.u merge=union
//! commit base
//! + a/f: one two three        a file, one word a line
//! x run: one                  an executable file
//! l link: a/f                 a symbolic link
//! s sub: 1                    a submodule at commit 111…
//! = raw: "no end\r\n"         a file with exactly this content
//! commit ours base            starts from what its first parent has
//! - a/f
//! commit theirs base
//! > a/f a/g                   moves a file or a folder
//! merge ours theirs
//! expect content a/g          optional: a kind (or `undecided`) and a path, or `clean`
//! ```

use std::collections::BTreeMap;
use std::fmt::Write;

/// What a path of a commit holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    File(Vec<u8>),
    Executable(Vec<u8>),
    Link(Vec<u8>),
    /// The commit's id, forty times this digit.
    Submodule(u8),
}

/// All paths of a commit.
pub type State = BTreeMap<String, Node>;

#[derive(Clone, Debug, Default)]
pub struct Commit {
    pub name: String,
    /// Indices of earlier commits.
    pub parents: Vec<usize>,
    pub files: State,
}

#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// `key=value`, as for `git -c`.
    pub config: Vec<String>,
    /// Lines of an attributes file: `*.suffix merge=driver`.
    pub attributes: Vec<String>,
    pub commits: Vec<Commit>,
    pub ours: usize,
    pub theirs: usize,
    /// Kind and path of the conflicts; `None` where nothing is said.
    pub expected: Option<Vec<(String, String)>>,
}

/// Removes a path and everything below it.
pub fn remove(files: &mut State, path: &str) {
    let prefix = format!("{path}/");
    files.retain(|known, _| known != path && !known.starts_with(&prefix));
}

/// Sets a path; what stands in its way goes.
pub fn put(files: &mut State, path: &str, node: Node) {
    remove(files, path);
    for (at, _) in path.match_indices('/') {
        files.remove(&path[..at]);
    }
    files.insert(path.to_string(), node);
}

/// Moves a file, or a folder with everything below it.
pub fn rename(files: &mut State, from: &str, to: &str) {
    let prefix = format!("{from}/");
    let moved: Vec<(String, Node)> = files
        .iter()
        .filter(|(path, _)| *path == from || path.starts_with(&prefix))
        .map(|(path, node)| (format!("{to}{}", &path[from.len()..]), node.clone()))
        .collect();
    remove(files, from);
    for (path, node) in moved {
        put(files, path.trim_start_matches('/'), node);
    }
}

impl Scenario {
    pub fn parse(text: &str) -> Scenario {
        let mut scenario = Scenario::default();
        for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "config" => scenario.config.push(rest.to_string()),
                "attribute" => scenario.attributes.push(rest.to_string()),
                "commit" => scenario.begin(rest),
                "merge" => {
                    let (ours, theirs) = rest.split_once(' ').expect("two names");
                    (scenario.ours, scenario.theirs) = (scenario.index(ours), scenario.index(theirs));
                }
                "expect" => {
                    let expected = scenario.expected.get_or_insert_default();
                    if rest != "clean" {
                        let (kind, path) = rest.rsplit_once(' ').expect("a kind and a path");
                        expected.push((kind.to_string(), path.to_string()));
                    }
                }
                _ => scenario.edit(word, rest),
            }
        }
        scenario
    }

    fn index(&self, name: &str) -> usize {
        self.commits.iter().position(|commit| commit.name == name).expect(name)
    }

    fn begin(&mut self, rest: &str) {
        let mut words = rest.split(' ');
        let name = words.next().expect("a name").to_string();
        let parents: Vec<usize> = words.map(|name| self.index(name)).collect();
        let files = parents.first().map(|&first| self.commits[first].files.clone()).unwrap_or_default();
        self.commits.push(Commit { name, parents, files });
    }

    fn edit(&mut self, word: &str, rest: &str) {
        let files = &mut self.commits.last_mut().expect("a commit").files;
        if word == "-" {
            return remove(files, rest);
        }
        if word == ">" {
            let (from, to) = rest.split_once(' ').expect("two paths");
            return rename(files, from, to);
        }
        let (path, content) = rest.split_once(": ").unwrap_or((rest.trim_end_matches(':'), ""));
        let lines = || {
            content
                .split(' ')
                .filter(|word| !word.is_empty())
                .map(|word| format!("{word}\n"))
                .collect::<String>()
        };
        let node = match word {
            "+" => Node::File(lines().into_bytes()),
            "x" => Node::Executable(lines().into_bytes()),
            "l" => Node::Link(content.as_bytes().to_vec()),
            "s" => Node::Submodule(content.parse().expect("a digit")),
            "=" => Node::File(unescape(content)),
            "=x" => Node::Executable(unescape(content)),
            _ => panic!("cannot read: {word} {rest}"),
        };
        put(files, path, node);
    }
}

impl std::fmt::Display for Scenario {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.config.iter().try_for_each(|line| writeln!(f, "config {line}"))?;
        self.attributes.iter().try_for_each(|line| writeln!(f, "attribute {line}"))?;
        for commit in &self.commits {
            write!(f, "commit {}", commit.name)?;
            commit.parents.iter().try_for_each(|&parent| write!(f, " {}", self.commits[parent].name))?;
            writeln!(f)?;
            let before =
                commit.parents.first().map(|&parent| self.commits[parent].files.clone()).unwrap_or_default();
            for path in before.keys().filter(|path| !commit.files.contains_key(*path)) {
                writeln!(f, "- {path}")?;
            }
            for (path, node) in commit.files.iter().filter(|(path, node)| before.get(*path) != Some(node)) {
                match node {
                    Node::File(content) => writeln!(f, "= {path}: {}", escape(content))?,
                    Node::Executable(content) => writeln!(f, "=x {path}: {}", escape(content))?,
                    Node::Link(target) => writeln!(f, "l {path}: {}", String::from_utf8_lossy(target))?,
                    Node::Submodule(digit) => writeln!(f, "s {path}: {digit}")?,
                }
            }
        }
        writeln!(f, "merge {} {}", self.commits[self.ours].name, self.commits[self.theirs].name)
    }
}

fn escape(content: &[u8]) -> String {
    let mut text = String::new();
    for &byte in content {
        match byte {
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\\' => text.push_str("\\\\"),
            0x20..0x7f => text.push(byte as char),
            _ => write!(text, "\\x{byte:02x}").expect("a string"),
        }
    }
    format!("\"{text}\"")
}

fn unescape(text: &str) -> Vec<u8> {
    let inner = text.trim().strip_prefix('"').and_then(|text| text.strip_suffix('"')).expect("quotes");
    let mut bytes = Vec::new();
    let mut rest = inner.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next().expect("an escape") {
            b'n' => b'\n',
            b'r' => b'\r',
            b'x' => {
                let digits = [rest.next().expect("a digit"), rest.next().expect("a digit")];
                u8::from_str_radix(std::str::from_utf8(&digits).expect("digits"), 16).expect("digits")
            }
            other => other,
        });
    }
    bytes
}
