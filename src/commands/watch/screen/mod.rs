//! The live view for people.

mod draw;
mod state;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::commands::failure::Failure;
use crate::commands::{merge_order, sync, writing::Writer};
use crate::context::{Context, nobody_reads};
use crate::model::{on_screen, shown};
use crate::pipeline;
use crate::planning::order::OrderOptions;
use crate::render::{self, Output};

use super::super::style;
use super::rounds::{Look, Rounds};
use state::{ScreenState, ScreenTab};

/// How often it is asked whether somebody wants the program to end.
const TICK: Duration = Duration::from_millis(250);

/// The age of the target's commit is shown in minutes.
const MINUTE: Duration = Duration::from_secs(30);

/// So many seconds the order is looked for while a person waits.
const ORDER_TIME: f64 = 3.0;

/// What the view is told.
enum ScreenNews {
    Key(KeyEvent),
    Size,
    Looked(Box<Result<Look, Failure>>),
    End,
}

/// Shows the view until the person has seen enough.
///
/// # Errors
/// The terminal cannot be used.
pub(super) fn show(rounds: Rounds, first: Look) -> Result<(), Failure> {
    let (context, global) = (rounds.context.clone(), rounds.global.clone());
    let plain = matches!(anstream::ColorChoice::global(), anstream::ColorChoice::Never)
        || global.color == crate::cli::Color::Never
        || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let polling = rounds.why_polling().map(str::to_string);
    let mut view =
        ScreenView { state: ScreenState::new(&first, polling), look: first, context, global, plain };
    let failed = |error: std::io::Error| Failure::new(format!("cannot use the terminal: {error}"));
    let (sender, told) = channel();
    let over = Arc::new(AtomicBool::new(false));
    // the terminal is given back at a panic, too
    let mut terminal = ratatui::try_init().map_err(failed)?;
    listen(sender.clone(), view.context.interruptions());
    look_on(sender, rounds, over.clone());
    let shown = view.run(&mut terminal, &told);
    over.store(true, Ordering::Relaxed);
    ratatui::restore();
    shown.map_err(failed)
}

/// Tells of keys and of a new size, and of a signal that ends the program.
fn listen(sender: Sender<ScreenNews>, is_interrupted: impl Fn() -> bool + Send + 'static) {
    thread::spawn(move || {
        loop {
            let told = match event::poll(TICK) {
                _ if is_interrupted() || nobody_reads() => ScreenNews::End,
                Ok(false) => continue,
                Ok(true) => match event::read() {
                    Ok(Event::Key(key)) if key.kind != KeyEventKind::Release => ScreenNews::Key(key),
                    Ok(Event::Resize(..)) => ScreenNews::Size,
                    Ok(_) => continue,
                    Err(_) => ScreenNews::End,
                },
                Err(_) => ScreenNews::End,
            };
            let is_end = matches!(told, ScreenNews::End);
            if sender.send(told).is_err() || is_end {
                return;
            }
        }
    });
}

/// Tells of every new look.
fn look_on(sender: Sender<ScreenNews>, mut rounds: Rounds, over: Arc<AtomicBool>) {
    thread::spawn(move || {
        let is_over = || over.load(Ordering::Relaxed);
        while let Some(look) = rounds.next(&is_over) {
            if sender.send(ScreenNews::Looked(Box::new(look))).is_err() {
                return;
            }
        }
    });
}

struct ScreenView {
    state: ScreenState,
    look: Look,
    context: Context,
    global: crate::cli::Global,
    plain: bool,
}

impl ScreenView {
    fn run(
        &mut self,
        terminal: &mut ratatui::DefaultTerminal,
        told: &Receiver<ScreenNews>,
    ) -> std::io::Result<()> {
        loop {
            let (state, plain) = (&mut self.state, self.plain);
            terminal.draw(|frame| draw::draw(frame, state, plain))?;
            let room = self.state.marks_end().map_or(MINUTE, |end| {
                end.saturating_duration_since(Instant::now()).max(Duration::from_millis(50))
            });
            match told.recv_timeout(room) {
                Ok(ScreenNews::Key(key)) => {
                    if self.pressed(key, terminal)? {
                        return Ok(());
                    }
                }
                Ok(ScreenNews::Size) => {}
                Ok(ScreenNews::Looked(look)) => match *look {
                    Ok(look) => {
                        self.state.update(&look);
                        self.look = look;
                    }
                    Err(failure) => self.state.note(format!("cannot look: {}", shown(failure.message()))),
                },
                Ok(ScreenNews::End) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => {
                    self.state.grow_old(self.context.now().now.timestamp(), &self.look)
                }
            }
        }
    }

    /// What a key does; whether that is to end.
    fn pressed(&mut self, key: KeyEvent, terminal: &mut ratatui::DefaultTerminal) -> std::io::Result<bool> {
        let state = &mut self.state;
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        if control && matches!(key.code, KeyCode::Char('c' | 'd')) {
            return Ok(true);
        }
        if state.is_typing() {
            state.typed(key.code);
            return Ok(false);
        }
        match key.code {
            KeyCode::Char('q') if state.page.is_none() => return Ok(true),
            KeyCode::Char('q') | KeyCode::Esc => state.back(),
            KeyCode::Char('?') => state.help(),
            KeyCode::Char('/') => state.begin_filter(),
            KeyCode::Down | KeyCode::Char('j') => state.moved(1),
            KeyCode::Up | KeyCode::Char('k') => state.moved(-1),
            KeyCode::PageDown | KeyCode::Char(' ') => state.moved(10),
            KeyCode::PageUp => state.moved(-10),
            KeyCode::Home | KeyCode::Char('g') => state.moved(isize::MIN),
            KeyCode::End | KeyCode::Char('G') => state.moved(isize::MAX),
            KeyCode::Tab | KeyCode::Right | KeyCode::Char('l') => state.next_tab(),
            KeyCode::BackTab | KeyCode::Left | KeyCode::Char('h') => state.next_tab(),
            KeyCode::Char('1') => state.show_tab(ScreenTab::Terminals),
            KeyCode::Char('2') => state.show_tab(ScreenTab::Conflicts),
            KeyCode::Enter => self.open(),
            KeyCode::Char('o') => {
                self.while_waiting("looking for the merge order ...", terminal)?;
                self.order();
            }
            KeyCode::Char('s') => {
                self.while_waiting("sync ...", terminal)?;
                self.sync();
            }
            _ => {}
        }
        Ok(false)
    }

    fn while_waiting(&mut self, note: &str, terminal: &mut ratatui::DefaultTerminal) -> std::io::Result<()> {
        self.state.note(note.to_string());
        let (state, plain) = (&mut self.state, self.plain);
        terminal.draw(|frame| draw::draw(frame, state, plain)).map(|_| ())
    }

    /// Opens what the selected row is about: the lines of both sides, or the conflicts of a terminal.
    fn open(&mut self) {
        match self.state.tab {
            ScreenTab::Terminals => self.state.show_conflicts_of_selected(),
            ScreenTab::Conflicts => {
                let report = &self.look.report;
                let texts = pipeline::conflict_texts(&self.look.workspace, report);
                let selected = self.state.selected_findings();
                let pair = |at: usize| Some((report.findings.get(at)?, texts.get(at)?.as_ref()?));
                let pairs: Vec<_> = selected.iter().filter_map(|at| pair(*at)).collect();
                match (&pairs[..], selected.first().and_then(|at| report.findings.get(*at))) {
                    ([], None) => {}
                    ([], Some(finding)) => {
                        let lines = [&finding.message, &finding.suggestion];
                        self.state.open_page("Details", lines.map(|text| shown(text).into_owned()).to_vec());
                    }
                    (pairs, _) => self.state.open_pairs(report, pairs),
                }
            }
        }
    }

    fn order(&mut self) {
        let facts = &self.look.report.facts;
        // nothing is written below the view
        let context = Context { progress: None, ..self.context.now() };
        let options = OrderOptions::default();
        let found = merge_order::found(&self.look.workspace, facts, &options, Some(ORDER_TIME), &context);
        match found {
            Ok(order) => self.text("Merge order", &Output::MergeOrder(Box::new(order))),
            Err(failure) => self.state.note(shown(failure.message()).into_owned()),
        }
    }

    fn sync(&mut self) {
        let context = self.context.now();
        let synced = Writer::create(None, &self.global, &context)
            .and_then(|writer| sync::synchronized(&writer, &context));
        match synced {
            Ok(synced) => self.text("Sync", &Output::Synced(Box::new(synced))),
            Err(failure) => self.state.note(failure.to_string().replace('\n', "; ")),
        }
    }

    /// Opens what a command would print.
    fn text(&mut self, title: &str, output: &Output) {
        let text = render::human(output, style(&self.global, &self.context.now())).out;
        let text = anstream::adapter::strip_str(&on_screen(&text)).to_string();
        self.state.open_page(title, text.lines().map(str::to_string).collect());
    }
}
