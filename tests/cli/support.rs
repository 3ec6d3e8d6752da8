//! Running the built program on a small model, and reading what it gives.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, OnceLock};

use glyxel::control::Call;
use glyxel::options::Options;
use glyxel::tasks::embed::{self, EmbedOptions};
use glyxel::Model;
use serde_json::Value;

pub const TEXTS: [&str; 4] = [
    "The weather is lovely today.",
    "",
    "It's so sunny <outside> & \"warm\"!",
    "日本語の文",
];

pub fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bert/plain")
}

/// A cache that all tests of one run share.
pub fn cache() -> &'static Path {
    static CACHE: OnceLock<PathBuf> = OnceLock::new();
    CACHE.get_or_init(|| {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli");
        let _ = std::fs::remove_dir_all(&cache);
        std::fs::create_dir_all(&cache).unwrap();
        cache
    })
}

pub fn glyxel(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_glyxel"));
    command
        .args(arguments)
        .env("GLYXEL_CACHE", cache())
        .env_remove("GLYXEL_LOG");
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A command on the fixture.
pub fn on_fixture(command: &str, arguments: &[&str]) -> Command {
    let fixture = fixture();
    let mut all = vec![command, fixture.to_str().unwrap()];
    all.extend(arguments);
    glyxel(&all)
}

pub fn run(command: &mut Command, input: &str) -> Output {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_string();
    let writer = std::thread::spawn(move || {
        // A program that does not want all of it closes the pipe.
        let _ = stdin.write_all(input.as_bytes());
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The output of a command that must succeed and have nothing to complain about.
#[track_caller]
pub fn succeeded(output: Output) -> Vec<u8> {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
    output.stdout
}

#[track_caller]
pub fn text(output: Output) -> String {
    String::from_utf8(succeeded(output)).unwrap()
}

/// The sentence of a command that must fail.
#[track_caller]
pub fn failed(output: Output, code: i32) -> String {
    let sentence = stderr(&output);
    assert_eq!(output.status.code(), Some(code), "{sentence}");
    assert!(sentence.starts_with("glyxel: "), "{sentence}");
    sentence
}

pub fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub fn floats(value: &Value) -> Vec<f32> {
    serde_json::from_value(value.clone()).unwrap()
}

/// What the library says of the same texts.
pub fn expected(texts: &[&str], options: &EmbedOptions) -> Vec<Vec<f32>> {
    let mut settings = Options::default();
    settings.set("cache_dir", cache().to_str().unwrap()).unwrap();
    let model = Model::load(fixture().to_str().unwrap(), &settings, &Call::unwatched()).unwrap();
    let texts = texts.iter().map(|text| text.to_string()).collect();
    let model = Arc::new(model);
    let vectors = embed::texts(&model, texts, options, &Call::unwatched()).unwrap();
    let dim = if options.dim == 0 { model.dim() } else { options.dim };
    vectors.chunks_exact(dim).map(<[f32]>::to_vec).collect()
}

/// Shape and values of a .npy file.
pub fn npy(bytes: &[u8]) -> (Vec<usize>, Vec<Vec<f32>>) {
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let length = u16::from_le_bytes([bytes[8], bytes[9]]) as usize;
    assert_eq!((10 + length) % 64, 0);
    let header = std::str::from_utf8(&bytes[10..10 + length]).unwrap();
    assert!(header.contains("'descr': '<f4'") && header.contains("'fortran_order': False") && header.ends_with('\n'));
    let shape = header.split_once("'shape': (").unwrap().1.split_once(')').unwrap().0;
    let shape: Vec<usize> = shape.split(", ").map(|n| n.parse().unwrap()).collect();
    let values: Vec<f32> = bytes[10 + length..]
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
        .collect();
    assert_eq!(values.len(), shape[0] * shape[1]);
    let rows = values.chunks_exact(shape[1]).map(<[f32]>::to_vec).collect();
    (shape, rows)
}

pub fn files(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = names.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
