//! From a change of the value to cuts in the text.

use std::ops::Range;

use super::plan::Primitive;
use super::render::{self, SPACED, inline};
use super::style::{Style, column};
use crate::model::{Step, Value};
use crate::yaml::{Entry, Kind, Node, Outline, Quote};

/// A range of the text and what stands there instead.
#[derive(Clone, Debug)]
pub(super) struct Cut {
    pub(super) range: Range<usize>,
    pub(super) new: String,
}

impl Cut {
    fn insert(at: usize, new: String) -> Cut {
        Cut { range: at..at, new }
    }

    fn remove(range: Range<usize>) -> Cut {
        Cut { range, new: String::new() }
    }

    /// Whether one ends where the other begins, or they overlap.
    pub(super) fn touches(&self, other: &Cut) -> bool {
        self.range.start <= other.range.end && other.range.start <= self.range.end
    }
}

/// A text with the places of everything in it.
pub(super) struct Sheet<'t> {
    pub(super) text: &'t str,
    pub(super) outline: &'t Outline,
    pub(super) style: &'t Style,
}

/// A node with what surrounds it.
struct Found<'t> {
    node: &'t Node,
    /// The entry whose value it is.
    entry: Option<&'t Entry>,
    /// Whether it stands inside brackets or braces.
    in_flow: bool,
}

type Cuts = Result<Vec<Cut>, String>;

impl<'t> Sheet<'t> {
    pub(super) fn cuts(&self, primitive: &Primitive) -> Cuts {
        if self.outline.root.is_none() {
            return match primitive {
                Primitive::AddKey { key, value, .. } => Ok(vec![self.first_key(key, value)]),
                _ => Err("the file is empty".to_string()),
            };
        }
        match primitive {
            Primitive::Replace { at, value } => self.replace(&self.find(at)?, value),
            Primitive::AddKey { at, key, value } => self.add_key(at, &self.find(at)?, key, value),
            Primitive::RemoveKey { at, key } => self.remove_key(&self.find(at)?, key),
            Primitive::InsertItems { at, index, values } => {
                self.insert_items(&self.find(at)?, *index, values)
            }
            Primitive::RemoveItems { at, from, to } => self.remove_items(&self.find(at)?, *from..*to),
        }
    }

    fn find(&self, at: &[Step]) -> Result<Found<'t>, String> {
        let root = self.outline.root.as_ref().ok_or("the file is empty")?;
        let mut found = Found { node: root, entry: None, in_flow: false };
        for step in at {
            if let Kind::Alias(name) = &found.node.kind {
                return Err(format!("it stands behind the alias *{name}"));
            }
            let (entry, node, flow) = match (&found.node.kind, step) {
                (Kind::Map { flow, .. }, Step::Key(key)) => {
                    let entry = found.node.entry(key).ok_or("its key is written in an unusual form")?;
                    (Some(entry), &entry.value, *flow)
                }
                (Kind::List { flow, items }, Step::Item(index)) => {
                    (None, items.get(*index).ok_or("the list is written in an unusual form")?, *flow)
                }
                _ => return Err("it is written in an unusual form (a tag, or a merged key)".to_string()),
            };
            found = Found { node, entry, in_flow: found.in_flow || flow };
        }
        Ok(found)
    }

    // Lines.

    /// The first byte of the line; a byte order mark comes before it.
    fn line_start(&self, at: usize) -> usize {
        let mark = self.text.len() - self.text.trim_start_matches('\u{feff}').len();
        self.text[..at].rfind('\n').map_or(mark, |newline| newline + 1)
    }

    /// Before the line end.
    fn line_end(&self, at: usize) -> usize {
        match self.text[at..].find('\n') {
            Some(offset) if self.text[at..at + offset].ends_with('\r') => at + offset - 1,
            Some(offset) => at + offset,
            None => self.text.len(),
        }
    }

    /// Before the line end of the line on which content ends; content can hold its own line end.
    fn last_line_end(&self, end: usize) -> usize {
        match self.text[..end].strip_suffix('\n') {
            Some(line) => line.strip_suffix('\r').unwrap_or(line).len(),
            None => self.line_end(end),
        }
    }

    /// Behind the line end.
    fn next_line(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |offset| at + offset + 1)
    }

    /// What stands before it on its line.
    fn before(&self, at: usize) -> &'t str {
        &self.text[self.line_start(at)..at]
    }

    fn is_first_on_line(&self, at: usize) -> bool {
        self.before(at).bytes().all(|byte| byte == b' ')
    }

    /// Whole lines from the one of `start` to the one of `end`, and one of the blank lines around
    /// them where there are some on both sides.
    fn whole_lines(&self, start: usize, end: usize) -> Range<usize> {
        let mut start = self.line_start(start);
        let stop = match self.text[..end].ends_with('\n') {
            true => end,
            false => self.next_line(end),
        };
        let begin = self.line_start(0);
        let above = self.line_start(start.saturating_sub(1).max(begin));
        let blank = |range: Range<usize>| self.text[range].trim().is_empty();
        if start > begin
            && blank(above..start)
            && (stop == self.text.len() || blank(stop..self.next_line(stop)))
        {
            start = above;
        }
        start..stop
    }

    /// Whether there is only white space and comments between the mark and the value.
    fn is_bare(&self, node: &Node) -> Result<(), String> {
        let mut gap = self.text.get(node.after_mark..node.span.start).unwrap_or_default();
        loop {
            gap = gap.trim_start();
            match gap.chars().next() {
                None => return Ok(()),
                Some('#') => gap = gap.split_once('\n').map_or("", |(_, rest)| rest),
                Some(_) => return Err("it has an anchor or a tag".to_string()),
            }
        }
    }

    // Replacing.

    fn replace(&self, found: &Found<'_>, value: &Value) -> Cuts {
        let node = found.node;
        if found.in_flow {
            return match node.kind {
                Kind::Empty if self.text[..node.after_mark].ends_with(':') => {
                    Ok(vec![Cut::insert(node.after_mark, format!(" {}", inline(value, None)))])
                }
                Kind::Empty => Err("its key has no colon".to_string()),
                _ => Ok(vec![Cut { range: node.span.clone(), new: self.like(node, value) }]),
            };
        }
        match found.entry {
            Some(entry) => self.replace_value(entry, value),
            None => self.replace_item(node, value),
        }
    }

    /// A value on one line, in the style of the scalar it replaces.
    fn like(&self, node: &Node, value: &Value) -> String {
        match &node.kind {
            Kind::Scalar(quote, text) => inline(value, Some((*quote, text))),
            _ => inline(value, None),
        }
    }

    fn replace_value(&self, entry: &Entry, value: &Value) -> Cuts {
        let node = &entry.value;
        let column = column(self.text, entry.key_span.start);
        let stays_inline = matches!((&node.kind, value), (Kind::List { flow: true, items }, Value::List(new))
            if !items.is_empty() && !new.iter().any(|item| matches!(item, Value::Map(_) | Value::List(_))));
        let block = self.style.is_block(&entry.key, value, column) && !stays_inline;
        let own_lines = node.is_block() && self.is_own_lines(node);
        if own_lines {
            self.is_bare(node)?;
        }
        let new = if block { self.style.behind(&entry.key, value, column) } else { self.like(node, value) };
        let cuts = match (own_lines, block) {
            (false, false) if matches!(node.kind, Kind::Empty) => {
                vec![Cut::insert(node.after_mark, format!(" {new}"))]
            }
            (false, false) => vec![Cut { range: self.without_line_end(node), new }],
            (false, true) => {
                self.is_bare(node)?;
                let end = self.last_line_end(entry.end());
                vec![Cut::remove(node.after_mark..entry.end().min(end)), Cut::insert(end, new)]
            }
            (true, _) => {
                let at = if block { self.line_end(node.after_mark) } else { node.after_mark };
                let new = if block { new } else { format!(" {new}") };
                let from = self.line_start(node.span.start);
                let from = from
                    - (self.text[..from].len()
                        - self.text[..from].trim_end_matches('\n').trim_end_matches('\r').len())
                    .min(2);
                vec![Cut::insert(at, new), Cut::remove(from..self.last_line_end(node.span.end))]
            }
        };
        Ok(self.joined(cuts))
    }

    fn is_own_lines(&self, node: &Node) -> bool {
        self.text[node.after_mark..node.span.start].contains('\n')
    }

    fn replace_item(&self, node: &Node, value: &Value) -> Cuts {
        if let Kind::Empty = node.kind {
            let item = self.style.item(value, column(self.text, node.after_mark) + 1);
            return Ok(vec![Cut::insert(node.after_mark, format!(" {item}"))]);
        }
        let new = match value {
            Value::Map(entries) if !entries.is_empty() => {
                self.style.item(value, column(self.text, node.span.start))
            }
            _ => self.like(node, value),
        };
        Ok(vec![Cut { range: self.without_line_end(node), new }])
    }

    /// Where it stands, without the line end that a block scalar can hold.
    fn without_line_end(&self, node: &Node) -> Range<usize> {
        match self.text[node.span.clone()].ends_with('\n') {
            true => node.span.start..self.last_line_end(node.span.end),
            false => node.span.clone(),
        }
    }

    // Mappings.

    /// The first key of a file that has none.
    fn first_key(&self, key: &str, value: &Value) -> Cut {
        let newline = self.style.newline;
        let entry = format!("{}:{}", render::key(key, false), self.style.behind(key, value, 0));
        let text = self.text.trim_start_matches('\u{feff}');
        let new = match text.is_empty() || text.ends_with('\n') {
            true => format!("{entry}{newline}"),
            false => format!("{newline}{entry}"),
        };
        Cut::insert(self.text.len(), new)
    }

    fn add_key(&self, at: &[Step], found: &Found<'_>, key: &str, value: &Value) -> Cuts {
        let wrapped = || Value::Map(vec![(key.to_string(), value.clone())]);
        let (flow, entries) = match &found.node.kind {
            Kind::Map { flow, entries } => (*flow, entries),
            Kind::Empty => return self.replace(found, &wrapped()),
            Kind::Alias(name) => return Err(format!("it is the alias *{name}")),
            _ => return Err("it is no plain mapping".to_string()),
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

    /// Whether it quotes its keys, also those that would not need it.
    fn quotes_keys(&self, entries: &[Entry]) -> bool {
        let quoted = |entry: &Entry| self.text[entry.key_span.clone()].starts_with(['"', '\'']);
        entries.iter().all(quoted) && entries.iter().any(|entry| render::key(&entry.key, false) == entry.key)
    }

    /// The column of a mapping's keys.
    fn column_of(&self, entries: &[Entry]) -> Result<usize, String> {
        let whole = entries.iter().find(|entry| self.is_first_on_line(entry.key_span.start));
        let dashed = entries.first().filter(|entry| {
            let before = self.before(entry.key_span.start);
            before.ends_with(' ') && before.bytes().all(|byte| byte == b' ' || byte == b'-')
        });
        let entry = whole.or(dashed).ok_or("its keys are written in an unusual form")?;
        Ok(column(self.text, entry.key_span.start))
    }

    /// Whether a blank line comes before a new entry.
    fn wants_gap(&self, at: &[Step], entries: &[Entry], value: &Value, parent: Option<&str>) -> bool {
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

    /// Whether there is an empty line between two places on different lines.
    fn has_blank_line(&self, from: usize, to: usize) -> bool {
        let mut at = self.next_line(from);
        while at < to {
            let next = self.next_line(at);
            if next <= to && self.text[at..next].trim().is_empty() {
                return true;
            }
            at = next;
        }
        false
    }

    /// A new block behind content that ends at `end`, and behind the comments that belong to it.
    fn new_lines(&self, end: usize, column: usize, gap: bool, block: String) -> Cut {
        let newline = self.style.newline;
        let indent = " ".repeat(column);
        let gap = if gap { newline } else { "" };
        let at = self.behind_comments(end, column);
        if at > 0 && self.text[..at].ends_with('\n') {
            // Behind a block scalar that keeps its line ends.
            return Cut::insert(at, format!("{indent}{block}{newline}"));
        }
        Cut::insert(at, format!("{gap}{newline}{indent}{block}"))
    }

    fn behind_comments(&self, end: usize, own_column: usize) -> usize {
        if self.text[..end].ends_with('\n') {
            return end;
        }
        let mut found = self.line_end(end);
        let mut at = self.next_line(end);
        let mut blank = false;
        while at < self.text.len() {
            let line = &self.text[at..self.line_end(at)];
            let indent = line.len() - line.trim_start_matches(' ').len();
            match line.trim() {
                "" => blank = true,
                comment
                    if comment.starts_with('#')
                        && (indent > own_column || indent == own_column && !blank) =>
                {
                    found = self.line_end(at);
                }
                _ => break,
            }
            at = self.next_line(at);
        }
        found
    }

    fn remove_key(&self, found: &Found<'_>, key: &str) -> Cuts {
        let Kind::Map { flow, entries } = &found.node.kind else {
            return Err("it stands behind an alias or a tag".to_string());
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

    // Lists.

    fn insert_items(&self, found: &Found<'_>, index: usize, values: &[Value]) -> Cuts {
        let (flow, items) = match &found.node.kind {
            Kind::List { flow, items } => (*flow, items),
            Kind::Empty => return self.replace(found, &Value::List(values.to_vec())),
            Kind::Alias(name) => return Err(format!("it is the alias *{name}")),
            _ => return Err("it is no plain list".to_string()),
        };
        let Some(first) = items.first() else {
            return self.replace(found, &Value::List(values.to_vec()));
        };
        let before =
            index.checked_sub(1).map(|before| items.get(before).ok_or("the list is shorter")).transpose()?;
        if flow {
            let new: Vec<String> = values.iter().map(|value| inline(value, None)).collect();
            return Ok(vec![self.insert_in_flow(
                found.node,
                before.map(|item| item.span.end),
                new.join(", "),
            )]);
        }
        let column = column(self.text, first.after_mark - 1);
        let lines = self.style.items(values, column);
        let Some(before) = before else {
            let at = first.after_mark - 1;
            let lines = lines.trim_start_matches(['\r', '\n', ' ']);
            return Ok(vec![Cut::insert(at, format!("{lines}{}", self.style.line(column)))]);
        };
        let end = before.span.end.max(before.after_mark);
        let at = match index == items.len() {
            true => self.behind_comments(end, column),
            false if self.text[..end].ends_with('\n') => end,
            false => self.line_end(end),
        };
        if self.text[..at].ends_with('\n') {
            let lines = lines.strip_prefix(self.style.newline).unwrap_or(&lines);
            return Ok(vec![Cut::insert(at, format!("{lines}{}", self.style.newline))]);
        }
        Ok(vec![Cut::insert(at, lines)])
    }

    fn remove_items(&self, found: &Found<'_>, range: Range<usize>) -> Cuts {
        let Kind::List { flow, items } = &found.node.kind else {
            return Err("it stands behind an alias or a tag".to_string());
        };
        if range.end > items.len() {
            return Err("the list is shorter".to_string());
        }
        if *flow {
            let spans: Vec<Range<usize>> = items.iter().map(|item| item.span.clone()).collect();
            return Ok(vec![self.remove_in_flow(found.node, &spans, range)]);
        }
        let places: Vec<(usize, usize)> =
            items.iter().map(|item| (item.after_mark - 1, item.span.end.max(item.after_mark))).collect();
        if range.len() == items.len() {
            return self.empty_out(found, "[]", &places);
        }
        let mut cuts = Vec::new();
        for index in range {
            let next = places.get(index + 1).map(|(start, _)| *start);
            cuts.push(self.remove_block(places[index].0, places[index].1, next)?);
        }
        Ok(self.joined(cuts))
    }

    // Both.

    /// Removes an entry or item that begins at `start`, with its comment on the same line.
    fn remove_block(&self, start: usize, end: usize, next: Option<usize>) -> Result<Cut, String> {
        if self.is_first_on_line(start) {
            return Ok(Cut::remove(self.whole_lines(start, end)));
        }
        if !self.before(start).bytes().all(|byte| byte == b' ' || byte == b'-') {
            return Err("it is written in an unusual form".to_string());
        }
        // The first of a collection that begins on the line of a dash.
        let next = next.ok_or("it is the last one there")?;
        let between = &self.text[self.line_end(end)..next];
        if between.contains('#') {
            let dash = start - (self.before(start).len() - self.before(start).trim_end().len());
            return Ok(Cut::remove(dash..self.line_end(end)));
        }
        Ok(Cut::remove(start..next))
    }

    /// Removes all there is in a block collection: `[]` or `{}` is left, and the comments between.
    fn empty_out(&self, found: &Found<'_>, left: &str, places: &[(usize, usize)]) -> Cuts {
        let node = found.node;
        if self.outline.root.as_ref().is_some_and(|root| std::ptr::eq(root, node)) {
            return Err("the last key of a file is not removed".to_string());
        }
        if !self.is_own_lines(node) {
            return Ok(vec![Cut { range: node.span.clone(), new: left.to_string() }]);
        }
        self.is_bare(node)?;
        let mut cuts = vec![Cut::insert(node.after_mark, format!(" {left}"))];
        cuts.extend(places.iter().map(|(start, end)| Cut::remove(self.whole_lines(*start, *end))));
        Ok(self.joined(cuts))
    }

    /// Something new inside brackets or braces, behind the content that ends at `after`, or first.
    fn insert_in_flow(&self, node: &Node, after: Option<usize>, new: String) -> Cut {
        match after {
            None => Cut::insert(node.span.start + 1, format!("{new}, ")),
            Some(end) => Cut::insert(end, format!(", {new}")),
        }
    }

    fn remove_in_flow(&self, node: &Node, spans: &[Range<usize>], gone: Range<usize>) -> Cut {
        let (first, last) = (&spans[gone.start], &spans[gone.end - 1]);
        match (gone.start.checked_sub(1), spans.get(gone.end)) {
            (None, None) => Cut::remove(node.span.start + 1..node.span.end - 1),
            (None, Some(next)) => Cut::remove(first.start..next.start),
            (Some(before), _) => Cut::remove(spans[before].end..last.end),
        }
    }

    /// The cuts in order, those that touch made one.
    fn joined(&self, cuts: Vec<Cut>) -> Vec<Cut> {
        let mut cuts = join(cuts);
        // Where the last line goes from a file without a last line end, the new last line gets none.
        if let Some(last) = cuts.last_mut()
            && last.range.end == self.text.len()
            && last.new.is_empty()
            && !self.text.ends_with('\n')
        {
            let end = self.text[..last.range.start].trim_end_matches(['\r', '\n']).len();
            // The line end of a block scalar is part of its text.
            if !self
                .outline
                .root
                .as_ref()
                .is_some_and(|root| ends_block_scalar(root, &(end..last.range.start)))
            {
                last.range.start = end;
            }
            return join(cuts);
        }
        cuts
    }
}

fn join(mut cuts: Vec<Cut>) -> Vec<Cut> {
    cuts.sort_by_key(|cut| (cut.range.start, cut.range.end));
    let mut out: Vec<Cut> = Vec::new();
    for cut in cuts {
        match out.last_mut() {
            Some(last) if cut.range.start <= last.range.end => {
                last.new += &cut.new;
                last.range.end = last.range.end.max(cut.range.end);
            }
            _ => out.push(cut),
        }
    }
    out
}

/// Whether a block scalar ends in this range.
fn ends_block_scalar(node: &Node, range: &Range<usize>) -> bool {
    match &node.kind {
        Kind::Scalar(Quote::Block, _) => range.start <= node.span.end && node.span.end <= range.end,
        Kind::List { items, .. } => items.iter().any(|item| ends_block_scalar(item, range)),
        Kind::Map { entries, .. } => entries.iter().any(|entry| ends_block_scalar(&entry.value, range)),
        Kind::Scalar(..) | Kind::Empty | Kind::Alias(_) | Kind::Tagged => false,
    }
}
