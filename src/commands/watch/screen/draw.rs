//! Draws the view.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::rows::{RowList, RowTone, ScreenRow};
use super::state::{PageShown, ScreenState, ScreenTab};

pub(super) fn draw(frame: &mut Frame, state: &mut ScreenState, plain: bool) {
    let area = frame.area();
    state.width = usize::from(area.width);
    let rows = usize::from(area.height);
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let mut lines = vec![Line::styled(fitted(&state.verdict, state.width), bold), tabs(state)];
    let room = rows.saturating_sub(3);
    match &state.page {
        Some(page) => lines.extend(page_lines(page, room, state.width)),
        None => lines.extend(list_lines(state, room, plain)),
    }
    lines.resize(rows.saturating_sub(1), Line::default());
    lines.push(foot(state));
    frame.render_widget(Paragraph::new(lines), Rect::new(0, 0, area.width, area.height));
}

/// `1 Terminals (12)  2 Conflicts (3)   only: login`
fn tabs(state: &ScreenState) -> Line<'static> {
    let tab = |tab: ScreenTab, text: String| {
        let style = match (tab == state.tab, &state.page) {
            (true, None) => Style::new().add_modifier(Modifier::REVERSED),
            (true, Some(_)) | (false, _) => Style::new(),
        };
        Span::styled(format!(" {text} "), style)
    };
    let alive = |list: &RowList| list.rows.iter().filter(|row| !row.is_gone).count();
    let mut spans = vec![
        tab(ScreenTab::Terminals, format!("1 Terminals ({})", alive(&state.terminals))),
        Span::raw(" "),
        tab(ScreenTab::Conflicts, format!("2 Conflicts ({})", alive(&state.conflicts))),
    ];
    if !state.filter.is_empty() || state.is_typing() {
        let end = if state.is_typing() { "_" } else { "" };
        spans.push(Span::raw(format!("  only: {}{end}", state.filter)));
    }
    Line::from(spans)
}

fn page_lines(page: &PageShown, room: usize, width: usize) -> Vec<Line<'static>> {
    let title = Line::styled(page.title.clone(), Style::new().add_modifier(Modifier::UNDERLINED));
    let shown =
        page.lines.iter().skip(page.scroll).flat_map(|line| broken(line, width)).take(room.saturating_sub(1));
    [title].into_iter().chain(shown.map(Line::raw)).collect()
}

/// A line in parts of at most so many columns, between words where there are any. What follows begins below the text of a line
/// that has a word and a column of text, or that is indented.
fn broken(line: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let signs: Vec<char> = line.chars().collect();
    let indent = signs.iter().take_while(|sign| **sign == ' ').count();
    let gap = signs[indent..].windows(2).position(|pair| pair == [' ', ' ']).map_or(0, |at| at + indent);
    let column = gap + signs[gap..].iter().take_while(|sign| **sign == ' ').count();
    let hanging = if column < width / 2 { column } else { 0 };
    let mut parts = Vec::new();
    let mut left = &signs[..];
    let mut margin = 0;
    while left.len() + margin > width {
        let room = width - margin;
        let first = left.iter().take_while(|sign| **sign == ' ').count();
        let at = (first + 1..=room).rev().find(|at| left[*at] == ' ').unwrap_or(room);
        parts.push(std::iter::repeat_n(' ', margin).chain(left[..at].iter().copied()).collect());
        let rest = &left[at..];
        left = &rest[rest.iter().take_while(|sign| **sign == ' ').count()..];
        margin = hanging;
    }
    if !left.is_empty() || parts.is_empty() {
        parts.push(std::iter::repeat_n(' ', margin).chain(left.iter().copied()).collect());
    }
    parts
}

fn list_lines(state: &ScreenState, room: usize, plain: bool) -> Vec<Line<'static>> {
    let list = state.list();
    let rows = list.shown(&state.filter);
    let headings: &[&str] = match state.tab {
        ScreenTab::Terminals => {
            &["TERMINAL", "STATE", "COMMITS", "BEHIND", "UNCOMMITTED", "HEAD", "STORY", "STATUS"]
        }
        ScreenTab::Conflicts => &["WHO", "WHAT", "WHERE", "HOW"],
    };
    if rows.is_empty() {
        let text = match (state.tab, state.filter.is_empty()) {
            (_, false) => "No row has these words. esc shows all.",
            (ScreenTab::Terminals, true) => {
                "No terminals: no linked worktrees, no branches with commits of their own."
            }
            (ScreenTab::Conflicts, true) => "No conflicts.",
        };
        return vec![Line::raw(text)];
    }
    let wanted = (0..headings.len()).map(|column| {
        let cells = rows.iter().map(|row| row.cells[column].chars().count());
        cells.chain([headings[column].len()]).max().unwrap_or(0)
    });
    let widths = shared_out(wanted.collect(), state.width.saturating_sub(MARGIN));
    let room = room.saturating_sub(1);
    let at = list.position(&state.filter);
    // the selected row is on the screen, and rows do not move without need
    let first = at.saturating_sub(room.saturating_sub(1));
    let text = |cells: &mut dyn Iterator<Item = &str>| -> String {
        let padded = cells.zip(&widths).map(|(cell, width)| format!("{:width$}", fitted_cell(cell, *width)));
        padded.collect::<Vec<_>>().join("  ")
    };
    let dim = Style::new().add_modifier(Modifier::DIM);
    let head = Line::styled(format!("   {}", text(&mut headings.iter().copied())), dim);
    let line = |(number, row): (usize, &&ScreenRow)| {
        let mark = match (row.is_gone, list.is_recent(row)) {
            (true, _) => "-",
            (false, true) => "*",
            (false, false) => " ",
        };
        let pointer = if number == at { ">" } else { " " };
        let text = format!("{pointer}{mark} {}", text(&mut row.cells.iter().map(String::as_str)));
        let style = tone(row.tone, plain);
        let style = if number == at { style.add_modifier(Modifier::REVERSED) } else { style };
        Line::styled(text, if list.is_recent(row) { style.add_modifier(Modifier::BOLD) } else { style })
    };
    [head].into_iter().chain(rows.iter().enumerate().skip(first).take(room).map(line)).collect()
}

fn tone(tone: RowTone, plain: bool) -> Style {
    match (tone, plain) {
        (RowTone::Faint, _) => Style::new().add_modifier(Modifier::DIM),
        (RowTone::Plain, _) | (RowTone::Bad | RowTone::Unsure | RowTone::Good, true) => Style::new(),
        (RowTone::Bad, false) => Style::new().fg(Color::Red),
        (RowTone::Unsure, false) => Style::new().fg(Color::Yellow),
        (RowTone::Good, false) => Style::new().fg(Color::Green),
    }
}

/// What the keys do, or what there is to say.
fn foot(state: &ScreenState) -> Line<'static> {
    let keys = match (state.is_typing(), &state.page) {
        (true, _) => "type words  enter keep  esc show all",
        (false, Some(_)) => "up down scroll  esc back  q back",
        (false, None) => "enter open  o order  s sync  / filter  ? help  q quit",
    };
    let dim = Style::new().add_modifier(Modifier::DIM);
    match (state.noted(), &state.polling) {
        (Some(note), _) => Line::raw(note.to_string()),
        (None, Some(why)) => Line::styled(format!("{keys}   polling: {why}"), dim),
        (None, None) => Line::styled(keys, dim),
    }
}

/// What stands before the first column.
const MARGIN: usize = 3;

/// What stands between two columns.
const GAP: usize = 2;

/// How wide columns are in so much room: as they want to be where all of them fit, else the widest are cut to one width.
fn shared_out(wanted: Vec<usize>, room: usize) -> Vec<usize> {
    let room = room.saturating_sub(GAP * wanted.len().saturating_sub(1));
    let cut = |most: usize| -> Vec<usize> { wanted.iter().map(|width| (*width).min(most)).collect() };
    let widest = wanted.iter().copied().max().unwrap_or(0);
    let fits = |most: &usize| cut(*most).iter().sum::<usize>() <= room;
    let mut widths = cut((1..=widest).rev().find(fits).unwrap_or(1));
    // what is left over goes to the first that was cut
    let left = room.saturating_sub(widths.iter().sum());
    if let Some(at) = (0..wanted.len()).find(|at| widths[*at] < wanted[*at]) {
        widths[at] = wanted[at].min(widths[at] + left);
    }
    widths
}

/// At most so many characters of a cell: of a path, the name of the file stays.
fn fitted_cell(text: &str, width: usize) -> String {
    let length = text.chars().count();
    let Some(folders) = text.rfind('/').filter(|_| length > width && width > 2 && !text.contains(' ')) else {
        return fitted(text, width);
    };
    let name = text[folders..].chars().count();
    let end = name.max(width / 2).min(width - 1);
    let start = text.chars().take(width - 1 - end);
    start.chain(['~']).chain(text.chars().skip(length - end)).collect()
}

/// At most so many characters; what is longer ends in `~`, after a word where one ends in the second half.
fn fitted(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_string();
    }
    let signs: Vec<char> = text.chars().take(width).collect();
    let most = width.saturating_sub(1);
    let end = (width / 2..=most).rev().find(|at| signs.get(*at) == Some(&' ')).unwrap_or(most);
    signs[..end].iter().copied().chain(['~']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_there_is_room_for() {
        assert_eq!(shared_out(vec![10, 8, 60, 18], 197), [10, 8, 60, 18]);
        assert_eq!(shared_out(vec![10, 8, 60, 18], 77), [10, 8, 35, 18]);
        assert_eq!(shared_out(vec![70, 5, 5], 50), [36, 5, 5]);
        assert_eq!(shared_out(vec![40, 8, 60, 18], 21), [6, 3, 3, 3]);
        assert_eq!(shared_out(vec![40, 8, 60, 18], 2), [1, 1, 1, 1]);
    }

    #[test]
    fn of_a_long_path_the_name_stays() {
        assert_eq!(fitted_cell("src/main/java/org/Owner.java", 40), "src/main/java/org/Owner.java");
        assert_eq!(fitted_cell("src/main/java/org/Owner.java", 20), "src/main~/Owner.java");
        assert_eq!(fitted_cell("src/main/java/org/Owner.java", 12), "~/Owner.java");
        assert_eq!(fitted_cell("src/main/java/org/Owner.java", 6), "~.java");
        assert_eq!(fitted_cell("content, committed", 8), "content~");
        assert_eq!(fitted_cell("feature/login", 2), "f~");
        assert_eq!(fitted_cell("it involves uncommitted work", 18), "it involves~");
        assert_eq!(fitted_cell("it involves uncommitted work", 24), "it involves uncommitted~");
        assert_eq!(fitted_cell("x", 0), "~");
    }

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(broken("", 10), [""]);
        assert_eq!(broken("it may disappear", 20), ["it may disappear"]);
        assert_eq!(broken("it may disappear", 10), ["it may", "disappear"]);
        assert_eq!(broken("it may disappear", 6), ["it may", "disapp", "ear"]);
        assert_eq!(broken("q      ends it at once", 16), ["q      ends it", "       at once"]);
        assert_eq!(broken("    12 long lines", 12), ["    12 long", "    lines"]);
        assert_eq!(broken("ab", 0), ["a", "b"]);
    }
}
