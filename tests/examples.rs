//! The programs of examples/c that work on folders, with the real all-MiniLM-L6-v2 and EfficientNet-Lite0.

#[path = "support/c_programs.rs"]
mod c_programs;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use c_programs::{compile, root};

const MINILM: &str = "target/models/all-MiniLM-L6-v2";
const LITE0: &str = "target/models/tf_efficientnet_lite0";
const CATS: &str = "target/data/cats";

fn run(name: &str, arguments: &[&str]) -> Output {
    let own = tempfile::tempdir().unwrap();
    Command::new(compile(&format!("examples/c/{name}.c"), own.path()))
        .args(arguments)
        .current_dir(root())
        .env("GLYXEL_CACHE", root().join("target/test-cache"))
        .output()
        .unwrap()
}

#[track_caller]
fn said(name: &str, arguments: &[&str]) -> String {
    let output = run(name, arguments);
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{name} {arguments:?} ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// What the program says on stderr where it fails, or goes on without something.
fn warned(name: &str, arguments: &[&str], status: i32) -> String {
    let output = run(name, arguments);
    assert_eq!(output.status.code(), Some(status), "{name} {arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// A line of `SCORE  WORDS`.
fn scored(line: &str) -> (f32, &str) {
    let (score, words) = line.trim_start().split_once("  ").unwrap_or_else(|| panic!("{line:?}"));
    (score.parse().unwrap_or_else(|e| panic!("{line:?}: {e}")), words)
}

#[test]
fn a_folder_is_searched() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    write("boats.md", b"# Timetable\r\n\r\nThe ferry to the island\r\nleaves at half past seven.\r\n \r\n\r\nTickets are sold on board.\r\n");
    write(
        "below/kitchen.txt",
        b"A good batter should rest.\n\nWhisk the eggs with sugar",
    );
    write("below/empty.txt", b"");
    write("below/one_line.md", b"\n");
    write("ignored.html", b"When does the boat go out?");
    write(".hidden.txt", b"When does the boat go out?");
    let path = folder.path().to_str().unwrap();
    let asked = ["When does the boat go out in the morning?", "How do I beat eggs?"];
    let said = said("search_texts", &[MINILM, path, asked[0], asked[1]]);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], "4 passages of 4 files");
    let (score, place) = scored(lines[3]);
    assert!(lines[2] == asked[0] && score > 0.3 && score < 1., "{said}");
    assert_eq!(place, format!("{path}/boats.md:1"));
    let shown = [
        "# Timetable",
        "",
        "The ferry to the island",
        "leaves at half past seven.",
    ];
    assert_eq!(lines[4..8], shown.map(|line| format!("       {line}")));
    let second = lines.iter().position(|line| *line == asked[1]).unwrap();
    assert_eq!(scored(lines[second + 1]).1, format!("{path}/below/kitchen.txt:3"));
    assert_eq!(lines[second + 2], "       Whisk the eggs with sugar");

    // A file that is no UTF-8 is left out; the others are searched.
    write("latin1.txt", b"Wann f\xe4hrt das Schiff?");
    let left_out = warned("search_texts", &[MINILM, path, asked[0]], 0);
    assert!(
        left_out.contains("latin1.txt is left out") && left_out.contains("UTF-8"),
        "{left_out}"
    );
    let none = warned("search_texts", &[MINILM, "target/data/cats", "a"], 1);
    assert!(none.contains(".md"), "{none}");
    let nowhere = warned("search_texts", &[MINILM, "nowhere/at/all", "a"], 1);
    assert!(nowhere.contains("nowhere/at/all"), "{nowhere}");
}

/// The four cats, one of them twice, and a file that is no picture.
fn photos() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(root().join(CATS)).unwrap() {
        let path = file.unwrap().path();
        std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let siamese = folder.path().join("n02123597_284_Siamese_cat.jpg");
    std::fs::copy(siamese, folder.path().join("again.JPG")).unwrap();
    std::fs::write(folder.path().join("broken.png"), "no picture").unwrap();
    std::fs::write(folder.path().join("notes.txt"), "no picture").unwrap();
    folder
}

fn below(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(below(&path)),
            false => {
                found.insert(path);
            }
        }
    }
    found
}

#[test]
fn photos_are_sorted_by_what_they_show() {
    let (folder, copies) = (photos(), tempfile::tempdir().unwrap());
    let (path, target) = (folder.path().to_str().unwrap(), copies.path().join("sorted"));
    let before = below(folder.path());
    let output = run("sort_photos", &["label", LITE0, path]);
    let said = String::from_utf8(output.stdout).unwrap();
    let left_out = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.success() && left_out.contains("broken.png is left out"),
        "{left_out}"
    );
    let groups: Vec<&str> = said.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(groups, ["Egyptian Mau", "Persian cat", "Siamese cat", "tabby cat"]);
    let siamese: Vec<&str> = said
        .lines()
        .skip_while(|line| *line != "Siamese cat")
        .skip(1)
        .take(2)
        .collect();
    assert_eq!(
        siamese.iter().map(|line| scored(line).1).collect::<Vec<_>>(),
        ["again.JPG", "n02123597_284_Siamese_cat.jpg"]
    );
    // Nothing was copied, and nothing else happened.
    assert_eq!(below(folder.path()), before);

    let copied = run("sort_photos", &["label", LITE0, path, target.to_str().unwrap()]);
    assert_eq!(String::from_utf8(copied.stdout).unwrap(), said);
    assert_eq!(below(&target).len(), 5);
    let copy = target.join("Siamese cat/again.JPG");
    assert_eq!(
        std::fs::read(&copy).unwrap(),
        std::fs::read(folder.path().join("again.JPG")).unwrap()
    );
    // What is there is not written over.
    std::fs::write(&copy, "mine").unwrap();
    let again = warned("sort_photos", &["label", LITE0, path, target.to_str().unwrap()], 0);
    assert!(again.contains("again.JPG is there already"), "{again}");
    assert_eq!(std::fs::read(&copy).unwrap(), b"mine");
    assert_eq!(below(folder.path()), before);
}

#[test]
fn photos_that_are_alike_go_together() {
    let folder = photos();
    let path = folder.path().to_str().unwrap();
    let output = run("sort_photos", &["0.95", LITE0, path]);
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 1 + 3 + 1 + 2, "{said}");
    assert_eq!((lines[0], lines[4]), ("alone", "group 1"));
    assert_eq!(scored(lines[5]), (1., "again.JPG"));
    assert_eq!(scored(lines[6]), (1., "n02123597_284_Siamese_cat.jpg"));
    for wrong in ["0", "2", "colour"] {
        assert!(warned("sort_photos", &[wrong, LITE0, path], 2).contains("usage"));
    }
    let empty = tempfile::tempdir().unwrap();
    assert!(warned("sort_photos", &["label", LITE0, empty.path().to_str().unwrap()], 1).contains("no pictures"));
}
