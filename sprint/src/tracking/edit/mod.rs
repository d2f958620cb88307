//! Edits of a YAML text that change only the lines they must.
//!
//! An edit is planned against the value ([`plan`]), turned into cuts at places of the text
//! ([`surgery`]; the positions come from [`Outline`]), and checked by the guard: the result must parse
//! to the old value with exactly the edits applied, and every comment outside a removed node must
//! still be there. Otherwise the edit is refused. A text is never serialized from a value.

mod guard;
mod lines;
mod lists;
mod mappings;
mod plan;
mod primitive;
mod render;
mod style;
mod surgery;
mod value;

use std::ops::Range;

use crate::model::{Edit, Step};
use crate::yaml::{self, Kind, Outline, Problem};
use primitive::Primitive;
use style::WritingStyle;
use surgery::{Cut, Sheet};

pub(super) use render::quoted;
pub(super) use style::SPECIFICATION;

/// A value as an item of a top-level key's list, with the line end before it.
pub(super) fn list_item(value: &crate::model::Value, style: &WritingStyle) -> String {
    style.items(std::slice::from_ref(value), style.dash)
}

/// Why a text was not edited.
#[derive(Debug)]
pub(super) enum EditRefusal {
    /// It does not parse.
    Broken(Problem),
    /// The edit does not fit, or the guard caught its result.
    Edit(Problem),
}

impl EditRefusal {
    fn edit(at: &[Step], reason: &str) -> EditRefusal {
        EditRefusal::Edit(Problem::new(format!("\"{}\" cannot be edited: {reason}", path_text(at))))
    }
}

/// Steps as people write them: `sessions.terminal-1.tasks[0]`.
pub(super) fn path_text(at: &[Step]) -> String {
    let mut text = String::new();
    for step in at {
        match step {
            Step::Key(key) if text.is_empty() => text += key,
            Step::Key(key) => text += &format!(".{key}"),
            Step::Item(index) => text += &format!("[{index}]"),
        }
    }
    text
}

/// The text with the edits applied, one after the other.
pub(super) fn apply(text: &str, edits: &[&Edit]) -> Result<String, EditRefusal> {
    let mut value = yaml::parse(text).map_err(EditRefusal::Broken)?;
    let mut work = EditedText::new(text)?;
    for edit in edits {
        let is_alias =
            |at: &[Step]| matches!(work.outline.at(at).map(|node| &node.kind), Some(Kind::Alias(_)));
        let primitives =
            plan::plan(&value, edit, &is_alias).map_err(|reason| work.refusal(&edit.at, &reason))?;
        for primitive in primitives {
            work.make(&primitive).map_err(|reason| work.refusal(primitive.at(), &reason))?;
            value::apply(&mut value, &primitive);
        }
    }
    if !work.changed {
        return Ok(text.to_string());
    }
    work.flush().map_err(|reason| EditRefusal::Edit(Problem::new(reason)))?;
    guard::holds(text, &work.text, &value).map_err(|reason| EditRefusal::Edit(Problem::new(reason)))?;
    Ok(work.text)
}

/// A text under edit: cuts are collected as long as they do not touch each other.
struct EditedText {
    text: String,
    outline: Outline,
    style: WritingStyle,
    /// Each with the index of its primitive in `made`.
    cuts: Vec<(usize, Cut)>,
    made: Vec<Primitive>,
    /// The removed nodes.
    going: Vec<Range<usize>>,
    changed: bool,
}

impl EditedText {
    fn new(text: &str) -> Result<EditedText, EditRefusal> {
        let outline = Outline::of(text).ok_or_else(|| {
            EditRefusal::Edit(Problem::new("this form of YAML can be read, but not edited without loss"))
        })?;
        let style = WritingStyle::of(text, &outline);
        Ok(EditedText {
            text: text.to_string(),
            outline,
            style,
            cuts: vec![],
            made: vec![],
            going: vec![],
            changed: false,
        })
    }

    fn refusal(&self, at: &[Step], reason: &str) -> EditRefusal {
        let EditRefusal::Edit(problem) = EditRefusal::edit(at, reason) else {
            unreachable!("made as an edit's")
        };
        let place = (1..=at.len()).rev().find_map(|length| self.outline.at(&at[..length]));
        match place {
            Some(node) => EditRefusal::Edit(Problem::at(&self.text, node.span.start, problem.reason)),
            None => EditRefusal::Edit(problem),
        }
    }

    fn make(&mut self, primitive: &Primitive) -> Result<(), String> {
        self.changed = true;
        if self.made.iter().any(|made| made.disturbs(primitive)) {
            self.flush()?;
        }
        let mut cuts = self.sheet().cuts(primitive)?;
        if cuts.iter().any(|cut| self.clashes(cut, primitive)) {
            self.flush()?;
            cuts = self.sheet().cuts(primitive)?;
        }
        let going = self.sheet().going(primitive);
        self.going.extend(going);
        self.cuts.extend(cuts.into_iter().map(|cut| (self.made.len(), cut)));
        self.made.push(primitive.clone());
        Ok(())
    }

    /// Whether this cut has no clear order relative to a collected one.
    fn clashes(&self, cut: &Cut, primitive: &Primitive) -> bool {
        self.cuts.iter().any(|(made, other)| {
            if cut.range.start == other.range.start {
                !(cut.range.is_empty() && other.range.is_empty() && self.made[*made].stacks(primitive))
            } else {
                cut.overlaps(other)
            }
        })
    }

    fn sheet(&self) -> Sheet<'_> {
        Sheet { text: &self.text, outline: &self.outline, style: &self.style }
    }

    /// Makes the collected cuts, and checks that no comment got lost.
    fn flush(&mut self) -> Result<(), String> {
        if self.cuts.is_empty() {
            return Ok(());
        }
        self.cuts.sort_by_key(|(made, cut)| (cut.range.start, cut.range.end, *made));
        let mut text = String::with_capacity(self.text.len() + 256);
        let mut from = 0;
        for (_, cut) in &self.cuts {
            text += self.text.get(from..cut.range.start).ok_or("two edits overlap")?;
            text += &cut.new;
            from = cut.range.end;
        }
        text += &self.text[from..];
        let outline = Outline::of(&text).ok_or("the edit would leave a file that does not parse")?;
        let cuts: Vec<Range<usize>> = self.cuts.iter().map(|(_, cut)| cut.range.clone()).collect();
        guard::keeps_comments((&self.text, &self.outline), (&text, &outline), &cuts, &self.going)?;
        (self.text, self.outline) = (text, outline);
        self.cuts.clear();
        self.made.clear();
        self.going.clear();
        Ok(())
    }
}
