//! `classify` and `zero-shot` on texts, and `rerank`.

use std::path::Path;
use std::process::Command;

use super::support::*;

fn on(model: &str, command: &str, arguments: &[&str]) -> Command {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/heads")
        .join(model);
    let mut all = vec![command, folder.to_str().unwrap()];
    all.extend(arguments);
    glyxel(&all)
}

const LINES: &str = "The film was good.\n\nthe story was bad\n";

#[test]
fn texts_are_classified_line_by_line() {
    let lines = json_lines(&text(run(&mut on("bert", "classify", &["-", "--json"]), LINES)));
    let texts: Vec<&str> = lines.iter().map(|line| line["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["The film was good.", "", "the story was bad"]);
    for line in &lines {
        let labels = line["labels"].as_array().unwrap();
        let scores: Vec<f64> = labels.iter().map(|l| l["score"].as_f64().unwrap()).collect();
        assert_eq!(scores.len(), 3);
        assert!((scores.iter().sum::<f64>() - 1.).abs() < 1e-5 && scores[0] >= scores[1] && scores[1] >= scores[2]);
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("texts.jsonl");
    std::fs::write(&file, "{\"text\": \"The film was good.\"}\n").unwrap();
    let shown = text(run(
        &mut on("bert", "classify", &[file.to_str().unwrap(), "-k", "1"]),
        "",
    ));
    let shown: Vec<&str> = shown.lines().collect();
    let best = lines[0]["labels"][0]["label"].as_str().unwrap();
    assert!(
        shown.len() == 2 && shown[0] == "The film was good." && shown[1].ends_with(best),
        "{shown:?}"
    );
}

#[test]
fn labels_of_ones_own_for_texts() {
    let scores = |more: &[&str]| {
        let all = [&["-", "--label", "a good film,river", "--json"], more].concat();
        let lines = json_lines(&text(run(&mut on("bart", "zero-shot", &all), LINES)));
        assert_eq!(lines.len(), 3);
        let score = |label: &serde_json::Value| label["score"].as_f64().unwrap();
        lines[0]["labels"]
            .as_array()
            .unwrap()
            .iter()
            .map(score)
            .collect::<Vec<f64>>()
    };
    let shared = scores(&[]);
    assert!((shared.iter().sum::<f64>() - 1.).abs() < 1e-5 && shared[0] >= shared[1]);
    assert_ne!(scores(&["--multi-label"]), shared);
    assert_ne!(scores(&["--template", "{} was the story"]), shared);
    let mistake = run(
        &mut on("bart", "zero-shot", &["-", "--label", "a", "--template", "no place"]),
        LINES,
    );
    assert!(failed(mistake, 2).contains("{}"));
}

#[test]
fn lines_are_reranked() {
    let all = json_lines(&text(run(
        &mut on("bert_cross_encoder", "rerank", &["film", "-", "--json"]),
        LINES,
    )));
    let hits = all[0]["hits"].as_array().unwrap();
    let scores: Vec<f64> = hits.iter().map(|hit| hit["score"].as_f64().unwrap()).collect();
    assert_eq!((all[0]["query"].as_str(), scores.len()), (Some("film"), 3));
    assert!(scores.is_sorted_by(|a, b| a >= b));
    let shown = text(run(
        &mut on("bert_cross_encoder", "rerank", &["film", "-", "-k", "1"]),
        LINES,
    ));
    let (line, words) = (hits[0]["line"].to_string(), hits[0]["text"].as_str().unwrap());
    assert!(
        shown.lines().count() == 1 && shown.contains(&line) && shown.trim_end().ends_with(words),
        "{shown}"
    );
}

#[test]
fn what_a_model_cannot_do_is_said_before_a_line_is_read() {
    for (model, command, arguments, word) in [
        ("bert", "rerank", &["film", "-"][..], "cannot score_pairs"),
        ("bert_cross_encoder", "zero-shot", &["-", "--label", "a"], "entail"),
    ] {
        let sentence = failed(run(&mut on(model, command, arguments), LINES), 1);
        assert!(sentence.contains(word), "{sentence}");
    }
    let plain = failed(run(&mut on_fixture("classify", &["-"]), LINES), 1);
    assert!(plain.contains("ForSequenceClassification"), "{plain}");
    let shown = text(run(&mut on("bart", "info", &[]), ""));
    assert!(
        !shown.contains("dimension") && shown.contains("3, named by id2label"),
        "{shown}"
    );
}
