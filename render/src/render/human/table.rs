//! Aligned columns.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};

use crate::model::in_line;

use super::Style;
use super::paint::{columns, line};

/// Rows under headings, two spaces between the columns. `numbers` are the columns that align right;
/// `elastic` are those that give way when the table is wider than the terminal; `names` are those
/// whose cells are there as a whole too, below the row. Each row comes with its lines below.
pub(super) fn table(
    headings: &[&str],
    rows: Vec<(Vec<String>, String)>,
    numbers: &[usize],
    elastic: &[usize],
    names: &[usize],
    style: Style,
) -> String {
    let in_lines = |row: &[String]| row.iter().map(|cell| in_line(cell).into_owned()).collect();
    let rows: Vec<(Vec<String>, String)> =
        rows.iter().map(|(row, below)| (in_lines(row), below.clone())).collect();
    let mut limits: Vec<usize> = (0..headings.len())
        .map(|column| {
            let cells = rows.iter().map(|(row, _)| display_width(&row[column]));
            cells.chain([headings[column].len()]).max().unwrap_or(0)
        })
        .collect();
    let wanted: usize = limits.iter().map(|width| width + 2).sum();
    let mut excess = wanted.saturating_sub(2).saturating_sub(style.width);
    for &column in elastic.iter().filter(|_| style.shortens) {
        let least = headings[column].len().max(12).min(limits[column]);
        let cut = excess.min(limits[column] - least);
        limits[column] -= cut;
        excess -= cut;
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(headings);
    for (row, _) in &rows {
        table.add_row(
            row.iter().enumerate().map(|(column, cell)| shortened_inside(cell, limits[column], style)),
        );
    }
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(limits[at] as u16 + 2)));
        if numbers.contains(&at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    // what was cut is there as a whole, for copying
    let whole = |row: &[String]| -> String {
        let names = row.iter().zip(&limits).enumerate().filter(|(at, _)| names.contains(at));
        let cut = names.filter(|(_, (cell, limit))| display_width(cell) > **limit);
        cut.map(|(_, (cell, _))| line(&format!("  {cell}"))).collect()
    };
    let below = rows.iter().map(|(row, below)| whole(row) + below);
    let below = std::iter::once(String::new()).chain(below);
    table.lines().zip(below).map(|(row, below)| line(row.trim_end()) + &below).collect()
}

/// The columns that names take: the same in every table. They are shortened in the middle, but never where
/// no terminal shows them.
pub(super) fn name_width<'a>(names: impl Iterator<Item = &'a str>, style: Style) -> usize {
    let widest = names.map(display_width).max().unwrap_or(0);
    if style.shortens { widest.min(style.width * 11 / 40) } else { widest }
}

fn display_width(text: &str) -> usize {
    text.chars().count()
}

/// At most `width` columns, where names are shortened. They often differ at their ends only, so it is the
/// middle that goes.
pub(super) fn shortened_inside(text: &str, width: usize, style: Style) -> String {
    let length = display_width(text);
    if length <= width || !style.shortens {
        return text.to_string();
    }
    let gap = if style.ascii { "~" } else { "…" };
    let kept = width.saturating_sub(1);
    let before: String = text.chars().take(kept - kept / 2).collect();
    let after: String = text.chars().skip(length - kept / 2).collect();
    format!("{before}{gap}{after}")
}

/// At most `width` columns, with an ellipsis in the place of what does not fit.
pub(super) fn shortened(text: &str, width: usize) -> String {
    if text.chars().map(columns).sum::<usize>() <= width {
        return text.to_string();
    }
    let mut room = width.saturating_sub(columns('…'));
    let fits = |sign: &char| {
        let taken = columns(*sign);
        let fits = taken <= room;
        room = room.saturating_sub(taken);
        fits
    };
    let kept: String = text.chars().take_while(fits).collect();
    format!("{kept}…")
}
