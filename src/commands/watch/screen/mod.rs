//! The live view for people.

mod draw;
mod rows;
mod state;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::cli::Global;
use crate::commands::asking::EndsWithTerminal;
use crate::commands::failure::Failure;
use crate::commands::{merge_order, sync, writing::Writer};
use crate::context::{Context, nobody_reads};
use crate::model::{on_screen, shown};
use crate::pipeline::{self, Workspace};
use crate::planning::order::OrderOptions;
use crate::render::{self, Output};

use super::super::{open_options, style};
use super::rounds::{Look, Rounds};
use state::{MOST_PAIRS, ScreenState, ScreenTab};

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
    /// What was asked for: the title and the lines, or why there are none.
    Answered(&'static str, Result<Vec<String>, String>),
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
    let (sender, told) = channel();
    let state = ScreenState::new(&first, polling);
    let mut view =
        ScreenView { state, look: first, context, global, plain, sender: sender.clone(), asked: None };
    let failed = |error: std::io::Error| Failure::new(format!("cannot use the terminal: {error}"));
    let over = Arc::new(AtomicBool::new(false));
    let _guard = EndsWithTerminal::begin();
    // the terminal is given back at a panic, too
    let mut terminal = ratatui::try_init().map_err(failed)?;
    listen(sender.clone(), view.context.interruptions());
    look_on(sender, rounds, over.clone());
    let shown = view.run(&mut terminal, &told);
    over.store(true, Ordering::Relaxed);
    ratatui::restore();
    // what is being written is written to its end
    if let Some(Asked { is_writing: true, thread }) = view.asked {
        _ = thread.join();
    }
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

/// What a person waits for.
struct Asked {
    is_writing: bool,
    thread: JoinHandle<()>,
}

struct ScreenView {
    state: ScreenState,
    look: Look,
    context: Context,
    global: Global,
    plain: bool,
    sender: Sender<ScreenNews>,
    asked: Option<Asked>,
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
                    if self.pressed(key) {
                        return Ok(());
                    }
                }
                Ok(ScreenNews::Answered(title, Ok(lines))) => self.state.open_page(title, lines),
                Ok(ScreenNews::Answered(_, Err(why))) => self.state.note(why),
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
    fn pressed(&mut self, key: KeyEvent) -> bool {
        let state = &mut self.state;
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        if control && matches!(key.code, KeyCode::Char('c' | 'd')) {
            return true;
        }
        if state.is_typing() {
            state.typed(key.code);
            return false;
        }
        match key.code {
            KeyCode::Char('q') if state.page.is_none() => return true,
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
            KeyCode::Char('o') => self.ask(false, "Merge order", "looking for the merge order ...", order),
            KeyCode::Char('s') => match &self.look.workspace.tracking_dir {
                Some(dir) if !dir.is_dir() => {
                    // nothing is made that nobody asked for
                    let init = self.look.report.facts.command("init");
                    self.state.note(format!("Nothing is tracked here yet: {init} begins it"));
                }
                Some(_) | None => self.ask(true, "Sync", "sync ...", synchronized),
            },
            _ => {}
        }
        false
    }

    /// Asks for what a command would print; the view goes on meanwhile.
    fn ask(
        &mut self,
        is_writing: bool,
        title: &'static str,
        note: &str,
        answer: fn(&Global, &Context) -> Result<Output, Failure>,
    ) {
        if self.asked.as_ref().is_some_and(|asked| !asked.thread.is_finished()) {
            return;
        }
        self.state.note(note.to_string());
        let (sender, global) = (self.sender.clone(), self.global.clone());
        // nothing is written below the view
        let context = Context { progress: None, ..self.context.now() };
        let thread = thread::spawn(move || {
            let text = |output| {
                let text = render::human(&output, style(&global, &context)).out;
                let text = anstream::adapter::strip_str(&on_screen(&text)).to_string();
                text.lines().map(str::to_string).collect()
            };
            let why = |failure: Failure| shown(&failure.to_string().replace('\n', "; ")).into_owned();
            _ = sender.send(ScreenNews::Answered(title, answer(&global, &context).map(text).map_err(why)));
        });
        self.asked = Some(Asked { is_writing, thread });
    }

    /// Opens what the selected row is about: the lines of both sides, or the conflicts of a terminal.
    fn open(&mut self) {
        match self.state.tab {
            ScreenTab::Terminals => self.state.show_conflicts_of_selected(),
            ScreenTab::Conflicts => {
                let report = &self.look.report;
                let selected = self.state.selected_findings();
                let pair = |at: &usize| {
                    let finding = report.findings.get(*at)?;
                    Some((finding, pipeline::texts_of(&self.look.workspace, report, finding)?))
                };
                let pairs: Vec<_> = selected.iter().take(MOST_PAIRS).filter_map(pair).collect();
                let more = selected.len().saturating_sub(MOST_PAIRS);
                match (&pairs[..], selected.first().and_then(|at| report.findings.get(*at))) {
                    ([], None) => {}
                    ([], Some(finding)) => {
                        let lines = [&finding.message, &finding.suggestion];
                        self.state.open_page("Details", lines.map(|text| shown(text).into_owned()).to_vec());
                    }
                    (pairs, _) => self.state.open_pairs(report, pairs, more),
                }
            }
        }
    }
}

fn order(global: &Global, context: &Context) -> Result<Output, Failure> {
    let workspace = Workspace::open(&open_options(global, context))?;
    let facts = pipeline::observed(&workspace, &workspace.tracking());
    let options = OrderOptions::default();
    let order = merge_order::found(&workspace, &facts, &options, Some(ORDER_TIME), context)?;
    Ok(Output::MergeOrder(Box::new(order)))
}

fn synchronized(global: &Global, context: &Context) -> Result<Output, Failure> {
    let writer = Writer::create_unnamed(None, global, context)?;
    Ok(Output::Synced(Box::new(sync::synchronized(&writer, context)?)))
}
