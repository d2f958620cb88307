//! Draws the view.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::rows::{RowList, RowTone, ScreenRow};
use super::state::{PageShown, ScreenState, ScreenTab};

/// The widest that a column gets, but for the first.
const WIDEST: usize = 34;

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
    let broken = |line: &String| -> Vec<String> {
        let signs: Vec<char> = line.chars().collect();
        match signs.is_empty() {
            true => vec![String::new()],
            false => signs.chunks(width.max(1)).map(|part| part.iter().collect()).collect(),
        }
    };
    let shown = page.lines.iter().skip(page.scroll).flat_map(broken).take(room.saturating_sub(1));
    [title].into_iter().chain(shown.map(Line::raw)).collect()
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
    let widths: Vec<usize> = (0..headings.len())
        .map(|column| {
            let cells = rows.iter().map(|row| row.cells[column].chars().count());
            // names are whole where they can be
            let most = if column == 0 { WIDEST.max(state.width / 2) } else { WIDEST };
            cells.chain([headings[column].len()]).max().unwrap_or(0).min(most)
        })
        .collect();
    let room = room.saturating_sub(1);
    let at = list.position(&state.filter);
    // the selected row is on the screen, and rows do not move without need
    let first = at.saturating_sub(room.saturating_sub(1));
    let text = |cells: &mut dyn Iterator<Item = &str>| -> String {
        let padded = cells.zip(&widths).map(|(cell, width)| format!("{:width$}", fitted(cell, *width)));
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

/// At most so many characters; what is longer ends in `~`.
fn fitted(text: &str, width: usize) -> String {
    match text.chars().count() <= width {
        true => text.to_string(),
        false => text.chars().take(width.saturating_sub(1)).chain(['~']).collect(),
    }
}
