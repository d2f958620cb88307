//! Adding and removing keys.

use std::ops::Range;

use super::render::{self, SPACED, inline};
use super::style::column;
use super::surgery::{Cut, Cuts, FoundNode, Sheet};
use crate::model::{Step, Value};
use crate::yaml::{Kind, MapEntry};

impl Sheet<'_> {
    /// The first key of a file that has none.
    pub(super) fn first_key(&self, key: &str, value: &Value) -> Cut {
        let newline = self.style.newline;
        let entry = format!("{}:{}", render::key(key, false), self.style.behind(key, value, 0));
        let text = self.text.trim_start_matches('\u{feff}');
        let new = if text.is_empty() || text.ends_with('\n') {
            format!("{entry}{newline}")
        } else {
            format!("{newline}{entry}")
        };
        Cut::insert(self.text.len(), new)
    }

    pub(super) fn add_key(&self, at: &[Step], found: &FoundNode<'_>, key: &str, value: &Value) -> Cuts {
        let wrapped = || Value::Map(vec![(key.to_string(), value.clone())]);
        let (flow, entries) = match &found.node.kind {
            Kind::Map { flow, entries } => (*flow, entries),
            Kind::Empty => return self.replace(found, &wrapped()),
            Kind::Alias(name) => return Err(format!("it is the alias *{name}")),
            _ => return Err("it is not a plain mapping".to_string()),
        };
        let Some(last) = entries.last() else {
            if found.entry.is_none() && !found.in_flow && at.is_empty() {
                let new = format!("{}:{}", render::key(key, false), self.style.behind(key, value, 0));
                return Ok(vec![Cut { range: found.node.span.clone(), new }]);
            }
            return self.replace(found, &wrapped());
        };
        let quote = at == [Step::from("dependencies")] || self.quotes_keys(entries);
        let name = render::key(key, quote);
        if flow {
            let new = format!("{name}: {}", inline(value, None));
            return Ok(vec![self.insert_in_flow(found.node, Some(last.end()), new)]);
        }
        let column = self.column_of(entries)?;
        let parent = found.entry.map(|entry| entry.key.as_str());
        let gap = self.wants_gap(at, entries, value, parent);
        let entry = format!("{name}:{}", self.style.behind(key, value, column));
        Ok(vec![self.new_lines(last.end(), column, gap, entry)])
    }

    /// Whether it quotes keys that would not need it.
    fn quotes_keys(&self, entries: &[MapEntry]) -> bool {
        let quoted = |entry: &MapEntry| self.text[entry.key_span.clone()].starts_with(['"', '\'']);
        entries.iter().all(quoted) && entries.iter().any(|entry| render::key(&entry.key, false) == entry.key)
    }

    /// The column of a mapping's keys.
    fn column_of(&self, entries: &[MapEntry]) -> Result<usize, String> {
        let whole = entries.iter().find(|entry| self.is_first_on_line(entry.key_span.start));
        let dashed = entries.first().filter(|entry| {
            let before = self.before(entry.key_span.start);
            before.ends_with(' ') && before.bytes().all(|byte| byte == b' ' || byte == b'-')
        });
        let entry = whole.or(dashed).ok_or("its keys are written in an unusual form")?;
        Ok(column(self.text, entry.key_span.start))
    }

    /// Whether a blank line comes before a new entry.
    fn wants_gap(&self, at: &[Step], entries: &[MapEntry], value: &Value, parent: Option<&str>) -> bool {
        let [.., before, last] = entries else {
            let block = entries.last().is_some_and(|entry| entry.value.is_block());
            return match at {
                [] => block || matches!(value, Value::Map(entries) if !entries.is_empty()),
                [_] => parent.is_some_and(|key| SPACED.contains(&key)),
                _ => false,
            };
        };
        if at.is_empty() {
            let blocks = entries.iter().any(|entry| entry.value.is_block());
            let pairs = entries.iter().zip(&entries[1..]);
            let airy = pairs.into_iter().any(|(a, b)| self.has_blank_line(a.end(), b.key_span.start));
            return (airy || !blocks) && (last.value.is_block() || self.style.is_block("", value, 0));
        }
        self.has_blank_line(before.end(), last.key_span.start)
    }

    /// A new block after content that ends at `end` and after the comments that belong to it.
    fn new_lines(&self, end: usize, column: usize, gap: bool, block: String) -> Cut {
        let newline = self.style.newline;
        let indent = " ".repeat(column);
        let gap = if gap { newline } else { "" };
        let at = self.behind_comments(end, column);
        if at > 0 && self.text[..at].ends_with('\n') {
            // After a block scalar that keeps its line breaks.
            return Cut::insert(at, format!("{indent}{block}{newline}"));
        }
        Cut::insert(at, format!("{gap}{newline}{indent}{block}"))
    }

    /// Takes out a key whose value is on its line, so that the comment behind it stays as a line of its own.
    pub(super) fn beside_comments(&self, found: &FoundNode<'_>, key: &str) -> Option<Cut> {
        let Kind::Map { flow: false, entries } = &found.node.kind else { return None };
        let entry = entries.iter().find(|entry| entry.key == key).filter(|_| entries.len() > 1)?;
        let (start, end) = (entry.key_span.start, self.last_line_end(entry.end()));
        let comment =
            self.outline.comments.iter().find(|comment| (entry.end()..end).contains(&comment.start))?;
        let is_line = self.is_first_on_line(start) && !self.text[start..comment.start].contains('\n');
        is_line.then(|| Cut::remove(start..comment.start))
    }

    pub(super) fn remove_key(&self, found: &FoundNode<'_>, key: &str) -> Cuts {
        let Kind::Map { flow, entries } = &found.node.kind else {
            return Err("it is behind an alias or a tag".to_string());
        };
        let index = entries.iter().position(|entry| entry.key == key).ok_or("its key comes from a merge")?;
        let entry = &entries[index];
        if *flow {
            let spans: Vec<Range<usize>> = entries.iter().map(|e| e.key_span.start..e.end()).collect();
            return Ok(vec![self.remove_in_flow(found.node, &spans, index..index + 1)]);
        }
        if entries.len() == 1 {
            return self.empty_out(found, "{}", &[(entry.key_span.start, entry.end())]);
        }
        let next = entries.get(index + 1).map(|next| next.key_span.start);
        Ok(self.joined(vec![self.remove_block(entry.key_span.start, entry.end(), next)?]))
    }
}
