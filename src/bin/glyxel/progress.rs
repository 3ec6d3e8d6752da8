//! The progress bar, drawn from what the control says; nothing is drawn unless stderr is a terminal.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use glyxel::control::Stage;
use indicatif::{DecimalBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What ends sooner needs no bar.
const PATIENCE: Duration = Duration::from_millis(400);

/// How far a run over many texts or pictures is; each call of the library sees only its own chunk.
#[derive(Default)]
pub struct Progress {
    /// What is counted; texts if nothing else is said.
    noun: OnceLock<&'static str>,
    /// Bytes of the whole input; 0 if that is not known.
    total_bytes: AtomicU64,
    done: AtomicU64,
    done_bytes: AtomicU64,
    /// The chunk that is being worked on; 0 before the first.
    chunk: AtomicU64,
    chunk_bytes: AtomicU64,
}

/// How far it is, at one moment.
struct Position {
    noun: &'static str,
    count: u64,
    bytes: u64,
    total_bytes: u64,
}

impl Progress {
    /// What is counted: "pictures".
    pub fn count(&self, noun: &'static str) {
        let _ = self.noun.set(noun);
    }

    pub fn expect(&self, total_bytes: Option<u64>) {
        self.total_bytes.store(total_bytes.unwrap_or(0), Ordering::Relaxed);
    }

    /// A chunk of this many and of so many bytes of the input begins.
    pub fn begin(&self, count: usize, bytes: u64) {
        self.done
            .fetch_add(self.chunk.swap(count as u64, Ordering::Relaxed), Ordering::Relaxed);
        self.done_bytes
            .fetch_add(self.chunk_bytes.swap(bytes, Ordering::Relaxed), Ordering::Relaxed);
    }

    fn position(&self, computed: u64) -> Option<Position> {
        let chunk = self.chunk.load(Ordering::Relaxed);
        let computed = computed.min(chunk);
        (chunk > 0).then(|| Position {
            noun: self.noun.get().unwrap_or(&"texts"),
            count: self.done.load(Ordering::Relaxed) + computed,
            bytes: self.done_bytes.load(Ordering::Relaxed)
                + (self.chunk_bytes.load(Ordering::Relaxed) as f64 * computed as f64 / chunk as f64) as u64,
            total_bytes: self.total_bytes.load(Ordering::Relaxed),
        })
    }
}

pub struct Display {
    bar: ProgressBar,
    /// What the bar shows, as its template says it.
    template: &'static str,
    began: Instant,
    wanted: bool,
    /// When the first chunk began.
    computing: Option<Instant>,
}

const BYTES: &str = "{msg:12} {wide_bar:.cyan/238} {percent:>3} %  {eta}";
const STEPS: &str = "{msg:12} {wide_bar:.cyan/238} {percent:>3} %";
const SPINNER: &str = "{msg:12} {spinner}";

impl Display {
    pub fn new(wanted: bool) -> Self {
        Self {
            bar: ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden()),
            template: "",
            began: Instant::now(),
            wanted,
            computing: None,
        }
    }

    pub fn show(&mut self, (stage, done, total): (i32, u64, u64), run: &Progress) {
        if !self.wanted || self.began.elapsed() < PATIENCE {
            return;
        }
        let is = |s: Stage| stage == s as i32;
        let computed = if is(Stage::Computing) { done } else { 0 };
        if let Some(position) = run.position(computed) {
            return self.show_position(position);
        }
        let (name, template) = match () {
            () if is(Stage::Downloading) => ("downloading", BYTES),
            () if is(Stage::Hashing) => ("checking", BYTES),
            () if is(Stage::Converting) => ("converting", STEPS),
            () if is(Stage::Loading) && total > 1 => ("checking", BYTES),
            () if is(Stage::Loading) => ("loading", SPINNER),
            () => return,
        };
        let bytes = if template == BYTES {
            format!("{name} {} of {}", DecimalBytes(done), DecimalBytes(total))
        } else {
            name.to_string()
        };
        self.draw(template, bytes, done, total);
    }

    fn show_position(&mut self, position: Position) {
        let seconds = self.computing.get_or_insert_with(Instant::now).elapsed().as_secs_f64();
        let mut message = format!("{} {}", HumanCount(position.count), position.noun);
        if seconds > 1. && position.count > 0 {
            message += &format!(
                ", {} a second",
                HumanCount((position.count as f64 / seconds).round() as u64)
            );
        }
        let template = if position.total_bytes > 0 { BYTES } else { SPINNER };
        self.draw(template, message, position.bytes, position.total_bytes);
    }

    fn draw(&mut self, template: &'static str, message: String, done: u64, total: u64) {
        if self.template != template {
            self.bar.finish_and_clear();
            self.bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template(template) {
                self.bar.set_style(style.progress_chars("━━─"));
            }
            self.template = template;
        }
        self.bar.set_length(total);
        self.bar.set_message(message);
        self.bar.set_position(done);
        self.bar.tick();
    }

    pub fn clear(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_bytes_of_chunks_add_up() {
        let texts = Progress::default();
        texts.expect(Some(1000));
        assert!(texts.position(0).is_none());
        let at = |computed| texts.position(computed).map(|p| (p.count, p.bytes, p.total_bytes));
        texts.begin(10, 400);
        assert_eq!(at(0), Some((0, 0, 1000)));
        assert_eq!(at(5), Some((5, 200, 1000)));
        texts.begin(4, 600);
        assert_eq!(at(0), Some((10, 400, 1000)));
        assert_eq!(at(2), Some((12, 700, 1000)));
        // What the control still says of the chunk before is no more than this one has.
        assert_eq!(at(10), Some((14, 1000, 1000)));
    }
}
