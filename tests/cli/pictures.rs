//! `classify`, `zero-shot`, and `embed` and `search` on pictures.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::support::*;

fn images(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/images")
        .join(name);
    folder.to_str().unwrap().to_string()
}

fn on(model: &str, command: &str, arguments: &[&str]) -> Command {
    let model = images(model);
    let mut all = vec![command, model.as_str()];
    all.extend(arguments);
    glyxel(&all)
}

/// A folder of the fixture's pictures, one of them further down, and things that are none.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("below")).unwrap();
    let copy = |from: &str, to: PathBuf| std::fs::copy(format!("{}/{from}", images("pictures")), to).unwrap();
    copy("0.png", at("a.PNG"));
    copy("1.png", at("below/b.png"));
    copy("2.png", at("c.png"));
    copy("2.png", at(".hidden.png"));
    std::fs::write(at("notes.txt"), "no picture").unwrap();
    folder
}

fn named(line: &Value) -> String {
    Path::new(line["path"].as_str().unwrap())
        .file_name()
        .unwrap()
        .to_string_lossy()
        .into_owned()
}

#[test]
fn folders_are_embedded_and_classified_in_the_order_of_names() {
    let folder = folder();
    let path = folder.path().to_str().unwrap();
    let lines = json_lines(&text(run(&mut on("vit", "embed", &[path]), "")));
    assert_eq!(lines.iter().map(named).collect::<Vec<_>>(), ["a.PNG", "b.png", "c.png"]);
    assert!(lines
        .iter()
        .all(|line| line["embedding"].as_array().unwrap().len() == 24));
    let npy = folder.path().join("out.npy");
    text(run(&mut on("vit", "embed", &[path, "-o", npy.to_str().unwrap()]), ""));
    let written = std::fs::read(npy).unwrap();
    assert!(written.starts_with(b"\x93NUMPY") && String::from_utf8_lossy(&written[..128]).contains("(3, 24)"));

    let file = format!("{path}/below/b.png");
    let lines = json_lines(&text(run(
        &mut on("vit", "classify", &[&file, path, "-k", "2", "--json"]),
        "",
    )));
    assert_eq!(
        lines.iter().map(named).collect::<Vec<_>>(),
        ["b.png", "a.PNG", "b.png", "c.png"]
    );
    assert_eq!(lines[0]["labels"], lines[2]["labels"]);
    assert_eq!(lines[0]["labels"].as_array().unwrap().len(), 2);
    let shown = text(run(&mut on("vit", "classify", &[&file, "-k", "5"]), ""));
    let shown: Vec<&str> = shown.lines().collect();
    assert_eq!((shown.len(), shown[0]), (6, file.as_str()));
    assert!(
        ["apple", "pear", "plum", "fig", "quince"]
            .iter()
            .any(|name| shown[1].ends_with(name)),
        "{shown:?}"
    );
}

#[test]
fn a_broken_picture_is_named_or_left_out() {
    let folder = folder();
    let path = folder.path().to_str().unwrap();
    std::fs::write(folder.path().join("b.jpg"), b"\xff\xd8 cut off").unwrap();
    let output = run(&mut on("vit", "embed", &[path]), "");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("b.jpg") && said.contains("JPEG"), "{said}");
    let output = run(&mut on("vit", "embed", &[path, "--skip-broken"]), "");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("b.jpg") && said.contains("left out"), "{said}");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(json_lines(&String::from_utf8(output.stdout).unwrap()).len(), 3);
}

#[test]
fn what_is_no_picture_at_all_is_left_out_too() {
    let folder = folder();
    let path = folder.path().to_str().unwrap();
    // Larger than any picture; it takes no room on the disk.
    let huge = std::fs::File::create(folder.path().join("b.png")).unwrap();
    huge.set_len((1 << 30) + 1).unwrap();
    let output = run(&mut on("vit", "classify", &[path]), "");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("b.png") && said.contains("more than any picture"),
        "{said}"
    );
    let output = run(&mut on("vit", "classify", &[path, "--skip-broken", "--json"]), "");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("b.png") && said.contains("left out"), "{said}");
    assert_eq!(json_lines(&String::from_utf8(output.stdout).unwrap()).len(), 3);
}

#[test]
fn results_are_printed_as_they_come() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    for i in 0..64 {
        std::fs::copy(
            format!("{}/0.png", images("pictures")),
            folder.path().join(format!("{i:02}.png")),
        )
        .unwrap();
    }
    // In the next chunk: the first is done.
    std::fs::write(folder.path().join("last.jpg"), b"\xff\xd8 cut off").unwrap();
    for (model, command, more) in [
        ("vit", "classify", &[][..]),
        ("clip", "zero-shot", &["--label", "a cat,a dog"]),
    ] {
        let arguments = [&[path, "--json"][..], more].concat();
        let output = run(&mut on(model, command, &arguments), "");
        assert_eq!(output.status.code(), Some(1), "{command}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("last.jpg"), "{said}");
        let lines = json_lines(&String::from_utf8(output.stdout).unwrap());
        assert_eq!(lines.len(), 64, "{command}");
        assert!(
            lines.iter().all(|line| line["labels"] == lines[0]["labels"]),
            "{command}"
        );
    }
}

#[test]
fn pictures_are_found_by_a_text_and_by_a_picture() {
    let folder = folder();
    let path = folder.path().to_str().unwrap();
    let like = format!("{path}/c.png");
    let found = json_lines(&text(run(
        &mut on("vit", "search", &[&like, path, "-k", "2", "--json"]),
        "",
    )));
    let hits = found[0]["hits"].as_array().unwrap();
    assert_eq!((hits.len(), named(&hits[0]).as_str()), (2, "c.png"));
    assert!((hits[0]["score"].as_f64().unwrap() - 1.).abs() < 1e-5);
    let shown = text(run(&mut on("clip", "search", &["a photo of the sea", path]), ""));
    assert_eq!(shown.lines().count(), 3);
    let refused = run(&mut on("vit", "search", &["a photo of the sea", path]), "");
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("cannot embed_texts"));
    let broken = folder.path().join("broken.png");
    std::fs::write(&broken, std::fs::read(&like).unwrap().split_at(60).0).unwrap();
    let refused = run(&mut on("vit", "search", &[broken.to_str().unwrap(), path]), "");
    let sentence = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        sentence.contains("broken.png: ") && !sentence.contains("images[0]"),
        "{sentence}"
    );
}

#[test]
fn labels_of_ones_own() {
    let folder = folder();
    let path = folder.path().to_str().unwrap();
    let arguments = [path, "--label", "a cat,two dogs", "--label", "the sea", "--json"];
    let lines = json_lines(&text(run(&mut on("clip", "zero-shot", &arguments), "")));
    assert_eq!(lines.len(), 3);
    for line in &lines {
        let labels = line["labels"].as_array().unwrap();
        let scores: Vec<f64> = labels.iter().map(|l| l["score"].as_f64().unwrap()).collect();
        assert_eq!(scores.len(), 3);
        assert!((scores.iter().sum::<f64>() - 1.).abs() < 1e-5 && scores[0] >= scores[1] && scores[1] >= scores[2]);
    }
    let scores = |templates: &[&str]| {
        let all = [&arguments[..], templates].concat();
        text(run(&mut on("clip", "zero-shot", &all), ""))
    };
    let (one, two) = (["--template", "{}"], ["--template", "art of {}"]);
    let both = scores(&[one, two].concat());
    assert_eq!(json_lines(&both).len(), 3);
    assert!(both != scores(&one) && both != scores(&two));
    let mistakes: [&[&str]; 5] = [
        &[path],
        &[path, "--label", "a", "--template", "{}", "--template", "no place"],
        &[path, "--label", "a,,b"],
        &[path, "--label", "a", "--template", "no place"],
        &["--label", "a"],
    ];
    for mistake in mistakes {
        assert_eq!(
            run(&mut on("clip", "zero-shot", mistake), "").status.code(),
            Some(2),
            "{mistake:?}"
        );
    }
}

#[test]
fn what_is_not_there_is_said() {
    let empty = tempfile::tempdir().unwrap();
    let path = empty.path().to_str().unwrap();
    for (arguments, word) in [
        ([path], "no pictures"),
        (["/nowhere/at/all.png"], "/nowhere/at/all.png"),
    ] {
        let output = run(&mut on("vit", "classify", &arguments), "");
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(word), "{said}");
    }
    let shown = text(run(&mut on("vit", "info", &[]), ""));
    assert!(
        shown.contains("32×32") && shown.contains("5, named by id2label"),
        "{shown}"
    );
}

#[test]
fn duplicates_are_found_among_pictures() {
    let folder = folder();
    std::fs::copy(folder.path().join("c.png"), folder.path().join("again.png")).unwrap();
    let path = folder.path().to_str().unwrap();
    let found = text(run(
        &mut on("vit", "duplicates", &[path, "-t", "0.99999", "--json"]),
        "",
    ));
    let found = json_lines(&found);
    assert_eq!(found.len(), 1);
    let names = [named(&found[0]["first"]), named(&found[0]["second"])];
    assert_eq!(names, ["again.png", "c.png"]);
}
