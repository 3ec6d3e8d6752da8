//! Many threads at once.

use std::sync::Barrier;

use super::support::*;

#[test]
fn thirty_two_threads_embed_load_and_free_without_a_wrong_result() {
    let fixtures = ["st_mean", "st_cls", "heads_of_ten", "plain"];
    let texts: Vec<String> = (0..40)
        .map(|i| format!("{}the river {i}", "a very good film ".repeat(i % 7)))
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    // One at a time.
    let alone: Vec<Vec<Vec<f32>>> = fixtures
        .iter()
        .map(|name| {
            let model = load(&fixture(name));
            texts.iter().map(|text| embed(&model, &[text])).collect()
        })
        .collect();
    let models: Vec<Model> = fixtures.iter().map(|name| load(&fixture(name))).collect();
    let start = Barrier::new(32);
    std::thread::scope(|scope| {
        for thread in 0..32 {
            let (models, alone, texts, start) = (&models, &alone, &texts, &start);
            scope.spawn(move || {
                start.wait();
                for round in 0..6 {
                    let which = (thread + round) % fixtures.len();
                    let (from, count) = ((thread * 7 + round * 3) % 30, 1 + (thread + round) % 10);
                    let own = (thread % 4 == round % 4).then(|| load(&fixture(fixtures[which])));
                    let got = embed(own.as_ref().unwrap_or(&models[which]), &texts[from..from + count]);
                    for (row, expected) in got.chunks(alone[which][0].len()).zip(&alone[which][from..from + count]) {
                        let dot = |a: &[f32], b: &[f32]| {
                            a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>()
                        };
                        let cosine = dot(row, expected) / (dot(row, row) * dot(expected, expected)).sqrt();
                        assert!(cosine >= 0.999_999 && difference(row, expected) < 1e-5, "{cosine}");
                    }
                }
            });
        }
    });
}
