//! One run of a command: its control, Ctrl-C, and the thread that watches both.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{mpsc, Arc};
use std::thread::JoinHandle;
use std::time::Duration;

use glyxel::control::Call;
use glyxel::options::{self, ProcessSetting};
use glyxel::{engine, Control, Model};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::failure::{Failure, Outcome};
use crate::model::ModelArguments;
use crate::output;
use crate::progress::{Display, Progress};

/// How often the watching thread looks.
const TICK: Duration = Duration::from_millis(50);

pub struct Session {
    control: Control,
    interrupted: Arc<AtomicBool>,
    progress: Arc<Progress>,
    quiet: bool,
    /// Dropped, it ends the watching thread.
    running: Option<mpsc::Sender<()>>,
    watch: Option<JoinHandle<()>>,
}

impl Session {
    /// The first Ctrl-C cancels the control, a second one ends the process at once.
    pub fn start(quiet: bool) -> Outcome<Self> {
        let interrupted = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            flag::register_conditional_shutdown(signal, i32::from(Failure::Cancelled.code()), interrupted.clone())
                .and_then(|_| flag::register(signal, interrupted.clone()))
                .map_err(|e| Failure::Failed(format!("Ctrl-C cannot be handled: {e}")))?;
        }
        let control = Control::new();
        let progress = Arc::new(Progress::default());
        let (running, ended) = mpsc::channel();
        let watch = {
            let (control, interrupted, progress) = (control.clone(), interrupted.clone(), progress.clone());
            let mut display = Display::new(!quiet && std::io::stderr().is_terminal());
            std::thread::spawn(move || {
                while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(TICK) {
                    if interrupted.load(Ordering::SeqCst) {
                        control.cancel();
                    }
                    display.show(control.progress(), &progress);
                }
                display.clear();
            })
        };
        Ok(Self {
            control,
            interrupted,
            progress,
            quiet,
            running: Some(running),
            watch: Some(watch),
        })
    }

    /// Loads the model, as the command line says.
    pub fn load(&self, arguments: &ModelArguments) -> Outcome<Arc<Model>> {
        if let Some(threads) = &arguments.threads {
            let ProcessSetting::Threads(n) = options::configure("threads", threads)?;
            engine::set_threads(n)?;
        }
        let model = Model::load(&arguments.source, &arguments.options()?, &self.call())?;
        Ok(Arc::new(model))
    }

    pub fn call(&self) -> Call {
        self.control.call()
    }

    /// How far a long run over many texts or pictures is.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    pub fn check(&self) -> Outcome<()> {
        match self.interrupted.load(Ordering::SeqCst) {
            true => Err(Failure::Cancelled),
            false => Ok(()),
        }
    }

    /// Waits for what another thread sends; `None` when that has ended.
    pub fn receive<T>(&self, receiver: &Receiver<T>) -> Outcome<Option<T>> {
        loop {
            self.check()?;
            match receiver.recv_timeout(TICK) {
                Ok(value) => return Ok(Some(value)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
            }
        }
    }

    /// Takes the progress bar away, before results are printed where it stands.
    pub fn finish_display(&mut self) {
        self.running = None;
        if let Some(watch) = self.watch.take() {
            let _ = watch.join();
        }
    }

    /// Prints results. Where they scroll over the terminal that the progress bar is on, they show well enough how far it is.
    pub fn print(&mut self, results: &str) -> Outcome<()> {
        if std::io::stdout().is_terminal() {
            self.finish_display();
        }
        output::print(results)
    }

    /// Something worth knowing that is no result.
    pub fn note(&self, sentence: &str) {
        if !self.quiet {
            let _ = writeln!(std::io::stderr(), "glyxel: {sentence}");
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.finish_display();
    }
}
