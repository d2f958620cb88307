//! Findings about YAML files, each with its line.

use std::cell::OnceCell;

use super::{Kind, Outline, Problem};
use crate::model::{Evidence, Finding, Severity, Step, TRACKING};

/// How many findings of a file are shown with their lines: each is looked for from the top.
const MOST_PLACES: usize = 100;

/// Collects the findings of one file.
pub struct Reporter<'a> {
    name: &'a str,
    text: &'a str,
    outline: OnceCell<Option<Outline>>,
    /// The terminal that is being read.
    pub terminal: Option<String>,
    /// The findings so far.
    pub findings: Vec<Finding>,
}

impl<'a> Reporter<'a> {
    /// A reporter for the file with this name and text.
    pub fn new(name: &'a str, text: &'a str) -> Reporter<'a> {
        Reporter { name, text, outline: OnceCell::new(), terminal: None, findings: Vec::new() }
    }

    /// The name of the file.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// A finding about the value at these steps.
    pub fn add(&mut self, severity: Severity, at: &[Step], what: &str, suggestion: &str) {
        let outline = (self.findings.len() < MOST_PLACES).then(|| self.outline()).flatten();
        let offset = outline.and_then(|outline| {
            let node = outline.at(at)?;
            // An empty value has no text, so its key is shown.
            let key = at.last().zip(outline.at(&at[..at.len().saturating_sub(1)]));
            let key = key.and_then(|(step, parent)| match step {
                Step::Key(key) => parent.entry(key).map(|entry| entry.key_span.start),
                Step::Item(_) => None,
            });
            Some(match node.kind {
                Kind::Empty => key.unwrap_or(node.span.start),
                _ => node.span.start,
            })
        });
        let problem = match offset {
            Some(offset) if !at.is_empty() => Problem::at(self.text, offset, what),
            _ => Problem::new(what),
        };
        let terminals = self.terminal.clone().into_iter().collect();
        self.findings.push(finding(self.name, severity, terminals, &problem, suggestion));
    }

    /// Whether the value at these steps has an anchor that stands for it elsewhere.
    pub fn is_used_elsewhere(&self, at: &[Step]) -> bool {
        let node = || {
            let outline = self.outline()?;
            let node = outline.at(at)?;
            let before = self.text.get(node.after_mark..node.span.start)?;
            let anchor = before.split_whitespace().find_map(|word| word.strip_prefix('&'))?;
            outline.root.as_ref().map(|root| root.has_alias(anchor))
        };
        node().unwrap_or(false)
    }

    /// Whether somebody wrote a comment on one of the lines of the value at these steps.
    pub fn has_comment(&self, at: &[Step]) -> bool {
        let lines = || {
            let node = self.outline()?.at(at)?;
            let end =
                self.text[node.span.end..].find('\n').map_or(self.text.len(), |end| node.span.end + end);
            self.text.get(node.span.start..end)
        };
        lines().is_some_and(|lines| lines.contains('#'))
    }

    fn outline(&self) -> Option<&Outline> {
        self.outline.get_or_init(|| Outline::of(self.text)).as_ref()
    }
}

/// A finding about a place in a file: `story-1-2-sessions.yaml, line 14: …`.
pub fn finding(
    name: &str,
    severity: Severity,
    terminals: Vec<String>,
    problem: &Problem,
    suggestion: &str,
) -> Finding {
    let message = match problem.line {
        Some(line) => format!("{name}, line {line}: {}", problem.reason),
        None => format!("{name}: {}", problem.reason),
    };
    Finding {
        check: &TRACKING,
        severity,
        terminals,
        path: None,
        message,
        suggestion: suggestion.to_string(),
        evidence: Evidence::File {
            name: name.to_string(),
            line: problem.line,
            column: problem.column,
            text: problem.text.clone(),
        },
        recommendation: None,
    }
}

/// A file that cannot be read at all.
pub fn broken(name: &str, problem: &Problem) -> Finding {
    let suggestion = "fix it by hand; the file was not changed, and nothing in it was used";
    finding(name, Severity::Error, vec![], problem, suggestion)
}
