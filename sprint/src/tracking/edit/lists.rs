//! Adding and removing list items, and what lists and mappings share.

use std::ops::Range;

use super::render::inline;
use super::style::column;
use super::surgery::{Cut, Cuts, FoundNode, Sheet};
use crate::model::Value;
use crate::yaml::{Kind, OutlineNode};

impl Sheet<'_> {
    pub(super) fn insert_items(&self, found: &FoundNode<'_>, index: usize, values: &[Value]) -> Cuts {
        let (flow, items) = match &found.node.kind {
            Kind::List { flow, items } => (*flow, items),
            Kind::Empty => return self.replace(found, &Value::List(values.to_vec())),
            Kind::Alias(name) => return Err(format!("it is the alias *{name}")),
            _ => return Err("it is not a plain list".to_string()),
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

    pub(super) fn remove_items(&self, found: &FoundNode<'_>, range: Range<usize>) -> Cuts {
        let Kind::List { flow, items } = &found.node.kind else {
            return Err("it is behind an alias or a tag".to_string());
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

    /// Removes an entry or item that begins at `start`, with its comment on the same line.
    pub(super) fn remove_block(&self, start: usize, end: usize, next: Option<usize>) -> Result<Cut, String> {
        if self.is_first_on_line(start) {
            let lines = self.whole_lines(start, end);
            // what separated the last one from the one before goes with it
            let is_alone = next.is_none() && lines.start == self.line_start(start);
            let first = if is_alone { self.blank_line_above(lines.start) } else { None };
            return Ok(Cut::remove(first.unwrap_or(lines.start)..lines.end));
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

    /// Removes everything in a block collection: `[]` or `{}` is left, and the comments in between.
    pub(super) fn empty_out(&self, found: &FoundNode<'_>, left: &str, places: &[(usize, usize)]) -> Cuts {
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

    /// Inserts into brackets or braces, after the content that ends at `after`, or first.
    pub(super) fn insert_in_flow(&self, node: &OutlineNode, after: Option<usize>, new: String) -> Cut {
        match after {
            None => Cut::insert(node.span.start + 1, format!("{new}, ")),
            Some(end) => Cut::insert(end, format!(", {new}")),
        }
    }

    /// Removes adjacent items inside brackets or braces, with their comma and comment.
    pub(super) fn remove_in_flow(
        &self,
        node: &OutlineNode,
        spans: &[Range<usize>],
        gone: Range<usize>,
    ) -> Cut {
        let (first, last) = (&spans[gone.start], &spans[gone.end - 1]);
        let inside = node.span.start + 1..node.span.end - 1;
        let before = gone.start.checked_sub(1).map(|before| spans[before].end);
        match (before, spans.get(gone.end)) {
            (_, Some(next)) if self.next_line(last.end) > next.start => Cut::remove(first.start..next.start),
            (_, Some(next)) if !self.text[self.next_line(last.end)..next.start].contains('#') => {
                Cut::remove(first.start..next.start)
            }
            (_, Some(_)) if self.is_first_on_line(first.start) => {
                Cut::remove(self.line_start(first.start)..self.next_line(last.end))
            }
            (Some(before), None) if !self.text[before..first.start].contains('#') => {
                Cut::remove(before..last.end)
            }
            (None, None) if !self.text[inside.clone()].contains('#') => Cut::remove(inside),
            // The comment in between is kept, and so is a comma before it.
            _ => {
                let rest = &self.text[last.end..inside.end];
                let comma = rest.len() - rest.trim_start().len();
                let end = if rest.trim_start().starts_with(',') { last.end + comma + 1 } else { last.end };
                Cut::remove(first.start..end)
            }
        }
    }
}
