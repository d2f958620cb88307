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

use crate::model::{Edit, EditCare, Step};
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
        if edit.care != EditCare::OrNothing {
            work.edit(edit, &mut value)?;
            continue;
        }
        work.flush().map_err(|reason| EditRefusal::Edit(Problem::new(reason)))?;
        let (text, outline, changed) = (work.text.clone(), work.outline.clone(), work.changed);
        let mut edited = value.clone();
        let made = work.edit(edit, &mut edited).is_ok()
            && work.flush().is_ok()
            && work.outline.comments.len() == outline.comments.len()
            && guard::holds(&text, &work.text, &edited).is_ok();
        match made {
            true => value = edited,
            false => work.back_to(text, outline, changed),
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
    /// The text as it was, and its outline: what is refused is shown where it stands there.
    before: (String, Outline),
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
    /// Makes an edit, in the value too.
    fn edit(&mut self, edit: &Edit, value: &mut serde_yaml::Value) -> Result<(), EditRefusal> {
        let is_alias =
            |at: &[Step]| matches!(self.outline.at(at).map(|node| &node.kind), Some(Kind::Alias(_)));
        let primitives =
            plan::plan(value, edit, &is_alias).map_err(|reason| self.refusal(&edit.at, &reason))?;
        for primitive in primitives {
            self.make(&primitive).map_err(|reason| self.refusal(primitive.at(), &reason))?;
            value::apply(value, &primitive);
        }
        Ok(())
    }

    /// Forgets all cuts since it was this text.
    fn back_to(&mut self, text: String, outline: Outline, changed: bool) {
        (self.text, self.outline, self.changed) = (text, outline, changed);
        self.cuts.clear();
        self.made.clear();
        self.going.clear();
    }

    fn new(text: &str) -> Result<EditedText, EditRefusal> {
        let outline = Outline::of(text).ok_or_else(|| {
            EditRefusal::Edit(Problem::new("this form of YAML can be read, but not edited without loss"))
        })?;
        let style = WritingStyle::of(text, &outline);
        Ok(EditedText {
            before: (text.to_string(), outline.clone()),
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
        let (text, outline) = &self.before;
        let place = (1..=at.len()).rev().find_map(|length| outline.at(&at[..length]));
        match place {
            Some(node) => EditRefusal::Edit(Problem::at(text, node.span.start, problem.reason)),
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
