//! Texts in: lines or JSON lines, read on a thread of its own, a chunk at a time.
//!
//! Every line is a text, an empty one too, so that results and lines go together. A line ends with `\n` or `\r\n`; a byte
//! order mark at the beginning is no part of the first.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use std::path::Path;
use std::sync::mpsc::{sync_channel, Receiver, SyncSender};

use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::failure::{Failure, Outcome};
use crate::session::Session;

/// The most texts and bytes in a chunk: enough for full batches, and little beside a model.
const TEXTS: usize = 1024;
const BYTES: u64 = 4 << 20;
/// No text is longer; a file that is all one line should not fill the memory.
const LINE: u64 = 64 << 20;

#[derive(Args)]
#[command(next_help_heading = "The texts")]
pub struct InputArguments {
    /// What the file's lines are [default: jsonl for a file named .jsonl or .ndjson, else lines]
    #[arg(long, value_enum)]
    input: Option<Format>,

    /// The field of a JSON object that holds the text
    #[arg(long, value_name = "NAME", default_value = "text")]
    field: String,
}

impl InputArguments {
    /// Each line is a text.
    pub fn lines() -> Self {
        Self {
            input: Some(Format::Lines),
            field: String::new(),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Each line is a text
    Lines,
    /// Each line is a JSON string, or a JSON object with the text in a field
    Jsonl,
}

/// A line of the input.
pub struct Line {
    pub number: u64,
    pub text: String,
    /// The JSON object that the text stands in.
    pub object: Option<Object>,
}

pub struct Object {
    pub as_written: String,
    pub has_embedding: bool,
}

#[derive(Default)]
pub struct Chunk {
    pub lines: Vec<Line>,
    /// Bytes of the input.
    pub bytes: u64,
}

impl Chunk {
    pub fn texts(&self) -> Vec<String> {
        self.lines.iter().map(|line| line.text.clone()).collect()
    }
}

pub struct Input {
    chunks: Receiver<Outcome<Chunk>>,
    /// Bytes of the whole, if they are known.
    pub total: Option<u64>,
}

impl Input {
    /// Opens the file (`-` is standard input) and begins to read.
    pub fn open(path: &Path, arguments: &InputArguments) -> Outcome<Self> {
        let extension = path.extension().unwrap_or_default();
        let format = arguments
            .input
            .unwrap_or(match extension == "jsonl" || extension == "ndjson" {
                true => Format::Jsonl,
                false => Format::Lines,
            });
        let mut reader = Reader {
            lines: Box::new(BufReader::new(io::stdin())),
            name: path.display().to_string(),
            format,
            field: arguments.field.clone(),
            at_once: TEXTS,
            number: 0,
        };
        let mut total = None;
        if path == Path::new("-") {
            reader.name = "standard input".into();
            if io::stdin().is_terminal() {
                // Somebody types and waits for the answer.
                reader.at_once = 1;
            }
        } else {
            let failed = |e: io::Error| Failure::Failed(format!("{} cannot be read: {e}", path.display()));
            let file = File::open(path).map_err(failed)?;
            let metadata = file.metadata().map_err(failed)?;
            if metadata.is_dir() {
                return Err(Failure::Failed(format!("{} is a folder; give a file", path.display())));
            }
            total = metadata.is_file().then_some(metadata.len());
            reader.lines = Box::new(BufReader::with_capacity(1 << 18, file));
        }
        // One chunk is read while another is computed.
        let (sender, chunks) = sync_channel(1);
        std::thread::spawn(move || reader.run(&sender));
        Ok(Self { chunks, total })
    }

    /// The next chunk; `None` at the end.
    pub fn next(&mut self, session: &Session) -> Outcome<Option<Chunk>> {
        session.receive(&self.chunks)?.transpose()
    }

    /// All lines, where they are to be few.
    pub fn all(mut self, session: &Session, most: usize) -> Outcome<Vec<Line>> {
        let mut lines = Vec::new();
        while let Some(chunk) = self.next(session)? {
            lines.extend(chunk.lines);
            if lines.len() > most {
                return Err(Failure::Usage(format!("these are more than {most} texts; give fewer")));
            }
        }
        Ok(lines)
    }
}

struct Reader {
    lines: Box<dyn BufRead + Send>,
    name: String,
    format: Format,
    field: String,
    at_once: usize,
    number: u64,
}

impl Reader {
    /// Ends with the input, at the first error, or when nobody receives any more.
    fn run(mut self, sender: &SyncSender<Outcome<Chunk>>) {
        loop {
            let chunk = self.chunk();
            let more = match &chunk {
                Ok(chunk) if chunk.lines.is_empty() => return,
                chunk => chunk.is_ok(),
            };
            if sender.send(chunk).is_err() || !more {
                return;
            }
        }
    }

    fn chunk(&mut self) -> Outcome<Chunk> {
        let mut chunk = Chunk::default();
        while chunk.lines.len() < self.at_once && chunk.bytes < BYTES {
            let mut bytes = Vec::new();
            let read = (&mut self.lines)
                .take(LINE + 2)
                .read_until(b'\n', &mut bytes)
                .map_err(|e| Failure::Failed(format!("reading {} failed: {e}", self.name)))?;
            if read == 0 {
                break;
            }
            self.number += 1;
            chunk.bytes += read as u64;
            if bytes.pop_if(|last| *last == b'\n').is_some() {
                bytes.pop_if(|last| *last == b'\r');
            }
            if bytes.len() as u64 > LINE {
                return Err(self.wrong(&format!("is longer than {} MiB", LINE >> 20)));
            }
            chunk.lines.push(self.line(bytes)?);
        }
        Ok(chunk)
    }

    fn line(&self, bytes: Vec<u8>) -> Outcome<Line> {
        let mut line = String::from_utf8(bytes).map_err(|e| {
            let at = e.utf8_error().valid_up_to() + 1;
            self.wrong(&format!(
                "is not valid UTF-8 (byte {at}); bring the file to UTF-8, for instance with iconv"
            ))
        })?;
        if self.number == 1 && line.starts_with('\u{feff}') {
            line.remove(0);
        }
        let (text, object) = match self.format {
            Format::Lines => (line, None),
            Format::Jsonl => self.json(line)?,
        };
        Ok(Line {
            number: self.number,
            text,
            object,
        })
    }

    fn json(&self, line: String) -> Outcome<(String, Option<Object>)> {
        if line.trim().is_empty() {
            return Err(self.wrong("is empty; an empty text is \"\" in JSON lines"));
        }
        let value: Value = serde_json::from_str(&line).map_err(|e| {
            let message = e.to_string();
            let what = message.split(" at line ").next().unwrap_or_default();
            self.wrong(&format!("is not valid JSON: {what} (column {})", e.column()))
        })?;
        match value {
            Value::String(text) => Ok((text, None)),
            Value::Object(mut object) => match object.remove(&self.field) {
                Some(Value::String(text)) => {
                    let has_embedding = object.contains_key("embedding");
                    let object = Object {
                        as_written: line,
                        has_embedding,
                    };
                    Ok((text, Some(object)))
                }
                Some(_) => Err(self.wrong(&format!(
                    "has no text in its field {:?}; a string is wanted",
                    self.field
                ))),
                None => {
                    let fields = object.keys().map(|k| format!("{k:?}")).collect::<Vec<_>>().join(", ");
                    Err(self.wrong(&format!(
                        "has no field {:?}, but has: {fields}; name the one that holds the text with --field",
                        self.field
                    )))
                }
            },
            _ => Err(self.wrong("is neither a JSON string nor an object")),
        }
    }

    fn wrong(&self, what: &str) -> Failure {
        Failure::Failed(format!("line {} of {} {what}", self.number, self.name))
    }
}
